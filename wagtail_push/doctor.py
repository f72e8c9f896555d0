"""What is wrong with the set-up: what is missing, whether anybody sends, and may; what
browsers met.

``manage.py push_check`` and the light in Wagtail's admin show the same diagnoses.
"""

import base64
import logging
import re
import secrets
import socket
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_push import pace
from wagtail_push.backends import get_backend
from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.conf import settings
from wagtail_push.messages import (
    Answer,
    Content,
    DeliveryResult,
    Envelope,
    Target,
    TargetKind,
)
from wagtail_push.models import Heartbeat, Trouble
from wagtail_push.tasks import SENDER


logger = logging.getLogger("wagtail_push")

#: How long something may wait in the queue before somebody is told of it.
PATIENCE = timedelta(seconds=20)


def sender_seen_at() -> datetime | None:
    """Return when a worker was last at work, or None if never."""
    seen = Heartbeat.objects.filter(name=SENDER).values_list("at", flat=True)
    return seen.first()


def is_missing(seen_at: datetime | None, since: datetime) -> bool:
    """Tell whether what waits since then waits in vain: no worker was at work.

    Whatever is written wakes a worker at once, so one that runs shows it by its
    heartbeat, even if it is busy with something else.
    """
    if timezone.now() - since < PATIENCE:
        return False
    return seen_at is None or seen_at < since


#: For how long a trouble is told of after it was last met.
RECENT = timedelta(days=1)

#: Every trouble that the page may report. What else the Firebase SDK says is not listed,
#: so that nobody can write words of their own to those who read this.
CODE = (
    r"^(SW-([1-5]\d\d|REDIRECT|NETWORK)"
    r"|FCM-([1-5]\d\d|SETTINGS|SDK|app-offline|fid-registration-failed"
    r"|invalid-vapid-key|missing-app-config-values|token-subscribe-failed"
    r"|token-subscribe-no-token|token-update-failed)"
    r"|SDK)$"
)

#: By code, the first that fits: what it is, and what to do.
REMEDIES: tuple[tuple[str, Promise, Promise], ...] = (
    (
        "SW-404",
        _("The service worker’s address answers 404."),
        _(
            "Include wagtail_push.urls outside i18n_patterns and before Wagtail’s own "
            "URLs, and let the web server pass on everything below it."
        ),
    ),
    (
        "SW-REDIRECT",
        _("The service worker’s address leads to another one, to a login perhaps."),
        _(
            "Except sw/worker.js from whatever asks for a login: it must answer anybody."
        ),
    ),
    (
        "SW-200",
        _("Browsers do not accept what the service worker’s address answers."),
        _(
            "Open sw/worker.js: it must be JavaScript and no page. A content security "
            "policy must allow the portal in worker-src."
        ),
    ),
    (
        "SW-NETWORK",
        _("The service worker’s address does not answer."),
        _(
            "If this was met more than once, look for a web server, a firewall or a "
            "content security policy that refuses sw/worker.js."
        ),
    ),
    (
        "SW-",
        _("The service worker’s address answers with an error."),
        _("Open sw/worker.js and look into the log of the web server."),
    ),
    (
        "FCM-SETTINGS",
        _("The settings do not say which Firebase project sends."),
        _("Run manage.py check: it names the line to add."),
    ),
    (
        "FCM-40[13]",
        _("Google refuses to register browsers with this Firebase project."),
        _(
            "Compare FIREBASE and VAPID_KEY with the Firebase console. The API key must "
            "be allowed for this site, for the FCM Registration API and for the Firebase "
            "Installations API. See docs/how-to/real-firebase.md."
        ),
    ),
    (
        "SDK",
        _("The Firebase SDK that comes with wagtail_push could not be loaded."),
        _("Run manage.py collectstatic, and see that static files are served."),
    ),
    (
        "",
        _("Browsers could not be registered with Google."),
        _(
            "If this was met more than once, compare FIREBASE and VAPID_KEY with the "
            "Firebase console, and see that the content security policy allows "
            "Google’s two hosts. A single time may be a customer’s own network."
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A trouble in words: what, what to do, since when, and how often."""

    code: str
    what: Promise
    advice: Promise
    first_at: datetime
    last_at: datetime
    times: int


def record(code: str) -> None:
    """Keep that a browser could not register, and log it; whose it was is not told.

    :param code: of the form that :data:`CODE` describes.
    """
    now = timezone.now()
    with transaction.atomic():
        trouble, _created = Trouble.objects.select_for_update().get_or_create(code=code)
        if trouble.last_at < now - RECENT:
            # What was mended once and is back is told of as new.
            trouble.first_at, trouble.times = now, 0
        trouble.last_at = now
        trouble.times += 1
        trouble.save()
    logger.error("A browser could not register: %s", code)


def findings() -> list[Finding]:
    """Return what browsers met lately, the latest first."""
    lately = Trouble.objects.filter(last_at__gte=timezone.now() - RECENT)
    return [_find(trouble) for trouble in lately.order_by("-last_at", "code")]


def _find(trouble: Trouble) -> Finding:
    what, advice = next(
        words for fits, *words in REMEDIES if re.match(fits, trouble.code)
    )
    return Finding(
        trouble.code, what, advice, trouble.first_at, trouble.last_at, trouble.times
    )


def trouble() -> str:
    """Return the fault of the set-up for which FCM refuses everything, or nothing.

    Sending is held then, and tried again by and by; no browser is blamed.
    """
    return pace.current().trouble


#: The tag of all our system checks, and what comes behind it where the worker is asked.
TAG = "wagtail_push"
WORKER = "worker address"

#: The sweep sets the sender to work every minute: after so long, three were missed.
SILENCE = timedelta(minutes=3)

#: Seconds that the emulator, on this machine, has to take a connection.
EMULATOR_TIMEOUT = 1


class Level(StrEnum):
    """How bad something is: nothing is sent, or only some things go wrong."""

    ERROR = "error"
    WARNING = "warning"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of one thing, and what to do; ``id`` is that of a system check."""

    about: str
    level: Level
    what: str = ""
    advice: str = ""
    id: str = ""


def diagnose(*, deploy: bool | None = None, ask: bool = False) -> list[Diagnosis]:
    """Return what is wrong and what is right, the worst first. Google is not asked.

    :param deploy: with the checks of ``check --deploy``; by default, without ``DEBUG``.
    :param ask: ask for the service worker, too, through every middleware. They may leave
        traces in this thread: not within a web request.
    """
    deploy = not django_settings.DEBUG if deploy is None else deploy
    alias = router.db_for_read(Heartbeat)
    # A page of the admin would not have come so far.
    tables = connections[alias].introspection.table_names() if ask else None
    if tables is None or Heartbeat._meta.db_table in tables:
        found = [
            *_setup(deploy, ask, [alias]),
            *_emulator(),
            _hold(),
            _cluster(),
            *_browsers(),
        ]
    else:
        missing = Diagnosis(
            "tables",
            Level.ERROR,
            "The tables of wagtail_push are missing.",
            "Run manage.py migrate.",
        )
        found = [*_setup(deploy, ask, []), missing]
    return sorted(found, key=lambda one: list(Level).index(one.level))


def _setup(deploy: bool, ask: bool, databases: list[str]) -> Iterator[Diagnosis]:
    """Yield what our system checks say, or that they say nothing."""
    messages: dict[str, list[checks.CheckMessage]] = {}
    registry = checks.registry.registry
    for check in registry.get_checks(include_deployment_checks=True):
        tags = [t for t in check.tags if t.startswith(f"{TAG}.")]
        if not tags or (not databases and checks.Tags.database in check.tags):
            continue
        about = tags[0].removeprefix(f"{TAG}.")
        later = check in registry.deployment_checks
        if ask if about == WORKER else deploy or not later:
            told = check(app_configs=None, databases=databases)
            messages.setdefault(about, []).extend(told)
    for about, told in sorted(messages.items()):
        wrong = [message for message in told if not message.is_silenced()]
        for message in wrong:
            level = Level.ERROR if message.is_serious() else Level.WARNING
            id_, hint = message.id or "", message.hint or ""
            yield Diagnosis(about, level, str(message.msg), hint, id_)
        if not wrong:
            yield Diagnosis(about, Level.OK)


def _emulator() -> Iterator[Diagnosis]:
    try:
        emulator = settings.emulator if sends_through_fcm() else None
    except ImproperlyConfigured:
        return  # A check says it.
    if emulator is None:
        return
    parts = urlsplit(emulator)
    try:
        address = (str(parts.hostname), parts.port or 80)
        socket.create_connection(address, EMULATOR_TIMEOUT).close()
    except OSError:
        yield Diagnosis(
            "emulator running",
            Level.ERROR,
            gettext("Nothing answers at %(address)s.") % {"address": emulator},
            gettext("Run manage.py push_emulator."),
        )
    else:
        yield Diagnosis("emulator running", Level.OK, f"It answers at {emulator}.")


def _cluster() -> Diagnosis:
    seen_at = sender_seen_at()
    if is_missing(seen_at, timezone.now() - SILENCE):
        words = gettext(
            "No worker is at work, so nothing is sent. Run manage.py qcluster."
        )
        return Diagnosis("qcluster", Level.ERROR, words)
    return Diagnosis("qcluster", Level.OK)


def _hold() -> Diagnosis:
    project = pace.current()
    if project.trouble:
        words = gettext("Google refuses everything, so sending is held: %(trouble)s")
        said = words % {"trouble": project.trouble}
        return Diagnosis("sending", Level.ERROR, said, remedy(project.trouble))
    if project.held_until is not None and project.held_until > timezone.now():
        until = timezone.localtime(project.held_until)
        words = gettext(
            "FCM is busy or does not answer: sending is tried again at %(time)s."
        )
        return Diagnosis(
            "sending",
            Level.WARNING,
            words % {"time": f"{until:%H:%M}"},
            gettext(
                "If it stays so, see whether this machine reaches fcm.googleapis.com."
            ),
        )
    return Diagnosis("sending", Level.OK)


def _browsers() -> Iterable[Diagnosis]:
    return [
        Diagnosis(
            "browsers", Level.WARNING, str(one.what), str(one.advice), id=one.code
        )
        for one in findings()
    ] or [Diagnosis("browsers", Level.OK)]


def sends_through_fcm() -> bool:
    """Tell whether the settings name FCM's backend, or one that is made of it.

    :raises django.core.exceptions.ImproperlyConfigured: they name none.
    """
    return isinstance(get_backend(), FCMBackend)


#: What Google's refusals say, the first that fits, and what to do. Its words are those of
#: its answers (https://firebase.google.com/docs/cloud-messaging/error-codes) and of
#: threads about them; where it says anything else, the last line is left.
REFUSALS: tuple[tuple[str, Promise], ...] = (
    (
        "No access token.*invalid_grant",
        _(
            "oauth2.googleapis.com does not take the service account's key: it was deleted "
            "or its account switched off, or the clock of this machine is wrong. Make "
            "another in the Firebase console, Project settings, Service accounts, and name "
            'it in "CREDENTIALS".'
        ),
    ),
    (
        "No access token",
        _(
            "oauth2.googleapis.com gave no access token. Name the JSON file of a service "
            'account in "CREDENTIALS".'
        ),
    ),
    (
        "has not been used in project|it is disabled|SERVICE_DISABLED",
        _(
            "fcm.googleapis.com is switched off for the project: in its Google Cloud "
            'console, APIs and services, enable "Firebase Cloud Messaging API".'
        ),
    ),
    (
        "APNS or Web Push",
        _(
            "The push service does not take the key pair: VAPID_KEY must be of the same "
            "project as CREDENTIALS."
        ),
    ),
    (
        "(?i)permission",
        _(
            "fcm.googleapis.com answers 403. In the Google Cloud console of the project in "
            '"FIREBASE", enable "Firebase Cloud Messaging API", and give the service '
            'account of "CREDENTIALS" the role "Firebase Cloud Messaging API Admin".'
        ),
    ),
    (
        "(?i)not found",
        _(
            'fcm.googleapis.com knows no such project: compare "projectId" in "FIREBASE" '
            "with the Firebase console."
        ),
    ),
    (
        "(?i)authentication",
        _(
            "fcm.googleapis.com answers 401: it does not take the access token. Compare "
            '"CREDENTIALS" with the Firebase console, and the clock of this machine.'
        ),
    ),
    (
        "",
        _(
            'Compare "CREDENTIALS" and "FIREBASE" with the Firebase console. See '
            "docs/how-to/real-firebase.md."
        ),
    ),
)


def remedy(refusal: str) -> str:
    """Return what to do about a refusal, which names the host that refuses."""
    return next(str(told) for fits, told in REFUSALS if re.search(fits, refusal))


def made_up() -> Target:
    """Return a target of the right form that nobody has.

    A FID is 17 random bytes, of which the first begins with the bits 0111, in base64url,
    and of that 22 characters (Firebase JS SDK, ``generateFid``).
    """
    given = bytearray(secrets.token_bytes(17))
    given[0] = 0b0111_0000 + given[0] % 16
    fid = base64.urlsafe_b64encode(given).decode()[:22]
    return Target(TargetKind.FID, fid)


def prove() -> Diagnosis:
    """Ask FCM by a dry run to a made-up target; never within a web request.

    Who is not let in learns nothing of targets: an answer that blames the target proves
    the credentials.
    """
    about = "credentials live"
    try:
        if not sends_through_fcm():
            return Diagnosis(
                about, Level.WARNING, f"{settings.backend} does not send through FCM."
            )
        [result] = get_backend().send(
            [
                Envelope(
                    target=made_up(),
                    content=Content(id=str(uuid.uuid4()), title="push_check", body=""),
                    ttl=60,
                    dry_run=True,
                )
            ]
        )
        return Diagnosis(about, *_proof(result))
    except (ImproperlyConfigured, ValueError) as error:
        known = isinstance(error, ImproperlyConfigured)
        what = (
            str(error)
            if known
            else f"{type(error).__name__} before anything was asked."
        )
        return Diagnosis(about, Level.ERROR, what, "Run manage.py check.")


def _proof(result: DeliveryResult) -> tuple[Level, str, str]:
    host = settings.emulator or "fcm.googleapis.com"
    match result.answer:
        case Answer.UNREGISTERED | Answer.BAD_TARGET | Answer.ACCEPTED:
            words = f"{host} took the credentials and answered: {result.answer.value}."
            return Level.OK, words, ""
        case Answer.BAD_MESSAGE | Answer.SENDER_MISMATCH:
            words = f"{host} took the credentials, but says: {result.detail}"
            return Level.WARNING, words, remedy("")
        case Answer.MISCONFIGURED:
            return Level.ERROR, result.detail, remedy(result.detail)
        case Answer.BUSY:
            return Level.WARNING, result.detail, "Try again in a minute."
        case Answer.UNAVAILABLE:
            advice = (
                "Run manage.py push_emulator."
                if settings.emulator
                else "This machine must reach oauth2.googleapis.com and "
                "fcm.googleapis.com on port 443."
            )
            return Level.ERROR, result.detail, advice
