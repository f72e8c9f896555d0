"""Scopes that the host's code defines: written by migrate, kept as editors change them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from wagtail import hooks

from wagtail_push import definitions
from wagtail_push.definitions import ScopeDefinition
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.models import NotificationScope, ScopeChoice, ScopeGroup
from wagtail_push.test.factories import BrowserFactory, ScopeFactory


pytestmark = pytest.mark.django_db

SCOPES = "wagtailsnippets_wagtail_push_notificationscope"
INVOICES: dict[str, Any] = {
    "key": "invoices",
    "title": {"en": "Invoices", "pl": "Faktury"},
    "description": "A new invoice, about once a month.",
    "group": "billing",
    "max_ttl": 86400,
    "sensitive": False,
}


@contextmanager
def defining(*scopes: dict[str, Any]) -> Iterator[None]:
    """Let the host's code define these scopes."""

    def function() -> list[ScopeDefinition]:
        return [ScopeDefinition(**scope) for scope in scopes]

    with hooks.register_temporarily("register_push_scopes", function):
        yield


def migrate(*scopes: dict[str, Any]) -> None:
    """Run migrate while the host's code defines these scopes."""
    with defining(*scopes):
        call_command("migrate", verbosity=0)


def found() -> list[dict[str, Any]]:
    """Return all scopes, as whole as the code defines them."""
    return [
        {
            "key": scope.key,
            "group": scope.group and scope.group.key,
            "default": scope.default,
            "max_ttl": scope.max_ttl,
            "urgency": scope.urgency,
            "audience": scope.audience,
            "sensitive": scope.sensitive,
            "retired": scope.retired,
            "texts": {
                text.language: (text.title, text.description, text.reason)
                for text in scope.texts.all()
            },
        }
        for scope in NotificationScope.objects.all()
    ]


WRITTEN = {
    "key": "invoices",
    "group": "billing",
    "default": "on",
    "max_ttl": 86400,
    "urgency": "normal",
    "audience": "",
    "sensitive": False,
    "retired": False,
    "texts": {
        "en": ("Invoices", "A new invoice, about once a month.", ""),
        "pl": ("Faktury", "", ""),
    },
}


def test_migrate_writes_them_once(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    migrate(INVOICES)
    assert found() == [WRITTEN]
    before = list(NotificationScope.objects.values())

    with defining(INVOICES), django_assert_num_queries(4) as queries:
        definitions.write()

    assert list(NotificationScope.objects.values()) == before
    assert not re.search("INSERT|UPDATE|DELETE", str(queries.captured_queries))


def test_what_the_code_changes_is_changed_unless_an_editor_has_changed_it() -> None:
    migrate(INVOICES)
    scope = NotificationScope.objects.get()
    scope.max_ttl = 3600
    scope.save()
    scope.texts.filter(language="pl").update(title="Rachunki")
    changed = INVOICES | {
        "title": {"en": "Bills", "pl": "Faktury VAT", "cs": "Faktury"},
        "description": {"en": "Monthly.", "pl": "Co miesiąc."},
        "max_ttl": 604800,
        "urgency": "low",
    }

    for _again in range(2):
        migrate(changed)
        assert found() == [
            WRITTEN
            | {
                "max_ttl": 3600,
                "urgency": "low",
                "texts": {
                    "en": ("Bills", "Monthly.", ""),
                    "pl": ("Rachunki", "Co miesiąc.", ""),
                    "cs": ("Faktury", "", ""),
                },
            }
        ]


def test_a_text_that_an_editor_deleted_stays_away() -> None:
    migrate(INVOICES)
    NotificationScope.objects.get().texts.get(language="pl").delete()

    migrate(INVOICES | {"title": {"en": "Invoices", "pl": "Faktury VAT"}})

    [scope] = found()
    assert scope["texts"] == {
        "en": ("Invoices", "A new invoice, about once a month.", "")
    }


def test_a_scope_that_editors_made_before_is_theirs() -> None:
    ScopeFactory(key="invoices", default="off", urgency="high", text__title="Bills")

    migrate(INVOICES)

    [scope] = found()
    assert scope == WRITTEN | {
        "group": None,
        "default": "off",
        "max_ttl": None,
        "urgency": "high",
        "sensitive": True,
        "texts": {"en": ("Bills", "", ""), "pl": ("Faktury", "", "")},
    }


def test_another_default_leaves_browsers_as_they_are() -> None:
    migrate(INVOICES)
    browser = BrowserFactory()

    migrate(INVOICES | {"default": "off"})

    [choice] = ScopeChoice.objects.all()
    assert (choice.browser, choice.wanted) == (browser, True)


def test_what_the_code_no_longer_defines_is_retired_until_it_does_again() -> None:
    other = ScopeFactory(key="by-editors")
    migrate(INVOICES)
    seen = []
    for scopes in ([], [], [INVOICES]):
        migrate(*scopes)
        other.refresh_from_db()
        scope = NotificationScope.objects.get(key="invoices")
        seen.append((scope.retired, other.retired))

    assert seen == [(True, False), (True, False), (False, False)]


def test_what_an_editor_retired_stays_retired() -> None:
    migrate(INVOICES)
    NotificationScope.objects.update(retired=True)

    migrate(INVOICES)
    migrate(INVOICES | {"urgency": "low"})

    assert found() == [WRITTEN | {"retired": True, "urgency": "low"}]


def test_it_cannot_be_deleted_while_the_code_defines_it(admin_client: Client) -> None:
    migrate(INVOICES)
    scope = NotificationScope.objects.get()
    url = reverse(f"{SCOPES}:delete", args=[scope.pk])

    with defining(INVOICES):
        for ask in (admin_client.get, admin_client.post):
            page = ask(url, follow=True).content.decode()
            words = "“Invoices” can't be deleted: the portal's code defines it."
            assert escape(words) in page
    assert NotificationScope.objects.count() == 1

    admin_client.post(url)
    assert NotificationScope.objects.count() == 0


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (
            [INVOICES, INVOICES],
            "The hook register_push_scopes defines 'invoices' twice: remove one.",
        ),
        (
            [INVOICES | {"default": "always"}],
            "The hook register_push_scopes defines 'invoices' in a way that can't be "
            "saved: {'reason': ['Give one in en: it is always on.']}",
        ),
        (
            [INVOICES | {"default": "never", "urgency": "now"}],
            "The hook register_push_scopes defines 'invoices' in a way that can't be "
            "saved: {'default': [\"Value 'never' is not a valid choice.\"], 'urgency': "
            "[\"Value 'now' is not a valid choice.\"]}",
        ),
        (
            [INVOICES | {"title": ""}],
            "The hook register_push_scopes defines 'invoices' in a way that can't be "
            "saved: The title is empty: give a text, or one text per language as "
            '{"en": "…"}.',
        ),
    ],
)
def test_what_cannot_be_saved_is_refused_in_words(
    scopes: list[dict[str, Any]], words: str
) -> None:
    with defining(*scopes), pytest.raises(PushConfigurationError) as refused:
        definitions.write()

    assert str(refused.value) == words
    assert not NotificationScope.objects.exists()
    assert not ScopeGroup.objects.exists()


def test_a_migrate_to_before_it_existed_writes_nothing() -> None:
    with defining(INVOICES):
        definitions.write(apps=Apps())

    assert not NotificationScope.objects.exists()


def test_what_editors_made_stays_when_the_code_defines_nothing() -> None:
    ScopeFactory(key="news")

    migrate()

    assert not NotificationScope.objects.get(key="news").retired
