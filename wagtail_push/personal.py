"""What is kept of one customer: exported as data, or erased.

Every model of ours stands in ``PERSONAL`` or in ``IMPERSONAL``.
"""

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from wagtail.models import ModelLogEntry

from wagtail_push.accounts import LoginAccounts, get_adapter
from wagtail_push.exceptions import PushError
from wagtail_push.models import (
    Account,
    Announcement,
    AnnouncementText,
    Batch,
    Browser,
    Delivery,
    Heartbeat,
    Installation,
    Notification,
    NotificationScope,
    Project,
    PushSiteSettings,
    Receipt,
    Recipient,
    ScopeChoice,
    ScopeGroup,
    ScopeGroupText,
    ScopeText,
    Trouble,
)
from wagtail_push.registry import remove


#: By model, the fields that are not exported: secrets, and what recognises a secret.
PERSONAL: Mapping[type[models.Model], frozenset[str]] = MappingProxyType(
    {
        Account: frozenset(),
        Browser: frozenset(),
        Installation: frozenset(
            {"device_id", "target", "target_hash", "fid_hash", "capability_version"}
        ),
        ScopeChoice: frozenset(),
        Notification: frozenset(),
        Recipient: frozenset(),
        Delivery: frozenset(),
        Receipt: frozenset(),
        Announcement: frozenset(),
        # Wagtail's: what staff did to accounts and browsers of ours.
        ModelLogEntry: frozenset(),
    }
)

#: What is exported beside a recipient: what it was that went to many.
ADDRESSED = ["notification__title", "notification__body", "notification__url"]

#: What holds nothing of any customer.
IMPERSONAL: frozenset[type[models.Model]] = frozenset(
    {
        AnnouncementText,
        Batch,
        Heartbeat,
        NotificationScope,
        Project,
        PushSiteSettings,
        ScopeGroup,
        ScopeGroupText,
        ScopeText,
        Trouble,
    }
)


class BeingSent(PushError):
    """Something is on its way to the customer at this moment; nothing was erased."""


#: The condition that nothing fulfils.
NOTHING = Q(pk__in=[])

#: All that is kept of one customer, by model.
Rows = dict[type[models.Model], QuerySet[Any]]


def kept(login: Any = None, account: str | None = None) -> Rows:
    """Return all that is kept of a login, of an account, or of both together.

    Where the login is the account, a login stands for its account as well.

    :param login: a user of the host.
    :param account: the key of an account.
    """
    adapter = get_adapter()
    if login is not None and account is None and isinstance(adapter, LoginAccounts):
        account = adapter.key(login)
    of_login = NOTHING if login is None else Q(login=login.pk)
    of_account = NOTHING if account is None else Q(account__key=account)
    browsers = _keys(Browser.objects.filter(of_login | of_account))
    installations = _keys(Installation.objects.filter(browsers__in=browsers))
    recipients = Recipient.objects.filter(of_account | Q(browser__in=browsers))
    # What several customers use in turns tells nothing of one of them.
    shared = Browser.objects.exclude(pk__in=browsers).filter(
        installation__in=installations
    )
    alone = set(installations) - set(shared.values_list("installation", flat=True))
    notifications = _keys(_only_to(recipients, browsers, login))
    accounts = Account.objects.filter(key=account) if account is not None else None
    return {
        Account: accounts or Account.objects.none(),
        Browser: Browser.objects.filter(pk__in=browsers),
        Installation: Installation.objects.filter(pk__in=alone),
        ScopeChoice: ScopeChoice.objects.filter(browser__in=browsers),
        Notification: Notification.objects.filter(pk__in=notifications),
        Recipient: recipients,
        Delivery: Delivery.objects.filter(of_account | Q(installation__in=alone)),
        Receipt: Receipt.objects.filter(installation__in=alone),
        Announcement: Announcement.objects.filter(
            NOTHING if login is None else Q(created_by=login.pk)
        ),
        ModelLogEntry: ModelLogEntry.objects.filter(_logged(account, browsers)),
    }


def _keys(rows: QuerySet[Any]) -> list[int]:
    # Looked up once: what is erased first must not hide what hangs on it.
    return list(rows.order_by().values_list("pk", flat=True).distinct())


def _only_to(
    recipients: QuerySet[Recipient], browsers: list[int], login: Any
) -> QuerySet[Notification]:
    """Return what went to nobody else, and what tells of their browsers."""
    others = Recipient.objects.filter(notification=OuterRef("pk")).exclude(
        pk__in=recipients.values("pk")
    )
    theirs: Any = Q(recipients__in=recipients) & ~Exists(others)
    # An editor's words, to whomever they went.
    theirs &= Q(announcement=None, audience="", to_everyone=False)
    told = Q(kind=Notification.Kind.NOTICE, recipients__account__browsers__in=browsers)
    asked = NOTHING
    if login is not None:
        asked = Q(kind=Notification.Kind.PROOF, params__login=str(login.pk))
    return Notification.objects.filter(theirs | told | asked)


def _logged(account: str | None, browsers: list[int]) -> Q:
    """Return the condition on what Wagtail's history says of them."""
    types = ContentType.objects.get_for_models(Account, Browser)
    of_browsers = Q(content_type=types[Browser])
    found = of_browsers & Q(object_id__in=list(map(str, browsers)))
    if account is not None:
        found |= of_browsers & Q(data__account=account)
        found |= Q(content_type=types[Account], label=account)
    return found


def export(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return all that is kept as plain data, by the name of its model.

    A target is a secret of ours and Google's; whether there is one, is told.
    """
    exported = {}
    for model, found in rows.items():
        fields = [
            field.name
            for field in model._meta.concrete_fields
            if field.name not in PERSONAL[model]
        ]
        if model is Recipient:
            fields += ADDRESSED
        told = list(found.order_by("pk").values(*fields))
        for row in told:
            if "params" in row:
                row["params"] = {**row["params"]}
                row["params"].pop("proof", None)
        exported[model._meta.model_name or ""] = told
    return exported


@transaction.atomic
def erase(rows: Rows) -> dict[str, int]:
    """Erase all that is kept; return how much of what that was.

    Done twice, the second time finds nothing. A physical browser's row stays without
    anything that tells of somebody, since what is being sent may refer to it; it is
    removed with what is old. Announcements only lose who wrote them.

    :raises BeingSent: when a worker is just sending to the customer; try again then.
    """
    _hold(rows)
    if _being_sent(rows).filter(lease_until__gte=timezone.now()).exists():
        raise BeingSent("A notification to this customer is being sent at this moment.")
    counted = {
        model._meta.model_name or "": found.count() for model, found in rows.items()
    }
    browsers = rows[Browser]
    for browser in browsers.filter(removed_at=None).select_related("account"):
        remove(browser)
    browsers.all().delete()
    retries = rows[Delivery].filter(status=Delivery.Status.RETRY).order_by()
    waiting = retries.values_list("notification").annotate(number=Count("pk"))
    for pk, number in waiting:
        Notification.objects.filter(pk=pk).update(dropped=F("dropped") + number)
    for model in (Delivery, Receipt, Notification, Recipient, ModelLogEntry, Account):
        rows[model].all().delete()
    for installation in rows[Installation]:
        Installation.objects.filter(pk=installation.pk).update(
            device_id=uuid.uuid4(), software="", system="", key_fingerprint=""
        )
    Installation.objects.filter(pk__in=rows[Installation].values("pk")).forget()
    rows[Announcement].update(created_by=None)
    return counted


def _being_sent(rows: Rows) -> QuerySet[Batch]:
    return Batch.objects.filter(
        finished_at=None, notification__recipients__in=rows[Recipient]
    )


def _hold(rows: Rows) -> None:
    """Lock what others use meanwhile, in the order in which they lock it themselves.

    An account before its browsers, as whoever registers does; a batch before them, as
    whoever records does; and nothing new is planned of what is erased.
    """
    browsers = rows[Browser]
    installations = Installation.objects.filter(pk__in=browsers.values("installation"))
    for held in (
        rows[Account].select_for_update(no_key=True),
        _being_sent(rows).select_for_update(of=("self",)),
        rows[Notification].select_for_update(),
        installations.select_for_update(no_key=True),
        browsers.select_for_update(),
    ):
        list(held.order_by("pk").values("pk"))
