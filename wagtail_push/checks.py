"""System checks: what is missing, and the line to add.

Each function's docstring names its ids. The tags name what it is about: the doctor
makes one row of each.
"""

import base64
import json
import re
from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeGuard

from django.apps import apps
from django.conf import global_settings
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.core import mail
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.base import BaseHandler
from django.db import connections, models, router
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)
from django.urls.resolvers import LocalePrefixPattern
from django.utils import translation

from wagtail_push import doctor, tasks
from wagtail_push.accounts import AccountAdapter, get_adapter
from wagtail_push.backends import get_backend
from wagtail_push.conf import SETTING_NAMES, PushSettings, given, is_static, settings
from wagtail_push.models import NotificationScope


#: The keys of ``WAGTAIL_PUSH["FIREBASE"]`` that the browser needs.
FIREBASE_KEYS = ("apiKey", "appId", "messagingSenderId", "projectId")

#: What only a service account's file has: none of it may reach a browser.
ACCOUNT_KEYS = ("private_key", "private_key_id", "client_email", "token_uri")


def register_checks() -> None:
    """Register every check of this file with Django."""
    for about, check in (
        ("settings", check_setting_names),
        ("settings", check_values),
        ("applications", check_apps),
        ("accounts", check_adapter),
        ("firebase", check_firebase),
        ("firebase", check_firebase_values),
        ("firebase", check_vapid_key),
        ("credentials", check_credentials),
        ("queue", check_queue),
        ("settings", check_time_zones),
        ("settings", check_pictures),
    ):
        register(check, doctor.TAG, f"{doctor.TAG}.{about}")
    for check in (check_urls, check_sign_in):
        register(check, doctor.TAG, f"{doctor.TAG}.addresses", Tags.urls)
    for about, check in (
        ("scopes", check_scopes),
        ("schedules", check_schedules),
    ):
        register(check, doctor.TAG, f"{doctor.TAG}.{about}", Tags.database)
    for about, check in (
        ("emulator", check_deployed_emulator),
        ("https", check_https),
        ("iphone", check_manifest),
        (doctor.WORKER, check_worker),
    ):
        register(check, doctor.TAG, f"{doctor.TAG}.{about}", deploy=True)


def check_setting_names(**kwargs: Any) -> list[CheckMessage]:
    """E001: a key of ``WAGTAIL_PUSH`` that nobody reads."""
    return [_unknown(name) for name in sorted({*map(str, given())} - SETTING_NAMES)]


def _unknown(name: str) -> CheckMessage:
    close = get_close_matches(name, sorted(SETTING_NAMES), n=1)
    hint = (
        f'Did you mean "{close[0]}"?'
        if close
        else f'Remove "{name}". Known settings: {", ".join(sorted(SETTING_NAMES))}.'
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


class _Defaults(PushSettings):
    """The settings of a host that has set none."""

    def _get(self, key: str, default: Any) -> Any:
        return default


def check_values(**kwargs: Any) -> list[CheckMessage]:
    """E003: a setting whose value can't be used."""
    readers: dict[str, Callable[[], object]] = {
        "ACCOUNTS": get_adapter,
        "BACKEND": get_backend,
        "EMULATOR": lambda: settings.emulator,
        "TARGET_KIND": lambda: settings.target_kind,
        "TTL": lambda: settings.ttl,
        "PACE": lambda: settings.pace,
        "LEASE": lambda: settings.lease,
        "RETENTION": lambda: settings.retention,
        "NEW_BROWSER_NOTICE": lambda: settings.new_browser_notice,
        "SIGN_OUT": lambda: settings.sign_out,
    }
    messages: list[CheckMessage] = []
    for name, read in readers.items():
        try:
            read()
        except ImproperlyConfigured as error:
            # Only one that is not set can be right everywhere.
            default = name != "EMULATOR" and getattr(_Defaults(), name.lower())
            told = json.dumps(default) if isinstance(default, str) else default or None
            line = f'"{name}": {told}'
            messages.append(
                Error(
                    str(error),
                    hint=f"What can be used for certain: {line} in WAGTAIL_PUSH.",
                    id="wagtail_push.E003",
                )
            )
    return messages


def check_pictures(**kwargs: Any) -> list[CheckMessage]:
    """W012: a picture of the notifications is a static file that is not there."""
    if not apps.is_installed("django.contrib.staticfiles"):
        return []
    messages: list[CheckMessage] = []
    for name in ("ICON", "BADGE"):
        path = str(given().get(name) or "")
        if is_static(path) and not finders.find(path):
            messages.append(
                Warning(
                    f'WAGTAIL_PUSH["{name}"] names the static file {path!r}, which no '
                    "application has.",
                    hint=(
                        "Name one of yours, or give a path that begins with / or a URL. "
                        f'Ours is "{name}": "wagtail_push/img/{name.lower()}.png".'
                    ),
                    id="wagtail_push.W012",
                )
            )
    return messages


#: What an adapter must answer itself, each with what suits where the login is the account.
ADAPTER_METHODS = {
    "current": "def current(self, request): "
    "return str(request.user.pk) if request.user.is_authenticated else None",
    "key": 'def key(self, account): return str(getattr(account, "pk", account))',
    "allowed": "def allowed(self, pairs): "
    "return {(login, key) for login, key in pairs if str(login) == key}",
    "audience": "def audience(self, name): return []",
}


def check_adapter(**kwargs: Any) -> list[CheckMessage]:
    """E009: the adapter lacks a method."""
    try:
        adapter = type(get_adapter())
    except ImproperlyConfigured:
        return []  # check_values says it

    def lacks(name: str) -> bool:
        return getattr(adapter, name) is getattr(AccountAdapter, name)

    return [
        Error(
            f"The adapter {settings.accounts} lacks the method {name}().",
            hint=f"Add to {adapter.__name__}, and adapt it to your accounts: {line}",
            id="wagtail_push.E009",
        )
        for name, line in ADAPTER_METHODS.items()
        # Named audiences are for those who have some.
        if lacks(name) and not (name == "audience" and lacks("audiences"))
    ]


def _uses_google() -> bool:
    try:
        return doctor.sends_through_fcm() and settings.emulator is None
    except ImproperlyConfigured:
        return False  # check_values says it


def _is_test() -> bool:
    # Django's test runner switches DEBUG off, has an empty database, and then checks:
    # a portal's tests would not begin where the emulator is the default.
    return hasattr(mail, "outbox")


def check_firebase(**kwargs: Any) -> list[CheckMessage]:
    """E004: FCM is to be used, but its project is not configured."""
    if _is_test() or not _uses_google():
        return []
    missing = [key for key in FIREBASE_KEYS if not settings.firebase.get(key)]
    lines = []
    if missing:
        pairs = ", ".join(f'"{key}": "…"' for key in missing)
        lines.append(f'"FIREBASE": {{{pairs}}}')
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


def check_firebase_values(**kwargs: Any) -> list[CheckMessage]:
    """E012, W009: what stands in ``FIREBASE`` is something else."""
    firebase = settings.firebase
    secret = [key for key in ACCOUNT_KEYS if key in firebase]
    if secret:
        names = ", ".join(f'"{key}"' for key in secret)
        return [
            Error(
                'WAGTAIL_PUSH["FIREBASE"] holds a service account, and every browser '
                "gets what stands there.",
                hint=(
                    f'Remove {names} from "FIREBASE" and revoke that key in the '
                    'Firebase console. A service account\'s file belongs to "CREDENTIALS"; '
                    '"FIREBASE" is the configuration of the web app.'
                ),
                id="wagtail_push.E012",
            )
        ]
    app = re.fullmatch(r"1:(\d+):(\w+):\w+", str(firebase.get("appId", "")))
    if not app:
        return []
    number, kind = app.groups()
    messages: list[CheckMessage] = []
    if kind != "web":
        messages.append(
            Warning(
                f'WAGTAIL_PUSH["FIREBASE"]["appId"] is of an app for {kind}.',
                hint=(
                    "Copy the configuration of a web app from the Firebase console, "
                    f'Project settings, General: "appId": "1:{number}:web:…".'
                ),
                id="wagtail_push.W009",
            )
        )
    if str(firebase.get("messagingSenderId") or number) != number:
        messages.append(
            Warning(
                'In WAGTAIL_PUSH["FIREBASE"], "appId" and "messagingSenderId" are of '
                "different projects.",
                hint=f'The one that belongs to "appId": "messagingSenderId": "{number}".',
                id="wagtail_push.W009",
            )
        )
    return messages


def check_vapid_key(**kwargs: Any) -> list[CheckMessage]:
    """E011: ``VAPID_KEY`` is no public key of the Web Push key pair.

    That is an uncompressed point of P-256: 65 bytes, the first of which is 4 (RFC 8292,
    3.2).
    """
    key = settings.vapid_key
    if not key or not _uses_google():
        return []  # check_firebase says it
    try:
        padded = key + "=" * (-len(key) % 4)
        found = base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        found = b""
    if len(found) == 65 and found[0] == 4:
        return []
    what = (
        "is a private key, and every browser gets it"
        if len(found) == 32
        else "is no public key: that is 65 bytes in base64url, which are 87 characters"
    )
    return [
        Error(
            f'WAGTAIL_PUSH["VAPID_KEY"] {what}.',
            hint=(
                'Copy the column "Key pair" from the Firebase console, Project settings, '
                'Cloud Messaging, Web Push certificates: "VAPID_KEY": "…"; it begins '
                "with B."
            ),
            id="wagtail_push.E011",
        )
    ]


def check_credentials(**kwargs: Any) -> list[CheckMessage]:
    """E010, W002, W003: what is to sign in to Google can't, or to another project."""
    named = settings.credentials
    if not named or not _uses_google():
        return []
    try:
        account = named if isinstance(named, dict) else json.loads(_text_of(named))
    except OSError as error:
        return [
            Warning(
                'The file that WAGTAIL_PUSH["CREDENTIALS"] names cannot be read '
                f"({type(error).__name__}).",
                hint=(
                    "Put the service account's JSON file there, readable for the user "
                    "that runs manage.py qcluster. If other users may not read it on "
                    'purpose: SILENCED_SYSTEM_CHECKS = ["wagtail_push.W002"].'
                ),
                id="wagtail_push.W002",
            )
        ]
    except ValueError:
        account = None
    if not _is_account(account):
        return [
            Error(
                'WAGTAIL_PUSH["CREDENTIALS"] is not the JSON of a service account.',
                hint=(
                    "Download one from the Firebase console, Project settings, Service "
                    "accounts, Generate new private key, and name its path: "
                    '"CREDENTIALS": "/etc/portal/firebase-service-account.json". What '
                    "stands in an environment variable instead, give through json.loads()."
                ),
                id="wagtail_push.E010",
            )
        ]
    theirs, ours = account.get("project_id"), settings.firebase.get("projectId")
    if not ours or theirs == ours:
        return []
    return [
        Warning(
            'WAGTAIL_PUSH["CREDENTIALS"] is a service account of another project than '
            f'"FIREBASE": {theirs!r}, not {ours!r}.',
            hint=(
                f'Use a service account of "{ours}", or copy the web app\'s '
                f'configuration of the other: "FIREBASE": {{"projectId": "{theirs}"}}.'
            ),
            id="wagtail_push.W003",
        )
    ]


def _text_of(path: object) -> str:
    if str(path).lstrip().startswith("{"):
        raise ValueError  # That is the text itself.
    return Path(str(path)).read_text()


def _is_account(found: Any) -> TypeGuard[dict[str, Any]]:
    """Tell whether google-auth could sign in with it; nothing of it is quoted."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not isinstance(found, dict) or found.get("type") != "service_account":
        return False
    if not all(isinstance(found.get(key), str) for key in ACCOUNT_KEYS):
        return False
    key = found["private_key"].encode()
    try:
        # Whether it can be read, not whether it is sound: that takes many times longer.
        load_pem_private_key(key, password=None, unsafe_skip_rsa_key_validation=True)
    except ValueError:
        return False  # With "\\n" for its line breaks, say.
    return True


#: The keys of ``Q_CLUSTER`` that name a broker; without one, django-q2 uses Redis.
BROKERS = ("broker_class", "iron_mq", "sqs", "orm", "mongo", "redis", "django_redis")


def check_queue(**kwargs: Any) -> list[CheckMessage]:
    """E005, E015, W001, W010: django-q2 would not run, or in a way that hurts."""
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
    messages: list[CheckMessage] = []
    timeout, retry = cluster.get("timeout"), cluster.get("retry", 60)
    if not timeout or timeout < 60 or retry <= timeout:
        messages.append(
            Warning(
                f"Q_CLUSTER has timeout {timeout} and retry {retry}: a page of "
                "notifications may take up to a minute, and a task that is still "
                "running must not be started again.",
                hint=f"Set timeout to at least 60 and retry above it: {example}.",
                id="wagtail_push.W001",
            )
        )
    if cluster.get("sync"):
        messages.append(
            Warning(
                "Q_CLUSTER runs tasks where they are queued: web requests would wait "
                "for Google.",
                hint='Remove "sync" from Q_CLUSTER, and run manage.py qcluster.',
                id="wagtail_push.W010",
            )
        )
    orm = cluster.get("orm")
    lost = orm and orm not in django_settings.DATABASES
    if lost or not (any(map(cluster.get, BROKERS)) or find_spec("redis")):
        messages.append(
            Error(
                f'Q_CLUSTER has "orm": "{orm}", which is not in DATABASES.'
                if lost
                else "Q_CLUSTER names no broker; then it is Redis, which is not installed.",
                hint='Set "orm": "default" in Q_CLUSTER.',
                id="wagtail_push.E015",
            )
        )
    return messages


def check_time_zones(**kwargs: Any) -> list[CheckMessage]:
    """E016: moments have no time zone."""
    if django_settings.USE_TZ:
        return []
    return [
        Error(
            "USE_TZ is off: without time zones no notification can be planned or "
            "expire at a moment.",
            hint="Add USE_TZ = True to your settings.",
            id="wagtail_push.E016",
        )
    ]


#: One of each kind that must be reached: a page, a file, and what workers post to.
ADDRESSES = ("settings", "worker", "api:receipts")


def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """E006, E007, E013: the include is missing, carries a language, or is hidden."""
    try:
        paths = [reverse(f"wagtail_push:{name}") for name in ADDRESSES]
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
    line = f'path("{paths[0].lstrip("/")}", include("wagtail_push.urls"))'
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
    for path in paths:
        try:
            found = resolve(path)
        except Resolver404:
            continue
        if found.app_names[:1] != ["wagtail_push"]:
            return [
                Error(
                    f"{path} leads to another view: a pattern above hides it.",
                    hint=f'Move {line} above "{found.route}" in urlpatterns.',
                    id="wagtail_push.E013",
                )
            ]
    return []


def check_sign_in(**kwargs: Any) -> list[CheckMessage]:
    """W011: visitors of the settings page are sent to a sign-in that is not there."""
    to = django_settings.LOGIN_URL
    try:
        path = resolve_url(to)
        # Of an address that somebody chose, another site may take care.
        there = path != global_settings.LOGIN_URL or _has_view(path)
    except NoReverseMatch:
        there = False
    if there:
        return []
    named = f", {to!r}," if isinstance(to, str) else ""
    return [
        Warning(
            f"LOGIN_URL{named} leads to no view: customers who open the settings page "
            "cannot sign in.",
            hint=(
                "Name the view with which your customers sign in. Wagtail's own, for "
                'example: LOGIN_URL = "wagtailcore_login".'
            ),
            id="wagtail_push.W011",
        )
    ]


def _has_view(path: str) -> bool:
    """Tell whether a view answers there, or where LocaleMiddleware leads from there."""
    language = translation.get_language() or django_settings.LANGUAGE_CODE
    for one in (path, f"/{language}{path}"):
        try:
            # Wagtail's takes any path, and looks for a page.
            if resolve(one).url_name != "wagtail_serve":
                return True
        except Resolver404:
            continue
    return False


def check_worker(**kwargs: Any) -> list[CheckMessage]:
    """E014 (``check --deploy``): browsers don't get the service worker at its address.

    It is asked for within this process, through every middleware, by nobody who signed
    in.
    """
    try:
        path = reverse("wagtail_push:worker")
    except NoReverseMatch:
        return []  # check_urls says it
    response = _answer(path)
    kind = response.headers.get("Content-Type", "")
    if response.status_code == 200 and kind.startswith("text/javascript"):
        return []
    to = response.headers.get("Location")
    return [
        Error(
            f"The service worker's address leads to {to}."
            if to
            else "The service worker's address does not answer with the worker, but "
            f"with status {response.status_code} and {kind or 'no type'}.",
            hint=(
                f'Let "{path}" through in whatever part of MIDDLEWARE answers instead, '
                "for example by asking for a login: everybody must get it. Where its "
                "view is wrapped, do not wrap it."
            ),
            id="wagtail_push.E014",
        )
    ]


def _answer(path: str) -> HttpResponseBase:
    # Not needed in a process that serves the portal.
    from django.test.client import RequestFactory

    hosts = [host.lstrip(".") for host in django_settings.ALLOWED_HOSTS]
    host = next((host for host in hosts if "*" not in host), "localhost").strip("[]")
    if django_settings.PREPEND_WWW and not host.startswith("www."):
        host = f"www.{host}"
    handler = BaseHandler()
    handler.load_middleware()
    request = RequestFactory(SERVER_NAME=host).get(path, secure=True)
    # A middleware may activate another language, and leave it so.
    with translation.override(translation.get_language()):
        return handler.get_response(request)


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


def check_https(**kwargs: Any) -> list[CheckMessage]:
    """W004, W005 (``check --deploy``): cookies or the portal without HTTPS."""
    messages: list[CheckMessage] = []
    cookies = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    open_ones = [name for name in cookies if not getattr(django_settings, name)]
    if open_ones:
        messages.append(
            Warning(
                "Cookies of customers who manage their browsers may travel without "
                "HTTPS.",
                hint=f"Add {' and '.join(f'{name} = True' for name in open_ones)}.",
                id="wagtail_push.W004",
            )
        )
    base = str(getattr(django_settings, "WAGTAILADMIN_BASE_URL", "") or "")
    if base.startswith("http://"):
        secure = base.replace("http://", "https://", 1)
        messages.append(
            Warning(
                "WAGTAILADMIN_BASE_URL has no HTTPS, but browsers offer push on https:// "
                "only.",
                hint=f'Serve the portal by HTTPS: WAGTAILADMIN_BASE_URL = "{secure}".',
                id="wagtail_push.W005",
            )
        )
    return messages


#: Where the page's head comes from.
BASE = "wagtail_push/base.html"
EXTENDED = re.compile(r"""{%\s*(?:extends|include)\s+["']([^"']+)["']""")


def check_manifest(**kwargs: Any) -> list[CheckMessage]:
    """W006 (``check --deploy``): iPhones can't get notifications without a manifest."""
    # What other names a tag that writes the link may have, nobody knows.
    if any(re.search("manifest|web_app", text) for text in _sources(BASE, set())):
        return []
    return [
        Warning(
            "The settings page names no web app manifest, so iPhones and iPads, which "
            "need the portal on their home screen, get no notifications.",
            hint=(
                f"Add to the head of {BASE}, or of what it extends: "
                '<link rel="manifest" href="/manifest.webmanifest">, and serve a file '
                'there with "display": "standalone".'
            ),
            id="wagtail_push.W006",
        )
    ]


def _sources(name: str, seen: set[str]) -> Iterator[str]:
    """Yield the text of a template, of what it extends, and of what it includes."""
    if name in seen:
        return
    seen.add(name)
    try:
        text = getattr(get_template(name).template, "source", "")  # type: ignore[attr-defined]
    except TemplateDoesNotExist:
        return
    yield text
    for other in EXTENDED.findall(text):
        yield from _sources(other, seen)


def _is_there(model: type[models.Model], databases: Collection[str] | None) -> bool:
    """Tell whether this database is asked about, and has the model's table."""
    alias = router.db_for_read(model)
    if alias not in (databases or ()):
        return False
    tables = connections[alias].introspection.table_names()
    return model._meta.db_table in tables


def check_scopes(
    databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """W007 (``check --database default``): there is nothing to be notified of."""
    if _is_test() or not _is_there(NotificationScope, databases):
        return []
    if NotificationScope.objects.exists():
        return []
    return [
        Warning(
            "There is no notification scope: customers would find nothing to choose, "
            "and notify() nothing to send in.",
            hint=(
                "Add one in Wagtail's admin under Push notifications, or in manage.py "
                "shell: from wagtail_push.models import NotificationScope; "
                'NotificationScope.objects.create(key="news").texts.create('
                'language="en", title="News")'
            ),
            id="wagtail_push.W007",
        )
    ]


def check_schedules(
    databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """W008 (``check --database default``): nobody would sweep, count or prune."""
    if not apps.is_installed("django_q"):
        return []  # check_apps says it
    if not _is_there(apps.get_model("django_q", "Schedule"), databases):
        return []
    missing = tasks.missing_schedules()
    if not missing:
        return []
    return [
        Warning(
            f"django-q2 has no schedule named {', '.join(missing)}: what a lost task "
            "leaves would wait for ever.",
            hint="Run manage.py migrate, which adds them.",
            id="wagtail_push.W008",
        )
    ]
