"""What customers and their browsers say of themselves is text, in the admin as well.

The customer's own page: ``tests/portal/test_settings_page.py``. A notification is no
HTML: browsers show its title and its text as they are.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.adapter import OpenAccounts
from wagtail_push import registry
from wagtail_push.admin.browsers import BrowserViewSet
from wagtail_push.contents import fill
from wagtail_push.models import Browser
from wagtail_push.test.factories import BrowserFactory


HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("accounts", "wagtail_rows", "work"),
]


@pytest.fixture
def browser() -> Browser:
    return BrowserFactory(
        name=HOSTILE,
        account__key=HOSTILE,
        installation__software=HOSTILE,
        installation__system=HOSTILE,
        installation__last_seen_at=timezone.now() - timedelta(days=100),
    )


@pytest.mark.parametrize(
    "page", ["index", "inspect", "remove", "history", "deliverability", "stale"]
)
def test_in_the_admin(
    page: str,
    admin_client: Client,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(OpenAccounts, "label", lambda self, key: HOSTILE)
    registry.pause(browser)
    one = {"inspect", "remove", "history"}
    name = (
        BrowserViewSet().get_url_name(page)
        if page in {"index", *one}
        else f"wagtail_push_reports:{page}"
    )

    html = admin_client.get(
        reverse(name, args=[browser.pk] if page in one else [])
    ).content.decode()

    assert "<img src=x" not in html
    assert page == "history" or "&lt;img src=x" in html
    assert "'49" not in html


@pytest.mark.parametrize(
    "agent",
    [
        HOSTILE,
        f"Mozilla/5.0 ({HOSTILE}) Gecko/20100101 Firefox/140.0{HOSTILE}",
        "=HYPERLINK(1)/1.0",
        "Mozilla/5.0 " + "A" * 5000,
    ],
)
def test_a_user_agent_is_known_or_left_out(agent: str, client: Any) -> None:
    login = BrowserFactory(account__key="C-1").login
    client.force_login(login)

    client.post(
        "/push/api/v1/browsers/",
        {"target": "cSECRETsecretSECRETsec", "kind": "fid", "name": "Laptop"},
        content_type="application/json",
        headers={"User-Agent": agent},
    )

    held = Browser.objects.get(name="Laptop").installation
    assert held.software in {"", "Other", "Firefox"}
    assert held.system in {"", "Other"}
    assert HOSTILE not in client.get("/push/").content.decode()


def test_placeholders_are_names_and_nothing_else() -> None:
    params = {"name": "{account.key} {name}", "account": "C-1"}

    filled = fill("{name} {account.__class__} {account!r} {0} {unknown}", params)

    assert filled == (
        "{account.key} {name} {account.__class__} {account!r} {0} {unknown}"
    )
