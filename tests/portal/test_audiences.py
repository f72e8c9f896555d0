"""Customers see and choose the scopes whose audience their account belongs to."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import Client, RequestFactory

from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push.models import Browser, NotificationScope, ScopeChoice
from wagtail_push.test.factories import (
    BrowserFactory,
    LoginFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

API = "/push/api/v1/browsers/"
FID = "dQw4w9WgXcQ0123456789a"
#: The scopes of a customer of each account, in their order.
SEEN = {"C-1": ["invoices", "offers"], "C-2": ["invoices", "backups"]}

both = pytest.mark.parametrize("key", SEEN)


@pytest.fixture(autouse=True)
def _scopes(accounts: type[OpenAccounts]) -> None:
    """Make scopes for everyone, for one account each, and for an unknown audience."""
    accounts.named = {"business": ["C-1"], "hosting": ["C-2"]}
    ScopeFactory(key="invoices")
    ScopeFactory(key="offers", audience="business", default="off")
    ScopeFactory(key="backups", audience="hosting")
    ScopeFactory(key="given-up", audience="given-up")


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def client(login: Any, key: str) -> Client:
    client = Client(headers={"X-Account": key})
    client.force_login(login)
    return client


@pytest.fixture
def browser(login: Any, key: str) -> Browser:
    return BrowserFactory(account__key=key, login=login)


@pytest.fixture
def asked(accounts: type[OpenAccounts], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gather for which accounts the adapter is asked."""
    keys: list[str] = []
    answer = accounts.audiences_of

    def ask(self: OpenAccounts, key: str) -> set[str]:
        keys.append(key)
        return answer(self, key)

    monkeypatch.setattr(accounts, "audiences_of", ask)
    return keys


def switches(html: str) -> list[str]:
    """Return the scopes that a page has switches of, each once."""
    return list(dict.fromkeys(re.findall(r'data-scope="(.*?)"', html)))


@both
def test_the_page_and_its_dialog(
    key: str, client: Client, browser: Browser, asked: list[str]
) -> None:
    html = client.get("/push/").content.decode()
    offers = re.findall(r'value="([\w-]+)"[^>]* data-wagtail-push-offer', html)
    config = re.search(r'id="wagtail-push-config"[^>]*>(.*?)</script>', html)
    assert config
    told = [scope["key"] for scope in json.loads(config[1])["scopes"]]

    assert (offers, told) == (SEEN[key], SEEN[key])
    on = {"C-1": 1, "C-2": 2}[key]
    assert f"Kinds of notification: {on} of 2" in html
    assert asked == [key]

    come_back_as(client, browser)
    assert switches(client.get("/push/").content.decode()) == SEEN[key]


@both
def test_the_details(
    key: str, client: Client, browser: Browser, asked: list[str]
) -> None:
    html = client.get(f"/push/browsers/{browser.public_id}/").content.decode()

    assert switches(html) == SEEN[key]
    assert asked == [key]


@both
def test_the_api(key: str, client: Client, browser: Browser, asked: list[str]) -> None:
    BrowserFactory(account=browser.account)
    one = client.get(f"{API}{browser.public_id}/").json()
    assert asked == [key]
    every = client.get(API).json()["results"]
    assert asked == [key] * 2

    listed = [[scope["key"] for scope in found["scopes"]] for found in [one, *every]]
    assert listed == [SEEN[key]] * 3


@both
def test_nobody_is_asked_where_every_scope_is_for_everyone(
    key: str, client: Client, asked: list[str]
) -> None:
    NotificationScope.objects.exclude(audience="").delete()

    assert client.get("/push/").status_code == 200
    assert asked == []


@both
def test_what_an_account_does_not_see_it_can_not_choose(
    key: str, client: Client, browser: Browser
) -> None:
    address = f"/push/browsers/{browser.public_id}/scopes/"
    come_back_as(client, browser)
    statuses = {
        scope: (
            client.post(address, {"scope": scope, "wanted": "1"}).status_code,
            client.put(
                f"{API}{browser.public_id}/scopes/{scope}/",
                {"wanted": True},
                content_type="application/json",
            ).status_code,
            client.get(f"/push/turn-off/{scope}/").status_code,
            client.post(f"/push/turn-off/{scope}/", {"wanted": "1"}).status_code,
        )
        for scope in ("invoices", "offers", "backups", "given-up")
    }

    yes, no = (302, 200, 200, 302), (404, 404, 404, 404)
    assert statuses == {scope: yes if scope in SEEN[key] else no for scope in statuses}
    assert list(browser.choices.values_list("scope__key", flat=True)) == SEEN[key]


@both
def test_registering_writes_what_its_account_sees(key: str, client: Client) -> None:
    body = {
        "target": FID,
        "kind": "fid",
        "name": "Laptop",
        "scopes": dict.fromkeys(["invoices", "offers", "backups", "given-up"], True),
    }

    answer = client.post(API, body, content_type="application/json")

    assert answer.status_code == 201
    shown = answer.json()["browser"]["scopes"]
    assert [scope["key"] for scope in shown] == SEEN[key]
    written = ScopeChoice.objects.values_list("scope__key", flat=True)
    assert list(written.order_by("pk")) == SEEN[key]


@pytest.mark.parametrize("key", ["C-1"])
def test_copying_leaves_the_choices_of_other_scopes_alone(
    client: Client, browser: Browser, login: Any
) -> None:
    """An account that leaves an audience finds its choices when it comes back."""
    other = BrowserFactory(account=browser.account, login=login)
    for one, wanted in ((browser, True), (other, False)):
        for scope in ("offers", "backups"):
            found = NotificationScope.objects.get(key=scope)
            ScopeChoiceFactory(browser=one, scope=found, wanted=wanted)

    client.post(f"/push/browsers/{browser.public_id}/copy-choices/")

    assert dict(other.choices.values_list("scope__key", "wanted")) == {
        "invoices": True,
        "offers": True,
        "backups": False,
    }
    assert dict(browser.choices.values_list("scope__key", "wanted")) == {
        "offers": True,
        "backups": True,
    }


@both
def test_an_account_that_joins_an_audience_sees_its_scopes(
    key: str, client: Client, browser: Browser, accounts: type[OpenAccounts]
) -> None:
    accounts.named = {"business": [key], "hosting": [key]}

    html = client.get(f"/push/browsers/{browser.public_id}/").content.decode()

    assert switches(html) == ["invoices", "offers", "backups"]


@both
def test_the_tag_offers_it_to_its_audience(
    key: str, login: Any, asked: list[str]
) -> None:
    template = Template('{% load wagtail_push_tags %}{% push_optin scope="offers" %}')
    request = RequestFactory().get("/orders/", headers={"X-Account": key})
    request.user = login

    html = template.render(Context({"request": request})).strip()

    assert bool(html) == (key == "C-1")
    assert asked == [key]
    request.user = AnonymousUser()
    assert template.render(Context({"request": request})).strip() == ""
