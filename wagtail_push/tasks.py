"""The only file that knows django-q2.

A task is a wake-up and carries no data: what there is to do stands in the ledger. A lost
task is made good by the sweep; a doubled one finds nothing left to claim.
"""

import logging
import time
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.utils import timezone

from wagtail_push import delivery, recipients
from wagtail_push.accounts import get_adapter
from wagtail_push.models import Account, Batch, Installation, Notification, Recipient


logger = logging.getLogger("wagtail_push")

#: Installations in one batch.
BATCH_SIZE = 10_000

#: Seconds after which a task makes room for another: well under any sane timeout.
WORK_SECONDS = 20

#: Minutes between two sweeps.
SWEEP_MINUTES = 1


def wake_up() -> None:
    """Have a worker do what is due, once the transaction is committed."""
    transaction.on_commit(_enqueue)


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
    plan_due()
    while batch := delivery.claim():
        delivery.deliver(batch)
        plan_due()
        if time.monotonic() > until:
            _enqueue()
            return


def plan_due() -> None:
    """Turn notifications whose time has come into batches."""
    due = Notification.objects.filter(
        status=Notification.Status.PENDING, send_at__lte=timezone.now()
    ).order_by("send_at", "pk")
    for pk in due.values_list("pk", flat=True)[:100]:
        _plan(pk)


@transaction.atomic
def _plan(pk: int) -> None:
    mine = Notification.objects.filter(pk=pk, status=Notification.Status.PENDING)
    if not mine.update(status=Notification.Status.SENDING):
        return
    notification = Notification.objects.select_related("scope").get(pk=pk)
    if notification.to_everyone and (keys := get_adapter().everyone()) is not None:
        _address(notification, list(keys))
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
        rest = Installation.objects.filter(pk__gte=first).order_by("pk")
        last = rest.values_list("pk", flat=True)[BATCH_SIZE - 1 : BATCH_SIZE].first()
        if last is None:
            last = rest.values_list("pk", flat=True).last() or first
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
