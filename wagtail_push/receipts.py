"""What service workers report, and what lets them."""

from functools import partial
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from wagtail_push import signals
from wagtail_push.models import (
    Batch,
    Delivery,
    Installation,
    Notification,
    Receipt,
    Recipient,
)
from wagtail_push.models.appending import append


CAPABILITY_SALT = "wagtail_push.capability"

#: The columns of a receipt.
COLUMNS = ("notification_id", "installation_id", "event", "at")


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
    installation: Installation, notification: UUID, event: Receipt.Event
) -> None:
    """Keep what a worker reports; the same report twice is one receipt.

    Two statements: who was to get what, and one row that may be there.

    :param notification: its public id.
    :raises Notification.DoesNotExist: when this installation was never to get it.
    """
    found = Notification.objects.filter(_was_sent(installation), public_id=notification)
    pk = found.values_list("pk", flat=True).first()
    if pk is None:
        raise Notification.DoesNotExist
    receipt = Receipt(
        notification_id=pk, installation=installation, event=event, at=timezone.now()
    )
    row = (pk, installation.pk, event.value, receipt.at)
    if append(Receipt, COLUMNS, [row], ignore_conflicts=True):
        tell = partial(signals.receipt_recorded.send_robust, Receipt, receipt=receipt)
        transaction.on_commit(tell)


def _was_sent(installation: Installation) -> Q:
    """Return the condition on what went, or is on its way, to this installation.

    The receipt may be faster than the delivery's row.
    """
    own = {"notification": OuterRef("pk")}
    delivered = Delivery.objects.filter(installation=installation, **own)
    planned = Batch.objects.filter(last_id__gte=installation.pk, **own)
    addressed = Recipient.objects.filter(
        account__in=installation.browsers.values("account"), **own
    )
    to_it = Q(to_everyone=True) | Q(Exists(addressed))
    return Q(Exists(delivered)) | (Q(Exists(planned)) & to_it)
