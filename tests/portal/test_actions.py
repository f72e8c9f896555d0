"""The forms of the page, as browsers without JavaScript send them."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push.models import Account, Browser, Notification, ScopeChoice
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

URL = "/push/"


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def api(login: Any) -> Client:
    client = Client()
    client.force_login(login)
    return client


@pytest.fixture
def browser(login: Any) -> Browser:
    account = AccountFactory(key="C-1")
    return BrowserFactory(account=account, login=login, name="Office laptop")


def url_of(browser: Browser, action: str = "") -> str:
    return f"/push/browsers/{browser.public_id}/{action}"


def send(client: Client, url: str, **data: Any) -> tuple[str, str]:
    """Send a form; return where it leads, and the sentence that stands there."""
    response = client.post(url, data, follow=True)
    assert response.status_code == 200
    [(address, _)] = response.redirect_chain
    html = response.content.decode()
    banner = re.search(r"data-wagtail-push-banner[^>]*>(.*?)</p>", html)
    return address, banner[1] if banner else ""


def state(browser: Browser) -> str:
    browser.refresh_from_db()
    return browser.status


@pytest.mark.promise("M-08", "M-09")
def test_the_account_switch(api: Client, browser: Browser) -> None:
    off = send(api, "/push/account/", enabled="0")
    account = Account.objects.get()

    assert off == (
        "/push/?done=off",
        "Notifications are off for this account. Nothing is sent any more.",
    )
    assert account.enabled is False
    # A checkbox that is on comes after the 0 before it.
    on = send(api, "/push/account/", enabled=["0", "1"])
    assert on == ("/push/?done=on", "Notifications are on for this account.")
    account.refresh_from_db()
    assert (account.enabled, account.last_check.kind) == (True, "check")


@pytest.mark.promise("M-09")
def test_what_the_operator_forbids_no_switch_turns_on(
    api: Client, browser: Browser
) -> None:
    Account.objects.update(forbidden=True)

    done = send(api, "/push/account/", enabled="1")

    assert done == (
        "/push/?refused=account_forbidden",
        "Notifications are not available for this account.",
    )
    html = api.get(URL).content.decode()
    assert 'id="wagtail-push-account-switch"' not in html


@pytest.mark.promise("M-13")
def test_pausing_and_activating(api: Client, browser: Browser) -> None:
    come_back_as(api, browser)
    assert "Deactivate sending to this browser" in api.get(URL).content.decode()

    assert send(api, url_of(browser, "pause/")) == (
        "/push/?done=paused",
        "Nothing is sent to that browser any more. It stays registered.",
    )
    assert state(browser) == "paused"
    assert "Activate sending to this browser" in api.get(URL).content.decode()
    assert send(api, url_of(browser, "activate/"))[0] == "/push/?done=activated"
    assert state(browser) == "active"


def test_a_form_leads_back_to_where_it_stood(api: Client, browser: Browser) -> None:
    details = url_of(browser)

    assert send(api, url_of(browser, "pause/"), next=url_of(browser))[0] == (
        f"{details}?done=paused"
    )
    assert send(api, url_of(browser, "activate/"), page="3")[0] == (
        "/push/?done=activated&page=3"
    )


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "x", ""],
)
def test_a_form_leads_nowhere_else(api: Client, browser: Browser, address: str) -> None:
    response = api.post(url_of(browser, "pause/"), {"next": address})

    assert response.url == "/push/?done=paused"


@pytest.mark.parametrize("name", ["hide_details", "pause_on_sign_out"])
def test_a_browsers_switches(
    api: Client, browser: Browser, settings: Any, name: str
) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "SIGN_OUT": "ask"}
    come_back_as(api, browser)
    for posted, wanted in ((["0", "1"], True), ("0", False)):
        assert send(api, url_of(browser, "preferences/"), **{name: posted}) == (
            "/push/?done=saved",
            "Your choice is saved.",
        )
        browser.refresh_from_db()
        switches = {"hide_details": False, "pause_on_sign_out": False, name: wanted}
        for switch, value in switches.items():
            assert getattr(browser, switch) is value
        for address in (URL, url_of(browser)):
            html = api.get(address).content.decode()
            [box] = re.findall(f'<input [^>]*id="wagtail-push-{name}"[^>]*>', html)
            assert (" checked" in box) is wanted


@pytest.mark.parametrize(("setting", "asks"), [("keep", 0), ("pause", 0), ("ask", 1)])
def test_only_where_the_portal_asks_there_is_a_switch_for_signing_out(
    api: Client, browser: Browser, settings: Any, setting: str, asks: int
) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "SIGN_OUT": setting}
    come_back_as(api, browser)

    html = api.get(URL).content.decode()
    assert html.count('id="wagtail-push-pause_on_sign_out"') == asks


def test_renaming(api: Client, browser: Browser) -> None:
    done = send(api, url_of(browser, "rename/"), name="  Old laptop ")

    assert done == ("/push/?done=renamed", "The new name is saved.")
    browser.refresh_from_db()
    assert browser.name == "Old laptop"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_bad_name_changes_nothing(api: Client, browser: Browser, name: str) -> None:
    assert send(api, url_of(browser, "rename/"), name=name) == (
        "/push/?refused=name",
        "Enter a name of 1 to 60 characters, for example “Office laptop”.",
    )
    browser.refresh_from_db()
    assert browser.name == "Office laptop"


@pytest.mark.promise("M-17")
def test_removing_asks_first(api: Client, browser: Browser) -> None:
    question = api.get(url_of(browser, "remove/")).content.decode()

    assert "Remove “Office laptop”?" in question
    assert state(browser) == "active"
    assert send(api, url_of(browser, "remove/")) == (
        "/push/?done=removed",
        "The browser is removed. Nothing is sent to it any more.",
    )
    assert not Browser.objects.exists()
    browser.installation.refresh_from_db()
    assert (browser.installation.target, browser.installation.target_hash) == ("", None)


@pytest.mark.promise("M-18")
def test_tests_to_selected_browsers(api: Client, browser: Browser) -> None:
    other = BrowserFactory(account=browser.account)
    BrowserFactory(account=browser.account)
    chosen = [str(browser.public_id), str(other.public_id)]

    assert send(api, "/push/tests/", browsers=chosen) == (
        "/push/?done=testing",
        "The test is on its way.",
    )
    test = Notification.objects.get()
    assert set(test.recipients.values_list("browser", flat=True)) == {
        browser.pk,
        other.pk,
    }


def test_selected_browsers_that_get_none_are_counted(
    api: Client, browser: Browser
) -> None:
    paused = BrowserFactory(account=browser.account, paused_at=timezone.now())
    foreign = BrowserFactory()
    chosen = [str(b.public_id) for b in (browser, paused, foreign)]

    address, text = send(api, "/push/tests/", browsers=chosen)

    assert address == "/push/?done=testing&skipped=2"
    assert "2 selected browsers get none" in text
    recipients = Notification.objects.get().recipients
    assert recipients.get().browser == browser


@pytest.mark.parametrize(
    ("chosen", "code"),
    [([], "nothing_selected"), ([str(uuid.uuid4())], "nothing_selected")],
)
def test_nothing_to_test(
    api: Client, browser: Browser, chosen: list[str], code: str
) -> None:
    assert send(api, "/push/tests/", browsers=chosen) == (
        f"/push/?refused={code}",
        "Select at least one browser.",
    )


def test_a_browser_that_is_no_number_is_not_found(api: Client) -> None:
    assert api.post("/push/tests/", {"browsers": "x"}).status_code == 404


def test_a_test_to_a_paused_browser_says_what_to_do(
    api: Client, browser: Browser
) -> None:
    Browser.objects.update(paused_at=timezone.now())

    assert send(api, url_of(browser, "test/")) == (
        "/push/?refused=browser_paused",
        "Sending to this browser is switched off: activate it to test.",
    )


def test_two_tests_at_once_name_the_wait(
    api: Client, browser: Browser, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    send(api, url_of(browser, "test/"))
    time_machine.shift(timedelta(seconds=3))

    assert send(api, url_of(browser, "test/")) == (
        "/push/?refused=too_often&wait=7",
        "That was too often. Try again in 7 seconds.",
    )
    time_machine.shift(timedelta(seconds=7))
    assert send(api, url_of(browser, "test/"))[0] == "/push/?done=testing"


def test_twenty_tests_an_hour(api: Client, browser: Browser, time_machine: Any) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    BrowserFactory.create_batch(19, account=browser.account)
    chosen = [str(pk) for pk in Browser.objects.values_list("public_id", flat=True)]
    assert send(api, "/push/tests/", browsers=chosen)[0] == "/push/?done=testing"
    time_machine.shift(timedelta(minutes=10))

    assert send(api, url_of(browser, "test/")) == (
        "/push/?refused=too_often&wait=3000",
        "That was too often. Try again in 50 minutes.",
    )
    time_machine.shift(timedelta(minutes=51))
    assert send(api, url_of(browser, "test/"))[0] == "/push/?done=testing"


def progress_of(api: Client, browser: Browser) -> str:
    html = api.get(url_of(browser)).content.decode()
    found = re.search(r'class="wagtail-push-asked (.*?)</p>', html, re.DOTALL)
    assert found
    words = re.sub(r"<[^>]*>", " ", found[1].partition(">")[2])
    return " ".join(words.split())


@pytest.mark.promise("M-20")
def test_a_check_without_javascript(
    api: Client, browser: Browser, locmem: list[Any], work: Callable[[], None]
) -> None:
    address, text = send(api, url_of(browser, "check/"), next=url_of(browser))

    assert (address, text) == (
        f"{url_of(browser)}?done=checking",
        "The browser is being checked.",
    )
    told = progress_of(api, browser)
    assert told.startswith("Checking: waiting for Google’s answer…")
    assert told.endswith("Reload to see more")
    work()
    assert [envelope.dry_run for envelope in locmem] == [True]
    assert progress_of(api, browser).startswith(
        "Checked: Google’s push service accepts this registration."
    )


def test_a_queue_that_nobody_empties_is_named_after_twenty_seconds(
    api: Client,
    browser: Browser,
    locmem: list[Any],
    work: Callable[[], None],
    time_machine: Any,
) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    work()
    time_machine.shift(timedelta(seconds=1))
    send(api, url_of(browser, "test/"))
    time_machine.shift(timedelta(seconds=19))
    assert "sender is not running" not in progress_of(api, browser)
    time_machine.shift(timedelta(seconds=1))
    assert "Test: waiting in our queue…" in progress_of(api, browser)
    assert "The portal’s sender is not running." in progress_of(api, browser)
    work()
    assert progress_of(api, browser).startswith("Test: sent to Google.")


def test_the_form_carries_what_the_view_wants(login: Any, browser: Browser) -> None:
    ScopeFactory(key="invoices")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(login)
    come_back_as(strict, browser)
    url = url_of(browser, "scopes/")

    assert strict.post(url, {"scope": "invoices", "wanted": "1"}).status_code == 403
    html = strict.get(URL).content.decode()
    form = html[html.index(f'action="{url}"') :]
    form = form[: form.index("</form>")]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([\w-]+)"', form))
    assert set(hidden) == {"csrfmiddlewaretoken", "account", "scope", "wanted"}
    assert strict.post(url, hidden).status_code == 302
    assert ScopeChoice.objects.get().wanted is False


@pytest.mark.parametrize(
    ("posted", "wanted"), [(["0", "1"], True), (["0"], False)], ids=["on", "off"]
)
@pytest.mark.promise("M-21")
def test_choosing_a_scope(
    api: Client, browser: Browser, posted: list[str], wanted: bool
) -> None:
    ScopeFactory(key="invoices")

    done = send(api, url_of(browser, "scopes/"), scope="invoices", wanted=posted)

    assert done == ("/push/?done=saved", "Your choice is saved.")
    assert list(ScopeChoice.objects.values_list("scope__key", "wanted")) == [
        ("invoices", wanted)
    ]


@pytest.mark.parametrize("scope", ["retired", "unknown", ""])
def test_choosing_what_is_not_there(api: Client, browser: Browser, scope: str) -> None:
    ScopeFactory(key="retired", retired=True)

    response = api.post(url_of(browser, "scopes/"), {"scope": scope, "wanted": "0"})

    assert response.status_code == 404
    assert not ScopeChoice.objects.exists()


def test_choosing_what_is_always_on(api: Client, browser: Browser) -> None:
    ScopeFactory(key="outages", default="always")

    done = send(api, url_of(browser, "scopes/"), scope="outages", wanted="0")

    assert done == (
        "/push/?refused=always_on",
        "This kind of notification is always on.",
    )


def test_another_tab_has_switched_to_another_account(
    api: Client, browser: Browser
) -> None:
    address, text = send(api, url_of(browser, "pause/"), account="C-2")

    assert address == "/push/?refused=account_changed"
    assert text.startswith("You have switched to another customer account")
    assert state(browser) == "active"


def test_what_another_tab_removed_is_said_on_the_page(
    api: Client, browser: Browser
) -> None:
    api.post(url_of(browser, "remove/"))

    there = {"account": "C-1", "next": url_of(browser)}
    answer = api.post(url_of(browser, "pause/"), there, follow=True)

    assert answer.redirect_chain == [("/push/?refused=gone", 302)]
    assert answer.status_code == 200
    said = "That browser is not registered on this account any more."
    assert said in answer.content.decode()


def test_after_switching_the_account_in_another_tab_the_page_says_so(
    api: Client, browser: Browser
) -> None:
    there = {"account": "C-1", "next": url_of(browser)}
    answer = api.post(
        url_of(browser, "pause/"), there, headers={"X-Account": "C-2"}, follow=True
    )

    assert answer.redirect_chain == [("/push/?refused=account_changed", 302)]
    assert answer.status_code == 200
    assert "You have switched to another customer account" in answer.content.decode()
    assert state(browser) == "active"


ACTIONS = [
    *("rename/", "pause/", "activate/", "remove/", "test/", "check/", "scopes/"),
    "preferences/",
]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("key", ["C-2", None], ids=["another account", "none"])
def test_browsers_of_others_are_not_found(
    api: Client,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    key: str | None,
) -> None:
    ScopeFactory(key="invoices")
    monkeypatch.setattr(OpenAccounts, "current", lambda self, request: key)
    data = {"name": "New", "scope": "invoices", "wanted": "1", "hide_details": "1"}

    answer = api.post(url_of(browser, action), data)

    if key is None:
        assert answer.status_code == 404
    else:
        assert answer.url == "/push/?refused=gone"
    assert api.get(url_of(browser)).status_code == 404
    assert (state(browser), browser.name) == ("active", "Office laptop")
    assert not ScopeChoice.objects.exists()
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    "action", ["rename/", "pause/", "activate/", "test/", "check/", "preferences/"]
)
def test_nothing_can_be_done_to_a_browser_whose_registration_ended(
    api: Client, browser: Browser, action: str
) -> None:
    Browser.objects.update(removed_at=timezone.now(), removed_reason="unregistered")

    assert send(api, url_of(browser, action), name="New", hide_details="1") == (
        "/push/?refused=browser_removed",
        "This browser is no longer registered. "
        "Open this page in it to register it again.",
    )
    # But it can be taken off the list.
    assert send(api, url_of(browser, "remove/"))[0] == "/push/?done=removed"


def test_an_unknown_word_in_the_address_says_nothing(api: Client) -> None:
    for query in (
        "done=x",
        "refused=x",
        "refused=too_often&wait=x",
        "refused=too_often&wait=²",
        f"refused=too_often&wait={'9' * 5000}",
        "done=on&skipped=x",
        "done=on&skipped=²",
        f"done=on&skipped={'9' * 5000}",
    ):
        html = api.get(f"{URL}?{query}").content.decode()
        assert "<script>x" not in html
        assert ("data-wagtail-push-banner" in html) is query.startswith("done=on")


def test_the_search_stays_after_an_action(api: Client, browser: Browser) -> None:
    account, login = browser.account, browser.login
    for word in ("Phone", "Laptop"):
        for number in range(12):
            BrowserFactory(account=account, login=login, name=f"{word} {number}")
    page = api.get("/push/?q=phone").content.decode()
    phone = Browser.objects.filter(name__startswith="Phone")[0]
    assert '<input type="hidden" name="q" value="phone">' in page

    answer = api.post(url_of(phone, "pause/"), {"account": "C-1", "q": "phone"})

    assert answer["Location"] == "/push/?done=paused&q=phone"


def test_a_test_whose_validity_is_over_is_waited_for_no_more(
    api: Client, browser: Browser, work: Callable[[], Any], time_machine: Any
) -> None:
    api.post(url_of(browser, "test/"))
    work()
    assert "data-wagtail-push-waiting" in api.get("/push/").content.decode()
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    api.force_login(browser.login)

    assert "data-wagtail-push-waiting" not in api.get("/push/").content.decode()
