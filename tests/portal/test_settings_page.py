"""The settings page as the server renders it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push import registry
from wagtail_push.device import COOKIE
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

URL = "/push/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
HOSTILE = """</script><img src=x onerror=alert(1)> "'&"""


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def api(login: Any) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(login)
    return client


def config_of(html: str) -> Any:
    found = re.search(
        r'<script id="wagtail-push-config" type="application/json">(.*?)</script>', html
    )
    assert found
    return json.loads(found[1])


def card_state(html: str) -> str:
    found = re.search(r'data-wagtail-push-card data-state="([a-z-]+)"', html)
    assert found
    return found[1]


def row_names(html: str) -> list[str]:
    return re.findall(
        r"data-wagtail-push-browser=.*?<h3[^>]*>(.*?)</h3>", html, re.DOTALL
    )


def test_needs_a_login(client: Client) -> None:
    response = client.get(URL)

    assert (response.status_code, response.url) == (302, "/sign-in/?next=/push/")


def test_never_cached_and_recognisable_before_it_registers(api: Client) -> None:
    response = api.get(URL)

    assert set(response.headers["Cache-Control"].split(", ")) == {
        "max-age=0",
        "must-revalidate",
        "no-cache",
        "no-store",
        "private",
    }
    # If the answer to registering is lost, the second try finds the first one's row.
    given = response.cookies[COOKIE]
    assert given["httponly"]
    assert COOKIE not in api.get(URL).cookies, "it stays the same"


def test_without_an_account(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenAccounts, "current", lambda self, request: None)

    response = api.get(URL)

    assert response.status_code == 200
    assert response.context["push"] is None
    html = response.content.decode()
    assert "No customer account is chosen" in html
    assert "wagtail-push-config" not in html


def test_nothing_registered_yet(api: Client) -> None:
    html = api.get(URL).content.decode()

    assert card_state(html) == "checking"
    assert "Customer C-1" in html
    assert "Off means: nothing is sent to any browser of this account" in html
    assert "No browser is registered yet." in html
    assert "Turn on JavaScript to add this browser." in html
    config = config_of(html)
    assert (config["browser"], config["suggestedName"]) == (None, "Firefox on Linux")


def test_config(api: Client, settings: Any) -> None:
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "EMULATOR": None,
        "FIREBASE": {"apiKey": "k", "appId": "a", "projectId": "p"},
        "VAPID_KEY": "BPublic",
        "TARGET_KIND": "token",
    }
    scope = ScopeFactory(
        key="invoices", text__title="Invoices", text__description="Once a month."
    )

    config = config_of(api.get(URL).content.decode())

    text = config.pop("text")
    assert set(text) == {"states", "failures", "steps", "progress", "page"}
    assert "%(portal)s" not in json.dumps(text)
    csrf = config.pop("csrf")
    assert len(csrf) == 64
    assert config == {
        "api": "/push/api/v1/",
        "worker": "/push/sw/worker.js",
        "workerScope": "/push/sw/",
        "sdk": "/static/wagtail_push/vendor/firebase-messaging.js",
        "modules": {
            "card": "/static/wagtail_push/js/card.js",
            "connect": "/static/wagtail_push/js/connect.js",
            "enable": "/static/wagtail_push/js/enable.js",
            "regions": "/static/wagtail_push/js/regions.js",
            "renew": "/static/wagtail_push/js/renew.js",
        },
        "firebase": {"apiKey": "k", "appId": "a", "projectId": "p"},
        "vapidKey": "BPublic",
        "kind": "token",
        "emulator": None,
        "emulatorModule": None,
        "language": "en",
        "account": {
            "key": "C-1",
            "label": "Customer C-1",
            "enabled": True,
            "forbidden": False,
        },
        "browser": None,
        "foreign": False,
        "imported": False,
        "tooOld": False,
        "suggestedName": "Firefox on Linux",
        "scopes": [
            {
                "key": "invoices",
                "group": scope.group.title() if scope.group else "",
                "title": "Invoices",
                "description": "Once a month.",
                "default": "on",
                "reason": "",
            }
        ],
        "neutral": {
            "body": "There is something new for you.",
            "lang": "en",
            "icon": "/static/wagtail_push/img/icon.png",
            "badge": "/static/wagtail_push/img/badge.png",
        },
    }


def test_config_with_the_emulator_holds_no_project(api: Client) -> None:
    config = config_of(api.get(URL).content.decode())

    assert [config[key] for key in ("firebase", "vapidKey", "emulatorModule")] == [
        None,
        None,
        "/static/wagtail_push/js/emulator.js",
    ]
    assert config["emulator"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [
        ({"enabled": False}, "account-off", "Notifications are off for this account"),
        (
            {"forbidden": True},
            "account-off",
            "Notifications are not available for this account",
        ),
    ],
)
def test_account_off(api: Client, change: Any, state: str, words: str) -> None:
    account = AccountFactory(key="C-1", **change)
    BrowserFactory(account=account, name="Office laptop")

    html = api.get(URL).content.decode()

    assert card_state(html) == state
    assert words in html
    # The list stays: a lost laptop can be seen from anywhere (C-05).
    assert row_names(html) == ["Office laptop"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "active"),
        ({"paused_at": datetime(2026, 1, 2, tzinfo=UTC)}, "paused"),
        (
            {
                "removed_at": datetime(2026, 1, 2, tzinfo=UTC),
                "removed_reason": "unregistered",
            },
            "lost",
        ),
    ],
)
def test_this_browser_is_known_by_its_cookie(
    api: Client, login: Any, change: Any, state: str
) -> None:
    account = AccountFactory(key="C-1")
    browser = BrowserFactory(account=account, login=login, name="Here", **change)
    BrowserFactory(account=account, name="Elsewhere")
    come_back_as(api, browser)

    html = api.get(URL).content.decode()

    assert card_state(html) == state
    assert row_names(html) == ["Here", "Elsewhere"]
    assert html.count("wagtail-push-row--current") == 1
    assert config_of(html)["browser"]["current"] is True


def test_a_name_or_a_forged_cookie_marks_nothing(api: Client) -> None:
    browser = BrowserFactory(account=AccountFactory(key="C-1"), name="Firefox on Linux")
    api.cookies[COOKIE] = str(browser.installation.device_id)

    html = api.get(URL).content.decode()

    assert "wagtail-push-row--current" not in html
    assert config_of(html)["suggestedName"] == "Firefox on Linux 2"


def test_nothing_of_another_account(api: Client) -> None:
    BrowserFactory(account=AccountFactory(key="C-2"), name="Someone else's")

    html = api.get(URL).content.decode()

    assert row_names(html) == []
    assert escape("Someone else's") not in html


def test_hostile_words_are_text(api: Client, login: Any) -> None:
    browser = BrowserFactory(
        account=AccountFactory(key="C-1"), login=login, name=HOSTILE
    )
    ScopeFactory(key="invoices", text__title=HOSTILE, text__description=HOSTILE)
    come_back_as(api, browser)

    html = api.get(URL).content.decode()

    assert "<img" not in html
    config = config_of(html)
    assert config["browser"]["name"] == HOSTILE
    assert config["scopes"][0]["title"] == HOSTILE


@pytest.mark.promise("M-02")
def test_500_browsers_cost_as_many_queries_as_one(
    api: Client,
    django_assert_max_num_queries: Callable[[int], DjangoAssertNumQueries],
) -> None:
    account = AccountFactory(key="C-1")
    for key in ("invoices", "payments", "domains", "outages", "security", "news"):
        ScopeFactory(key=key)
    first = BrowserFactory(account=account)
    registry.send_tests(account, [first])
    api.get(URL)
    with django_assert_max_num_queries(30) as one:
        api.get(URL)
    login = LoginFactory()
    BrowserFactory.create_batch(499, account=account, login=login)
    registry.switch_account("C-1", False)
    registry.switch_account("C-1", True)

    # Three more for all browsers' check, and one for whether anybody sends.
    with django_assert_max_num_queries(len(one) + 4):
        response = api.get(URL)

    html = response.content.decode()
    assert len(row_names(html)) == 10
    assert "Page 1 of 50" in html
    assert len(response.content) < 60_000
    # Polish needs more letters, and more bytes for them.
    polish = api.get(URL, headers={"Accept-Language": "pl"})
    assert "Strona 1 z\N{NO-BREAK SPACE}50" in polish.content.decode()
    assert len(polish.content) < 60_000


def test_the_browser_in_use_comes_first_and_is_known_on_every_page(
    api: Client, login: Any
) -> None:
    account = AccountFactory(key="C-1")
    here = BrowserFactory(account=account, login=login, name="Here")
    BrowserFactory.create_batch(24, account=account)
    come_back_as(api, here)

    first = api.get(URL).content.decode()
    second = api.get(URL, {"page": "2"}).content.decode()

    assert row_names(first)[0] == "Here"
    assert (len(row_names(first)), len(row_names(second))) == (10, 10)
    assert "Here" not in row_names(second)
    assert card_state(second) == "active"
    assert config_of(second)["browser"]["name"] == "Here"


@pytest.mark.parametrize("may", [True, False])
def test_a_browser_of_another_customer_is_known_without_being_told_whose(
    api: Client, login: Any, accounts: type[OpenAccounts], may: bool
) -> None:
    theirs = BrowserFactory(account__key="C-9", name="Secret name")
    accounts.revoked = set() if may else {(login.pk, "C-9")}
    come_back_as(api, theirs)

    html = api.get(URL).content.decode()

    assert config_of(html)["foreign"] is not may
    assert "Secret name" not in html
    assert "C-9" not in html


def test_a_browser_of_a_login_that_lost_its_right(
    api: Client, login: Any, accounts: type[OpenAccounts]
) -> None:
    account = AccountFactory(key="C-1")
    here = BrowserFactory(account=account, name="Here")
    accounts.revoked = {(here.login_id, "C-1")}
    come_back_as(api, here)

    html = api.get(URL).content.decode()

    assert card_state(html) == "lost"
    assert "may no longer act for this account" in html
    assert "Gets nothing" in html


@pytest.mark.parametrize("number", [0, 1])
def test_an_account_that_is_off_tells_of_browsers_only_where_there_are_some(
    api: Client, login: Any, number: int
) -> None:
    account = AccountFactory(key="C-1", enabled=False)
    BrowserFactory.create_batch(number, account=account, login=login)

    html = api.get(URL).content.decode()

    assert "Your 0 browsers" not in html
    assert ("Your 1 browser stays registered" in html) is bool(number)
    assert ("Off means: nothing is sent" in html) is not bool(number)
