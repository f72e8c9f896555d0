"""How far a notification is at a browser, and what a page may say of it.

Only a receipt says "shown"; accepted by Google is not delivered.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from wagtail_push import doctor
from wagtail_push.models import (
    Account,
    Browser,
    Delivery,
    Notification,
    Receipt,
    Recipient,
)


Kind = Notification.Kind
Status = Delivery.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one notification is at one browser.

    ``state`` of a message: waiting, sent, shown, failed, expired. Of a check: waiting,
    valid, removed, unknown (it could not be made). ``reason`` is FCM's answer if it was
    no plain yes; ``stalled`` tells that it waits and nobody sends.
    """

    kind: str
    state: str
    begun_at: datetime
    sent_at: datetime | None = None
    shown_at: datetime | None = None
    expires_at: datetime | None = None
    reason: str = ""
    stalled: bool = False

    @property
    def seconds(self) -> float | None:
        """Return the time from handing over to Google until it was shown."""
        if not (self.sent_at and self.shown_at):
            return None
        return max(0.0, round((self.shown_at - self.sent_at).total_seconds(), 1))

    @property
    def moment(self) -> datetime:
        """Return when it came as far as it is."""
        return self.shown_at or self.sent_at or self.begun_at

    @property
    def settled(self) -> bool:
        """Tell whether nothing more is to be expected within the next minute."""
        over = self.expires_at is not None and self.expires_at <= timezone.now()
        return over or self.state not in {"waiting", "sent"}


def progress(notification: Notification, browser: Browser) -> Progress:
    """Return how far a notification is at one browser."""
    return each({browser.pk: [notification]}, [browser])[browser.pk][notification.pk]


def latest(
    browsers: Collection[Browser], since: timedelta
) -> dict[int, dict[str, Progress]]:
    """Return how far each browser's last test and check are, by browser and kind.

    Those that began longer ago than ``since`` are left out.
    """
    newest = (
        Recipient.objects.filter(
            browser__in=browsers,
            notification__kind__in=[Kind.TEST, Kind.CHECK],
            notification__created_at__gt=timezone.now() - since,
        )
        .values_list("browser", "notification__kind")
        .annotate(newest=Max("notification"))
    )
    pairs = [(browser, pk) for browser, _, pk in newest]
    found = Notification.objects.in_bulk({pk for _, pk in pairs})
    wanted: dict[int, list[Notification]] = {}
    for browser, pk in pairs:
        wanted.setdefault(browser, []).append(found[pk])
    return {
        browser: {how_far.kind: how_far for how_far in told.values()}
        for browser, told in each(wanted, browsers).items()
    }


def each(
    wanted: Mapping[int, Sequence[Notification]], browsers: Iterable[Browser]
) -> dict[int, dict[int, Progress]]:
    """Return how far several notifications are, by browser and notification.

    :param wanted: the notifications of each browser, by its primary key.
    """
    notifications = {n.pk for some in wanted.values() for n in some}
    by_pk = {browser.pk: browser for browser in browsers}
    installations = {by_pk[pk].installation_id for pk in wanted}
    at = {"notification__in": notifications, "installation__in": installations}
    deliveries: dict[tuple[int, int, int], Delivery] = {}
    for row in Delivery.objects.filter(**at):
        key = (row.notification_id, row.installation_id, row.account_id or 0)
        deliveries[key] = row
    shown = {
        (row.notification_id, row.installation_id): row.at
        for row in Receipt.objects.filter(**at, event=Receipt.Event.SHOWN)
    }
    seen_at = doctor.sender_seen_at() if wanted else None
    told: dict[int, dict[int, Progress]] = {}
    for pk, some in wanted.items():
        browser = by_pk[pk]
        for notification in some:
            place = (notification.pk, browser.installation_id)
            delivery = deliveries.get((*place, browser.account_id)) or deliveries.get(
                (*place, 0)
            )
            told.setdefault(pk, {})[notification.pk] = _one(
                notification, browser, delivery, shown.get(place), seen_at
            )
    return told


def _one(
    notification: Notification,
    browser: Browser,
    delivery: Delivery | None,
    shown_at: datetime | None,
    seen_at: datetime | None,
) -> Progress:
    if notification.kind == Kind.CHECK:
        state = _check_state(notification, browser, delivery)
    else:
        state = "shown" if shown_at else _message_state(notification, delivery)
    return Progress(
        kind=notification.kind,
        state=state,
        begun_at=notification.created_at,
        sent_at=delivery.at
        if delivery and delivery.status == Status.ACCEPTED
        else None,
        shown_at=shown_at,
        expires_at=notification.expires_at,
        reason=delivery.answer if delivery and state != "shown" else "",
        stalled=state == "waiting"
        and doctor.is_missing(seen_at, notification.created_at),
    )


def _message_state(notification: Notification, delivery: Delivery | None) -> str:
    if delivery is None:
        if notification.expires_at <= timezone.now():
            return "expired"
        # Paused, switched off or removed between asking and sending.
        dropped = notification.status == Notification.Status.DONE
        return "failed" if dropped else "waiting"
    match delivery.status:
        case Status.ACCEPTED:
            return "sent"
        case Status.EXPIRED:
            return "expired"
        case Status.RETRY:
            return "waiting"
    return "failed"


def _check_state(
    notification: Notification, browser: Browser, delivery: Delivery | None
) -> str:
    if delivery is None:
        return "unknown" if _is_over(notification) else "waiting"
    if delivery.status == Status.ACCEPTED:
        return "valid"
    return "removed" if browser.removed_at else "unknown"


def _is_over(notification: Notification) -> bool:
    """Tell whether a check has no answer to give any more, or none for now."""
    done = notification.status in {
        Notification.Status.DONE,
        Notification.Status.CANCELLED,
    }
    late = notification.expires_at <= timezone.now()
    return done or late or bool(notification.trouble)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCheck:
    """How far the check of all of an account's browsers is."""

    begun_at: datetime
    total: int
    valid: int
    removed: int
    unknown: int
    stalled: bool = False

    @property
    def done(self) -> int:
        """Return how many have an answer."""
        return self.valid + self.removed + self.unknown

    @property
    def settled(self) -> bool:
        """Tell whether all have one."""
        return self.done >= self.total


def check_of(account: Account) -> AccountCheck | None:
    """Return how far the check is that began when the account was switched on."""
    notification = account.last_check
    if notification is None:
        return None
    asked = notification.recipients.aggregate(
        total=Count("pk"),
        removed=Count("pk", filter=Q(browser__removed_at__isnull=False)),
    )
    # Checks have no words for each account: without the condition, no index serves.
    answers = notification.deliveries.filter(account=None).aggregate(
        valid=Count("pk", filter=Q(status=Status.ACCEPTED)), all=Count("pk")
    )
    total, removed, valid = asked["total"], asked["removed"], answers["valid"]
    unknown = answers["all"] - valid - removed
    if _is_over(notification):
        unknown = total - valid - removed
    check = AccountCheck(
        begun_at=notification.created_at,
        total=total,
        valid=min(valid, total),
        removed=removed,
        unknown=max(0, unknown),
    )
    if check.settled:
        return check
    seen_at = doctor.sender_seen_at()
    stalled = doctor.is_missing(seen_at, notification.created_at)
    return replace(check, stalled=stalled)
