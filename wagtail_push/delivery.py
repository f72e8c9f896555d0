"""One page of one batch: claim → read → send → record."""

import logging
import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from wagtail_push import outcomes, recipients, signals
from wagtail_push.accounts import get_adapter
from wagtail_push.backends import get_backend
from wagtail_push.conf import MAX_TTL, settings
from wagtail_push.messages import (
    Content,
    DeliveryResult,
    Envelope,
    Target,
    TargetKind,
    Urgency,
)
from wagtail_push.models import (
    Batch,
    Browser,
    Delivery,
    Installation,
    Notification,
)
from wagtail_push.models.scopes import best_language


logger = logging.getLogger("wagtail_push")

#: Seconds that a claimed page may take before somebody else may claim it.
LEASE = 120

#: One installation, what was sent to it, and what came of it.
Sent = tuple[recipients.Installed, Envelope, DeliveryResult]

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def claim() -> Batch | None:
    """Claim the batch that is due first; interactive ones come before bulk.

    Claiming is one conditional UPDATE: whoever comes second looks for another.
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
        if due.filter(pk=batch.pk).update(
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
    retries = {
        row.installation_id: row
        for row in batch.deliveries.filter(
            status=Delivery.Status.RETRY, due_at__lte=now
        ).order_by("due_at")[: backend.page_size]
    }
    cursor = batch.cursor
    if retries:
        installed = recipients.at(notification, retries)
    else:
        cursor, installed = recipients.page(
            notification, after=cursor, last=batch.last_id, size=backend.page_size
        )
    envelopes = _write(notification, installed, ttl)
    # What is told of the time from sending to showing starts before the first byte.
    sent_at = timezone.now()
    results = backend.send(envelopes) if envelopes else []
    sent = list(zip(installed, envelopes, results, strict=True))
    _record(batch, notification, cursor, sent, sent_at, retries)


def _write(
    notification: Notification, installed: Sequence[recipients.Installed], ttl: int
) -> list[Envelope]:
    contents: dict[tuple[str, ...], Content] = {}
    ids = [rows[0]["installation_id"] for rows in installed]
    shared = set()
    if not notification.to_everyone:
        # Where a browser serves several accounts, the notification names its own.
        counted = Counter(
            Browser.objects.registered()
            .filter(installation_id__in=ids)
            .values_list("installation_id", flat=True)
        )
        shared = {pk for pk, number in counted.items() if number > 1}
    return [
        Envelope(
            target=Target(
                TargetKind(rows[0]["installation__target_kind"]),
                rows[0]["installation__target"],
            ),
            content=_content(notification, rows[0], pk in shared, contents),
            ttl=min(ttl, MAX_TTL),
            urgency=Urgency(notification.urgency),
            topic=notification.topic,
            foreign=rows[0]["installation__worker"] == Installation.Worker.FOREIGN,
        )
        for pk, rows in zip(ids, installed, strict=True)
    ]


def _content(
    notification: Notification,
    row: Mapping[str, Any],
    shared: bool,
    contents: dict[tuple[str, ...], Content],
) -> Content:
    adapter = get_adapter()
    key = row["account__key"]
    wanted = row["language"] or adapter.language(key)
    language = best_language(wanted, list(notification.title)) or ""
    params = {**notification.params, **row.get("account__recipients__params", {})}
    own = "" if notification.to_everyone else key
    variant = (language, own, str(shared), *map(str, sorted(params.items())))
    if variant not in contents:
        body = fill(_text(notification.body, language), params)
        if shared:
            body = f"{adapter.label(key)}: {body}"
        url = fill(notification.url, params)
        bidi = language.partition("-")[0] in django_settings.LANGUAGES_BIDI
        contents[variant] = Content(
            id=str(notification.public_id),
            title=fill(_text(notification.title, language), params),
            body=body,
            url=adapter.link(url, own) if url and own else url,
            tag=notification.tag or str(notification.public_id),
            icon=settings.icon,
            badge=settings.badge,
            lang=language,
            dir="rtl" if bidi else "auto",
        )
    return contents[variant]


def fill(text: str, params: Mapping[str, str]) -> str:
    """Return the text with its named placeholders filled; others stay as they are."""
    return PLACEHOLDER.sub(lambda match: str(params.get(match[1], match[0])), text)


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts[best_language(language, list(texts)) or ""]


@transaction.atomic
def _record(
    batch: Batch,
    notification: Notification,
    cursor: int,
    sent: Sequence[Sent],
    sent_at: datetime,
    retries: Mapping[int, Delivery],
) -> None:
    if not _still_ours(batch):
        return
    now = timezone.now()
    judged = outcomes.judge([result for _, _, result in sent])
    rows = []
    for (browsers, _, result), outcome in zip(sent, judged, strict=True):
        installation = browsers[0]["installation_id"]
        before = retries.get(installation)
        attempt = before.attempt + 1 if before else 1
        status, due_at = outcome.status, None
        if status == Delivery.Status.RETRY:
            due_at = outcomes.retry_at(now, attempt, result)
            if due_at >= notification.expires_at:
                status, due_at = Delivery.Status.EXPIRED, None
        rows.append(
            Delivery(
                notification=notification,
                installation_id=installation,
                batch=batch,
                status=status,
                answer=result.answer,
                attempt=attempt,
                due_at=due_at,
                message_id=result.message_id,
                detail=result.detail,
                at=sent_at,
            )
        )
    batch.deliveries.filter(installation_id__in=retries).delete()
    Delivery.objects.bulk_create(rows, batch_size=500)
    _remove_dead(sent, judged)
    trouble = [r.detail for (_, _, r), o in zip(sent, judged, strict=True) if o.trouble]
    _count(notification, rows, first_time=not retries, trouble=trouble)
    _move(batch, notification, cursor, now)


def _still_ours(batch: Batch) -> bool:
    held = Batch.objects.select_for_update().filter(
        pk=batch.pk, lease_owner=batch.lease_owner
    )
    return held.first() is not None


def _remove_dead(sent: Sequence[Sent], judged: Sequence[outcomes.Outcome]) -> None:
    for reason in Browser.Reason:
        dead = [
            envelope.target.digest
            for (_, envelope, _), outcome in zip(sent, judged, strict=True)
            if outcome.reason == reason
        ]
        if dead:
            ended = Installation.objects.erase(dead, reason)
            transaction.on_commit(partial(_tell_removed, ended, reason))


def _tell_removed(ended: Sequence[int], reason: str) -> None:
    for browser in Browser.objects.filter(pk__in=ended):
        signals.browser_removed.send_robust(Browser, browser=browser, reason=reason)


def _count(
    notification: Notification,
    rows: Sequence[Delivery],
    *,
    first_time: bool,
    trouble: Sequence[str],
) -> None:
    by_status = Counter(row.status for row in rows)
    changes: dict[str, Any] = {
        name: F(name) + by_status[status]
        for name, status in (
            ("accepted", Delivery.Status.ACCEPTED),
            ("failed", Delivery.Status.FAILED),
            ("expired", Delivery.Status.EXPIRED),
        )
    }
    if first_time:
        changes["targeted"] = F("targeted") + len(rows)
    if rows:
        changes["trouble"] = trouble[0] if trouble else ""
    Notification.objects.filter(pk=notification.pk).update(**changes)
    if trouble:
        logger.error("Notification %s: %s", notification.public_id, trouble[0])


def _move(batch: Batch, notification: Notification, cursor: int, now: datetime) -> None:
    waiting = batch.deliveries.filter(status=Delivery.Status.RETRY)
    next_retry = waiting.aggregate(at=Min("due_at"))["at"]
    batch.cursor = cursor
    batch.due_at = now
    if cursor >= batch.last_id:
        batch.due_at = next_retry or now
        batch.finished_at = None if next_retry else now
    batch.lease_owner = batch.lease_until = None
    batch.save()
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
