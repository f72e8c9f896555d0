"""Registering and choosing over HTTP, as the page's JavaScript does it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from wagtail_push.api.policies import RegisterThrottle
from wagtail_push.device import COOKIE
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.models import Browser, Installation, Notification
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

FID = "dQw4w9WgXcQ0123456789a"
URL = "/push/api/v1/browsers/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def api(login: Any) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(login)
    return client


def register(api: Client, **change: Any) -> Any:
    body = {
        "target": FID,
        "kind": "fid",
        "name": " Office laptop ",
        "language": "pl",
        "key_fingerprint": "a" * 64,
        "scopes": {},
        **change,
    }
    return api.post(URL, body, content_type="application/json")


def test_addresses() -> None:
    assert reverse("wagtail_push:api:browsers") == URL


@pytest.mark.promise("M-28")
def test_registering(api: Client, login: Any) -> None:
    ScopeFactory(key="invoices", text__title="Invoices")
    ScopeFactory(key="news", default="off")
    ScopeFactory(key="outages", default="always", text__reason="Because.")

    response = register(api, scopes={"invoices": False, "outages": False, "no": True})

    browser = Browser.objects.get()
    installation = browser.installation
    confirmation = Notification.objects.get()
    assert response.status_code == 201
    body = response.json()
    assert body == {
        "browser": {
            "id": str(browser.public_id),
            "name": "Office laptop",
            "system": "Firefox on Linux",
            "status": "active",
            "current": False,
            "language": "pl",
            "hide_details": False,
            "pause_on_sign_out": False,
            "created_at": body["browser"]["created_at"],
            "last_shown_at": None,
            "removed_reason": "",
            "scopes": [
                {
                    "key": "invoices",
                    "group": "",
                    "title": "Invoices",
                    "description": "",
                    "default": "on",
                    "reason": "",
                    "wanted": False,
                },
                {
                    "key": "news",
                    "group": "",
                    "title": "News",
                    "description": "",
                    "default": "off",
                    "reason": "",
                    "wanted": False,
                },
                {
                    "key": "outages",
                    "group": "",
                    "title": "Outages",
                    "description": "",
                    "default": "always",
                    "reason": "Because.",
                    "wanted": True,
                },
            ],
        },
        "capability": body["capability"],
        "confirmation": str(confirmation.public_id),
    }
    assert (browser.login, browser.account.key) == (login, "C-1")
    assert (installation.target, installation.target_kind) == (FID, "fid")
    assert installation.key_fingerprint == "a" * 64
    cookie = response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert FID not in response.content.decode()
    assert FID not in cookie.value
    assert confirmation.kind == "confirmation"
    assert confirmation.title == {
        "en": "Notifications are on",
        "pl": "Powiadomienia są włączone",
        "cs": "Oznámení jsou zapnutá",
    }
    assert list(confirmation.recipients.values_list("browser_id", flat=True)) == [
        browser.pk
    ]


@pytest.mark.promise("M-12")
def test_the_same_once_more_is_confirmed_once(api: Client) -> None:
    first = register(api).json()["confirmation"]
    assert register(api).json()["confirmation"] == first

    # Whatever differs is news, and so is a browser that was removed meanwhile.
    other = FID.replace("d", "e", 1)
    seen = {first}
    for said in ({"name": "Laptop"}, {"name": "Laptop", "target": other}):
        seen.add(register(api, **said).json()["confirmation"])
    Browser.objects.update(removed_at=timezone.now())
    seen.add(register(api, name="Laptop", target=other).json()["confirmation"])
    Notification.objects.update(failed=1)
    seen.add(register(api, name="Laptop", target=other).json()["confirmation"])
    Notification.objects.update(
        failed=0, created_at=timezone.now() - timedelta(seconds=11)
    )
    seen.add(register(api, name="Laptop", target=other).json()["confirmation"])
    assert len(seen) == Notification.objects.count() == 6


@pytest.mark.promise("B-04")
def test_registering_again_renews_the_same_row(api: Client) -> None:
    scope = ScopeFactory(key="invoices")
    first = register(api, scopes={"invoices": False}).json()
    renewed = register(api, target=FID.replace("d", "e", 1), name="Laptop")

    assert renewed.status_code == 200
    assert renewed.json()["browser"]["id"] == first["browser"]["id"]
    assert renewed.json()["browser"]["current"] is True
    browser = Browser.objects.get()
    assert browser.name == "Laptop"
    assert browser.choices.get(scope=scope).wanted is False
    assert Installation.objects.get().target == FID.replace("d", "e", 1)


@pytest.mark.promise("B-03")
def test_a_removed_browser_finds_name_and_scopes_on_return(api: Client) -> None:
    ScopeFactory(key="invoices")
    first = register(api, scopes={"invoices": False}).json()
    [digest] = Installation.objects.values_list("target_hash", flat=True)
    Installation.objects.erase([digest], Browser.Reason.UNREGISTERED)
    listed = api.get(URL).json()["results"]
    assert [(b["status"], b["removed_reason"]) for b in listed] == [
        ("removed", "unregistered")
    ]

    back = register(api, target="fQw4w9WgXcQ0123456789a", scopes={}).json()

    assert back["browser"]["id"] == first["browser"]["id"]
    assert back["browser"]["status"] == "active"
    assert back["browser"]["scopes"][0]["wanted"] is False


@pytest.mark.promise("M-09")
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"enabled": False}, "account_off"),
        ({"forbidden": True}, "account_forbidden"),
    ],
)
def test_an_account_that_is_off_registers_nothing(
    state: dict[str, bool], code: str, api: Client
) -> None:
    AccountFactory(key="C-1", **state)

    response = register(api)

    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["status"], problem["title"]) == (
        code,
        409,
        "Conflict",
    )
    assert not Browser.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x" * 61}, "name"),
        ({"name": "   "}, "name"),
        ({"kind": "email"}, "kind"),
        ({"target": ""}, "target"),
        ({"target": "x" * 4097}, "target"),
        ({"language": "<script>"}, "language"),
        ({"key_fingerprint": "zz"}, "key_fingerprint"),
        ({"scopes": {"invoices": "maybe"}}, "scopes"),
    ],
)
def test_bad_input_names_the_field(
    change: dict[str, Any], field: str, api: Client
) -> None:
    response = register(api, **change)

    assert response.status_code == 400
    assert list(response.json()["fields"]) == [field]
    assert response.json()["code"] == "invalid"
    assert response.json()["detail"]
    assert not Installation.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"null"])
def test_a_malformed_body_is_a_problem_document(body: bytes, api: Client) -> None:
    response = api.post(URL, body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["status"] == 400


def test_a_target_of_another_device_is_not_taken_over(api: Client) -> None:
    theirs = BrowserFactory(installation__fid=FID)

    response = register(api)

    assert (response.status_code, response.json()["code"]) == (409, "proof_needed")
    assert Browser.objects.get() == theirs


def test_another_logins_browser_is_not_taken_over(api: Client, accounts: Any) -> None:
    register(api)
    other = LoginFactory()
    accounts.revoked.add((other.pk, "C-1"))
    api.force_login(other)

    response = api.post(
        URL,
        {"target": FID, "kind": "fid", "name": "Mine"},
        content_type="application/json",
        headers={"X-Account": "C-2"},
    )

    assert (response.status_code, response.json()["code"]) == (409, "another_login")
    assert Browser.objects.get().account.key == "C-1"


def test_two_accounts_of_one_login_share_the_installation(api: Client) -> None:
    register(api)
    api.post(
        URL,
        {"target": FID, "kind": "fid", "name": "Same laptop"},
        content_type="application/json",
        headers={"X-Account": "C-2"},
    )

    assert Installation.objects.count() == 1
    accounts = Browser.objects.order_by("pk").values_list("account__key", flat=True)
    assert list(accounts) == ["C-1", "C-2"]


@pytest.mark.promise("M-03")
def test_nobody_signed_in() -> None:
    response = register(Client())

    assert response.status_code == 403
    assert not Browser.objects.exists()


def test_a_login_without_an_account(api: Client, accounts: Any, login: Any) -> None:
    accounts.revoked.add((login.pk, "C-1"))

    response = register(api)

    assert (response.status_code, response.json()["code"]) == (403, "no_account")


def test_an_adapter_that_tells_of_other_accounts_lets_nobody_in(
    api: Client, accounts: Any, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "allowed", lambda self, pairs: {(login.pk, "C-2")})

    response = register(api)

    assert (response.status_code, response.json()["code"]) == (403, "no_account")


def test_an_adapter_whose_keys_are_numbers(
    api: Client, accounts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "current", lambda self, request: 7)

    with pytest.raises(PushConfigurationError, match=r"current\(\) returned 7"):
        register(api)


@pytest.mark.parametrize(
    ("shown", "status"), [("C-2", 409), ("C%2D1", 201), ("C-1", 201), ("", 409)]
)
def test_another_tab_switched_the_account(shown: str, status: int, api: Client) -> None:
    response = api.post(
        URL,
        {"target": FID, "kind": "fid", "name": "Laptop"},
        content_type="application/json",
        headers={"X-Push-Account": shown},
    )

    assert response.status_code == status
    if status == 409:
        assert response.json()["code"] == "account_changed"
        assert not Browser.objects.exists()


def test_csrf_is_required(login: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(login)

    assert register(strict).status_code == 403
    assert not Browser.objects.exists()


@pytest.mark.promise("M-02")
def test_any_number_of_browsers_in_a_bounded_number_of_queries(
    api: Client, django_assert_max_num_queries: Any
) -> None:
    account = AccountFactory(key="C-1")
    scope = ScopeFactory()
    for browser in BrowserFactory.create_batch(500, account=account):
        ScopeChoiceFactory(browser=browser, scope=scope, wanted=False)

    with django_assert_max_num_queries(12):
        listed = api.get(URL).json()
    last = api.get(URL, {"page": 25}).json()

    assert (listed["count"], len(listed["results"])) == (500, 20)
    assert listed["next"].endswith("/push/api/v1/browsers/?page=2")
    assert (len(last["results"]), last["next"]) == (20, None)
    assert api.get(URL, {"page": 26}).status_code == 404
    assert listed["results"][0]["scopes"][0]["wanted"] is False


def test_another_accounts_browser_does_not_exist_here(api: Client) -> None:
    ScopeFactory(key="invoices")
    theirs = BrowserFactory(account__key="C-other")
    url = f"{URL}{theirs.public_id}/"

    assert api.get(url).status_code == 404
    answer = api.put(
        f"{url}scopes/invoices/", {"wanted": False}, content_type="application/json"
    )
    assert answer.status_code == 404
    assert not theirs.choices.exists()


class TestScopeChoice:
    @pytest.fixture
    def url(self) -> str:
        browser = BrowserFactory(account__key="C-1")
        return f"{URL}{browser.public_id}/scopes/"

    def put(self, api: Client, url: str, body: Any) -> Any:
        return api.put(url, body, content_type="application/json")

    @pytest.mark.promise("M-21")
    def test_it_is_saved_at_once(self, api: Client, url: str) -> None:
        ScopeFactory(key="invoices")

        response = self.put(api, f"{url}invoices/", {"wanted": False})

        assert response.status_code == 200
        assert response.json()["scopes"][0]["wanted"] is False
        assert Browser.objects.get().choices.get().wanted is False

    def test_always_on_has_no_choice(self, api: Client, url: str) -> None:
        ScopeFactory(key="outages", default="always")

        response = self.put(api, f"{url}outages/", {"wanted": False})

        assert (response.status_code, response.json()["code"]) == (409, "always_on")

    @pytest.mark.parametrize("scope", ["unknown", "fax"])
    def test_unknown_and_retired(self, api: Client, url: str, scope: str) -> None:
        ScopeFactory(key="fax", retired=True)

        assert self.put(api, f"{url}{scope}/", {"wanted": True}).status_code == 404

    def test_bad_body(self, api: Client, url: str) -> None:
        ScopeFactory(key="invoices")

        assert self.put(api, f"{url}invoices/", {"wanted": "?"}).status_code == 400


def test_a_hosts_defaults_change_nothing(settings: Any, api: Client) -> None:
    settings.REST_FRAMEWORK = {
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
        "EXCEPTION_HANDLER": "nowhere.at_all",
        "PAGE_SIZE": 1,
    }
    register(api)

    assert api.get(URL, headers={"Accept": "text/html"}).json()["count"] == 1


def test_an_unknown_id(api: Client) -> None:
    response = api.get(f"{URL}{uuid.uuid4()}/")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_registrations_have_a_limit_of_their_own(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RegisterThrottle, "rate", "1/min")
    assert register(api).status_code == 201

    refused = register(api)

    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert api.get(URL).status_code == 200
