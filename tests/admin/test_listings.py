"""What our listings have in common."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from tests.admin.editors import ACCOUNTS, BROWSERS, GROUPS, REPORTS, SCOPES
from wagtail_push.test.factories import AnnouncementFactory, BrowserFactory


ANNOUNCEMENTS = "wagtailsnippets_wagtail_push_announcement"


@pytest.mark.django_db
@pytest.mark.usefixtures("wagtail_rows", "accounts")
@pytest.mark.parametrize(
    "name",
    [f"{listing}:list" for listing in (SCOPES, GROUPS, ANNOUNCEMENTS)]
    + [f"{listing}:index" for listing in (ACCOUNTS, BROWSERS)],
)
def test_the_style_that_keeps_names_whole_is_there(
    name: str, admin_client: Client
) -> None:
    page = admin_client.get(reverse(name)).content.decode()

    assert page.count("wagtail_push/css/admin.css") == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("wagtail_rows", "accounts")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{SCOPES}:list", {"Klucz", "Domyślnie włączone"}),
        (f"{ANNOUNCEMENTS}:list", {"Tytuł", "Zakres", "Stan", "Szkic", "Niewysłane"}),
        (f"{BROWSERS}:index", {"Nazwa", "Aktywna"}),
        (f"{REPORTS}:deliverability", {"Przeglądarka", "System"}),
    ],
)
def test_a_spreadsheet_speaks_the_editors_language(
    name: str, said: set[str], admin_client: Client, admin_user: Any
) -> None:
    UserProfile.objects.create(user=admin_user, preferred_language="pl")
    AnnouncementFactory()
    BrowserFactory()

    lines = admin_client.get(reverse(name), {"export": "csv"})

    # It is written when the request is over.
    text = b"".join(lines).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert said <= {cell for row in rows for cell in row}
    assert not [cell for cell in rows[0] if "." in cell]
