"""Who sees and may do what in Wagtail's admin."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.editors import (
    ACCOUNTS,
    BROWSERS,
    GROUPS,
    REPORTS,
    SCOPES,
    scope_editor,
    sign_in,
)
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    ScopeFactory,
    ScopeGroupFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]


def addresses() -> list[str]:
    """Return the address of every view of ours."""
    scope, group, account = ScopeFactory(), ScopeGroupFactory(), AccountFactory()
    rows = {SCOPES: scope, GROUPS: group}
    found = [reverse(f"{name}:{view}") for name in rows for view in ("list", "add")]
    for name, row in rows.items():
        views = ["edit", "delete", "history", "usage", "reorder"]
        found += [reverse(f"{name}:{view}", args=[row.pk]) for view in views]
    found.append(reverse(f"{SCOPES}:inspect", args=[scope.pk]))
    found.append(reverse(f"{ACCOUNTS}:index"))
    views = ["edit", "inspect", "history"]
    found += [reverse(f"{ACCOUNTS}:{view}", args=[account.pk]) for view in views]
    views = ["deliverability", "deliverability_results", "stale", "stale_results"]
    found += [reverse(f"{REPORTS}:{view}") for view in views]
    browser = BrowserFactory(account=account)
    found += [reverse(f"{BROWSERS}:{view}") for view in ("index", "index_results")]
    found.append(reverse(f"{BROWSERS}:index") + "?export=csv")
    views = ["inspect", "history", "pause", "activate", "test", "remove"]
    found += [reverse(f"{BROWSERS}:{view}", args=[browser.pk]) for view in views]
    return found


def menu(client: Client) -> str:
    return client.get(reverse("wagtailadmin_home")).content.decode()


def test_an_editor_without_a_permission_sees_and_opens_nothing(client: Client) -> None:
    sign_in(client)

    home = reverse("wagtailadmin_home")
    for address in addresses():
        for ask in (client.get, client.post):
            response = ask(address)
            assert (response.status_code, response.headers.get("Location")) == (
                302,
                home,
            ), address
    assert "Push notifications" not in menu(client)


def test_who_manages_scopes_sees_no_account(client: Client) -> None:
    scope_editor(client)
    account = AccountFactory()

    assert client.get(reverse(f"{SCOPES}:list")).status_code == 200
    page = menu(client)
    assert '"label": "Scopes"' in page
    assert "Customer accounts" not in page
    assert '"label": "Browsers"' not in page
    assert "Scope groups" not in page
    edit = reverse(f"{ACCOUNTS}:edit", args=[account.pk])
    assert client.post(edit, {"forbidden": "on"}).status_code == 302
    account.refresh_from_db()
    assert not account.forbidden


def test_who_may_look_at_scopes_may_not_change_them(client: Client) -> None:
    sign_in(client, "view_notificationscope")
    scope = ScopeFactory(key="invoices", text__title="Invoices")

    page = client.get(reverse(f"{SCOPES}:list")).content.decode()

    assert "Invoices" in page
    assert reverse(f"{SCOPES}:edit", args=[scope.pk]) not in page
    assert reverse(f"{SCOPES}:add") not in page
    assert client.get(reverse(f"{SCOPES}:inspect", args=[scope.pk])).status_code == 200


def test_wagtails_group_editor_offers_our_permissions(admin_client: Client) -> None:
    response = admin_client.get(reverse("wagtailusers_groups:add"))

    offered = set(
        response.context["form"]
        .fields["permissions"]
        .queryset.filter(content_type__app_label="wagtail_push")
        .values_list("codename", flat=True)
    )
    assert offered == {
        "add_notificationscope",
        "change_notificationscope",
        "delete_notificationscope",
        "view_notificationscope",
        "require_notificationscope",
        "add_scopegroup",
        "change_scopegroup",
        "delete_scopegroup",
        "view_account",
        "change_account",
        "add_announcement",
        "change_announcement",
        "delete_announcement",
        "send_announcement",
        "statistics_announcement",
        "change_pushsitesettings",
        "view_browser",
        "change_browser",
    }
    assert "make a notification scope always on" in response.content.decode()
