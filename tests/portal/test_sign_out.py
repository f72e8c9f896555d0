"""What signing out in a browser does to sending, and what signing in again does."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.devices import come_back_as
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.models import Browser
from wagtail_push.test.factories import AccountFactory, BrowserFactory, LoginFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def browser(login: Any) -> Browser:
    account = AccountFactory(key="C-1")
    return BrowserFactory(account=account, login=login, name="Office laptop")


@pytest.fixture
def sign_out_is(settings: Any) -> Any:
    def choose(value: str) -> None:
        settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "SIGN_OUT": value}

    return choose


def at(browser: Browser, login: Any) -> Client:
    """Return this browser with this login signed in through the portal's own form."""
    client = Client()
    come_back_as(client, browser)
    sign_in(client, login)
    return client


def sign_in(client: Client, login: Any) -> None:
    data = {"username": login.username, "password": "demo"}
    assert client.post("/sign-in/", data).status_code == 302


def sign_out(client: Client) -> None:
    assert client.post("/sign-out/").status_code == 302


def states() -> dict[str, str]:
    return {browser.name: browser.status for browser in Browser.objects.all()}


@pytest.mark.parametrize(
    ("setting", "chosen", "state"),
    [
        (None, True, "active"),
        ("keep", True, "active"),
        ("pause", False, "signed-out"),
        ("ask", False, "active"),
        ("ask", True, "signed-out"),
    ],
)
def test_what_signing_out_does(
    browser: Browser,
    login: Any,
    sign_out_is: Any,
    setting: str | None,
    chosen: bool,
    state: str,
) -> None:
    if setting:
        sign_out_is(setting)
    Browser.objects.update(pause_on_sign_out=chosen)
    client = at(browser, login)

    sign_out(client)

    assert states() == {"Office laptop": state}
    sign_in(client, login)
    assert states() == {"Office laptop": "active"}


def test_only_what_this_login_registered_in_this_browser_is_paused(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    sign_out_is("pause")
    here, elsewhere = browser.installation, {"account": browser.account}
    BrowserFactory(installation=here, account__key="C-2", login=login, name="C-2 here")
    BrowserFactory(installation=here, account__key="C-3", name="another login here")
    BrowserFactory(**elsewhere, login=login, name="same login elsewhere")

    sign_out(at(browser, login))

    assert states() == {
        "Office laptop": "signed-out",
        "C-2 here": "signed-out",
        "another login here": "active",
        "same login elsewhere": "active",
    }


def test_only_the_same_login_in_the_same_browser_ends_it(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    sign_out_is("pause")
    elsewhere = BrowserFactory(account__key="C-2", login=login, name="Elsewhere")
    sign_out(at(browser, login))

    at(browser, LoginFactory())
    at(elsewhere, login)
    assert states() == {"Office laptop": "signed-out", "Elsewhere": "active"}
    at(browser, login)
    assert states() == {"Office laptop": "active", "Elsewhere": "active"}


def test_a_customers_own_pause_outlives_a_sign_out(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    sign_out_is("pause")
    paused_at = timezone.now()
    Browser.objects.update(paused_at=paused_at)
    client = at(browser, login)

    sign_out(client)
    sign_in(client, login)

    browser.refresh_from_db()
    assert (browser.status, browser.paused_at) == ("paused", paused_at)
    assert browser.signed_out_at is None


def test_registering_again_ends_it_whoever_does_it(
    browser: Browser, sign_out_is: Any
) -> None:
    Browser.objects.update(signed_out_at=timezone.now())
    # A colleague who may act for the account, too.
    client = at(browser, LoginFactory())
    target = browser.installation.target
    body = {"target": target, "kind": "fid", "name": "Office laptop"}

    answer = client.post("/push/api/v1/browsers/", body, "application/json")

    assert answer.status_code == 200
    assert states() == {"Office laptop": "active"}


def test_a_session_that_ends_by_itself_keeps(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    sign_out_is("pause")
    client = at(browser, login)

    client.session.flush()

    assert client.get("/push/").status_code == 302
    assert states() == {"Office laptop": "active"}


def test_what_was_paused_comes_back_when_the_setting_has_changed(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    sign_out_is("pause")
    client = at(browser, login)
    sign_out(client)
    sign_out_is("keep")

    sign_in(client, login)

    assert states() == {"Office laptop": "active"}


def test_signing_in_and_out_in_a_browser_that_was_never_here(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    sign_out_is("pause")
    client = Client()
    sign_in(client, login)

    sign_out(client)
    sign_out(client)

    assert states() == {"Office laptop": "active"}


def test_a_wrong_setting_names_the_values(
    browser: Browser, login: Any, sign_out_is: Any
) -> None:
    client = at(browser, login)
    sign_out_is("forget")

    with pytest.raises(PushConfigurationError, match="'forget': use \"keep\""):
        sign_out(client)


def test_the_page_says_why_nothing_is_sent(browser: Browser, login: Any) -> None:
    Browser.objects.update(signed_out_at=timezone.now())
    colleague = Client()
    colleague.force_login(LoginFactory())

    html = colleague.get("/push/").content.decode()

    assert "Signed out" in html
    assert "has signed out in that browser" in html
    assert f'formaction="/push/browsers/{browser.public_id}/activate/"' in html
    # In that browser itself, with another login of the same account.
    come_back_as(colleague, browser)
    html = colleague.get("/push/").content.decode()
    assert 'data-wagtail-push-card data-state="paused"' in html
    assert "Nothing is sent until it signs in again." in html
