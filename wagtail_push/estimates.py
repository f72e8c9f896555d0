"""How many an announcement would reach: counted by the query that will send it."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from wagtail_push import recipients
from wagtail_push.models import Announcement, Notification


logger = logging.getLogger("wagtail_push")


def estimate(announcement: Announcement) -> recipients.Estimate:
    """Count whom it would reach now, and whom it would leave out, by reason.

    It is planned as if it were sent, and that is taken back again.
    """
    now = timezone.now()
    with transaction.atomic():
        notification = Notification.objects.create(
            scope=announcement.scope,
            to_everyone=True,
            audience=announcement.audience,
            title={},
            body={},
            status=Notification.Status.CANCELLED,
            expires_at=now + timedelta(hours=1),
        )
        found = recipients.estimate(notification)
        transaction.set_rollback(True)
    return found


def make_due() -> None:
    """Make the estimates that editors have asked for."""
    newer = Q(estimated_at=None) | Q(estimated_at__lt=F("estimate_asked_at"))
    asked = Announcement.objects.filter(newer, estimate_asked_at__isnull=False)
    for announcement in asked.select_related("scope"):
        begun = timezone.now()
        try:
            found = estimate(announcement)._asdict()
        except Exception:
            # One that can't be counted must not keep all others from being counted.
            logger.exception("Announcement %d can't be counted", announcement.pk)
            found = None
        # Of another scope or audience meanwhile, it waits for a number of its own.
        same = Announcement.objects.filter(
            pk=announcement.pk,
            scope=announcement.scope,
            audience=announcement.audience,
        )
        same.update(estimate=found, estimated_at=begun)
