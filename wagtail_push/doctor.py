"""What is wrong with the set-up: so far, whether anybody sends, and may."""

from datetime import datetime, timedelta

from django.utils import timezone

from wagtail_push import pace
from wagtail_push.models import Heartbeat
from wagtail_push.tasks import SENDER


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


def trouble() -> str:
    """Return the fault of the set-up for which FCM refuses everything, or nothing.

    Sending is held then, and tried again by and by; no browser is blamed.
    """
    return pace.current().trouble
