"""The only file that knows django-q2.

A task is a wake-up and carries no data: what there is to do stands in the ledger. A lost
task is made good by the sweep; a doubled one finds nothing left to claim.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Case, When
from django.utils import timezone

from wagtail_push import delivery, recipients
from wagtail_push.accounts import get_adapter
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.models import Account, Batch, Heartbeat, Notification, Recipient


logger = logging.getLogger("wagtail_push")

#: The heartbeat of whoever does this work, and the seconds between two beats.
SENDER = "sender"
BEAT_SECONDS = 5

#: Installations in one batch.
BATCH_SIZE = 10_000

#: Seconds after which a task makes room for another: well under any sane timeout.
WORK_SECONDS = 20

#: Notifications that are planned before the next page is sent.
PLAN_AT_ONCE = 100

#: How long one that can't be planned waits before it is tried again.
PLAN_AGAIN = timedelta(minutes=1)

#: Minutes between two sweeps.
SWEEP_MINUTES = 1


def wake_up() -> None:
    """Have a worker do what is due, once the transaction is committed.

    A broker that does not answer is logged and no more: the ledger is written, and the
    sweep makes the lost task good.
    """
    transaction.on_commit(_enqueue, robust=True)


def _enqueue() -> None:
    from django_q.tasks import async_task

    # Options stand apart: django-q2 takes some names out of a task's own arguments.
    async_task(
        "wagtail_push.tasks.work",
        q_options={"task_name": "wagtail_push", "ack_failure": True, "save": False},
    )


def work() -> None:
    """Do what is due: plan notifications, then send page by page."""
    until = time.monotonic() + WORK_SECONDS
    beat_at = 0.0
    while True:
        if time.monotonic() >= beat_at:
            _beat()
            beat_at = time.monotonic() + BEAT_SECONDS
        planned = plan_due()
        batch = delivery.claim()
        if batch is not None:
            _deliver(batch)
        elif not planned:
            return
        if time.monotonic() > until:
            _enqueue()
            return


def _beat() -> None:
    Heartbeat.objects.update_or_create(name=SENDER, defaults={"at": timezone.now()})


def _deliver(batch: Batch) -> None:
    try:
        delivery.deliver(batch)
    except Exception as error:
        # One that can't be sent must not keep all others from being sent.
        logger.exception("Batch %d of notification %d", batch.pk, batch.notification_id)
        delivery.postpone(batch, _trouble(error))


def plan_due() -> int:
    """Turn notifications whose time has come into batches; return how many there were.

    Those that somebody waits for in front of a page come first.
    """
    waited_for = Case(When(kind=Notification.Kind.MESSAGE, then=1), default=0)
    due = (
        Notification.objects.filter(
            status=Notification.Status.PENDING, send_at__lte=timezone.now()
        )
        .order_by(waited_for, "send_at", "pk")
        .values_list("pk", flat=True)
    )
    keys = list(due[:PLAN_AT_ONCE])
    for pk in keys:
        try:
            _plan(pk)
        except Exception as error:
            logger.exception("Notification %d can't be planned", pk)
            Notification.objects.filter(pk=pk).update(
                send_at=timezone.now() + PLAN_AGAIN, trouble=_trouble(error)
            )
    return len(keys)


def _trouble(error: Exception) -> str:
    # Whatever else an exception says may hold what nobody should read.
    known = isinstance(error, PushConfigurationError)
    return (str(error) if known else type(error).__name__)[:250]


@transaction.atomic
def _plan(pk: int) -> None:
    mine = Notification.objects.filter(pk=pk, status=Notification.Status.PENDING)
    if not mine.update(status=Notification.Status.SENDING):
        return
    notification = Notification.objects.select_related("scope").get(pk=pk)
    if notification.to_everyone and (keys := get_adapter().everyone()) is not None:
        _address(notification, list(dict.fromkeys(keys)))
    interactive = notification.interactive or (
        not notification.to_everyone and notification.recipients.count() == 1
    )
    ids = (
        recipients.of(notification)
        .order_by("installation_id")
        .values_list("installation_id", flat=True)
        .distinct()
    )
    batches = []
    after = 0
    while (first := ids.filter(installation_id__gt=after).first()) is not None:
        rest = ids.filter(installation_id__gte=first)
        last = rest[BATCH_SIZE - 1 : BATCH_SIZE].first() or rest.last()
        batches.append(
            Batch(
                notification=notification,
                interactive=interactive,
                cursor=first - 1,
                last_id=last,
            )
        )
        after = last
    Batch.objects.bulk_create(batches)
    if not batches:
        mine = Notification.objects.filter(pk=pk)
        mine.update(status=Notification.Status.DONE, finished_at=timezone.now())


def _address(notification: Notification, keys: list[str]) -> None:
    notification.to_everyone = False
    notification.save(update_fields=["to_everyone"])
    for start in range(0, len(keys), 1000):
        accounts = Account.objects.filter(key__in=keys[start : start + 1000])
        Recipient.objects.bulk_create(
            Recipient(notification=notification, account=account)
            for account in accounts
        )


def install_sweep(using: str, **kwargs: Any) -> None:
    """Make sure that the schedule of the sweep exists; called after ``migrate``."""
    if not apps.is_installed("django_q"):
        return
    from django_q.models import Schedule

    # Only our own tables were asked for: the next full migrate comes here again.
    if Schedule._meta.db_table not in connections[using].introspection.table_names():
        return
    Schedule.objects.using(using).get_or_create(
        name="wagtail_push.sweep",
        defaults={
            "func": "wagtail_push.tasks.work",
            "schedule_type": Schedule.MINUTES,
            "minutes": SWEEP_MINUTES,
            "repeats": -1,
        },
    )
