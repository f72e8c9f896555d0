"""The settings page as the server renders it, and its form without JavaScript."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push.device import COOKIE
from wagtail_push.models import Browser, ScopeChoice
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
    return re.findall(r"data-wagtail-push-browser=.*?<h3>(.*?)</h3>", html, re.DOTALL)


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
    assert "Notifications on" in html
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


def test_as_many_queries_for_forty_browsers_as_for_one(
    api: Client,
    django_assert_max_num_queries: Callable[[int], DjangoAssertNumQueries],
) -> None:
    account = AccountFactory(key="C-1")
    ScopeFactory(key="invoices")
    BrowserFactory(account=account)
    api.get(URL)
    with django_assert_max_num_queries(20) as one:
        api.get(URL)
    BrowserFactory.create_batch(40, account=account)

    with django_assert_max_num_queries(len(one)):
        html = api.get(URL).content.decode()

    assert len(row_names(html)) == 41


def choose_url(browser: Browser) -> str:
    return f"/push/browsers/{browser.public_id}/scopes/"


@pytest.fixture
def browser(login: Any) -> Browser:
    return BrowserFactory(account=AccountFactory(key="C-1"), login=login)


@pytest.mark.parametrize(
    ("posted", "wanted"), [(["0", "1"], True), (["0"], False)], ids=["on", "off"]
)
def test_choosing_without_javascript(
    api: Client, browser: Browser, posted: list[str], wanted: bool
) -> None:
    ScopeFactory(key="invoices")
    come_back_as(api, browser)

    response = api.post(
        choose_url(browser), {"scope": "invoices", "wanted": posted}, follow=True
    )

    assert response.redirect_chain == [("/push/?saved", 302)]
    assert "Your choice is saved." in response.content.decode()
    assert list(ScopeChoice.objects.values_list("scope__key", "wanted")) == [
        ("invoices", wanted)
    ]


def test_the_form_carries_what_the_view_wants(login: Any, browser: Browser) -> None:
    ScopeFactory(key="invoices")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(login)
    come_back_as(strict, browser)
    url = choose_url(browser)

    assert strict.post(url, {"scope": "invoices", "wanted": "1"}).status_code == 403
    html = strict.get(URL).content.decode()
    form = html[html.index(f'action="{url}"') :]
    form = form[: form.index("</form>")]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form))
    assert set(hidden) == {"csrfmiddlewaretoken", "scope", "wanted"}
    assert strict.post(url, hidden).status_code == 302
    assert ScopeChoice.objects.get().wanted is False


@pytest.mark.parametrize("key", ["C-2", None], ids=["another account", "none"])
def test_choosing_for_another_account(
    api: Client, monkeypatch: pytest.MonkeyPatch, browser: Browser, key: str | None
) -> None:
    ScopeFactory(key="invoices")
    monkeypatch.setattr(OpenAccounts, "current", lambda self, request: key)

    response = api.post(choose_url(browser), {"scope": "invoices", "wanted": "1"})

    assert response.status_code == 404
    assert not ScopeChoice.objects.exists()


@pytest.mark.parametrize("scope", ["outages", "retired", "unknown", ""])
def test_choosing_what_is_no_choice(api: Client, browser: Browser, scope: str) -> None:
    ScopeFactory(key="outages", default="always")
    ScopeFactory(key="retired", retired=True)

    response = api.post(choose_url(browser), {"scope": scope, "wanted": "0"})

    assert response.status_code == 404
    assert not ScopeChoice.objects.exists()


def test_choosing_for_an_unknown_browser(api: Client) -> None:
    ScopeFactory(key="invoices")

    response = api.post(
        f"/push/browsers/{uuid.uuid4()}/scopes/", {"scope": "invoices", "wanted": "1"}
    )

    assert response.status_code == 404


def test_choosing_needs_a_login(client: Client, browser: Browser) -> None:
    url = choose_url(browser)

    response = client.post(url, {"scope": "invoices", "wanted": "1"})

    assert (response.status_code, response.url) == (302, f"/sign-in/?next={url}")
