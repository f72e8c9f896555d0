"""What the listing of scopes tells, filters and exports."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.users.models import UserProfile

from tests.adapter import OpenAccounts
from tests.admin.editors import SCOPES, saved_data, scope_editor
from wagtail_push.models import Browser, NotificationScope
from wagtail_push.test.factories import (
    AnnouncementFactory,
    AnnouncementTextFactory,
    BrowserFactory,
    NotificationFactory,
    ScopeChoiceFactory,
    ScopeFactory,
    ScopeGroupFactory,
    ScopeGroupTextFactory,
    ScopeTextFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]

URL = f"{SCOPES}:list"
ANNOUNCEMENTS = "wagtailsnippets_wagtail_push_announcement:list"


def column(client: Client, label: str, query: str = "") -> dict[str, str]:
    """Return by scope what the listing tells in one column."""
    table = client.get(reverse(URL) + query).context["table"]
    [found] = [one for one in table.columns.values() if str(one.label) == label]
    return {scope.key: found.get_value(scope) for scope in table.data}


def keys(client: Client, query: str) -> list[str]:
    response = client.get(reverse(URL) + query)
    return [scope.key for scope in response.context["object_list"]]


@pytest.fixture
def reach() -> dict[str, NotificationScope]:
    """Return a scope of each default; of three browsers one is paused, a fourth removed.

    In each scope, one browser chose against the default, and so did the removed one.
    """
    scopes = {
        default: ScopeFactory(key=default, default=default)
        for default in ("on", "off", "always")
    }
    browsers = BrowserFactory.create_batch(2)
    browsers.append(BrowserFactory(paused_at=timezone.now()))
    gone = BrowserFactory(
        removed_at=timezone.now(), removed_reason=Browser.Reason.UNSEEN
    )
    for scope in scopes.values():
        against = scope.default == "off"
        ScopeChoiceFactory(scope=scope, browser=browsers[0], wanted=against)
        ScopeChoiceFactory(scope=scope, browser=browsers[1], wanted=not against)
        ScopeChoiceFactory(scope=scope, browser=gone, wanted=against)
    return scopes


def test_a_scope_tells_on_how_many_browsers_it_is(
    admin_client: Client, reach: dict[str, NotificationScope]
) -> None:
    assert column(admin_client, "Browsers on") == {
        "on": "2 (67 %)",
        "off": "1 (33 %)",
        "always": "3 (100 %)",
    }
    # They are the browsers that sending finds.
    assert [
        Browser.objects.registered().filter(scope.wanted()).count()
        for scope in reach.values()
    ] == [2, 1, 3]


def test_a_changed_default_is_counted_at_once(admin_client: Client) -> None:
    scope = ScopeFactory(key="invoices", default="on")
    BrowserFactory.create_batch(3)
    assert column(admin_client, "Browsers on") == {"invoices": "3 (100 %)"}

    admin_client.post(
        reverse(f"{SCOPES}:edit", args=[scope.pk]),
        saved_data(scope, default="off", confirmed_default="on → off"),
    )

    # They stay as they are, by the choices that were written for them.
    assert column(admin_client, "Browsers on") == {"invoices": "3 (100 %)"}


def test_a_listing_speaks_the_editors_language(client: Client) -> None:
    editor = scope_editor(client, "view_announcement")
    UserProfile.objects.create(user=editor, preferred_language="pl")
    group = ScopeGroupFactory(key="money", text__title="Money")
    ScopeGroupTextFactory(group=group, language="pl", title="Pieniądze")
    scope = ScopeFactory(text__title="Invoices", group=group)
    ScopeTextFactory(scope=scope, language="pl", title="Faktury")
    draft = AnnouncementFactory(scope=scope, text__title="Closed")
    AnnouncementTextFactory(announcement=draft, language="pl", title="Zamknięte")

    scopes = client.get(reverse(URL)).content.decode()
    listed = client.get(reverse(ANNOUNCEMENTS)).content.decode()

    assert [title in scopes for title in ("Faktury", "Invoices")] == [True, False]
    assert [title in scopes for title in ("Pieniądze", "Money")] == [True, False]
    assert [title in listed for title in ("Zamknięte", "Closed")] == [True, False]
    assert [title in listed for title in ("Faktury", "Invoices")] == [True, False]


def test_no_browser_is_no_share_of_them(admin_client: Client) -> None:
    ScopeFactory(key="invoices")

    assert column(admin_client, "Browsers on") == {"invoices": "0"}


def test_scopes_are_ordered_by_the_browsers_that_they_reach(
    admin_client: Client, reach: dict[str, NotificationScope]
) -> None:
    assert keys(admin_client, "?ordering=browsers_on") == ["off", "on", "always"]
    assert keys(admin_client, "?ordering=-browsers_on") == ["always", "on", "off"]


def send(
    scope: NotificationScope, days: int | None, accepted: int, **reported: int
) -> None:
    """Have sent something in a scope so many days ago, or not yet."""
    ago = None if days is None else timezone.now() - timedelta(days=days)
    NotificationFactory(scope=scope, started_at=ago, accepted=accepted, **reported)


def test_a_scope_tells_what_was_sent_in_thirty_days(admin_client: Client) -> None:
    busy, idle = ScopeFactory(key="busy"), ScopeFactory(key="idle")
    ScopeFactory(key="new")
    send(busy, 1, 1500)
    send(busy, 29, 2)
    send(busy, 31, 40)
    send(busy, None, 0)
    send(idle, 31, 7)

    assert column(admin_client, "Sent in 30 days") == {
        "busy": "2, accepted: 1,502",
        "idle": "0",
        "new": "0",
    }


def test_a_scope_tells_how_much_of_what_was_shown_was_clicked(
    admin_client: Client,
) -> None:
    read, unread = ScopeFactory(key="read"), ScopeFactory(key="unread")
    ScopeFactory(key="new")
    send(read, 1, 1500, shown=200, clicked=30)
    send(read, 29, 2, shown=1, clicked=1)
    send(read, 31, 40, shown=40, clicked=40)
    send(unread, 1, 7, shown=6)

    rates = {"read": "15 %", "unread": "0 %", "new": "–"}
    assert column(admin_client, "Click rate") == rates


def test_one_scope_costs_as_many_queries_as_thirty(
    admin_client: Client, accounts: type[OpenAccounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.named = {"business": ["C-1"]}
    asked: list[str] = []
    audiences = accounts.audiences

    def counted(self: OpenAccounts) -> dict[str, str]:
        asked.append("audiences")
        return audiences(self)

    monkeypatch.setattr(accounts, "audiences", counted)

    def cost(query: str) -> tuple[int, int]:
        asked.clear()
        with CaptureQueriesContext(connection) as queries:
            response = admin_client.get(reverse(URL) + query)
            b"".join(response)
        return len(queries), len(asked)

    group = ScopeGroupFactory()
    send(ScopeFactory(group=group, audience="business"), 1, 3)
    cost("")
    few = {query: cost(query) for query in ("", "?export=csv", "?q=scope")}
    for scope in ScopeFactory.create_batch(29, group=group, audience="business"):
        send(scope, 1, 3)
        ScopeChoiceFactory(scope=scope, wanted=False)

    assert {query: cost(query) for query in few} == few
    # Twenty on a page.
    assert len(keys(admin_client, "")) == 20


def test_filters(admin_client: Client, accounts: type[OpenAccounts]) -> None:
    accounts.named = {"business": [], "hosting": []}
    group = ScopeGroupFactory()
    ScopeFactory(key="invoices", group=group, default="always")
    ScopeFactory(key="offers", audience="business", default="off")
    ScopeFactory(key="parcels", audience="hosting", retired=True)

    assert {
        query: keys(admin_client, query)
        for query in (
            f"?group={group.pk}",
            "?default=off",
            "?audience=hosting",
            "?audience=null",
            "?audience=unknown",
            "?retired=false",
        )
    } == {
        f"?group={group.pk}": ["invoices"],
        "?default=off": ["offers"],
        "?audience=hosting": ["parcels"],
        "?audience=null": ["invoices"],
        # What can't be chosen filters nothing.
        "?audience=unknown": ["invoices", "offers", "parcels"],
        "?retired=false": ["invoices", "offers"],
    }


def test_audiences_are_shown_only_where_there_are_some(
    admin_client: Client, accounts: type[OpenAccounts]
) -> None:
    ScopeFactory(key="invoices")
    ScopeFactory(key="offers", audience="business")
    ScopeFactory(key="parcels", audience="given-up")

    def offered() -> list[str]:
        return list(admin_client.get(reverse(URL)).context["filters"].filters)

    assert offered() == ["group", "default", "retired"]
    page = admin_client.get(reverse(URL)).context["table"]
    assert "Audience" not in {str(one.label) for one in page.columns.values()}

    accounts.named = {"business": []}
    assert sorted(offered()) == ["audience", "default", "group", "retired"]
    assert column(admin_client, "Audience") == {
        "invoices": "Everyone",
        "offers": "Business",
        "parcels": "given-up (no longer known)",
    }


HEAD = [
    "Key",
    "Title",
    "Group",
    "Default",
    "Audience",
    "Sensitive",
    "Retired",
    "Browsers on",
    "Browsers on, %",
    "Sent in 30 days",
    "Accepted in 30 days",
    "Click rate, %",
]


@pytest.fixture
def exported(accounts: type[OpenAccounts]) -> None:
    """Make two scopes: one of which there is everything to tell, and one bare."""
    accounts.named = {"business": []}
    offers = ScopeFactory(
        key="offers",
        text__title="Offers, news",
        group=ScopeGroupFactory(key="news"),
        audience="business",
        sensitive=False,
    )
    ScopeChoiceFactory(scope=offers, wanted=False)
    BrowserFactory.create_batch(2)
    send(offers, 3, 4, shown=4, clicked=1)
    ScopeFactory(key="parcels", default="off", retired=True)


@pytest.mark.usefixtures("exported")
def test_the_listing_as_csv(admin_client: Client) -> None:
    response = admin_client.get(reverse(URL) + "?export=csv")

    rows = b"".join(response).decode().splitlines()  # type: ignore[call-overload]  # it streams
    assert rows == [
        "Key,Title,Group,Default,Audience,Sensitive,Retired,Browsers on,"
        '"Browsers on, %",Sent in 30 days,Accepted in 30 days,"Click rate, %"',
        'offers,"Offers, news",News,On unless switched off,Business,False,False,'
        ",,1,4,25",
        "parcels,Parcels,,Off unless switched on,Everyone,True,True,0,0,0,0,",
    ]


@pytest.mark.usefixtures("exported")
def test_the_listing_as_a_workbook(admin_client: Client) -> None:
    response: Any = admin_client.get(reverse(URL) + "?export=xlsx&retired=false")

    [sheet] = load_workbook(io.BytesIO(b"".join(response))).worksheets
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        HEAD,
        [
            "offers",
            "Offers, news",
            "News",
            "On unless switched off",
            "Business",
            False,
            False,
            None,
            None,
            1,
            4,
            25,
        ],
    ]
