"""One page of one batch: claim → read → send → record."""

import logging
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from wagtail_push import contents, outcomes, recipients, signals
from wagtail_push.backends import get_backend
from wagtail_push.conf import MAX_TTL
from wagtail_push.messages import (
    DeliveryResult,
    Envelope,
)
from wagtail_push.models import (
    Batch,
    Browser,
    Delivery,
    Installation,
    Notification,
)


logger = logging.getLogger("wagtail_push")

#: Seconds that a claimed page may take before somebody else may claim it.
LEASE = 120

#: One installation, what was sent to it, and what came of it.
Sent = tuple[recipients.Installed, Envelope, DeliveryResult]


def claim() -> Batch | None:
    """Claim the batch that is due first; interactive ones come before bulk.

    Claiming is one conditional UPDATE: whoever comes second looks for another. The claims
    are counted, so that a page which was claimed and sent meanwhile is not sent again.
    """
    while True:
        now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        due = Batch.objects.filter(free, finished_at=None, due_at__lte=now)
        batch = due.order_by("-interactive", "due_at", "pk").first()
        if batch is None:
            return None
        batch.lease_owner = uuid.uuid4()
        batch.lease_until = now + timedelta(seconds=LEASE)
        if due.filter(pk=batch.pk, claims=batch.claims).update(
            lease_owner=batch.lease_owner,
            lease_until=batch.lease_until,
            claims=F("claims") + 1,
        ):
            return batch


def deliver(batch: Batch) -> None:
    """Send one page of a claimed batch and record what became of it."""
    notification = Notification.objects.select_related("scope").get(
        pk=batch.notification_id
    )
    now = timezone.now()
    ttl = int((notification.expires_at - now).total_seconds())
    if ttl < 1 or notification.status != Notification.Status.SENDING:
        _give_up(batch, notification)
        return
    backend = get_backend()
    due = batch.deliveries.filter(status=Delivery.Status.RETRY, due_at__lte=now)
    retries = {
        (row.installation_id, row.account_id or 0): row
        for row in due.order_by("due_at")[: backend.page_size]
    }
    cursor = batch.cursor
    if retries:
        found = recipients.at(notification, {key for key, _ in retries})
        installed = [rows for rows in found if recipients.place(rows[0]) in retries]
    else:
        cursor, installed = recipients.page(
            notification, after=cursor, last=batch.last_id, size=backend.page_size
        )
    envelopes = contents.write(notification, installed, min(ttl, MAX_TTL))
    # What is told of the time from sending to showing starts before the first byte.
    sent_at = timezone.now()
    results = backend.send(envelopes) if envelopes else []
    sent = list(zip(installed, envelopes, results, strict=True))
    _record(batch, notification, cursor, sent, sent_at, retries)


def postpone(batch: Batch, trouble: str) -> None:
    """Put a claimed batch off that could not be sent at all: longer each time."""
    wait = outcomes.backoff(batch.claims + 1)
    Batch.objects.filter(pk=batch.pk, lease_owner=batch.lease_owner).update(
        due_at=timezone.now() + wait, lease_owner=None, lease_until=None
    )
    Notification.objects.filter(pk=batch.notification_id).update(trouble=trouble)


@transaction.atomic
def _record(
    batch: Batch,
    notification: Notification,
    cursor: int,
    sent: Sequence[Sent],
    sent_at: datetime,
    retries: Mapping[tuple[int, int], Delivery],
) -> None:
    if not _still_ours(batch):
        return
    now = timezone.now()
    judged = outcomes.judge([result for _, _, result in sent])
    rows = []
    held_until = now
    for (browsers, _, result), outcome in zip(sent, judged, strict=True):
        place = recipients.place(browsers[0])
        before = retries.get(place)
        attempt = before.attempt + 1 if before else 1
        status, due_at = outcome.status, None
        if status == Delivery.Status.RETRY:
            due_at = outcomes.retry_at(now, attempt, result)
            if outcome.hold:
                held_until = max(held_until, due_at)
            if notification.kind == Notification.Kind.CHECK:
                # Whoever asked waits for an answer: that there is none is one, too.
                status, due_at = Delivery.Status.FAILED, None
            elif due_at >= notification.expires_at:
                status, due_at = Delivery.Status.EXPIRED, None
        rows.append(
            Delivery(
                notification=notification,
                installation_id=place[0],
                account_id=place[1] or None,
                batch=batch,
                status=status,
                answer=result.answer,
                attempt=attempt,
                due_at=due_at,
                message_id=result.message_id[:255],
                detail=result.detail[:250],
                at=sent_at,
            )
        )
    tried = {recipients.place(browsers[0]) for browsers, _, _ in sent}
    again = [row.pk for place, row in retries.items() if place in tried]
    gone = [row.pk for place, row in retries.items() if place not in tried]
    Delivery.objects.filter(pk__in=again).delete()
    Delivery.objects.filter(pk__in=gone).update(
        status=Delivery.Status.DROPPED, due_at=None
    )
    Delivery.objects.bulk_create(rows, batch_size=500)
    _remove_dead(sent, judged)
    trouble = [r.detail for (_, _, r), o in zip(sent, judged, strict=True) if o.trouble]
    _count(
        notification, rows, dropped=len(gone), retried=bool(retries), trouble=trouble
    )
    _move(batch, notification, cursor, held_until)


def _still_ours(batch: Batch) -> bool:
    held = Batch.objects.select_for_update().filter(
        pk=batch.pk, lease_owner=batch.lease_owner
    )
    return held.first() is not None


def _remove_dead(sent: Sequence[Sent], judged: Sequence[outcomes.Outcome]) -> None:
    dead: dict[Browser.Reason, list[str]] = {}
    for (_, envelope, _), outcome in zip(sent, judged, strict=True):
        if outcome.reason:
            dead.setdefault(outcome.reason, []).append(envelope.target.digest)
    # All at once and in order, so that two pages never wait for each other.
    every = [digest for digests in dead.values() for digest in digests]
    list(Installation.objects.locked().filter(target_hash__in=every).values("pk"))
    for reason, digests in dead.items():
        ended = Installation.objects.erase(digests, reason)
        transaction.on_commit(partial(_tell_removed, ended, reason))


def _tell_removed(ended: Sequence[int], reason: str) -> None:
    for browser in Browser.objects.filter(pk__in=ended):
        signals.browser_removed.send_robust(Browser, browser=browser, reason=reason)


def _count(
    notification: Notification,
    rows: Sequence[Delivery],
    *,
    dropped: int,
    retried: bool,
    trouble: Sequence[str],
) -> None:
    by_status = Counter(row.status for row in rows)
    changes: dict[str, Any] = {
        "accepted": F("accepted") + by_status[Delivery.Status.ACCEPTED],
        "failed": F("failed") + by_status[Delivery.Status.FAILED],
        "expired": F("expired") + by_status[Delivery.Status.EXPIRED],
        "dropped": F("dropped") + dropped,
    }
    if not retried:
        changes["targeted"] = F("targeted") + len(rows)
    if trouble:
        changes["trouble"] = trouble[0][:250]
        logger.error("Notification %s: %s", notification.public_id, trouble[0])
    elif retried:
        # What went wrong before has come through now.
        changes["trouble"] = ""
    Notification.objects.filter(pk=notification.pk).update(**changes)


def _move(batch: Batch, notification: Notification, cursor: int, due: datetime) -> None:
    waiting = batch.deliveries.filter(status=Delivery.Status.RETRY)
    next_retry = waiting.aggregate(at=Min("due_at"))["at"]
    batch.cursor = cursor
    batch.due_at = due
    if cursor >= batch.last_id:
        batch.due_at = next_retry or due
        batch.finished_at = None if next_retry else timezone.now()
    batch.lease_owner = batch.lease_until = None
    batch.save(
        update_fields=["cursor", "due_at", "finished_at", "lease_owner", "lease_until"]
    )
    if batch.finished_at:
        _finish(notification)


def _finish(notification: Notification) -> None:
    if not notification.batches.filter(finished_at=None).exists():
        Notification.objects.filter(
            pk=notification.pk, status=Notification.Status.SENDING
        ).update(status=Notification.Status.DONE, finished_at=timezone.now())


@transaction.atomic
def _give_up(batch: Batch, notification: Notification) -> None:
    # Out of date or cancelled: nothing leaves any more, not even a late retry.
    if not _still_ours(batch):
        return
    retries = batch.deliveries.filter(status=Delivery.Status.RETRY).update(
        status=Delivery.Status.EXPIRED, due_at=None
    )
    unsent = (
        recipients.of(notification)
        .filter(installation_id__gt=batch.cursor, installation_id__lte=batch.last_id)
        .values("installation_id")
        .distinct()
        .count()
    )
    Notification.objects.filter(pk=notification.pk).update(
        targeted=F("targeted") + unsent, expired=F("expired") + retries + unsent
    )
    _move(batch, notification, batch.last_id, timezone.now())
