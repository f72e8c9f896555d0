"""The details of one browser, and finding one in a long list."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.devices import come_back_as
from wagtail_push import receipts, registry
from wagtail_push.messages import EVERYONE, Personal
from wagtail_push.models import Account, Browser, Notification, Receipt, ScopeChoice
from wagtail_push.notify import notify
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

Work = Callable[[], None]


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def account() -> Account:
    return AccountFactory(key="C-1")


@pytest.fixture
def api(login: Any) -> Client:
    client = Client()
    client.force_login(login)
    return client


@pytest.fixture
def browser(account: Account, login: Any) -> Browser:
    return BrowserFactory(account=account, login=login, name="Office laptop")


def text_of(api: Client, path: str, part: str) -> str:
    """Return the words of one region of a page."""
    html = api.get(path).content.decode()
    start = html.index(f'data-wagtail-push-region="{part}"')
    end = html.find("data-wagtail-push-region", start + 1)
    words = re.sub(r"<[^>]*>", " ", html[start:end].partition(">")[2])
    return " ".join(words.split())


def path_of(browser: Browser) -> str:
    return f"/push/browsers/{browser.public_id}/"


def test_recent_notifications_are_those_of_this_account_and_browser(
    api: Client, browser: Browser, locmem: list[Any], work: Work, time_machine: Any
) -> None:
    ScopeFactory(key="invoices")
    time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)
    shown = notify(
        "invoices", [Personal("C-1", n=7)], title="Invoice {n}", body="B {n}"
    )
    notify("invoices", EVERYONE, title={"en": "News", "pl": "Nowości"}, body="N")
    BrowserFactory(installation=browser.installation, account__key="C-2")
    notify("invoices", "C-2", title="Somebody else's", body="B")
    work()
    registry.check(browser)
    work()
    receipts.report(browser.installation, shown.public_id, Receipt.Event.SHOWN)

    words = text_of(api, path_of(browser), "recent")

    assert "Somebody else" not in words
    assert "check" not in words
    assert words.index("News N Sent to Google") < words.index("Invoice 7 B 7 Shown")


def test_what_came_before_this_registration_is_not_told(
    api: Client, browser: Browser, locmem: list[Any], work: Work
) -> None:
    ScopeFactory(key="invoices")
    notify("invoices", EVERYONE, title="Before", body="B")
    work()
    Browser.objects.update(created_at=timezone.now() + timedelta(minutes=1))

    assert "None so far." in text_of(api, path_of(browser), "recent")


def test_a_constant_number_of_queries_for_the_details(
    api: Client,
    browser: Browser,
    locmem: list[Any],
    work: Work,
    django_assert_max_num_queries: Any,
) -> None:
    ScopeFactory(key="invoices")
    notify("invoices", "C-1", title="T", body="B")
    work()
    with django_assert_max_num_queries(40) as one:
        api.get(path_of(browser))
    for number in range(12):
        notify("invoices", "C-1", title=f"T{number}", body="B")
    work()

    with django_assert_max_num_queries(len(one)):
        words = text_of(api, path_of(browser), "recent")

    assert words.count("Sent to Google") == 10


def test_the_same_choices_on_all_my_browsers(
    api: Client, browser: Browser, account: Account, login: Any
) -> None:
    scopes = [ScopeFactory(key=f"scope-{n}", default="on") for n in range(3)]
    ScopeFactory(key="outages", default="always")
    mine = BrowserFactory(account=account, login=login)
    colleagues = BrowserFactory(account=account)
    elsewhere = BrowserFactory(account__key="C-2", login=login)
    ScopeChoiceFactory(browser=browser, scope=scopes[0], wanted=False)
    ScopeChoiceFactory(browser=mine, scope=scopes[0], wanted=True)
    ScopeChoiceFactory(browser=mine, scope=scopes[1], wanted=False)

    response = api.post(
        f"{path_of(browser)}copy-choices/", {"next": path_of(browser)}, follow=True
    )

    assert response.redirect_chain == [(f"{path_of(browser)}?done=copied", 302)]
    chosen = ScopeChoice.objects.filter(browser=mine).order_by("scope__key")
    assert list(chosen.values_list("scope__key", "wanted")) == [
        ("scope-0", False),
        ("scope-1", True),
        ("scope-2", True),
    ]
    assert not colleagues.choices.exists()
    assert not elsewhere.choices.exists()
    answer = api.post(
        f"/push/api/v1/browsers/{browser.public_id}/copy-choices/",
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()) == (200, {"browsers": 1})


def test_the_support_code_tells_nothing_secret(api: Client, browser: Browser) -> None:
    html = api.get(path_of(browser)).content.decode()

    code = f"PUSH-{browser.public_id.hex[:8].upper()}-ACTIVE"
    assert f">{code}</output>" in html
    assert browser.installation.target not in html


def test_the_tiers_of_another_browser_and_of_this_one(
    api: Client, browser: Browser
) -> None:
    elsewhere = text_of(api, path_of(browser), "tiers")
    assert elsewhere.count("Open the portal in that browser to check.") == 2
    assert "Not checked in the last 24 hours" in elsewhere
    come_back_as(api, browser)
    assert "Open the portal" not in text_of(api, path_of(browser), "tiers")


def rows(api: Client, **query: str) -> list[str]:
    html = api.get("/push/", query).content.decode()
    return re.findall(
        r"data-wagtail-push-browser=.*?<h3[^>]*>(.*?)</h3>", html, re.DOTALL
    )


def test_searching(api: Client, account: Account, browser: Browser) -> None:
    BrowserFactory(account=account, name="Phone", installation__system="Android")
    for query, names in (
        ("LAPTOP", ["Office laptop"]),
        ("android", ["Phone"]),
        ("fire", ["Phone", "Office laptop"]),
        ("nothing", []),
        ("%", []),
    ):
        assert rows(api, q=query) == names
    html = api.get("/push/", {"q": '"><b>'}).content.decode()
    assert "No browser of this account has" in html
    assert "<b>" not in html
    # A short list needs no search.
    assert "wagtail-push-search" not in api.get("/push/").content.decode()


def test_the_search_goes_on_over_the_pages(api: Client, account: Account) -> None:
    for number in range(32):
        kind = "Phone" if number % 2 else "Laptop"
        BrowserFactory(account=account, name=f"{kind} {number}")

    html = api.get("/push/", {"q": "phone"}).content.decode()

    assert "Page 1 of 2" in html
    assert 'href="?q=phone&amp;page=2#wagtail-push-browsers"' in html
    assert rows(api, q="phone", page="2")[-1] == "Phone 1"
    assert Notification.objects.count() == 0
