"""One page of one batch: claim → read → send → record."""

import logging
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from wagtail_push import contents, outcomes, pace, recipients, signals
from wagtail_push.backends import Backend, get_backend
from wagtail_push.conf import MAX_TTL, settings
from wagtail_push.exceptions import BackendFailed, PushConfigurationError
from wagtail_push.messages import (
    Answer,
    DeliveryResult,
    Envelope,
)
from wagtail_push.models import (
    Batch,
    Browser,
    Delivery,
    Heartbeat,
    Installation,
    Notification,
    Project,
)
from wagtail_push.models.appending import append


logger = logging.getLogger("wagtail_push")

Status = Delivery.Status

#: What a host can hear of, by what became of a message.
SIGNALS: Mapping[str, Any] = {
    Status.ACCEPTED.value: signals.messages_accepted,
    Status.FAILED.value: signals.messages_failed,
}

#: One installation, what was sent to it, and what came of it.
Sent = tuple[recipients.Installed, Envelope, DeliveryResult]


#: The row that whoever claims bulk holds until it is claimed.
CLAIMS = "claims"

#: What stands in the row of a retry that was stopped by cancelling.
CANCELLED = "cancelled"


class Row(NamedTuple):
    """What is recorded of one installation: the columns of ``Delivery``."""

    notification_id: int
    installation_id: int
    account_id: int | None
    batch_id: int
    status: str
    answer: str
    attempt: int
    due_at: datetime | None
    message_id: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """One page as it was read: where it ends, who is on it, and which rows it retries."""

    cursor: int
    installed: list[recipients.Installed]
    revoked: int = 0
    retries: Mapping[tuple[int, int], Delivery] = field(default_factory=dict)


def claim(*, cluster: str = "", most_bulk: int | None = None) -> Batch | None:
    """Claim the batch that is due first; interactive ones come before bulk.

    One that another worker is about to claim is skipped where the database can; and
    claiming is one conditional UPDATE: whoever comes second looks for another. The claims
    are counted, so that a page which was claimed and sent meanwhile is not sent again.

    :param cluster: the name of the cluster that this worker belongs to.
    :param most_bulk: how many bulk batches it may hold at once; None: any number.
    """
    project = pace.current()
    for interactive in (True, False):
        if pace.is_open(project, interactive=interactive):
            room = None if interactive else most_bulk
            if batch := _claim(interactive, cluster, room):
                return batch
    return None


def _claim(interactive: bool, cluster: str, most: int | None) -> Batch | None:
    skip = connection.features.has_select_for_update_skip_locked
    while True:
        now = timezone.now()
        if most is not None and _is_busy(cluster, most):
            return None
        due = _due(now).filter(interactive=interactive)
        first = due.select_related("notification__scope").order_by("due_at", "pk")
        with transaction.atomic():
            if most is not None:
                # One after the other: two would count the same room, and take it twice.
                Heartbeat.objects.select_for_update().get_or_create(name=CLAIMS)
                if _is_busy(cluster, most):
                    return None
            batch: Batch | None = first.select_for_update(
                of=("self",), skip_locked=skip
            ).first()
            if batch is None:
                return None
            unclaimed = due.filter(pk=batch.pk, claims=batch.claims)
            lease(batch, cluster)
            if unclaimed.update(
                lease_owner=batch.lease_owner,
                lease_until=batch.lease_until,
                lease_cluster=batch.lease_cluster,
                claims=batch.claims,
            ):
                return batch


def lease(batch: Batch, cluster: str) -> None:
    """Fill in that a worker of this cluster has it from now on."""
    batch.lease_owner = uuid.uuid4()
    batch.lease_until = timezone.now() + timedelta(seconds=settings.lease)
    batch.lease_cluster = cluster
    batch.claims += 1


def _is_busy(cluster: str, most: int) -> bool:
    leased = Batch.objects.filter(
        interactive=False,
        finished_at=None,
        lease_cluster=cluster,
        lease_until__gte=timezone.now(),
    )
    return leased.count() >= most


def _due(now: datetime) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return Batch.objects.filter(free, finished_at=None, due_at__lte=now)


def wait(*, cluster: str = "", most_bulk: int | None = None) -> float | None:
    """Return the seconds until the pace lets go what is due; None: nothing is for us.

    Zero: it does now, since the budget grew after ``claim`` had asked for it.
    """
    left = pace.wait(pace.current())
    if left is None or (most_bulk is not None and _is_busy(cluster, most_bulk)):
        return None
    return left.total_seconds() if _due(timezone.now()).exists() else None


def is_more_due() -> bool:
    """Tell whether another worker would find something to do."""
    return bool(_due(timezone.now()).exists())


# Whoever reports an error of a task with its local variables finds no target there.
@sensitive_variables()
def deliver(batch: Batch) -> None:
    """Send one page of a claimed batch and record what became of it."""
    notification = batch.notification
    now = timezone.now()
    ttl = int((notification.expires_at - now).total_seconds())
    if ttl < 1 or notification.status != Notification.Status.SENDING:
        _give_up(batch, notification)
        return
    backend = get_backend()
    project = pace.current()
    interactive = batch.interactive
    size = pace.page_size(project, backend.page_size, interactive=interactive)
    if not size:
        # Another worker has just spent the budget, or tries whether a hold is over.
        _release(batch)
        return
    begun = time.monotonic()
    page = _read(batch, notification, now, size)
    envelopes = contents.write(notification, page.installed, min(ttl, MAX_TTL))
    if not interactive:
        pace.spend(project, len(envelopes))
    # What is told of the time from sending to showing starts before the first byte.
    sent_at = timezone.now()
    results = outcomes.judge(_send(backend, envelopes))
    if interactive:
        # It counts all the same, but whoever waits for it does not wait for that.
        pace.spend(project, len(envelopes))
    sent = list(zip(page.installed, envelopes, results, strict=True))
    held = _hold(project, results, interactive)
    _record(batch, notification, page, sent, sent_at, held)
    _log(batch, notification, results, time.monotonic() - begun)


def postpone(batch: Batch, trouble: str) -> None:
    """Put a claimed batch off that could not be sent at all: longer each time."""
    wait = outcomes.backoff(batch.put_off + 1)
    _release(batch, due_at=timezone.now() + wait, put_off=F("put_off") + 1)
    Notification.objects.filter(pk=batch.notification_id).update(trouble=trouble)


def _release(batch: Batch, **changes: Any) -> None:
    mine = Batch.objects.filter(pk=batch.pk, lease_owner=batch.lease_owner)
    mine.update(lease_owner=None, lease_until=None, **changes)


def _read(
    batch: Batch, notification: Notification, now: datetime, size: int
) -> Reading:
    retries = {}
    if batch.claims > 1:
        due = batch.deliveries.filter(status=Status.RETRY, due_at__lte=now)
        retries = {
            (row.installation_id, row.account_id or 0): row
            for row in due.order_by("due_at")[:size]
        }
    if retries:
        found = recipients.at(notification, {key for key, _ in retries})
        again = [rows for rows in found if recipients.place(rows[0]) in retries]
        return Reading(batch.cursor, again, retries=retries)
    return Reading(
        *recipients.page(
            notification,
            after=batch.cursor,
            last=batch.last_id,
            size=size,
            walk=batch.walk,
        )
    )


def _send(backend: Backend, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
    if not envelopes:
        return []
    try:
        return backend.send(envelopes)
    except PushConfigurationError as error:
        fault = DeliveryResult(answer=Answer.MISCONFIGURED, detail=str(error))
        return [fault] * len(envelopes)
    except Exception as error:  # noqa: BLE001  raised again without its words
        # They may hold a target: of what type it is and where it was raised is told.
        failed = BackendFailed(type(error).__name__)
        raise failed.with_traceback(error.__traceback__) from None


def _hold(
    project: Project, results: Sequence[DeliveryResult], interactive: bool
) -> Answer | None:
    """Hold or resume the project after a page; return the answer that holds it."""
    if not results:
        pace.go_on(project)
        return None
    held = outcomes.holding(results)
    if held and (held.answer is Answer.MISCONFIGURED or not interactive):
        pace.hold(project, held, interactive=interactive)
        return held.answer
    final = [r for r in results if outcomes.OUTCOMES[r.answer].status != Status.RETRY]
    if final:
        pace.resume(project)
    return None


@transaction.atomic
def _record(
    batch: Batch,
    notification: Notification,
    page: Reading,
    sent: Sequence[Sent],
    sent_at: datetime,
    held: Answer | None,
) -> None:
    if not _still_ours(batch):
        return
    now = timezone.now()
    rows = []
    for browsers, _, result in sent:
        installation, account = place = recipients.place(browsers[0])
        before = page.retries.get(place)
        attempt = before.attempt + 1 if before else 1
        status, due_at = outcomes.OUTCOMES[result.answer].status, None
        if status == Status.RETRY:
            due_at = outcomes.retry_at(now, attempt, result)
            if held is Answer.MISCONFIGURED and not batch.interactive:
                # The project is held: its end, not each row, says when to go on.
                due_at = now
            if notification.kind == Notification.Kind.CHECK and batch.interactive:
                # Whoever asked waits for an answer: that there is none is one, too.
                status, due_at = Status.FAILED, None
            elif due_at >= notification.expires_at:
                status, due_at = Status.EXPIRED, None
        rows.append(
            Row(
                notification_id=notification.pk,
                installation_id=installation,
                account_id=account or None,
                batch_id=batch.pk,
                status=status.value,
                answer=result.answer.value,
                attempt=attempt,
                due_at=due_at,
                message_id=result.message_id[:255],
                detail=result.detail[:250],
                at=sent_at,
            )
        )
    tried = {recipients.place(browsers[0]) for browsers, _, _ in sent}
    again = [row.pk for place, row in page.retries.items() if place in tried]
    gone = [row.pk for place, row in page.retries.items() if place not in tried]
    if again:
        Delivery.objects.filter(pk__in=again).delete()
    if gone:
        left = Delivery.objects.filter(pk__in=gone)
        left.update(status=Status.DROPPED, due_at=None)
    if rows:
        append(Delivery, Row._fields, rows)
    _remove_dead(sent)
    _count(notification, page, rows, dropped=len(gone))
    _move(batch, notification, page.cursor)
    _tell(notification, sent, rows)


def _still_ours(batch: Batch) -> bool:
    held = Batch.objects.select_for_update().filter(
        pk=batch.pk, lease_owner=batch.lease_owner
    )
    return held.first() is not None


def _remove_dead(sent: Sequence[Sent]) -> None:
    dead: dict[Browser.Reason, list[str]] = {}
    for _, envelope, result in sent:
        if reason := outcomes.OUTCOMES[result.answer].reason:
            dead.setdefault(reason, []).append(envelope.target.digest)
    if not dead:
        return
    # All at once and in order, so that two pages never wait for each other.
    every = [digest for digests in dead.values() for digest in digests]
    list(Installation.objects.locked().filter(target_hash__in=every).values("pk"))
    for reason, digests in dead.items():
        ended = Installation.objects.erase(digests, reason)
        tell = Browser.objects.filter(pk__in=ended).tell_removed
        transaction.on_commit(partial(tell, reason))


def _count(
    notification: Notification, page: Reading, rows: Sequence[Row], *, dropped: int
) -> None:
    by_status = Counter(row.status for row in rows)
    failures = Counter(row.answer for row in rows if row.status == Status.FAILED)
    changes: dict[str, Any] = {
        "accepted": F("accepted") + by_status[Status.ACCEPTED],
        "failed": F("failed") + by_status[Status.FAILED],
        "expired": F("expired") + by_status[Status.EXPIRED],
        "dropped": F("dropped") + dropped,
        "moved_at": timezone.now(),
    }
    if not page.retries:
        changes["targeted"] = F("targeted") + len(rows)
    trouble = [row.detail for row in rows if row.answer in outcomes.TROUBLE]
    if trouble:
        changes["trouble"] = trouble[0]
        logger.error("Notification %s: %s", notification.public_id, trouble[0])
    elif rows and notification.trouble:
        # What went wrong before has come through now.
        changes["trouble"] = ""
    same = Notification.objects.filter(pk=notification.pk)
    if failures:
        told = same.select_for_update().values_list("failures", flat=True).get()
        changes["failures"] = Counter(told) + failures
    same.update(**changes)
    if page.revoked:
        _count_left_out(notification, {Notification.LeftOut.LOGIN.value: page.revoked})


def _count_left_out(notification: Notification, number: Mapping[str, int]) -> None:
    same = Notification.objects.filter(pk=notification.pk)
    told = same.select_for_update().values_list("left_out", flat=True).get()
    same.update(left_out=Counter(told) + Counter(number))


def _move(batch: Batch, notification: Notification, cursor: int) -> None:
    now = timezone.now()
    next_retry = finished_at = None
    if cursor >= batch.last_id:
        one_account = batch.interactive and not notification.interactive
        if one_account and batch.cursor < batch.last_id:
            # Only now: somebody may wait for the message, and nobody for the number.
            _count_left_out(notification, recipients.left_out(notification))
        waiting = batch.deliveries.filter(status=Status.RETRY)
        next_retry = waiting.aggregate(at=Min("due_at"))["at"]
        finished_at = None if next_retry else now
    _release(
        batch,
        cursor=cursor,
        due_at=next_retry or now,
        finished_at=finished_at,
        put_off=0,
    )
    if finished_at:
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
    same = Notification.objects.select_for_update().filter(pk=notification.pk)
    if same.get().status != notification.status:
        # It goes on: it was resumed meanwhile.
        _release(batch)
        return
    cancelled = notification.status == Notification.Status.CANCELLED
    status = Status.DROPPED if cancelled else Status.EXPIRED
    told = {"detail": CANCELLED} if cancelled else {}
    retries = batch.deliveries.filter(status=Status.RETRY).update(
        status=status, due_at=None, **told
    )
    unsent = recipients.count(
        notification, after=batch.cursor, last=batch.last_id, walk=batch.walk
    )
    Notification.objects.filter(pk=notification.pk).update(
        targeted=F("targeted") + unsent,
        **{status.value: F(status.value) + retries + unsent},
    )
    if cancelled:
        # The cursor stays, so that it can be resumed there.
        _release(batch, finished_at=timezone.now(), cancelled=retries + unsent)
    else:
        _move(batch, notification, batch.last_id)


@transaction.atomic
def resume(notification: Notification) -> None:
    """Take up what was cancelled: whoever was sent to is behind the cursor."""
    now = timezone.now()
    # In the order in which whoever records takes them: batches, then notification.
    list(notification.batches.select_for_update().order_by("pk").values("pk"))
    cancelled = Notification.objects.filter(
        pk=notification.pk, status=Notification.Status.CANCELLED
    )
    if cancelled.filter(started_at=None).update(
        status=Notification.Status.PENDING, finished_at=None
    ):
        return
    stopped_at = cancelled.values_list("finished_at", flat=True).first() or now
    # The pace is told since it was started: a pause is no part of that.
    if not cancelled.update(
        status=Notification.Status.SENDING,
        started_at=F("started_at") + (now - stopped_at),
        finished_at=None,
        moved_at=now,
    ):
        return
    # Where nobody wanted it when it was stopped, somebody may want it now.
    behind = Q(cancelled__gt=0) | Q(cursor__lt=F("last_id"))
    stopped = notification.batches.filter(behind)
    total = sum(stopped.values_list("cancelled", flat=True))
    retries = Delivery.objects.filter(batch__in=stopped, detail=CANCELLED)
    again = retries.update(status=Status.RETRY, due_at=now, detail="")
    stopped.update(finished_at=None, due_at=now, cancelled=0)
    Notification.objects.filter(pk=notification.pk).update(
        targeted=F("targeted") - (total - again), dropped=F("dropped") - total
    )
    _finish(notification)


def _tell(
    notification: Notification, sent: Sequence[Sent], rows: Sequence[Row]
) -> None:
    """Tell the host's receivers what became of a page, once it is committed."""
    told: dict[Any, dict[int, str]] = {}
    for (browsers, _, _), row in zip(sent, rows, strict=True):
        if signal := SIGNALS.get(row.status):
            for browser in browsers:
                told.setdefault(signal, {})[browser["pk"]] = row.answer
    for signal, answers in told.items():
        if signal.has_listeners(Notification):
            tell = partial(
                signal.send_robust,
                Notification,
                notification=notification,
                answers=answers,
            )
            transaction.on_commit(tell)


def _log(
    batch: Batch,
    notification: Notification,
    results: Sequence[DeliveryResult],
    seconds: float,
) -> None:
    answers = Counter(result.answer.value for result in results)
    told = " ".join(f"{answer}={number}" for answer, number in sorted(answers.items()))
    logger.info(
        "page notification=%s batch=%d sent=%d seconds=%.3f %s",
        notification.public_id,
        batch.pk,
        len(results),
        seconds,
        told,
    )
