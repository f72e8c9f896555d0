"""What service workers report, and what a page may say of it.

Only a receipt says "shown"; accepted by Google is not delivered.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.utils import timezone

from wagtail_push import signals
from wagtail_push.models import Browser, Delivery, Installation, Notification, Receipt


CAPABILITY_SALT = "wagtail_push.capability"


def make_capability(installation: Installation) -> str:
    """Return what lets this installation's worker report; a new version ends it."""
    return signing.dumps(
        {"i": installation.pk, "v": installation.capability_version},
        salt=CAPABILITY_SALT,
    )


def read_capability(capability: str) -> Installation | None:
    """Return the installation that a worker's capability stands for, or None."""
    try:
        data = signing.loads(capability, salt=CAPABILITY_SALT)
        found = Installation.objects.filter(pk=data["i"], capability_version=data["v"])
    except (signing.BadSignature, KeyError, TypeError):
        return None
    return found.first()


def report(
    installation: Installation, notification: Notification, event: Receipt.Event
) -> None:
    """Keep what a worker reports; the same report twice is one receipt.

    :raises Notification.DoesNotExist: when this installation was never to get it.
    """
    if not _was_sent(notification, installation):
        raise Notification.DoesNotExist
    receipt, created = Receipt.objects.get_or_create(
        notification=notification, installation=installation, event=event
    )
    if created:
        signals.receipt_recorded.send(Receipt, receipt=receipt)


def _was_sent(notification: Notification, installation: Installation) -> bool:
    if notification.deliveries.filter(installation=installation).exists():
        return True
    # The receipt may be faster than the delivery's row: was it on its way, and to us?
    if not notification.batches.filter(last_id__gte=installation.pk).exists():
        return False
    accounts = installation.browsers.values("account")
    return notification.to_everyone or (
        notification.recipients.filter(account__in=accounts).exists()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one notification is at one browser; the page shows it."""

    state: str
    sent_at: datetime | None = None
    shown_at: datetime | None = None
    reason: str = ""

    @property
    def seconds(self) -> float | None:
        """Return the time from handing over to Google until it was shown."""
        if not (self.sent_at and self.shown_at):
            return None
        return max(0.0, round((self.shown_at - self.sent_at).total_seconds(), 1))


def progress(notification: Notification, browser: Browser) -> Progress:
    """Return waiting, sent, shown, failed or expired; "shown" needs a receipt."""
    at = {"notification": notification, "installation_id": browser.installation_id}
    delivery = Delivery.objects.filter(**at).first()
    shown = Receipt.objects.filter(**at, event=Receipt.Event.SHOWN).first()
    sent_at = delivery.at if delivery else None
    if shown:
        return Progress(state="shown", sent_at=sent_at, shown_at=shown.at)
    if delivery is None:
        over = notification.expires_at <= timezone.now()
        return Progress(state="expired" if over else "waiting")
    match delivery.status:
        case Delivery.Status.ACCEPTED:
            return Progress(state="sent", sent_at=sent_at)
        case Delivery.Status.EXPIRED:
            return Progress(state="expired")
        case Delivery.Status.RETRY:
            return Progress(state="waiting", reason=delivery.answer)
    return Progress(state="failed", reason=delivery.answer)
