"""A browser whose data was cleared: "Was this browser registered before?"."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.devices import come_back_as
from wagtail_push import registry
from wagtail_push.models import Browser, Installation
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    InstallationFactory,
    LoginFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

OLD = "cQw4w9WgXcQ0123456789a"
NEW = "dQw4w9WgXcQ0123456789a"
URL = "/push/api/v1/browsers/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
LONG_AGO = timezone.now() - timedelta(days=40)


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def api(login: Any) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(login)
    client.get("/push/")  # which makes it recognisable
    return client


@pytest.fixture
def old(login: Any) -> Browser:
    return BrowserFactory(
        installation__fid=OLD,
        account__key="C-1",
        login=login,
        name="Office laptop",
        paused_at=LONG_AGO,
    )


def register(api: Client, replaces: Any, **change: Any) -> Any:
    body = {
        "target": NEW,
        "kind": "fid",
        "name": "Firefox on Linux",
        "scopes": {"invoices": True},
        "replaces": replaces and str(replaces),
        **change,
    }
    return api.post(URL, body, content_type="application/json")


@pytest.mark.promise("B-04")
@pytest.mark.parametrize("ended", ["", "unregistered", "lost"])
def test_yes_it_is_that_one(ended: str, api: Client, old: Browser) -> None:
    choice = ScopeChoiceFactory(browser=old, scope__key="invoices", wanted=False)
    if ended:
        Installation.objects.erase([old.installation.target_hash], ended)

    response = register(api, old.public_id)

    assert response.status_code == 200
    answer = response.json()["browser"]
    assert (answer["id"], answer["name"], answer["status"], answer["current"]) == (
        str(old.public_id),
        "Office laptop",
        "active",
        True,
    )
    assert [scope["wanted"] for scope in answer["scopes"]] == [False]
    [now] = Browser.objects.all()
    assert (now.pk, now.created_at) == (old.pk, old.created_at)
    assert list(now.choices.all()) == [choice]
    assert now.installation.target == NEW
    before = Installation.objects.get(pk=old.installation_id)
    assert (before.target, before.target_hash) == ("", None)
    # The answer may be lost: the second try finds the first.
    again = register(api, old.public_id)
    assert (again.status_code, again.json()["browser"]["id"]) == (
        200,
        str(old.public_id),
    )
    assert again.json()["browser"]["name"] == "Office laptop"


@pytest.mark.promise("B-04")
def test_no_it_is_a_new_one(api: Client, old: Browser) -> None:
    response = register(api, None)

    assert response.status_code == 201
    assert response.json()["browser"]["name"] == "Firefox on Linux"
    assert set(Installation.objects.values_list("target", flat=True)) == {OLD, NEW}


@pytest.mark.promise("M-30")
def test_only_a_browser_of_this_login_and_account(api: Client, login: Any) -> None:
    colleagues = BrowserFactory(account__key="C-1")
    elsewhere = BrowserFactory(account__key="C-2", login=login)

    for browser in (colleagues, elsewhere):
        assert register(api, browser.public_id).status_code == 404
    assert register(api, uuid.uuid4()).status_code == 404
    assert Browser.objects.count() == 2
    assert not Installation.objects.filter(target=NEW).exists()


def test_a_device_that_is_another_browser_already(
    api: Client, old: Browser, login: Any
) -> None:
    another = BrowserFactory(
        installation__fid=NEW, account=old.account, login=login, name="Phone"
    )
    come_back_as(api, another)

    assert register(api, old.public_id).status_code == 404
    assert Browser.objects.registered().count() == 2


def test_what_serves_another_account_keeps_its_target(
    api: Client, old: Browser, login: Any
) -> None:
    BrowserFactory(installation=old.installation, account__key="C-2", login=login)

    register(api, old.public_id)

    assert Installation.objects.get(pk=old.installation_id).target == OLD


@pytest.mark.promise("B-04")
def test_the_dialog_asks_about_the_last_three_alike(
    api: Client, login: Any, old: Browser
) -> None:
    ScopeFactory(key="invoices")
    for days in (1, 2, 3, 50):
        seen = InstallationFactory(last_seen_at=timezone.now() - timedelta(days=days))
        BrowserFactory(
            installation=seen, account=old.account, login=login, name=f"{days} days"
        )
    account = old.account
    old.delete()
    for unlike in (
        {"installation__software": "Chrome"},
        {"installation__system": "Windows"},
        {"login": LoginFactory()},
        {"account": AccountFactory(key="C-2")},
        {"removed_at": LONG_AGO, "removed_reason": "taken-over"},
    ):
        BrowserFactory(**{"account": account, "login": login, **unlike}, name="no")

    html = api.get("/push/").content.decode()
    question = html[html.index('data-wagtail-push-region="lookalikes"') :]
    question = question[: question.index("</fieldset>")]

    assert "Was this browser registered before?" in question
    assert [days for days in (1, 2, 3, 50) if f"“{days} days”" in question] == [1, 2, 3]
    assert "“no”" not in question


def test_the_dialog_asks_nothing_where_there_is_nothing_to_ask(
    api: Client, old: Browser
) -> None:
    def asks() -> bool:
        return (
            "Was this browser registered before?" in api.get("/push/").content.decode()
        )

    assert asks()
    registry.switch_account("C-1", enabled=False)
    assert not asks(), "nothing can be registered"
    registry.switch_account("C-1", enabled=True)
    come_back_as(api, old)
    assert not asks(), "it is known"
