"""Customer accounts as the portal's operators see them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from wagtail.log_actions import registry as log_registry

from tests.adapter import OpenAccounts
from tests.admin.editors import ACCOUNTS, sign_in
from wagtail_push.test.factories import AccountFactory, BrowserFactory


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]


def cells(page: str) -> list[str]:
    """Return the text of each cell that is only text."""
    found = [cell.partition(">")[2].partition("</td>")[0] for cell in page.split("<td")]
    return [one.strip() for one in found if "<" not in one and one.strip()]


def test_the_listing(admin_client: Client) -> None:
    bakery = AccountFactory(key="C-1")
    AccountFactory(key="C-2", enabled=False, forbidden=True)
    browsers = BrowserFactory.create_batch(2, account=bakery)
    BrowserFactory(account=bakery, removed_at=timezone.now())

    page = admin_client.get(reverse(f"{ACCOUNTS}:index")).content.decode()

    assert cells(page) == [
        *("Customer C-1", "yes", "no", "2"),
        *("Customer C-2", "no", "yes", "0"),
    ]
    assert page.index("C-1") < page.index("C-2")
    for browser in browsers:
        assert browser.installation.target not in page
        assert browser.installation.target[-4:] not in cells(page)


def test_search_and_filter(admin_client: Client) -> None:
    AccountFactory(key="C-10023")
    AccountFactory(key="C-10057", forbidden=True)

    def found(**query: Any) -> list[str]:
        response = admin_client.get(reverse(f"{ACCOUNTS}:index"), query)
        return [account.key for account in response.context["object_list"]]

    assert found() == ["C-10023", "C-10057"]
    assert found(q="57") == ["C-10057"]
    assert found(forbidden="true") == ["C-10057"]


def test_an_operator_forbids_and_allows_and_it_is_logged(client: Client) -> None:
    operator = sign_in(client, "view_account", "change_account")
    account = AccountFactory(key="C-1")
    url = reverse(f"{ACCOUNTS}:edit", args=[account.pk])

    page = client.get(url).content.decode()
    for data in ({"forbidden": "on"}, {"forbidden": "on"}, {}):
        response = client.post(url, data)
        assert response.headers["Location"] == reverse(f"{ACCOUNTS}:index")
        account.refresh_from_db()
        assert account.forbidden is bool(data)

    assert "Customer C-1" in page
    assert "Nothing is sent to this account" in page
    logs = log_registry.get_logs_for_instance(account).order_by("pk")
    assert [
        (log.user, log_registry.get_formatter(log).format_message(log)) for log in logs
    ] == [
        (operator, "Notifications forbidden"),
        (operator, "Notifications allowed again"),
    ]


def test_nothing_but_the_prohibition_can_be_changed(admin_client: Client) -> None:
    account = AccountFactory(key="C-1")
    url = reverse(f"{ACCOUNTS}:edit", args=[account.pk])

    admin_client.post(url, {"forbidden": "on", "key": "C-2", "enabled": ""})

    account.refresh_from_db()
    assert (account.key, account.enabled, account.forbidden) == ("C-1", True, True)


def test_nobody_adds_or_deletes_an_account(admin_client: Client) -> None:
    account = AccountFactory()

    pages = [
        admin_client.get(reverse(f"{ACCOUNTS}:index")),
        admin_client.get(reverse(f"{ACCOUNTS}:edit", args=[account.pk])),
        admin_client.get(reverse(f"{ACCOUNTS}:inspect", args=[account.pk])),
        admin_client.get(reverse(f"{ACCOUNTS}:history", args=[account.pk])),
    ]

    assert [page.status_code for page in pages] == [200] * 4
    for page in pages:
        assert "/push-accounts/new/" not in page.content.decode()
        assert "/delete/" not in page.content.decode()
    for view, args in (("add", []), ("delete", [account.pk])):
        with pytest.raises(NoReverseMatch):
            reverse(f"{ACCOUNTS}:{view}", args=args)


def test_who_may_only_look_changes_nothing(client: Client) -> None:
    sign_in(client, "view_account")
    account = AccountFactory(key="C-1")

    page = client.get(reverse(f"{ACCOUNTS}:index")).content.decode()
    inspected = client.get(reverse(f"{ACCOUNTS}:inspect", args=[account.pk]))
    refused = client.post(
        reverse(f"{ACCOUNTS}:edit", args=[account.pk]), {"forbidden": "on"}
    )

    assert "Customer C-1" in page
    assert inspected.status_code == 200
    values = re.findall(r"<dd>\s*(.*?)\s*</dd>", inspected.content.decode())
    assert values[:3] == ["C-1", "yes", "no"]
    assert refused.headers["Location"] == reverse("wagtailadmin_home")
    account.refresh_from_db()
    assert not account.forbidden


def test_one_call_for_labels_however_many_there_are(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    AccountFactory.create_batch(5)
    calls = []

    def labels(self: Any, keys: Any) -> dict[str, str]:
        calls.append(set(keys))
        return {key: f"Customer {key}" for key in keys}

    monkeypatch.setattr(OpenAccounts, "labels", labels)
    admin_client.get(reverse(f"{ACCOUNTS}:index"))

    assert [len(keys) for keys in calls] == [5]
