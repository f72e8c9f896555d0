"""What the pages of Wagtail's admin cost beside a long history.

``python -m tests.benchmarks.admin_views``, on a PostgreSQL that ``tests.benchmarks.data``
has filled. The last line is JSON: for each page its queries, the seconds of a request
(the median of several), and the plans of what it asks of deliveries.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import django
from django.conf import settings


#: Notifications with a delivery for every browser.
NOTIFICATIONS = 5
TIMES = 7


def history() -> None:
    """Write announcements that every browser got, and what the browsers reported."""
    from django.db import connection
    from django.utils import timezone
    from wagtail.models import Locale, Page

    from tests.benchmarks.data import SCOPE, _insert
    from wagtail_push.models import (
        Announcement,
        Batch,
        Delivery,
        Installation,
        Notification,
        NotificationScope,
        Receipt,
    )

    # What Wagtail's migrations leave.
    Locale.objects.get_or_create(language_code="en")
    Page.add_root(instance=Page(title="Root", slug="root"))
    scope = NotificationScope.objects.get(key=SCOPE)
    browsers = Installation.objects.count()
    for _ in range(NOTIFICATIONS):
        notification = Notification.objects.create(
            scope=scope,
            title={"en": "Title"},
            body={"en": "Body"},
            to_everyone=True,
            status=Notification.Status.DONE,
            planned=browsers,
            targeted=browsers,
            accepted=browsers - 7,
            failed=7,
            failures={"unregistered": 7},
            expires_at=timezone.now(),
            started_at=timezone.now(),
            finished_at=timezone.now(),
        )
        Batch.objects.create(
            notification=notification,
            cursor=browsers,
            last_id=browsers,
            finished_at=timezone.now(),
        )
        sent = Announcement.objects.create(scope=scope, notification=notification)
        sent.texts.create(language="en", title="Title", body="Body")
        sent.save()
    draft = Announcement.objects.create(
        scope=scope,
        estimate={"installations": browsers, "accounts": browsers, "left_out": {}},
        estimated_at=timezone.now(),
    )
    draft.texts.create(language="en", title="Draft", body="Body")
    draft.save()
    number = f"((i - 1) % {NOTIFICATIONS} + 1)"
    _insert(
        Delivery,
        browsers * NOTIFICATIONS,
        notification_id=number,
        batch_id=number,
        installation_id=f"((i - 1) / {NOTIFICATIONS} + 1)",
        status="'accepted'",
        answer="'accepted'",
    )
    _insert(
        Receipt,
        browsers,
        notification_id="1",
        installation_id="i",
        event="'shown'",
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def pages() -> dict[str, str]:
    """Return the address of each page."""
    from django.urls import reverse

    from wagtail_push.models import Announcement, Browser, NotificationScope

    def snippet(model: str, view: str, *args: Any) -> str:
        return reverse(f"wagtailsnippets_wagtail_push_{model}:{view}", args=args)

    draft = Announcement.objects.filter(notification=None).get().pk
    sent = Announcement.objects.filter(notification__isnull=False).first()
    assert sent
    scope = NotificationScope.objects.get().pk
    browser = Browser.objects.registered().order_by("pk").last()
    assert browser
    browsers = reverse("push-browsers:index")
    results = reverse("push-announcements:results", args=[sent.pk])
    return {
        "dashboard": reverse("wagtailadmin_home"),
        "announcements": snippet("announcement", "list"),
        "new announcement": snippet("announcement", "add"),
        "draft": snippet("announcement", "edit", draft),
        "history of a draft": snippet("announcement", "history", draft),
        "test and send": reverse("push-announcements:send", args=[draft]),
        "results": results,
        "progress": f"{results}?part",
        "results as CSV": f"{results}?export=csv",
        "scopes": snippet("notificationscope", "list"),
        "scope": snippet("notificationscope", "edit", scope),
        "scope, inspected": snippet("notificationscope", "inspect", scope),
        "groups": snippet("scopegroup", "list"),
        "accounts": reverse("push-accounts:index"),
        "account": reverse("push-accounts:edit", args=[browser.account_id]),
        "browsers": browsers,
        # A full one: rows cost more than finding them.
        "browsers, last page": f"{browsers}?p={Browser.objects.count() // 20}",
        "browsers, by account": f"{browsers}?q={browser.account.key}",
        "browser": reverse("push-browsers:inspect", args=[browser.pk]),
        "report: deliverability": reverse("wagtail_push_reports:deliverability"),
        "report: stale": reverse("wagtail_push_reports:stale"),
    }


def ask(client: Any, address: str) -> tuple[float, list[str]]:
    """Return the seconds of one request, and what it asked of the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        begun = time.perf_counter()
        response = client.get(address)
        seconds = time.perf_counter() - begun
    assert response.status_code == 200, (address, response.status_code)
    return seconds, [query["sql"] for query in captured.captured_queries]


def plans(statements: list[str]) -> list[str]:
    """Return the plans of those statements that read deliveries."""
    from django.db import connection

    told = []
    with connection.cursor() as cursor:
        for statement in statements:
            if statement.startswith("SELECT") and "wagtail_push_delivery" in statement:
                cursor.execute(f"EXPLAIN ANALYZE {statement}")
                told.append("\n".join(line for (line,) in cursor.fetchall()))
    return told


def main() -> None:
    """Ask for each page several times; print what it took."""
    settings.ALLOWED_HOSTS = ["*"]
    django.setup()
    from django.contrib.auth import get_user_model
    from django.test import Client

    history()
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser("editor", "editor@portal.example")
    )
    found = {}
    for name, address in pages().items():
        ask(client, address)
        took, asked = [], []
        for _ in range(TIMES):
            seconds, asked = ask(client, address)
            took.append(seconds)
        found[name] = {
            "queries": len(asked),
            "seconds": statistics.median(took),
            "plans": plans(asked),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
