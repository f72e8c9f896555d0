"""What is kept, and for how long: rows are summed up, and pruned in bounded steps."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from wagtail_push.conf import settings
from wagtail_push.models import (
    Announcement,
    Batch,
    Browser,
    Delivery,
    Heartbeat,
    Installation,
    Notification,
    Receipt,
)
from wagtail_push.models.browsers import BrowserQuerySet


#: The heartbeat of summing, and how far back it looks: a receipt counts from the moment
#: when it came, which is before it is committed.
SUMS = "sums"
OVERLAP = timedelta(minutes=2)
EVER = datetime.min.replace(tzinfo=UTC)

#: Rows that one step removes at most.
STEP = 5000

#: Days that what the system removed waits for its return, and days without a sign after
#: which a registration ends.
REMOVED_DAYS = 60
UNSEEN_DAYS = 270


def sum_up() -> None:
    """Count anew the receipts of each notification that got some since the last time."""
    now = timezone.now()
    last = Heartbeat.objects.filter(name=SUMS).values_list("at", flat=True).first()
    lately = Receipt.objects.filter(at__gte=last - OVERLAP if last else EVER)
    told = lately.order_by().values_list("notification", flat=True).distinct()
    for pk in told:
        # Of one without batches, receipts are about to be pruned: its sums stand.
        if Batch.objects.filter(notification=pk).exists():
            _sum(pk)
    Heartbeat.objects.update_or_create(name=SUMS, defaults={"at": now})


def _sum(pk: int) -> None:
    events = Receipt.objects.filter(notification=pk).order_by().values_list("event")
    counted = dict(events.annotate(number=Count("pk")))
    Notification.objects.filter(pk=pk).update(
        **{event: counted.get(event, 0) for event in Receipt.Event.values}
    )


def prune(days: int | None = None) -> bool:
    """Take one step of what is to be removed; tell whether there was anything.

    :param days: how long rows of notifications are kept, instead of ``RETENTION``.
    """
    return (
        _prune_notification(days) or _end_unseen() or _prune_browsers() or _prune_bare()
    )


def due(days: int | None = None) -> dict[str, int]:
    """Count what is to be removed now, by what it is; nothing is written.

    What only goes once something else is gone is not counted.
    """
    return {
        "notifications": _old(days).count(),
        "unseen": _unseen().count(),
        "removed": _gone().count(),
        "bare": _bare().count(),
    }


def _old(days: int | None) -> QuerySet[Notification]:
    before = timezone.now() - timedelta(days=days or settings.retention)
    return Notification.objects.filter(finished_at__lt=before, pruned_at=None)


def _prune_notification(days: int | None) -> bool:
    """Remove rows of the oldest notification; in the end, only its sums are left.

    What somebody waited for in front of a page then goes altogether; and the words of
    what was for certain accounts, since nothing says any more whose they are.
    """
    notification = _old(days).order_by("finished_at").first()
    if notification is None:
        return False
    deliveries, receipts = notification.deliveries, notification.receipts
    if (
        # Each by an index, of which there is one for either.
        _remove(deliveries.filter(account=None))
        or _remove(deliveries.filter(account__isnull=False))
        or _remove(notification.recipients.all())
    ):
        return True
    with transaction.atomic():
        if notification.batches.exists():
            # The last time: without batches no receipt is taken any more, none counted.
            _sum(notification.pk)
            notification.batches.all().delete()
    if _remove(receipts.all()):
        return True
    if notification.interactive:
        notification.delete()
    else:
        changes: dict[str, Any] = {"pruned_at": timezone.now()}
        public = notification.to_everyone or notification.audience
        if not (public or Announcement.objects.filter(notification=notification)):
            changes |= {"title": {}, "body": {}, "url": "", "image": "", "params": {}}
        # Somebody may have erased it meanwhile.
        Notification.objects.filter(pk=notification.pk).update(**changes)
    return True


def _remove(rows: QuerySet[Any]) -> bool:
    keys = list(rows.order_by().values_list("pk", flat=True)[:STEP])
    if keys:
        rows.model._default_manager.filter(pk__in=keys).delete()
    return bool(keys)


def _end_unseen() -> bool:
    """End registrations that neither visited the portal nor reported anything for long."""
    hashes = [row.target_hash or "" for row in _unseen().only("target_hash")[:STEP]]
    if hashes:
        reason = Browser.Reason.UNSEEN
        ended = Installation.objects.erase(hashes, reason)
        Browser.objects.filter(pk__in=ended).tell_removed(reason)
    return bool(hashes)


def _unseen() -> QuerySet[Installation]:
    return Installation.objects.filter(
        ~Exists(Receipt.objects.filter(installation=OuterRef("pk"))),
        target_hash__isnull=False,
        last_seen_at__lt=timezone.now() - timedelta(days=UNSEEN_DAYS),
    )


def _prune_browsers() -> bool:
    """Remove what the system removed and what did not come back."""
    gone = _gone()
    keys = list(gone.values_list("pk", flat=True)[:STEP])
    # One that has come back meanwhile stays.
    gone.filter(pk__in=keys).discard()
    return bool(keys)


def _gone() -> BrowserQuerySet:
    before = timezone.now() - timedelta(days=REMOVED_DAYS)
    return Browser.objects.filter(removed_at__lt=before)


def _bare() -> QuerySet[Installation]:
    return Installation.objects.filter(
        ~Exists(Browser.objects.filter(installation=OuterRef("pk"))),
        ~Exists(Delivery.objects.filter(installation=OuterRef("pk"))),
        ~Exists(Receipt.objects.filter(installation=OuterRef("pk"))),
        target_hash=None,
        last_seen_at__lt=timezone.now() - timedelta(days=REMOVED_DAYS),
    )


def _prune_bare() -> bool:
    """Remove installations without any browser, once nothing refers to them."""
    with transaction.atomic():
        # Whoever registers at this moment holds the row, or finds it gone.
        held = _bare().select_for_update().order_by("pk")
        keys = list(held.values_list("pk", flat=True)[:STEP])
        # A page that was read while they had browsers is about to refer to them.
        sending = Batch.objects.filter(
            finished_at=None, lease_until__gte=timezone.now()
        )
        if sending.exists():
            return False
        Installation.objects.filter(pk__in=keys).delete()
    return bool(keys)
