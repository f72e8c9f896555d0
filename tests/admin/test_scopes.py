"""Scopes as editors manage them in Wagtail's admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from wagtail_push.models import NotificationScope
from wagtail_push.test.factories import ScopeFactory, ScopeGroupFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]

NAME = "wagtailsnippets_wagtail_push_notificationscope"


def test_the_menu_has_one_group_with_our_bell(admin_client: Client) -> None:
    page = admin_client.get(reverse("wagtailadmin_home")).content.decode()

    assert "Push notifications" in page
    assert "wagtail-push-bell" in page


def test_the_listing(admin_client: Client) -> None:
    ScopeFactory(key="invoices", text__title="Invoices", default="off")

    page = admin_client.get(reverse(f"{NAME}:list")).content.decode()

    assert "Invoices" in page
    assert "Off unless switched on" in page


def post(client: Client, url: str, **change: Any) -> Any:
    data = {
        "key": "parcels",
        "default": "on",
        "urgency": "normal",
        "max_ttl": "3600",
        "texts": inline_formset(
            [
                {"language": "en", "title": "Parcels", "description": "Rarely."},
                {"language": "pl", "title": "Paczki", "description": ""},
            ]
        ),
        **change,
    }
    return client.post(url, nested_form_data(data))


def test_a_scope_is_added_in_two_languages(admin_client: Client) -> None:
    group = ScopeGroupFactory(key="post")

    response = post(admin_client, reverse(f"{NAME}:add"), group=group.pk)

    assert response.status_code == 302, response.context["form"].errors
    scope = NotificationScope.objects.get()
    assert (scope.key, scope.default, scope.max_ttl, scope.group) == (
        "parcels",
        "on",
        3600,
        group,
    )
    assert [scope.text(code).title for code in ("en", "pl", "cs")] == [
        "Parcels",
        "Paczki",
        "Parcels",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_ttl": "2419201"}, "max_ttl"),
        ({"max_ttl": "0"}, "max_ttl"),
        ({"key": "two words"}, "key"),
        ({"default": "maybe"}, "default"),
    ],
)
def test_bad_input_names_the_field(
    change: dict[str, str], field: str, admin_client: Client
) -> None:
    response = post(admin_client, reverse(f"{NAME}:add"), **change)

    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert not NotificationScope.objects.exists()


def test_the_same_key_twice_is_an_error_in_words(admin_client: Client) -> None:
    ScopeFactory(key="parcels")

    response = post(admin_client, reverse(f"{NAME}:add"))

    assert "already exists" in response.content.decode()


def test_an_editor_without_the_permission_sees_nothing(client: Client) -> None:
    from django.contrib.auth.models import Permission

    from wagtail_push.test.factories import LoginFactory

    editor = LoginFactory()
    editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(editor)

    assert client.get(reverse(f"{NAME}:list")).status_code == 302
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "Push notifications" not in home
