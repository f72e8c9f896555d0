"""One scope to look at, with its history."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.editors import SCOPES, saved_data, scope_editor
from wagtail_push.models import Announcement, Notification, NotificationScope
from wagtail_push.test.factories import (
    AnnouncementFactory,
    NotificationFactory,
    ScopeFactory,
    ScopeTextFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]


@pytest.fixture
def scope() -> NotificationScope:
    scope: NotificationScope = ScopeFactory(key="news", text__title="News")
    return scope


def page_of(client: Client, scope: NotificationScope) -> str:
    response = client.get(reverse(f"{SCOPES}:inspect", args=[scope.pk]))
    assert response.status_code == 200
    return response.content.decode()


def table(html: str, name: str) -> list[list[str]]:
    """Return the words of a table's rows; nothing where there is no table."""
    part = html.partition(f'aria-labelledby="{name}"')[2].partition("</table>")[0]
    rows = part.partition("<tbody>")[2].split("<tr>")[1:]
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall("<td>(.*)", row)]
        for row in rows
    ]


def test_what_a_scope_is(
    admin_client: Client, scope: NotificationScope, accounts: Any
) -> None:
    accounts.named = {"business": []}
    NotificationScope.objects.update(audience="business")
    html = page_of(admin_client, scope)

    terms = re.findall(r"<dt>(.*?)</dt>", html)
    values = re.findall(r"<dd>\s*(.*?)\s*</dd>", html)
    told = dict(zip(terms, values, strict=True))
    del told["Created at"]
    assert told == {
        "Key": "news",
        "Group": "–",
        "Default": "On unless switched off",
        "Longest validity in seconds": "–",
        "Urgency": "Normal",
        "Audience": "Business",
        "Sensitive": "yes",
        "Retired": "no",
    }
    assert "None was written." in html
    assert "None was sent." in html


def test_its_last_notifications(admin_client: Client, scope: NotificationScope) -> None:
    at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    NotificationFactory(
        scope=scope,
        title={"pl": "Nowości", "en": "News & more"},
        send_at=at,
        status=Notification.Status.DONE,
        targeted=12,
        accepted=11,
        shown=9,
    )
    NotificationFactory(scope=scope, send_at=at)
    NotificationFactory(title={"": "In another scope"})

    assert table(page_of(admin_client, scope), "push-notifications") == [
        ["Title", "waiting to be planned", "11/20/2026 9:30 a.m.", "0", "0", "0"],
        ["News & more", "done", "11/20/2026 9:30 a.m.", "12", "11", "9"],
    ]


def test_its_announcements(client: Client, scope: NotificationScope) -> None:
    draft = AnnouncementFactory(scope=scope)
    sent = AnnouncementFactory(
        scope=scope,
        text__title="We move",
        notification=NotificationFactory(
            scope=scope, status=Notification.Status.DONE, title={"en": "We move"}
        ),
    )
    AnnouncementFactory()
    Announcement.objects.update(created_at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC))

    def links(html: str) -> list[str]:
        found = re.findall('<td><a href="(.*?)"', html)
        for url in found:
            assert client.get(url).status_code == 200
        return found

    scope_editor(client, "change_announcement", "statistics_announcement")
    html = page_of(client, scope)
    assert table(html, "push-announcements") == [
        ["We move", "Sent", "11/20/2026 9:30 a.m."],
        ["Office closed on Friday", "Draft", "11/20/2026 9:30 a.m."],
    ]
    edit = "wagtailsnippets_wagtail_push_announcement:edit"
    assert links(html) == [
        reverse("push-announcements:results", args=[sent.pk]),
        reverse(edit, args=[draft.pk]),
    ]
    # Who may neither change them nor read results is told of them, without a link.
    scope_editor(client)
    html = page_of(client, scope)
    assert len(table(html, "push-announcements")) == 2
    assert links(html) == []


def test_a_long_history_costs_as_much_as_a_short_one(
    admin_client: Client, scope: NotificationScope
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(admin_client, scope)
        return len(queries)

    AnnouncementFactory(scope=scope, notification=NotificationFactory(scope=scope))
    cost()
    few = cost()
    for _ in range(14):
        AnnouncementFactory(scope=scope, notification=NotificationFactory(scope=scope))

    assert cost() == few
    html = page_of(admin_client, scope)
    assert len(table(html, "push-notifications")) == 10
    assert len(table(html, "push-announcements")) == 10


def test_the_history_keeps_who_changed_what(
    admin_client: Client, scope: NotificationScope, accounts: Any
) -> None:
    accounts.named = {"business": []}
    ScopeTextFactory(scope=scope, language="pl", title="Nowości")
    url = reverse(f"{SCOPES}:edit", args=[scope.pk])
    admin_client.post(url, saved_data(scope, audience="business"))

    history = admin_client.get(reverse(f"{SCOPES}:history", args=[scope.pk]))

    [entry] = history.context["object_list"]
    assert (entry.action, entry.user.get_username()) == ("wagtail.edit", "admin")
