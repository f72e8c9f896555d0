"""The demo's data."""

import io

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client

from example_site.portal.scopes import SCOPES
from wagtail_push.models import NotificationScope, ScopeText


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]


def counts() -> dict[str, int]:
    """Return how many rows each table of the demo has."""
    return {
        model._meta.label: model._default_manager.count()
        for label in ("portal", "wagtail_push", "auth", "wagtailcore")
        for model in apps.get_app_config(label).get_models()
    }


def test_seeding_again_adds_and_overwrites_nothing() -> None:
    call_command("seed", stdout=io.StringIO())
    ScopeText.objects.filter(scope__key="news", language="en").update(title="Our news")
    once = counts()
    call_command("seed", stdout=io.StringIO())
    assert counts() == once
    assert NotificationScope.objects.get(key="news").text("en").title == "Our news"


def test_the_scopes_speak_every_language() -> None:
    call_command("seed", stdout=io.StringIO())
    scopes = {
        scope.key: (scope.default, scope.max_ttl, scope.audience, scope.sensitive)
        for scope in NotificationScope.objects.all()
    }
    assert scopes == {
        "invoices": ("on", None, "", True),
        "payments": ("on", None, "", True),
        "domains": ("on", None, "", True),
        "outages": ("always", None, "", True),
        "security": ("always", None, "", True),
        "news": ("off", 604_800, "", True),
        "business": ("off", 604_800, "business", False),
    }
    for scope in NotificationScope.objects.prefetch_related("texts"):
        texts = scope.texts.all()
        assert sorted(text.language for text in texts) == ["cs", "en", "pl"]
        assert all(text.description for text in texts)
        # Only a scope that can't be switched off needs a reason.
        assert {bool(text.reason) for text in texts} == {scope.default == "always"}
    assert NotificationScope.objects.get(key="invoices").text("cs").title == "Faktury"
    assert len(SCOPES) == 7


def test_each_customer_sees_the_scopes_of_its_audiences(client: Client) -> None:
    call_command("seed", stdout=io.StringIO())
    everyone = ["invoices", "payments", "domains", "outages", "security", "news"]

    assert {login: _offered(client, login) for login in ("piotr", "eva")} == {
        "piotr": [*everyone, "business"],
        "eva": everyone,
    }


def _offered(client: Client, login: str) -> list[str]:
    assert client.login(username=login, password="demo")
    sections = client.get("/push/").context["push"].offered
    return [scope.key for section in sections for scope in section.scopes]


@pytest.mark.parametrize(
    ("login", "companies"),
    [
        ("anna", ["Baltic Bakery", "Praha Print"]),
        ("piotr", ["Baltic Bakery"]),
        ("eva", ["Praha Print"]),
    ],
)
def test_the_logins_act_for_their_customers(
    client: Client, login: str, companies: list[str]
) -> None:
    call_command("seed", stdout=io.StringIO())
    assert client.login(username=login, password="demo")
    panel = client.get("/overview/").context["panel"]
    assert [customer.company for customer in panel.customers] == companies


def test_the_editor_may_edit_scopes_but_not_the_registry(client: Client) -> None:
    call_command("seed", stdout=io.StringIO())
    assert client.login(username="editor", password="demo")
    assert client.get("/admin/").status_code == 200
    permissions = client.get("/admin/").context["user"].get_all_permissions()
    assert "wagtail_push.change_notificationscope" in permissions
    assert [p for p in permissions if p.endswith(("_browser", "_installation"))] == []


def test_the_front_page_leads_to_the_sign_in(client: Client) -> None:
    call_command("seed", stdout=io.StringIO())
    front = client.get("/")
    assert front.status_code == 200
    assert 'href="/overview/"' in front.text
