"""The default adapter: the login is the account."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.utils.functional import SimpleLazyObject

from wagtail_push.accounts import LoginAccounts, get_adapter
from wagtail_push.exceptions import InvalidNotification
from wagtail_push.messages import EVERYONE
from wagtail_push.models import Browser, Notification
from wagtail_push.notify import notify
from wagtail_push.test.factories import LoginFactory, ScopeFactory


pytestmark = pytest.mark.django_db


def register(login: Any, target: str) -> Any:
    client = Client()
    client.force_login(login)
    return client.post(
        "/push/api/v1/browsers/",
        {"target": target, "kind": "fid", "name": "Laptop"},
        content_type="application/json",
    )


def test_it_is_the_default() -> None:
    assert type(get_adapter()) is LoginAccounts


def test_a_login_gets_what_is_sent_to_its_user(locmem: Any, work: Any) -> None:
    ScopeFactory(key="invoices")
    anna, piotr = LoginFactory(username="anna"), LoginFactory(username="piotr")
    assert register(anna, "c-anna").status_code == 201
    assert register(piotr, "c-piotr").status_code == 201
    work()
    locmem.clear()

    notify("invoices", anna, title="T", body="B", url="/i/")
    work()
    assert [(e.target.value, e.content.url) for e in locmem] == [("c-anna", "/i/")]
    notify("invoices", EVERYONE, title="T", body="B")
    work()
    assert [e.target.value for e in locmem[1:]] == ["c-anna", "c-piotr"]


@pytest.mark.promise("M-30")
def test_nothing_is_sent_through_a_deactivated_login(locmem: Any, work: Any) -> None:
    ScopeFactory(key="invoices")
    anna = LoginFactory(username="anna")
    register(anna, "c-anna")
    work()
    locmem.clear()
    get_user_model().objects.update(is_active=False)

    notify("invoices", anna, title="T", body="B")
    work()

    assert locmem == []


def test_another_login_does_not_take_the_browser_over() -> None:
    anna, piotr = LoginFactory(username="anna"), LoginFactory(username="piotr")
    client = Client()
    for login, status in ((anna, 201), (piotr, 409)):
        client.force_login(login)
        answer = client.post(
            "/push/api/v1/browsers/",
            {"target": "c-same", "kind": "fid", "name": "Laptop"},
            content_type="application/json",
        )
        assert answer.status_code == status

    assert Browser.objects.get().login == anna


def test_label_is_what_the_user_model_says() -> None:
    anna = LoginFactory(username="anna")

    assert LoginAccounts().label(str(anna.pk)) == "anna"
    assert LoginAccounts().label("0") == "0"
    # An account may have come from an adapter that the portal had before.
    assert LoginAccounts().labels({"C-1", "0"}) == {"C-1": "C-1", "0": "0"}


def test_a_name_is_no_primary_key() -> None:
    with pytest.raises(InvalidNotification, match="'anna' is no account here"):
        LoginAccounts().key("anna")


def test_a_row_of_another_model_is_not_taken_for_a_login() -> None:
    """A customer with the number of somebody's login is not that somebody."""
    ScopeFactory(key="invoices")
    anna = LoginFactory(username="anna")
    group = Group.objects.create(pk=anna.pk, name="Customers")

    with pytest.raises(InvalidNotification, match="A Group is no account here"):
        notify("invoices", group, title="T", body="B")

    assert not Notification.objects.exists()
    lazy = SimpleLazyObject(lambda: anna)
    for account in (anna, lazy, anna.pk, str(anna.pk)):
        assert LoginAccounts().key(account) == str(anna.pk)


@pytest.mark.promise("M-26")
def test_two_applications_one_include_and_two_settings_make_a_page(
    client: Client, settings: Any
) -> None:
    ours = {"wagtail_push", "django_q"}
    assert ours <= set(settings.INSTALLED_APPS)
    assert "rest_framework" not in settings.INSTALLED_APPS
    assert "ACCOUNTS" not in settings.WAGTAIL_PUSH
    assert settings.Q_CLUSTER
    client.force_login(LoginFactory())

    page = client.get("/push/")
    worker = client.get("/push/sw/worker.js")

    assert "PUSH notifications" in page.content.decode()
    assert page.status_code == 200
    assert worker["Content-Type"].startswith("text/javascript")
    assert client.get("/push/api/v1/account/").json()["enabled"] is True
