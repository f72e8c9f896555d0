"""What service workers report, and what lets them."""

from django.core import signing

from wagtail_push import signals
from wagtail_push.models import Installation, Notification, Receipt


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
