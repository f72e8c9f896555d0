"""A scope as customers see it, before it is saved."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override, pgettext

from tests.admin.editors import SCOPES, saved_data, scope_data, scope_editor, text
from wagtail_push.models import NotificationScope
from wagtail_push.portal.rows import scope_sections
from wagtail_push.test.factories import (
    BrowserFactory,
    ScopeFactory,
    ScopeGroupFactory,
    ScopeGroupTextFactory,
    ScopeTextFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]


def preview_url(scope: NotificationScope) -> str:
    return reverse(f"{SCOPES}:preview_on_edit", args=[scope.pk])


def told(page: str) -> list[str]:
    """Return the words of a page, without its markup."""
    body = page.partition("<body>")[2]
    words = unescape(re.sub(r"<[^>]+>", "\n", body)).splitlines()
    return [word.strip() for word in words if word.strip()]


def typed(client: Client, scope: NotificationScope, **change: Any) -> dict[str, Any]:
    """Have the preview panel post what was typed; return what it is answered."""
    answer: dict[str, Any] = client.post(
        preview_url(scope), saved_data(scope, **change)
    ).json()
    return answer


def preview(client: Client, scope: NotificationScope, language: str = "en") -> str:
    response = client.get(preview_url(scope), {"mode": language})
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def scope() -> NotificationScope:
    """Return a scope in two languages."""
    group = ScopeGroupFactory(key="billing")
    ScopeGroupTextFactory(group=group, language="pl", title="Rozliczenia")
    scope: NotificationScope = ScopeFactory(
        key="invoices", text__title="Invoices", group=group
    )
    scope.texts.update(description="About once a month.")
    ScopeTextFactory(scope=scope, language="pl", title="Faktury")
    return scope


def test_the_form_offers_it_in_each_language_of_the_site(
    admin_client: Client, scope: NotificationScope
) -> None:
    page = admin_client.get(reverse(f"{SCOPES}:edit", args=[scope.pk]))

    panel = page.content.decode().partition('name="preview_mode"')[2]
    modes = re.findall(r'<option value="(.*?)"', panel.partition("</select>")[0])
    assert modes == [code for code, _name in scope.preview_modes] == ["en", "pl", "cs"]
    assert preview_url(scope) in page.content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Billing", "Invoices", "About once a month."]),
        ("pl", ["Rozliczenia", "Faktury"]),
    ],
)
def test_it_reads_as_on_the_page_in_light_and_dark(
    language: str, words: list[str], admin_client: Client, scope: NotificationScope
) -> None:
    typed(admin_client, scope)
    with override(language):
        heading = unescape(gettext("What this browser is told about"))
        switch = [pgettext("switch", "On"), pgettext("switch", "Off")]

    page = preview(admin_client, scope, language)

    assert told(page) == [heading, *words, *switch] * 2
    assert f'<html lang="{language}" dir="ltr"' in page
    assert re.findall("wagtail-push-theme--([a-z]+)", page) == ["light", "dark"]
    # One element, one id; and nothing that could be sent.
    ids = re.findall(r' id="(.*?)"', page)
    assert len(ids) == len(set(ids))
    assert "<form" not in page
    assert "<script" not in page
    assert " style=" not in page


@pytest.mark.usefixtures("accounts")
def test_it_is_the_row_of_the_page(
    client: Client, admin_client: Client, scope: NotificationScope
) -> None:
    browser = BrowserFactory(account__key="C-1")
    client.force_login(browser.login)

    def row(html: str) -> list[str]:
        """Return the elements of the first row, but those that only a form needs."""
        begin = html.partition('class="wagtail-push-scope"')[2].partition(">")[2]
        words = re.sub(r"-(light|dark)(?=[\"-])", "", begin.partition("<noscript")[0])
        found = re.findall(r"<(?!/|input type=.hidden)[^>]+>", words)
        return found[: 1 + next(n for n, one in enumerate(found) if "-off" in one)]

    typed(admin_client, scope)
    page = preview(admin_client, scope)
    details = client.get(f"/push/browsers/{browser.public_id}/").content.decode()

    assert row(page) == row(details)
    assert len(row(page)) == 7
    for style in re.findall(r'href="/static/(.*?\.css)"', page):
        assert finders.find(style)


@pytest.mark.parametrize(
    ("default", "checked"), [("on", 2), ("off", 0)], ids=["on", "off"]
)
def test_the_switch_stands_as_it_will_for_a_new_browser(
    default: str, checked: int, admin_client: Client, scope: NotificationScope
) -> None:
    assert typed(admin_client, scope, default=default) == {
        "is_valid": True,
        "is_available": True,
    }

    assert len(re.findall(" checked ", preview(admin_client, scope))) == checked


def test_always_on_is_shown_with_its_reason_before_it_is_saved(
    admin_client: Client, scope: NotificationScope
) -> None:
    texts = [
        text("en", "Bills", reason="The law asks for it.", id=str(one.pk))
        if one.language == "en"
        else text("pl", "Rachunki", id=str(one.pk))
        for one in scope.texts.order_by("pk")
    ]
    typed(admin_client, scope, default="always", texts=texts)

    assert (
        told(preview(admin_client, scope))
        == [
            "What this browser is told about",
            "Billing",
            "Bills",
            "The law asks for it.",
            "Always on",
        ]
        * 2
    )
    # A language without a reason of its own tells the default's.
    assert told(preview(admin_client, scope, "pl"))[2:4] == [
        "Rachunki",
        "The law asks for it.",
    ]
    scope.refresh_from_db()
    assert scope.default == "on"
    [section] = scope_sections([NotificationScope.objects.get()], {})
    assert section.scopes[0].title == "Invoices"


def test_a_new_scope_has_a_preview_too(admin_client: Client) -> None:
    url = reverse(f"{SCOPES}:preview_on_add")

    assert admin_client.post(url, scope_data()).json()["is_valid"]

    page = admin_client.get(url, {"mode": "pl"}).content.decode()
    assert told(page)[2:3] == ["Paczki"]
    assert not NotificationScope.objects.exists()


def test_an_unknown_language_is_the_default_one(
    admin_client: Client, scope: NotificationScope
) -> None:
    typed(admin_client, scope)

    assert preview(admin_client, scope, "xx") == preview(admin_client, scope)


def test_what_is_typed_is_text(admin_client: Client) -> None:
    scope = ScopeFactory(text__title="<script>alert(1)</script>")
    typed(admin_client, scope)

    page = preview(admin_client, scope)

    assert "<script" not in page
    assert told(page)[2] == "<script>alert(1)</script>"


def test_a_frame_of_the_admin_may_hold_it(
    admin_client: Client, scope: NotificationScope
) -> None:
    typed(admin_client, scope)

    response = admin_client.get(preview_url(scope))

    assert "wagtail-push-theme" in response.content.decode()
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Content-Security-Policy" not in response.headers


def test_only_who_may_change_scopes_sees_it(
    client: Client, scope: NotificationScope
) -> None:
    scope_editor(client)
    assert typed(client, scope)["is_valid"]
    assert "Invoices" in told(preview(client, scope))

    client.logout()
    assert client.get(preview_url(scope)).status_code == 302
