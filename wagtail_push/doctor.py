"""What is wrong with the set-up: whether anybody sends, and may; what browsers met."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wagtail_push import pace
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
