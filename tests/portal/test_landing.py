"""Where the buttons and the hidden links of notifications lead."""

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push.device import COOKIE
from wagtail_push.models import Browser, ScopeChoice
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    NotificationFactory,
    RecipientFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

URL = "/push/turn-off/invoices/"


@pytest.fixture
def browser() -> Browser:
    ScopeFactory(key="invoices", text__title="Invoices", text__description="Monthly.")
    return BrowserFactory(account=AccountFactory(key="C-1"), name="Office laptop")


@pytest.fixture
def here(browser: Browser) -> Client:
    client = Client()
    client.force_login(browser.login)
    come_back_as(client, browser)
    return client


def heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    assert found
    return found[1]


def press(client: Client, wanted: str, **more: str) -> tuple[str, str, str]:
    """Press the button; return where it leads, the banner and the heading there."""
    answer = client.post(URL, {"wanted": wanted, **more}, follow=True)
    [(address, _)] = answer.redirect_chain
    html = answer.content.decode()
    banner = re.search(r"data-wagtail-push-banner[^>]*>(.*?)</p>", html)
    assert banner
    return address, banner[1], heading(html)


def choices() -> list[tuple[str, bool]]:
    return list(ScopeChoice.objects.values_list("browser__name", "wanted"))


@pytest.mark.promise("M-21")
def test_a_kind_is_turned_off_and_on_again(here: Client, browser: Browser) -> None:
    BrowserFactory(account=browser.account, name="Other")

    html = here.get(URL).content.decode()
    assert heading(html) == "Turn off “Invoices” in this browser?"
    assert "Office laptop · Account Customer C-1" in html
    assert "Monthly." in html
    assert choices() == [], "nothing changes by looking"

    assert press(here, "0") == (
        f"{URL}?done=turned-off",
        "It is turned off in this browser.",
        "“Invoices” is off in this browser",
    )
    assert choices() == [("Office laptop", False)]
    assert press(here, "1") == (
        f"{URL}?done=turned-on",
        "It is turned on again in this browser.",
        "Turn off “Invoices” in this browser?",
    )
    assert choices() == [("Office laptop", True)]


def test_whoever_is_signed_out_comes_back_after_signing_in(browser: Browser) -> None:
    answer = Client().get(URL)

    assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={URL}")
    assert Client().post(URL, {"wanted": "0"}).url.startswith("/sign-in/")
    assert choices() == []


@pytest.mark.parametrize("change", ["no cookie", "removed", "another account"])
def test_a_browser_that_is_not_registered_is_told_so(
    here: Client, browser: Browser, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    if change == "no cookie":
        here.cookies.pop(COOKIE)
    elif change == "removed":
        Browser.objects.update(removed_at=timezone.now(), removed_reason="unregistered")
    else:
        monkeypatch.setattr(OpenAccounts, "current", lambda self, request: "C-2")

    html = here.get(URL).content.decode()

    assert heading(html) == "This browser is not registered on this account"
    assert 'href="/push/#wagtail-push-browsers"' in html
    assert press(here, "0") == (
        f"{URL}?refused=gone",
        "That browser is not registered on this account any more.",
        "This browser is not registered on this account",
    )
    assert choices() == []


def test_what_is_always_on_cannot_be_turned_off(here: Client) -> None:
    scope = ScopeFactory(key="outages", default="always", text__title="Outages")
    scope.texts.update(reason="They concern everyone.")
    url = "/push/turn-off/outages/"

    html = here.get(url).content.decode()

    assert heading(html) == "“Outages” is always on"
    assert "They concern everyone." in html
    assert 'name="wanted"' not in html
    assert here.post(url, {"wanted": "0"}).url == f"{url}?refused=always_on"
    assert choices() == []


def test_another_tab_has_switched_to_another_account(here: Client) -> None:
    answer = here.post(URL, {"wanted": "0", "account": "C-2"})

    assert answer["Location"] == "/push/?refused=account_changed"
    assert choices() == []


@pytest.mark.parametrize("key", ["retired", "unknown"])
def test_what_nobody_sees_any_more_leaves_nothing_to_turn_off(
    here: Client, key: str
) -> None:
    ScopeFactory(key="retired", retired=True, text__title="Secret plans")
    url = f"/push/turn-off/{key}/"

    answer = here.get(url)

    html = answer.content.decode()
    assert answer.status_code == 404
    assert heading(html) == "There is nothing to turn off"
    assert '<a class="wagtail-push-button" href="/push/">' in html
    assert "Secret plans" not in html
    assert here.post(url, {"wanted": "0"}).status_code == 404


def test_a_login_without_an_account(
    here: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAccounts, "current", lambda self, request: None)

    assert here.get(URL).status_code == 404
    assert here.post(URL, {"wanted": "0"}).status_code == 404


def opened(client: Client, notification_id: uuid.UUID) -> str:
    answer = client.get(f"/push/open/{notification_id}/")
    assert answer.status_code == 302
    return str(answer.url)


def test_a_hidden_link_leads_where_the_message_does(
    here: Client, browser: Browser
) -> None:
    words = {"url": "/{kind}/{number}/", "params": {"kind": "invoices"}}
    addressed = NotificationFactory(**words)
    RecipientFactory(
        notification=addressed, account=browser.account, params={"number": "7"}
    )
    to_all = NotificationFactory(url="/news/", to_everyone=True)

    assert opened(here, addressed.public_id) == "/invoices/7/"
    assert opened(here, to_all.public_id) == "/news/"
    signed_out = Client().get(f"/push/open/{to_all.public_id}/")
    assert signed_out.url == f"/sign-in/?next=/push/open/{to_all.public_id}/"


@pytest.mark.parametrize(
    ("url", "leads_to"),
    [
        ("", "/push/"),
        ("http://testserver/news/", "http://testserver/news/"),
        ("https://elsewhere.example/", "/push/"),
        ("//elsewhere.example/", "/push/"),
        ("javascript:alert(1)", "/push/"),
    ],
)
def test_a_hidden_link_never_leaves_the_portal(
    here: Client, url: str, leads_to: str
) -> None:
    sent = NotificationFactory(url=url, to_everyone=True)

    assert opened(here, sent.public_id) == leads_to


def test_a_hidden_link_tells_nothing_of_what_others_got(
    here: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = RecipientFactory(
        account__key="C-9", notification__url="/secret/"
    ).notification
    everyone = NotificationFactory(url="/news/", to_everyone=True)

    assert opened(here, theirs.public_id) == "/push/"
    assert opened(here, uuid.uuid4()) == "/push/"
    monkeypatch.setattr(OpenAccounts, "current", lambda self, request: None)
    assert opened(here, everyone.public_id) == "/push/"
