"""What our listings have in common."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.editors import ACCOUNTS, BROWSERS, GROUPS, SCOPES


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
