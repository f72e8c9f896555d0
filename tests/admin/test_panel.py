"""What the dashboard says of sending, of browsers, and of the last announcement."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.admin.editors import dashboard, scope_editor, sign_in
from tests.set_up import set_up
from wagtail_push import doctor, pace
from wagtail_push.models import Browser, Heartbeat, Notification
from wagtail_push.test.factories import (
    AnnouncementFactory,
    BrowserFactory,
    NotificationFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WORKING = "Working A worker is at work, and no browser has met a fault lately."


@pytest.fixture(autouse=True)
def _nothing_is_wrong(settings: Any, tmp_path: Path) -> None:
    set_up(settings, tmp_path)
    ScopeFactory()


@pytest.fixture
def now() -> Iterator[datetime]:
    """Stop the clock a moment after the sweep was at work."""
    with time_machine.travel(NOW, tick=False):
        Heartbeat.objects.create(name="sender", at=NOW - timedelta(minutes=1))
        yield NOW


def panel(client: Client) -> str:
    """Return what the panel says, without tags; nothing where there is none."""
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    found = re.findall(r'<dl class="push-overview">(.*?)</dl>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", "".join(found)).split())


def part(client: Client, heading: str) -> str:
    """Return what the panel says below one heading."""
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    _, _, found = html.partition(f"<dt>{heading}</dt>")
    text = re.sub(r"<[^>]+>", " ", found.partition("</div>")[0])
    return " ".join(unescape(text).split())


@pytest.mark.usefixtures("now")
def test_all_of_it(client: Client) -> None:
    sign_in(client, "statistics_announcement")

    assert panel(client) == (
        f"Sending {WORKING} Registered browsers 0 +0 in 30 days: 0 registered, 0 ended "
        "by the system. What customers removed themselves is not counted. "
        "Messages that failed Nothing was sent in 30 days. "
        "Last announcement None was written yet."
    )


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    "codename",
    [
        "statistics_announcement",
        "send_announcement",
        "view_announcement",
        "view_notificationscope",
        "require_notificationscope",
        "view_browser",
    ],
)
def test_whom_it_concerns(client: Client, codename: str) -> None:
    sign_in(client, codename)
    AnnouncementFactory(text__title="Not to be known yet")

    found = panel(client)

    assert WORKING in found
    # A draft is read by those alone who have to do with announcements.
    assert ("Not to be known yet" in found) == codename.endswith("_announcement")


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("codenames", [(), ("view_account", "add_page", "view_site")])
def test_whom_it_does_not_concern(client: Client, codenames: tuple[str, ...]) -> None:
    sign_in(client, *codenames)

    assert panel(client) == ""
    assert "Registered browsers" not in dashboard(client)


@pytest.mark.parametrize("ago", [None, timedelta(minutes=4)])
@pytest.mark.usefixtures("now")
def test_no_worker_is_at_work(client: Client, ago: timedelta | None) -> None:
    scope_editor(client)
    assert part(client, "Sending") == WORKING
    seen = Heartbeat.objects.filter(name=doctor.SENDER)
    seen.update(at=NOW - ago) if ago else seen.delete()

    assert part(client, "Sending") == (
        "Not working No worker is at work, so nothing is sent. Run manage.py qcluster."
    )


@pytest.mark.usefixtures("now")
def test_google_refuses_everything(client: Client) -> None:
    scope_editor(client)
    project = pace.current()
    project.trouble = "The service account was revoked."
    project.save()
    doctor.record("SW-404")
    Heartbeat.objects.all().delete()

    assert part(client, "Sending") == (
        "Not working Google refuses everything, so sending is held: "
        "The service account was revoked. "
        'Compare "CREDENTIALS" and "FIREBASE" with the Firebase console. '
        "See docs/how-to/real-firebase.md. "
        "No worker is at work, so nothing is sent. Run manage.py qcluster."
    )


@pytest.mark.usefixtures("now")
def test_what_browsers_met_is_a_fault(client: Client) -> None:
    scope_editor(client)
    for code in ("SW-404", "FCM-403"):
        doctor.record(code)

    assert part(client, "Sending") == (
        "Working, with faults "
        "Google refuses to register browsers with this Firebase project. "
        "Compare FIREBASE and VAPID_KEY with the Firebase console. The API key must be "
        "allowed for this site, for the FCM Registration API and for the Firebase "
        "Installations API. See docs/how-to/real-firebase.md. "
        "The service worker’s address answers 404. "
        "Include wagtail_push.urls outside i18n_patterns and before Wagtail’s own URLs, "
        "and let the web server pass on everything below it."
    )


@pytest.mark.parametrize(
    ("level", "icon"),
    [("positive", "success"), ("warning", "warning"), ("critical", "error")],
)
@pytest.mark.usefixtures("now")
def test_the_light_has_a_form_beside_its_colour(
    client: Client, level: str, icon: str
) -> None:
    scope_editor(client)
    if level == "warning":
        doctor.record("SW-404")
    if level == "critical":
        Heartbeat.objects.all().delete()

    html = client.get(reverse("wagtailadmin_home")).content.decode()

    light = html.partition(f"push-overview__figure--{level}")[2].partition("</dd>")[0]
    assert f'href="#icon-{icon}"' in light
    assert "admin-panel.css" in html


def test_browsers_and_their_trend(client: Client, now: datetime) -> None:
    scope_editor(client)
    for registered, removed in (
        (40, None),
        (40, 31),  # Both before the window.
        (40, 29),
        (40, 1),
        (29, None),
        (2, None),
        (0, None),
        (29, 2),
    ):
        browser = BrowserFactory(
            removed_at=None if removed is None else now - removed * DAY
        )
        # Django writes the moment of creating by itself.
        Browser.objects.filter(pk=browser.pk).update(created_at=now - registered * DAY)

    assert part(client, "Registered browsers") == (
        "4 +1 in 30 days: 4 registered, 3 ended by the system. "
        "What customers removed themselves is not counted."
    )


def test_fewer_browsers(client: Client, now: datetime) -> None:
    scope_editor(client)
    BrowserFactory(removed_at=now)
    Browser.objects.update(created_at=now - 40 * DAY)

    assert part(client, "Registered browsers").startswith("0 -1 in 30 days: 0 regist")


def test_the_share_of_messages_that_failed(client: Client, now: datetime) -> None:
    scope_editor(client)

    def told(days: float, accepted: int, failed: int, **more: Any) -> None:
        counters = {"accepted": accepted, "failed": failed, "expired": 7, "dropped": 7}
        NotificationFactory(finished_at=now - days * DAY, **counters, **more)

    told(1, accepted=900, failed=20)
    told(29, accepted=75, failed=5)
    told(31, accepted=10, failed=10)
    told(1, accepted=10, failed=10, kind=Notification.Kind.CHECK)

    assert part(client, "Messages that failed") == (
        "2.5 % 25 of 1,000 that were handed over in 30 days"
    )


def test_the_share_counts_while_a_broadcast_is_being_sent(
    client: Client, now: datetime
) -> None:
    scope_editor(client)
    NotificationFactory(status=Notification.Status.SENDING, accepted=99, failed=1)

    assert part(client, "Messages that failed") == (
        "1.0 % 1 of 100 that were handed over in 30 days"
    )


def test_the_last_announcement(client: Client, now: datetime) -> None:
    sign_in(client, "view_announcement")
    AnnouncementFactory(text__title="The first")
    AnnouncementFactory(
        text__title="The last",
        notification=NotificationFactory(send_at=now + DAY),
    )

    assert part(client, "Last announcement") == "The last Scheduled Just now"


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("codename", "draft", "there"),
    [
        ("view_announcement", True, False),
        ("change_announcement", True, True),
        ("send_announcement", True, True),
        ("change_announcement", False, False),
        ("statistics_announcement", False, True),
    ],
)
def test_the_link_is_there_for_who_may_follow_it(
    client: Client, codename: str, draft: bool, there: bool
) -> None:
    sign_in(client, codename)
    last = AnnouncementFactory(notification=None if draft else NotificationFactory())

    html = client.get(reverse("wagtailadmin_home")).content.decode()

    links = re.findall(f'<a href="([^"]*)">{last}</a>', html)
    assert bool(links) == there
    assert [client.get(link).status_code for link in links] == [200] * len(links)


@pytest.mark.usefixtures("now")
def test_its_queries_are_few_and_none_looks_at_a_delivery(client: Client) -> None:
    numbers = []
    sign_in(client)
    client.get(reverse("wagtailadmin_home"))
    with CaptureQueriesContext(connection) as without:
        client.get(reverse("wagtailadmin_home"))
    sign_in(client, "view_announcement")
    # The first time, the editor's profile and the project's row are made.
    client.get(reverse("wagtailadmin_home"))
    for _ in range(2):
        BrowserFactory.create_batch(3, removed_at=timezone.now())
        NotificationFactory.create_batch(3, accepted=1, finished_at=timezone.now())
        AnnouncementFactory.create_batch(3)
        with CaptureQueriesContext(connection) as queries:
            assert WORKING in panel(client)
        numbers.append(len(queries) - len(without))
        read = " ".join(query["sql"] for query in queries)
        assert "wagtail_push_delivery" not in read
        assert "wagtail_push_receipt" not in read

    assert numbers[0] == numbers[1] <= 12, numbers
