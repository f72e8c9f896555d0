"""Customers' browsers, as support finds and helps them."""

import csv
import io
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from openpyxl import load_workbook
from wagtail.log_actions import registry as log_registry
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from tests.adapter import OpenAccounts
from tests.admin.editors import BROWSERS, sign_in
from wagtail_push import receipts, registry
from wagtail_push.messages import Answer
from wagtail_push.models import Browser, Delivery, Installation, Notification, Receipt
from wagtail_push.models.browsers import support_code
from wagtail_push.notify import notify
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    NotificationFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]

Work = Callable[[], None]
Reason = Browser.Reason
ACTIONS = ("pause", "activate", "test", "remove")
BEGUN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
#: In the time zone of the test settings.
AT_BEGUN = "March 2, 2026, 11 a.m."


class CountingAccounts(OpenAccounts):
    """Notes which labels were asked for at once."""

    asked: list[list[str]] = []

    def labels(self, keys: Collection[str]) -> dict[str, str]:
        self.asked.append(sorted(keys))
        return {key: f"Customer {key}" for key in keys}


@pytest.fixture
def counting(settings: Any) -> type[CountingAccounts]:
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "ACCOUNTS": f"{__name__}.CountingAccounts",
    }
    CountingAccounts.asked = []
    return CountingAccounts


@pytest.fixture
def browser() -> Browser:
    found: Browser = BrowserFactory(
        account__key="C-1", login__username="jane", name="Office laptop"
    )
    return found


def url(view: str, *args: Any) -> str:
    return reverse(f"{BROWSERS}:{view}", args=args)


def words(html: str) -> str:
    """Return a piece of a page without tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def listed(client: Client) -> list[list[str]]:
    """Return the cells of each row of the listing; of the first, what is linked."""
    page = client.get(url("index_results")).content.decode()
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<td.*?</td>", row, re.DOTALL) for row in body.split("<tr")[1:]]
    return [
        [
            words(re.findall(r"<a.*?</a>", cells[0], re.DOTALL)[0]),
            *map(words, cells[1:]),
        ]
        for cells in rows
    ]


def names(client: Client, **query: str) -> list[str]:
    """Return the names that the listing finds."""
    response = client.get(url("index"), query)
    return [row.name for row in response.context["object_list"]]


def facts(client: Client, browser: Browser) -> dict[str, str]:
    """Return what the browser's page says, by its words for it."""
    response = client.get(url("inspect", browser.pk))
    page = response.content.decode()
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    return {words(label): words(value) for label, value in found}


def sent(client: Client, browser: Browser) -> list[tuple[str, str]]:
    """Return what the browser's page says of the last notifications, without times."""
    response = client.get(url("inspect", browser.pk))
    return [(title, outcome) for title, outcome, _ in response.context["recent"]]


def said(client: Client, address: str) -> list[str]:
    response = client.get(address)
    return [words(str(one)) for one in response.context["messages"]]


def history(browser: Browser) -> list[tuple[Any, str]]:
    """Return who did what to a browser, the oldest first."""
    logs = log_registry.get_logs_for_instance(browser).order_by("pk")
    return [
        (log.user, log_registry.get_formatter(log).format_message(log)) for log in logs
    ]


def shown(browser: Browser, at: datetime) -> None:
    """Have a browser's worker report that it showed something."""
    Receipt.objects.create(
        notification=NotificationFactory(scope=None),
        installation=browser.installation,
        event=Receipt.Event.SHOWN,
        at=at,
    )


def test_the_listing(admin_client: Client, time_machine: Any) -> None:
    time_machine.move_to(BEGUN, tick=False)
    laptop = BrowserFactory(account__key="C-1", name="Office laptop")
    phone = BrowserFactory(
        account__key="C-2",
        name="Phone",
        installation__software="Chrome Mobile",
        installation__system="Android",
    )
    time_machine.move_to(BEGUN + timedelta(hours=3), tick=False)
    shown(laptop, BEGUN + timedelta(hours=1))
    shown(laptop, BEGUN + timedelta(hours=2))
    # Before this registration, another customer perhaps.
    shown(phone, BEGUN - timedelta(hours=1))

    ago = "3 hours ago"
    assert listed(admin_client) == [
        ["Phone", "Customer C-2", "C-2", "Chrome Mobile on Android", "Active", ago, ""],
        [
            *("Office laptop", "Customer C-1", "C-1", "Firefox on Linux", "Active"),
            *(ago, "1 hour ago"),
        ],
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "Active"),
        ({"paused_at": BEGUN}, "Paused"),
        ({"signed_out_at": BEGUN}, "Its login has signed out there"),
        (
            {"removed_at": BEGUN, "removed_reason": Reason.UNREGISTERED},
            "Removed: the browser no longer accepts notifications",
        ),
        (
            {"removed_at": BEGUN, "removed_reason": Reason.UNSEEN, "paused_at": BEGUN},
            "Removed: it was not used for nine months",
        ),
        ({"account__enabled": False}, "The customer switched off the whole account"),
        (
            {"account__forbidden": True, "paused_at": BEGUN},
            "Paused · Notifications are forbidden for the account",
        ),
        ({"login__is_active": False}, "Its login may no longer act for the account"),
    ],
)
def test_the_status_says_why_nothing_comes(
    change: dict[str, Any], status: str, admin_client: Client
) -> None:
    browser = BrowserFactory(**change)

    [row] = listed(admin_client)

    assert row[4] == status
    assert facts(admin_client, browser)["Status"] == status


def test_a_login_without_the_right_is_told_of(
    admin_client: Client, browser: Browser
) -> None:
    OpenAccounts.revoked = {(browser.login_id, "C-1")}

    [row] = listed(admin_client)

    assert row[4] == "Its login may no longer act for the account"
    code = facts(admin_client, browser)["Support code"]
    assert code == f"PUSH-{browser.public_id.hex[:8]}-REVOKED".upper()


def test_filters(admin_client: Client) -> None:
    for name, change in {
        "active": {},
        "paused": {"paused_at": BEGUN},
        "signed-out": {"signed_out_at": BEGUN},
        "removed": {"removed_at": BEGUN, "paused_at": BEGUN},
    }.items():
        BrowserFactory(name=name, **change)

    assert names(admin_client) == ["removed", "signed-out", "paused", "active"]
    assert names(admin_client, status="registered") == [
        "signed-out",
        "paused",
        "active",
    ]
    assert names(admin_client, status="paused") == ["signed-out", "paused"]
    assert names(admin_client, status="removed") == ["removed"]


def test_filter_by_family(admin_client: Client) -> None:
    for software in ("Chrome", "Chrome Mobile iOS", "Mobile Safari", "Vivaldi", ""):
        BrowserFactory(name=software or "–", installation__software=software)

    assert names(admin_client, software="Chrome") == ["Chrome Mobile iOS", "Chrome"]
    assert names(admin_client, software="Safari") == ["Mobile Safari"]
    assert names(admin_client, software="others") == ["–", "Vivaldi"]


def test_search_by_account(admin_client: Client) -> None:
    BrowserFactory(name="Office laptop", account__key="C-10023")
    BrowserFactory(name="Phone", account__key="C-10057")

    assert names(admin_client, q=" C-10057 ") == ["Phone"]
    assert names(admin_client, q="C-100") == []
    assert names(admin_client, q="") == ["Phone", "Office laptop"]


@pytest.mark.parametrize(
    "change", [{}, {"paused_at": BEGUN}, {"removed_at": BEGUN}], ids=str
)
def test_search_by_the_code_that_the_customer_reads(
    change: dict[str, Any], admin_client: Client
) -> None:
    login = LoginFactory()
    account = AccountFactory(key="C-1")
    mine = BrowserFactory(account=account, login=login, name="Mine", **change)
    BrowserFactory.create_batch(3)
    customer = Client()
    customer.force_login(login)
    page = customer.get(f"/push/browsers/{mine.public_id}/").content.decode()
    [code] = re.findall(r"PUSH-[0-9A-Z-]+", page)

    for typed in (code, code.lower(), f" {code} ", code[:13]):
        assert names(admin_client, q=typed) == ["Mine"]
    # The status may be another one by now.
    Browser.objects.filter(pk=mine.pk).update(removed_at=BEGUN)
    assert names(admin_client, q=code) == ["Mine"]
    assert names(admin_client, q=code, status="registered") == []
    assert facts(admin_client, mine)["Support code"] == f"{code[:13]}-REMOVED"


@pytest.mark.parametrize("end", ["0", "f"])
def test_the_ends_of_what_a_code_may_mean(end: str, admin_client: Client) -> None:
    one = BrowserFactory(public_id=f"89abcdef{end * 24}")
    BrowserFactory(public_id=f"89abcdee{'f' * 24}")
    BrowserFactory(public_id=f"89abcdf0{'0' * 24}")
    one.refresh_from_db()

    assert names(admin_client, q=support_code(one.public_id, "active")) == [one.name]


def test_a_constant_number_of_queries_and_one_call_for_labels(
    admin_client: Client,
    counting: type[CountingAccounts],
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    addresses = (url("index"), f"{url('index')}?export=csv")
    BrowserFactory(account__key="C-1")
    counts = []
    for address in addresses:
        b"".join(admin_client.get(address))
        with django_assert_max_num_queries(15) as queries:
            b"".join(admin_client.get(address))
        counts.append(len(queries))
    for number in range(2, 41):
        BrowserFactory(account__key=f"C-{number}")
    counting.asked = []

    for address, count in zip(addresses, counts, strict=True):
        with django_assert_num_queries(count) as queries:
            b"".join(admin_client.get(address))
        # A page before this one is not looked through.
        asked = [query["sql"] for query in queries if "push_receipt" in query["sql"]]
        assert ["LIMIT" in sql for sql in asked] == [False]

    assert counting.asked == [
        sorted(f"C-{number}" for number in range(21, 41)),
        sorted(f"C-{number}" for number in range(1, 41)),
    ]


def exported(client: Client, **query: str) -> list[list[str]]:
    response = client.get(url("index"), {"export": "csv", **query})
    return list(csv.reader(io.StringIO(b"".join(response).decode())))


def test_export(admin_client: Client, time_machine: Any) -> None:
    time_machine.move_to(BEGUN, tick=False)
    laptop = BrowserFactory(account__key="C-1", name="Office laptop", paused_at=BEGUN)
    BrowserFactory(account__key="C-2", name="Phone")
    shown(laptop, BEGUN + timedelta(hours=1))

    heading, *rows = exported(admin_client, status="paused")

    assert heading == [
        *("Name", "Customer", "Account", "Browser and system", "Status"),
        *("Registered", "Last visit to the portal", "Last shown", "Support code"),
    ]
    assert rows == [
        [
            *("Office laptop", "Customer C-1", "C-1", "Firefox on Linux", "Paused"),
            *("2026-03-02 10:00:00+00:00", "2026-03-02 10:00:00+00:00"),
            "2026-03-02 11:00:00+00:00",
            f"PUSH-{laptop.public_id.hex[:8]}-PAUSED".upper(),
        ]
    ]
    book = admin_client.get(url("index"), {"export": "xlsx", "status": "paused"})
    sheet = load_workbook(io.BytesIO(b"".join(book))).active
    [again, row] = sheet.iter_rows(values_only=True)
    assert list(again) == heading
    assert row[:5] == tuple(rows[0][:5])
    assert row[7] == datetime(2026, 3, 2, 11, 0)


def test_no_name_is_a_formula_in_an_export(admin_client: Client) -> None:
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "Phone"):
        BrowserFactory(name=name)

    rows = exported(admin_client)[1:]

    assert [row[0] for row in rows] == ["Phone", "'@SUM(A1)", "'-1", "'+1", "'=1+1"]


def test_an_export_speaks_the_editors_language(client: Client) -> None:
    editor = sign_in(client, "view_browser")
    UserProfile.objects.create(user=editor, preferred_language="pl")
    BrowserFactory(paused_at=BEGUN)

    heading, row = exported(client)

    assert row[4] == "Nieaktywna"
    assert heading[-1] == "Kod dla pomocy technicznej"


def test_all_that_support_needs_stands_on_one_page(
    admin_client: Client, browser: Browser, time_machine: Any
) -> None:
    created = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    Browser.objects.update(created_at=created, paused_at=BEGUN, hide_details=True)
    Installation.objects.update(last_seen_at=BEGUN, changed_at=BEGUN)
    time_machine.move_to(BEGUN + timedelta(hours=1), tick=False)
    shown(browser, BEGUN)
    ScopeFactory(key="a", default="always", text__title="Outages")
    scopes = {
        title: ScopeFactory(default=default, text__title=title)
        for title, default in {
            "Invoices": "on",
            "Payments": "on",
            "News": "off",
            "Tips": "off",
        }.items()
    }
    ScopeFactory(default="on", retired=True, text__title="Gone")
    ScopeChoiceFactory(browser=browser, scope=scopes["Payments"], wanted=False)
    ScopeChoiceFactory(browser=browser, scope=scopes["Tips"], wanted=True)

    assert facts(admin_client, browser) == {
        "Name": "Office laptop",
        "Status": "Paused",
        "Customer": "Customer C-1",
        "Account": "C-1",
        "Login": "jane",
        "Browser and system": "Firefox on Linux",
        "Service worker": "ours",
        "Language": "en",
        "Hides details": "yes",
        "Pauses on sign-out": "no",
        "Registered": "March 1, 2026, 10 a.m.",
        "Last visit to the portal": AT_BEGUN,
        "Last shown": AT_BEGUN,
        "Paused since": AT_BEGUN,
        "Waiting to be renewed in the browser since": AT_BEGUN,
        "Support code": f"PUSH-{browser.public_id.hex[:8]}-PAUSED".upper(),
        "Outages": "Always on",
        "Invoices": "On by default",
        "Payments": "Off, as chosen",
        "News": "Off by default",
        "Tips": "On, as chosen",
    }


def test_what_it_was_sent_and_what_became_of_it(
    admin_client: Client, browser: Browser, locmem: list[Any], work: Work
) -> None:
    ScopeFactory(key="invoices")
    told = {
        title: notify("invoices", "C-1", title=title, body="Private")
        for title in ("First", "Second", "Third", "Fourth")
    }
    work()
    BrowserFactory(installation=browser.installation, account__key="C-2")
    notify("invoices", "C-2", title="Somebody else's", body="B")
    work()
    registry.pause(browser)
    BrowserFactory(account=browser.account)
    notify("invoices", "C-1", title="At another browser", body="B")
    work()
    receipts.report(browser.installation, told["Second"].public_id, Receipt.Event.SHOWN)
    Delivery.objects.filter(notification=told["Third"]).update(
        status=Delivery.Status.FAILED, answer=Answer.BAD_MESSAGE
    )
    Delivery.objects.filter(notification=told["Fourth"]).update(
        status=Delivery.Status.RETRY, answer=Answer.BUSY
    )

    assert sent(admin_client, browser) == [
        ("Fourth", "Waiting to be sent: Google asked for a slower pace"),
        ("Third", "Could not be sent: Google refused the message"),
        ("Second", "Shown"),
        ("First", "Sent to Google, not reported as shown"),
    ]
    page = admin_client.get(url("inspect", browser.pk)).content.decode()
    assert "Private" not in page
    assert "Could not be sent: Google refused the message" in page


def test_a_target_is_nowhere(admin_client: Client, browser: Browser) -> None:
    target = "cTARGETtargetTARGETtar"
    Installation.objects.update(target=target)
    Browser.objects.update(paused_at=BEGUN)
    pages = [
        admin_client.get(address)
        for address in (
            url("index"),
            url("index") + "?export=csv",
            url("inspect", browser.pk),
            url("history", browser.pk),
            url("remove", browser.pk),
        )
    ]

    assert [page.status_code for page in pages] == [200] * 5
    for page in pages:
        html = b"".join(page).decode()
        assert browser.name in html or page is pages[3]
        for secret in (
            target,
            target[-4:],
            browser.installation.target_hash,
            browser.installation.fid_hash,
            str(browser.installation.device_id),
        ):
            assert secret not in html


def test_support_pauses_and_activates_and_it_is_logged(
    client: Client, browser: Browser
) -> None:
    support = sign_in(client, "change_browser")
    page = url("inspect", browser.pk)

    response = client.post(url("pause", browser.pk))
    browser.refresh_from_db()
    assert (response.status_code, response.headers["Location"]) == (302, page)
    assert browser.status == "paused"
    assert said(client, page) == [
        "Nothing is sent to that browser any more. It stays registered."
    ]
    assert url("activate", browser.pk) in client.get(page).content.decode()

    client.post(url("activate", browser.pk))
    browser.refresh_from_db()
    assert browser.status == "active"
    assert said(client, page) == ["That browser receives notifications again."]
    assert url("pause", browser.pk) in client.get(page).content.decode()
    assert history(browser) == [(support, "Paused"), (support, "Activated")]
    assert "Activated" in client.get(url("history", browser.pk)).content.decode()


def test_support_sends_a_test_and_reads_what_became_of_it(
    client: Client,
    browser: Browser,
    locmem: list[Any],
    work: Work,
    time_machine: Any,
) -> None:
    time_machine.move_to(BEGUN + timedelta(days=300), tick=False)
    Browser.objects.update(created_at=BEGUN)
    support = sign_in(client, "change_browser")
    page = url("inspect", browser.pk)
    at = "Dec. 27, 2026, 11 a.m."

    client.post(url("test", browser.pk))

    assert said(client, page) == ["The test is on its way."]
    assert facts(client, browser)["Last test"] == f"Waiting to be sent · {at}"
    work()
    assert [envelope.content.title for envelope in locmem] == ["Test notification"]
    assert facts(client, browser)["Last test"] == (
        f"Sent to Google, not reported as shown · {at}"
    )
    registry.check(browser)
    work()
    assert facts(client, browser)["Last check"] == (
        f"Checked: Google’s push service accepts this registration. · {at}"
    )
    assert history(browser) == [(support, "Test notification sent")]


@pytest.mark.parametrize(
    ("view", "change", "refusal"),
    [
        (
            "test",
            {"paused_at": BEGUN},
            "Sending to this browser is switched off: activate it to test.",
        ),
        (
            "test",
            {"login__is_active": False},
            "Nothing is sent to this browser: the login that registered it may no "
            "longer act for this customer account.",
        ),
        (
            "test",
            {"account__forbidden": True},
            "Notifications are not available for this account.",
        ),
        *(
            (
                view,
                {"removed_at": BEGUN},
                "This browser is no longer registered. Open this page in it to "
                "register it again.",
            )
            for view in ("test", "pause", "activate")
        ),
    ],
)
def test_what_is_refused_is_told_in_words_and_not_logged(
    view: str, change: dict[str, Any], refusal: str, admin_client: Client
) -> None:
    browser = BrowserFactory(**change)

    response = admin_client.post(url(view, browser.pk))

    assert response.headers["Location"] == url("inspect", browser.pk)
    assert said(admin_client, url("inspect", browser.pk)) == [refusal]
    assert history(browser) == []
    assert not Notification.objects.exists()


def test_two_tests_at_once_are_refused(admin_client: Client, browser: Browser) -> None:
    admin_client.post(url("test", browser.pk))
    said(admin_client, url("inspect", browser.pk))

    admin_client.post(url("test", browser.pk))

    [told] = said(admin_client, url("inspect", browser.pk))
    assert re.fullmatch(r"That was too often\. Try again in \d+ seconds?\.", told)
    assert Notification.objects.count() == 1
    assert len(history(browser)) == 1


def test_support_removes_a_browser_after_a_question(
    client: Client, browser: Browser
) -> None:
    support = sign_in(client, "change_browser")

    question = client.get(url("remove", browser.pk)).content.decode()
    assert "Remove “Office laptop”?" in unescape(question)
    assert Browser.objects.get(pk=browser.pk).status == "active"

    response = client.post(url("remove", browser.pk))

    assert response.headers["Location"] == url("index")
    assert said(client, url("index")) == [
        "The browser is removed. Nothing is sent to it any more."
    ]
    assert not Browser.objects.exists()
    installation = Installation.objects.get()
    assert (installation.target, installation.target_hash) == ("", None)
    assert history(browser) == [(support, "Removed from the customer account C-1")]
    log = ModelLogEntry.objects.get(object_id=str(browser.pk))
    assert (log.label, log.deleted) == ("Office laptop", True)
    report = client.get(reverse("wagtailadmin_reports:site_history"))
    assert "Removed from the customer account C-1" in report.content.decode()
    assert client.post(url("remove", browser.pk)).status_code == 404


def test_one_that_the_system_removed_can_only_be_forgotten(
    admin_client: Client,
) -> None:
    browser = BrowserFactory(removed_at=BEGUN, removed_reason=Reason.LOST)

    page = admin_client.get(url("inspect", browser.pk)).content.decode()

    form = page.partition(f'action="{url("test", browser.pk)}"')[2]
    assert words(form.partition("</form>")[0].partition(">")[2]) == "Remove"
    assert facts(admin_client, browser)["Removed on"] == AT_BEGUN
    admin_client.post(url("remove", browser.pk))
    assert not Browser.objects.exists()


def test_who_may_only_look_does_nothing(client: Client, browser: Browser) -> None:
    sign_in(client, "view_browser")
    home = reverse("wagtailadmin_home")

    assert '"label": "Browsers"' in client.get(home).content.decode()
    assert names(client) == ["Office laptop"]
    assert exported(client)[1][0] == "Office laptop"
    page = client.get(url("inspect", browser.pk)).content.decode()
    assert "Office laptop" in page
    for view in ACTIONS:
        assert url(view, browser.pk) not in page
        for ask in (client.get, client.post):
            response = ask(url(view, browser.pk))
            assert (response.status_code, response.headers["Location"]) == (302, home)
    assert Browser.objects.get() == browser
    assert history(browser) == []
    assert not Notification.objects.exists()


@pytest.mark.parametrize("view", ["pause", "activate", "test"])
def test_nothing_is_done_by_a_link(
    view: str, admin_client: Client, browser: Browser
) -> None:
    assert admin_client.get(url(view, browser.pk)).status_code == 405


def test_there_is_no_form_for_a_browser(admin_client: Client, browser: Browser) -> None:
    for view, args in (
        ("add", []),
        ("edit", [browser.pk]),
        ("copy", [browser.pk]),
        ("delete", [browser.pk]),
        ("usage", [browser.pk]),
    ):
        with pytest.raises(NoReverseMatch):
            url(view, *args)
    for address in (url("index"), url("inspect", browser.pk)):
        page = admin_client.get(address).content.decode()
        assert not re.search(r"/push-browsers/(new|edit|copy|delete|usage)/", page)


def test_the_history_leads_back_to_the_browser(
    admin_client: Client, browser: Browser
) -> None:
    admin_client.post(url("pause", browser.pk))

    page = admin_client.get(url("history", browser.pk)).content.decode()
    report = admin_client.get(reverse("wagtailadmin_reports:site_history"))

    assert f'href="{url("inspect", browser.pk)}"' in page
    assert f'href="{url("inspect", browser.pk)}"' in report.content.decode()
    assert url("history", browser.pk) in (
        admin_client.get(url("inspect", browser.pk)).content.decode()
    )


@pytest.mark.parametrize("order", ["", "name", "-name"])
def test_every_page_has_its_rows(order: str, admin_client: Client) -> None:
    made = [BrowserFactory(name=f"Browser {n:02}").name for n in range(45)]
    newest_first = made[::-1] if order in ("", "-name") else made
    query = {"ordering": order} if order else {}

    pages = [names(admin_client, p=str(page), **query) for page in (1, 2, 3)]

    assert pages == [newest_first[:20], newest_first[20:40], newest_first[40:]]


def test_no_row_stands_on_two_pages_where_names_are_the_same(
    admin_client: Client,
) -> None:
    there = BrowserFactory.create_batch(65, name="Firefox on Windows")
    address = reverse(f"{BROWSERS}:index")
    found: list[int] = []
    for page in range(1, 5):
        response = admin_client.get(address, {"ordering": "name", "p": str(page)})
        found += [browser.pk for browser in response.context["object_list"]]

    assert sorted(found) == [browser.pk for browser in there]
