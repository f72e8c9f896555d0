"""Whom a scope is for, and whether it is sensitive, as editors decide it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.adapter import OpenAccounts
from tests.admin.editors import SCOPES, errors_of, saved_data, scope_data
from wagtail_push.models import NotificationScope
from wagtail_push.test.factories import ScopeFactory


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]


def edit_url(scope: NotificationScope) -> str:
    return reverse(f"{SCOPES}:edit", args=[scope.pk])


def offered(client: Client, url: str) -> list[tuple[str, str]] | None:
    """Return the audiences that a form offers, or None where it does not ask."""
    response = client.get(url)
    field = response.context["form"].fields.get("audience")
    assert (field is not None) == ('name="audience"' in response.content.decode())
    return field and [(value, str(words)) for value, words in field.choices]


def test_nobody_is_asked_where_the_adapter_names_no_audience(
    admin_client: Client,
) -> None:
    assert offered(admin_client, reverse(f"{SCOPES}:add")) is None

    response = admin_client.post(
        reverse(f"{SCOPES}:add"), scope_data(audience="business")
    )

    assert response.status_code == 302, errors_of(response)
    assert NotificationScope.objects.get().audience == ""


def test_a_scope_is_for_everyone_or_for_a_named_audience(
    admin_client: Client, accounts: type[OpenAccounts]
) -> None:
    accounts.named = {"business": [], "hosting": []}
    url = reverse(f"{SCOPES}:add")
    assert offered(admin_client, url) == [
        ("", "Everyone"),
        ("business", "Business"),
        ("hosting", "Hosting"),
    ]

    for key, audience in {"invoices": "", "offers": "hosting"}.items():
        response = admin_client.post(url, scope_data(key=key, audience=audience))
        assert response.status_code == 302, errors_of(response)

    assert dict(NotificationScope.objects.values_list("key", "audience")) == {
        "invoices": "",
        "offers": "hosting",
    }
    refused = admin_client.post(url, scope_data(key="other", audience="nobody"))
    assert errors_of(refused) == {
        "audience": [
            "Select a valid choice. nobody is not one of the available choices."
        ]
    }


@pytest.mark.parametrize("named", [{}, {"business": []}], ids=["none", "others"])
def test_an_audience_that_the_adapter_forgot_stays_until_it_is_changed(
    named: dict[str, list[str]], admin_client: Client, accounts: type[OpenAccounts]
) -> None:
    accounts.named = named
    scope = ScopeFactory(audience="given-up")
    others = [(name, name.title()) for name in named]
    forgotten = ("given-up", "given-up (no longer known)")
    assert offered(admin_client, edit_url(scope)) == [
        ("", "Everyone"),
        *others,
        forgotten,
    ]

    def save(audience: str) -> str:
        data = saved_data(scope, audience=audience, max_ttl="60")
        response = admin_client.post(edit_url(scope), data)
        assert response.status_code == 302, errors_of(response)
        scope.refresh_from_db()
        return scope.audience

    assert save("given-up") == "given-up"
    assert save("") == ""
    # Then nobody can go back to it.
    again = offered(admin_client, edit_url(scope))
    assert again == ([("", "Everyone"), *others] if others else None)


def test_a_scope_is_sensitive_unless_an_editor_says_otherwise(
    admin_client: Client,
) -> None:
    url = reverse(f"{SCOPES}:add")
    form = admin_client.get(url).context["form"]
    assert form["sensitive"].value() is True
    assert "Where a customer hides details" in form["sensitive"].help_text
    data: Any = scope_data()
    del data["sensitive"]

    response = admin_client.post(url, data)

    assert response.status_code == 302, errors_of(response)
    scope = NotificationScope.objects.get()
    assert scope.sensitive is False
    admin_client.post(edit_url(scope), saved_data(scope))
    scope.refresh_from_db()
    assert scope.sensitive is True
