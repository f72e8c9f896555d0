"""Who gets a notification: one query, for planning, sending and counting alike."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Q

from wagtail_push.accounts import get_adapter
from wagtail_push.models import Browser, Notification


#: One installation: those of its browsers that want a notification, as rows.
Installed = list[dict[str, Any]]

#: The names of two fields: what a row is grouped by, and the words of its account.
KEY = "installation_id"
PARAMS = "account__recipients__params"

#: What delivery needs to know of one browser; the installation comes first.
FIELDS = (
    KEY,
    "account_id",
    "account__key",
    "login_id",
    "name",
    "language",
    "hide_details",
    "installation__target_kind",
    "installation__target",
    "installation__worker",
)


def of(notification: Notification) -> Any:
    """Return the browsers that want this notification now.

    What was paused, signed out, removed, switched off or retired since it was written drops out.
    Whether a login may still act for its account is the adapter's to say: ``page``
    and ``at`` ask it. One about the target alone asks nobody.
    """
    wants = Q(removed_at=None, installation__target_hash__isnull=False)
    if not notification.about_target:
        wants &= Q(
            paused_at=None,
            signed_out_at=None,
            account__enabled=True,
            account__forbidden=False,
        ) & login_is_active("login__")
    if notification.scope is not None:
        if notification.scope.retired:
            return Browser.objects.none()
        wants &= notification.scope.wanted()
    browsers = Browser.objects.filter(wants)
    if not notification.to_everyone:
        browsers = browsers.filter(
            Q(account__recipients__browser=None)
            | Q(account__recipients__browser=F("pk")),
            account__recipients__notification=notification,
        )
    return browsers


def page(
    notification: Notification, *, after: int, last: int, size: int
) -> tuple[int, list[Installed]]:
    """Return the next page of a range of installations, and where it ends.

    Each installation is the list of those of its browsers that want the notification:
    it is sent to once, whatever accounts it serves. Past the end it is ``last``, [].
    """
    browsers = of(notification).filter(
        installation_id__gt=after, installation_id__lte=last
    )
    ids = list(
        browsers.order_by("installation_id")
        .values_list("installation_id", flat=True)
        .distinct()[:size]
    )
    if not ids:
        return last, []
    return ids[-1], _allowed(notification, browsers, last=ids[-1])


def at(notification: Notification, installations: Iterable[int]) -> list[Installed]:
    """Return the same for these installations: those that still want it."""
    browsers = of(notification).filter(installation_id__in=list(installations))
    return _allowed(notification, browsers)


def _allowed(
    notification: Notification, browsers: Any, last: int | None = None
) -> list[Installed]:
    if last is not None:
        browsers = browsers.filter(installation_id__lte=last)
    fields: tuple[str, ...] = FIELDS
    if not notification.to_everyone:
        fields = (*FIELDS, PARAMS)
    rows = list(browsers.order_by("installation_id", "pk").values(*fields))
    if not notification.about_target:
        pairs = {(row["login_id"], row["account__key"]) for row in rows}
        allowed = get_adapter().allowed(pairs)
        rows = [
            row for row in rows if (row["login_id"], row["account__key"]) in allowed
        ]
    return [list(group) for _, group in groupby(sorted(rows, key=place), key=place)]


def place(row: Mapping[str, Any]) -> tuple[int, int]:
    """Return where a row's message goes: an installation, and 0 or an account.

    A message comes to an installation once. Only one with words for each account comes
    for each of its accounts.
    """
    return row[KEY], row["account_id"] if row.get(PARAMS) else 0


def login_is_active(prefix: str = "") -> Q:
    """Return the condition on logins that were not deactivated, where they can be."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return Q()
    return Q(**{f"{prefix}is_active": True})
