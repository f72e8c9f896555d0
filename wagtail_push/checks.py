"""System checks: what is missing, and the line to add."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.urls.resolvers import LocalePrefixPattern

from wagtail_push.accounts import get_adapter
from wagtail_push.backends import get_backend
from wagtail_push.conf import FCM_BACKEND, SETTING_NAMES, settings


#: The keys of ``WAGTAIL_PUSH["FIREBASE"]`` that the browser needs.
FIREBASE_KEYS = ("apiKey", "appId", "messagingSenderId", "projectId")


def register_checks() -> None:
    """Register every check of this file with Django."""
    for check in (
        check_setting_names,
        check_apps,
        check_values,
        check_firebase,
        check_queue,
    ):
        register(check, "wagtail_push")
    register(check_urls, Tags.urls, "wagtail_push")
    register(check_deployed_emulator, "wagtail_push", deploy=True)


def check_setting_names(**kwargs: Any) -> list[CheckMessage]:
    """E001: a key of ``WAGTAIL_PUSH`` that nobody reads."""
    return [_unknown(name) for name in sorted(_given() - SETTING_NAMES)]


def _given() -> set[str]:
    return set(getattr(django_settings, "WAGTAIL_PUSH", {}))


def _unknown(name: str) -> CheckMessage:
    close = get_close_matches(name, sorted(SETTING_NAMES), n=1)
    hint = (
        f'Did you mean "{close[0]}"?'
        if close
        else f"Known settings: {', '.join(sorted(SETTING_NAMES))}."
    )
    return Error(
        f'WAGTAIL_PUSH has the unknown setting "{name}".',
        hint=hint,
        id="wagtail_push.E001",
    )


def check_apps(**kwargs: Any) -> list[CheckMessage]:
    """E002: an application that wagtail_push needs is not installed."""
    return [
        Error(
            f"{name} is not installed, but wagtail_push needs it.",
            hint=f'Add "{name}" to INSTALLED_APPS.',
            id="wagtail_push.E002",
        )
        for name in ("django_q", "wagtail.snippets", "wagtail.admin")
        if not apps.is_installed(name)
    ]


def check_values(**kwargs: Any) -> list[CheckMessage]:
    """E003: a setting whose value can't be used."""
    readers: Sequence[Callable[[], Any]] = (
        get_adapter,
        get_backend,
        lambda: settings.emulator,
        lambda: settings.target_kind,
        lambda: settings.ttl,
        lambda: settings.pace,
        lambda: settings.lease,
        lambda: settings.retention,
        lambda: settings.sign_out,
    )
    messages: list[CheckMessage] = []
    for read in readers:
        try:
            read()
        except ImproperlyConfigured as error:
            messages.append(Error(str(error), id="wagtail_push.E003"))
    return messages


def check_firebase(**kwargs: Any) -> list[CheckMessage]:
    """E004: FCM is to be used, but its project is not configured."""
    try:
        if settings.backend != FCM_BACKEND or settings.emulator:
            return []
    except ImproperlyConfigured:
        return []  # check_values says it
    missing = [key for key in FIREBASE_KEYS if not settings.firebase.get(key)]
    lines = []
    if missing:
        lines.append(f'"FIREBASE": {{{", ".join(f"{k!r}: …" for k in missing)}}}')
    if not settings.vapid_key:
        lines.append('"VAPID_KEY": "…"')
    if not lines:
        return []
    return [
        Error(
            "WAGTAIL_PUSH does not say which Firebase project sends.",
            hint=(
                f"Add {' and '.join(lines)} to WAGTAIL_PUSH; the values stand in the "
                "Firebase console under Project settings, General and Cloud Messaging. "
                'To try it without Google: "EMULATOR": "http://127.0.0.1:8979" and '
                "run manage.py push_emulator."
            ),
            id="wagtail_push.E004",
        )
    ]


def check_queue(**kwargs: Any) -> list[CheckMessage]:
    """W001: django-q2 runs with a timeout that hurts."""
    cluster = getattr(django_settings, "Q_CLUSTER", None)
    example = 'Q_CLUSTER = {"timeout": 60, "retry": 120, "orm": "default"}'
    if cluster is None:
        return [
            Error(
                "Q_CLUSTER is not set: nothing would ever be sent.",
                hint=f"Add {example} and run manage.py qcluster.",
                id="wagtail_push.E005",
            )
        ]
    timeout, retry = cluster.get("timeout"), cluster.get("retry", 60)
    if not timeout or timeout < 60 or retry <= timeout:
        return [
            Warning(
                f"Q_CLUSTER has timeout {timeout} and retry {retry}: a page of "
                "notifications may take up to a minute, and a task that is still "
                "running must not be started again.",
                hint=f"Set timeout to at least 60 and retry above it: {example}.",
                id="wagtail_push.W001",
            )
        ]
    return []


def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """E006, E007: the include is missing, or stands inside ``i18n_patterns``."""
    try:
        reverse("wagtail_push:worker")
    except NoReverseMatch:
        return [
            Error(
                "The URLs of wagtail_push are not included.",
                hint=(
                    'Add path("push/", include("wagtail_push.urls")) to urlpatterns, '
                    "before Wagtail's own."
                ),
                id="wagtail_push.E006",
            )
        ]
    for resolver in get_resolver().url_patterns:
        if not isinstance(resolver, URLResolver):
            continue
        localized = isinstance(resolver.pattern, LocalePrefixPattern)
        if localized and "wagtail_push" in resolver.namespace_dict:
            return [
                Error(
                    "The URLs of wagtail_push stand inside i18n_patterns, but the "
                    "address of a service worker must never change.",
                    hint=(
                        'Move path("push/", include("wagtail_push.urls")) out of '
                        "i18n_patterns."
                    ),
                    id="wagtail_push.E007",
                )
            ]
    return []


def check_deployed_emulator(**kwargs: Any) -> list[CheckMessage]:
    """E008 (``check --deploy``): the emulator is configured."""
    try:
        emulator = settings.emulator
    except ImproperlyConfigured:
        return []  # check_values says it
    if emulator is None:
        return []
    return [
        Error(
            "WAGTAIL_PUSH sends to the emulator, which reaches no customer.",
            hint='Remove "EMULATOR" and configure "FIREBASE" and "CREDENTIALS".',
            id="wagtail_push.E008",
        )
    ]
