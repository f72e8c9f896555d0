"""No name is a formula: not in a CSV file, not in a workbook, whatever is exported."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from wagtail_push.admin.announcements import AnnouncementViewSet
from wagtail_push.admin.browsers import BrowserViewSet
from wagtail_push.admin.exporting import FORMULA
from wagtail_push.admin.scopes import NotificationScopeViewSet
from wagtail_push.test.factories import (
    AnnouncementFactory,
    BrowserFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]

HOSTILE = [f"{begin}HYPERLINK(1)" for begin in FORMULA]


def announcements() -> str:
    for title in HOSTILE:
        AnnouncementFactory(text__title=title)
    return reverse(AnnouncementViewSet().get_url_name("list"))


def browsers() -> str:
    for name in HOSTILE:
        BrowserFactory(name=name)
    return reverse(BrowserViewSet().get_url_name("index"))


def deliverability() -> str:
    for name in HOSTILE:
        BrowserFactory(installation__software=name, installation__system=name)
    return reverse("wagtail_push_reports:deliverability")


def scopes() -> str:
    for title in HOSTILE:
        ScopeFactory(text__title=title, group=None)
    return reverse(NotificationScopeViewSet().get_url_name("list"))


def stale() -> str:
    for name in HOSTILE:
        BrowserFactory(
            name=name,
            installation__last_seen_at=timezone.now() - timedelta(days=100),
        )
    return reverse("wagtail_push_reports:stale")


@pytest.mark.parametrize(
    "made", [announcements, browsers, deliverability, scopes, stale]
)
def test_every_export(made: Any, admin_client: Client) -> None:
    url = made()

    table = b"".join(admin_client.get(url, {"export": "csv"})).decode()
    book = b"".join(admin_client.get(url, {"export": "xlsx"}))

    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert {f"'{name}" for name in HOSTILE} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    kinds = {
        cell.value: cell.data_type
        for row in load_workbook(io.BytesIO(book)).active.iter_rows()
        for cell in row
    }
    assert kinds[HOSTILE[0]] == "s"
    assert "f" not in kinds.values()
