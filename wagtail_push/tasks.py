"""The only file that knows django-q2.

A task is a wake-up and carries no data: what there is to do stands in the ledger. A lost
task is made good by the sweep; a doubled one finds nothing left to claim.
"""

import logging
import os
import socket
import time
from datetime import timedelta
from functools import partial
from typing import Any

from django.apps import apps as all_apps
from django.apps.registry import Apps
from django.db import close_old_connections, connection, connections, transaction
from django.db.models import Case, Exists, OuterRef, When
from django.utils import timezone

from wagtail_push import delivery, estimates, recipients, retention
from wagtail_push.exceptions import BackendFailed, PushConfigurationError
from wagtail_push.models import Batch, Heartbeat, Notification, Recipient
from wagtail_push.models.appending import append


logger = logging.getLogger("wagtail_push")

#: The heartbeat of whoever does this work, and the seconds between two beats.
SENDER = "sender"
BEAT_SECONDS = 5

#: The row that stands for a wake-up which no worker has taken yet, and after how long
#: it is held to be lost.
WAKE_UP = "wake-up"
LOST = timedelta(seconds=30)

#: Installations in one batch.
BATCH_SIZE = 10_000

#: A page of addressed accounts begins with all of them, or walks along the browsers: that
#: costs less where a batch spans no more than so many browsers for each of them all.
WALK = 20

#: Seconds after which a task makes room for another: well under any sane timeout.
WORK_SECONDS = 20

#: Seconds that a worker rests at once where only the pace keeps it from going on.
NAP = 0.1

#: How long one that can't be planned waits before it is tried again.
PLAN_AGAIN = timedelta(minutes=1)


def wake_up() -> None:
    """Have a worker do what is due, once the transaction is committed.

    A broker that does not answer is logged and no more: the ledger is written, and the
    sweep makes the lost task good.
    """
    transaction.on_commit(_enqueue, robust=True)


def _enqueue() -> None:
    """Queue a wake-up, unless one waits: whoever takes it finds all that is due."""
    now = timezone.now()
    row = (WAKE_UP, now)
    if not append(Heartbeat, ("name", "at"), [row], ignore_conflicts=True):
        lost = Heartbeat.objects.filter(name=WAKE_UP, at__lt=now - LOST)
        if not lost.update(at=now):
            return
    try:
        _queue()
    except Exception:
        _take_wake_up()
        raise


def _queue(func: str = "wagtail_push.tasks.work") -> None:
    from django_q.tasks import async_task

    # Options stand apart: django-q2 takes some names out of a task's own arguments.
    async_task(
        func,
        q_options={"task_name": "wagtail_push", "ack_failure": True, "save": False},
    )


def _is_queued() -> bool:
    """Tell whether a task waits in the queue, ours or the host's: no worker is free."""
    from django_q.brokers import get_broker

    return bool(get_broker().queue_size())


def _take_wake_up() -> None:
    # Before anything is looked for: what is written from now on queues another.
    Heartbeat.objects.filter(name=WAKE_UP).delete()


def sweep() -> None:
    """Do what is due, in case that nobody was woken for it."""
    # Where others wait in the queue, one more each minute would fill it.
    work(goes_on=not _is_queued())


def work(*, goes_on: bool = True) -> None:
    """Do what is due: plan a notification, then send a page, and so on.

    Of a cluster's workers one at least has nothing to do with bulk, so that a
    confirmation need not even wait for a page.

    :param goes_on: whether it is queued again when its time is over and there is more.
    """
    _take_wake_up()
    until = time.monotonic() + WORK_SECONDS
    beat_at = 0.0
    alone = True
    cluster, most_bulk = _cluster()
    while True:
        planned = plan(cluster)
        mine = [batch for batch in planned or () if batch.lease_owner]
        if mine:
            _deliver(mine[0])
        # Whoever has just sent what somebody waits for looks for more of it first.
        room = 0 if mine else most_bulk
        batch = delivery.claim(cluster=cluster, most_bulk=room)
        if batch is not None:
            if alone and not batch.interactive and delivery.is_more_due():
                # One woken worker wakes the next, until none is free.
                alone = False
                try:
                    if not _is_queued():
                        _enqueue()
                except Exception:
                    # The broker is away; the page that is claimed goes all the same.
                    logger.exception("No other worker could be woken")
            _deliver(batch)
        # Not before the first page: nobody's message waits for it.
        if time.monotonic() >= beat_at:
            _beat()
            beat_at = time.monotonic() + BEAT_SECONDS
        if batch is None and planned is None:
            wait = delivery.wait(cluster=cluster, most_bulk=most_bulk)
            if wait is None:
                return
            time.sleep(min(wait, NAP))
        if time.monotonic() > until:
            # Not held back by a wake-up that waits: as many go on as were at work.
            if goes_on:
                _queue()
            return


def _cluster() -> tuple[str, int]:
    """Return the name of this worker's cluster, and how much bulk it takes at once."""
    from django_q.conf import Conf

    # All workers of a cluster are children of its sentinel.
    name = f"{socket.gethostname()[:80]}:{os.getppid()}"
    return name, max(1, Conf.WORKERS - 1)


def _beat() -> None:
    Heartbeat.objects.update_or_create(name=SENDER, defaults={"at": timezone.now()})


def _deliver(batch: Batch) -> None:
    try:
        delivery.deliver(batch)
    except Exception as error:
        # One that can't be sent must not keep all others from being sent.
        logger.exception("Batch %d of notification %d", batch.pk, batch.notification_id)
        # It may have been the connection that broke; a test's transaction needs its own.
        if not connection.in_atomic_block:
            close_old_connections()
        delivery.postpone(batch, _trouble(error))


def plan(cluster: str = "") -> list[Batch] | None:
    """Turn the notification that is due first into batches; None: nothing is due.

    Those that somebody waits for in front of a page come first. Their batch, and that of
    one account's message, is claimed as it is made: nobody need look for it.

    :param cluster: the name of the cluster that this worker belongs to.
    """
    waited_for = Case(When(kind=Notification.Kind.MESSAGE, then=1), default=0)
    several = Recipient.objects.filter(notification=OuterRef("pk"))[1:2]
    # A large one takes seconds, in which nobody shall wait for it.
    skip = connection.features.has_select_for_update_skip_locked
    due = (
        Notification.objects.filter(
            status=Notification.Status.PENDING, send_at__lte=timezone.now()
        )
        .order_by(waited_for, "send_at", "pk")
        .select_related("scope")
        .annotate(several=Exists(several))
        .select_for_update(of=("self",), skip_locked=skip)
    )
    notification: Notification | None = None
    try:
        with transaction.atomic():
            found = due.first()
            if found is None:
                return None
            notification = found
            # Nobody waits in front of a page for a check of the whole registry.
            few = found.interactive or not found.several
            waited = few and not found.to_everyone
            return _plan(found, cluster if waited else None)
    except Exception as error:
        if notification is None:
            raise
        logger.exception("Notification %d can't be planned", notification.pk)
        again = timezone.now() + PLAN_AGAIN
        changes: dict[str, Any] = {"send_at": again}
        if again >= notification.expires_at:
            changes = {
                "status": Notification.Status.DONE,
                "finished_at": timezone.now(),
            }
        Notification.objects.filter(pk=notification.pk).update(
            trouble=_trouble(error), **changes
        )
        return []


def _trouble(error: Exception) -> str:
    # Whatever else an exception says may hold what nobody should read.
    known = isinstance(error, PushConfigurationError | BackendFailed)
    return (str(error) if known else type(error).__name__)[:250]


def _plan(notification: Notification, claimant: str | None) -> list[Batch]:
    """Make a notification's batches; none where somebody else has done it meanwhile.

    :param claimant: the cluster whose worker has the one batch at once, if anybody.
    """
    notification.status = Notification.Status.SENDING
    pending = Notification.objects.filter(
        pk=notification.pk, status=Notification.Status.PENDING
    )
    notification.trouble, notification.started_at = "", timezone.now()
    if not pending.update(
        status=notification.status, trouble="", started_at=notification.started_at
    ):
        return []
    if claimant is not None:
        # Few browsers have it: there is nothing to divide, and they are counted later.
        batch = Batch(
            notification=notification,
            interactive=True,
            cursor=0,
            last_id=recipients.ALL,
        )
        delivery.lease(batch, claimant)
        batch.save()
        return [batch]
    if notification.to_everyone and not notification.about_target:
        recipients.address(notification)
    ranges = recipients.ranges(notification, BATCH_SIZE)
    many = not notification.to_everyone and len(ranges.ends) > 1
    batches = Batch.objects.bulk_create(
        Batch(
            notification=notification,
            cursor=after,
            last_id=last,
            walk=many and last - after < WALK * BATCH_SIZE * len(ranges.ends),
        )
        for after, last in ranges.ends
    )
    notification.planned = ranges.number
    if not notification.about_target:
        notification.left_out = recipients.left_out(notification)
    if not batches:
        notification.status = Notification.Status.DONE
        notification.finished_at = timezone.now()
    notification.save()
    return batches


def sum_up() -> None:
    """Sum up what service workers have reported; make estimates that were forgotten."""
    retention.sum_up()
    estimates.make_due()


def ask_for_estimates() -> None:
    """Have a worker make the estimates that are asked for, after the commit."""
    queue = partial(_queue, "wagtail_push.tasks.make_estimates")
    transaction.on_commit(queue, robust=True)


def make_estimates() -> None:
    """Make the estimates that are asked for."""
    estimates.make_due()


def prune() -> None:
    """Remove what is old, in steps, and go on later if there is more."""
    until = time.monotonic() + WORK_SECONDS
    while retention.prune():
        if time.monotonic() > until:
            _queue("wagtail_push.tasks.prune")
            return


#: Each schedule: what it calls, and every how many minutes.
SCHEDULES = {
    "wagtail_push.sweep": ("wagtail_push.tasks.sweep", 1),
    "wagtail_push.sums": ("wagtail_push.tasks.sum_up", 1),
    "wagtail_push.pruning": ("wagtail_push.tasks.prune", 60),
}


def missing_schedules() -> list[str]:
    """Return the names of our schedules that django-q2 does not have."""
    from django_q.models import Schedule

    names = Schedule.objects.filter(name__in=SCHEDULES).values_list("name", flat=True)
    return sorted(SCHEDULES.keys() - set(names))


def install_schedules(using: str, apps: Apps = all_apps, **kwargs: Any) -> None:
    """Make sure that our schedules exist, or went with our tables.

    Called after ``migrate``.
    """
    if not all_apps.is_installed("django_q"):
        return
    from django_q.models import Schedule

    # Only our own tables were asked for: the next full migrate comes here again.
    if Schedule._meta.db_table not in connections[using].introspection.table_names():
        return
    schedules = Schedule.objects.using(using)
    if not apps.all_models["wagtail_push"]:
        schedules.filter(name__in=SCHEDULES).delete()
        return
    for name, (func, minutes) in SCHEDULES.items():
        schedules.get_or_create(
            name=name,
            defaults={
                "func": func,
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
            },
        )
