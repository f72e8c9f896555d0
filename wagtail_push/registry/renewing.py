"""Keep a registration alive: renew its target, or end what the browser lost itself.

Nothing here makes a registration, so what a customer removed stays removed; and nobody
is pushed anything.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wagtail_push.conf import settings
from wagtail_push.exceptions import AccountOff, AnotherLogin, NotRegistered
from wagtail_push.messages import Target
from wagtail_push.models import Browser, Installation
from wagtail_push.models.browsers import BrowserQuerySet
from wagtail_push.receipts import make_capability
from wagtail_push.registry.recognising import (
    Candidate,
    facts,
    foreign,
    imported_as,
    may_act,
    recognise,
    settle,
    tell_ended,
    tell_registered,
)


Reason = Browser.Reason

#: What the system ended for these comes back by itself; whoever took a browser over
#: was asked, so that does not.
COMES_BACK = frozenset(
    {
        Reason.UNREGISTERED,
        Reason.SENDER_MISMATCH,
        Reason.BAD_TARGET,
        Reason.LOST,
        Reason.UNSEEN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What came of renewing; ``changed``: the portal did not know this target so far."""

    installation: Installation
    changed: bool
    capability: str = field(repr=False)


def is_due(device_id: uuid.UUID | None) -> bool | None:
    """Tell whether this device should renew at once; None: there is nothing to renew."""
    renewable = _renewable(device_id)
    rows = renewable.select_related("installation").only(
        "removed_at",
        "installation__changed_at",
        "installation__target_kind",
        "installation__key_fingerprint",
    )
    browsers = list(rows)
    if not browsers:
        return None
    installation = browsers[0].installation
    key = settings.vapid_key
    return (
        any(browser.removed_at for browser in browsers)
        or installation.changed_at is not None
        or installation.target_kind != settings.target_kind
        # The emulator alone knows its key, and so does the page.
        or (
            bool(key and not settings.emulator)
            and installation.key_fingerprint != hashlib.sha256(key.encode()).hexdigest()
        )
    )


def renew(
    *,
    login: Any,
    device_id: uuid.UUID | None,
    target: Target,
    key_fingerprint: str = "",
    user_agent: str = "",
    proof: str = "",
) -> Renewal:
    """Replace the target of this device; what the system had ended there comes back.

    Name, scopes and pause stay as they are. An account that is switched off gets
    nothing, so its registrations are renewed all the same, but none comes back.

    :param device_id: what the device cookie says; what came from an older registry for
        this login has none yet, and is found by the FID.
    :param proof: the nonce that was pushed to the target, if one was asked for.
    :raises Refused: with a code and a text for the customer; nothing was changed.
    """
    if not _renewable(device_id).exists() and not imported_as(target, login):
        raise NotRegistered
    candidate = Candidate(login=login, device_id=device_id, target=target, proof=proof)
    said = facts(key_fingerprint, user_agent)
    return settle(candidate, partial(_renew, candidate, said))


def _renewable(device_id: uuid.UUID | None) -> BrowserQuerySet:
    """Return what this device is to its accounts, and was until the system ended it."""
    if device_id is None:
        return Browser.objects.none()
    return Browser.objects.filter(
        Q(removed_at=None) | Q(removed_reason__in=COMES_BACK),
        installation__device_id=device_id,
    )


def _renew(candidate: Candidate, said: Mapping[str, Any]) -> Renewal:
    installation = recognise(candidate)
    browsers = list(_renewable(installation.device_id).select_related("account"))
    allowed = may_act(candidate.login, {row.account.key for row in browsers})
    mine = [row for row in browsers if row.account.key in allowed]
    if not mine:
        raise NotRegistered
    back = [row for row in mine if row.removed_at and row.account.receives]
    if not back and all(row.removed_at for row in mine):
        raise AccountOff
    changed = bool(back) or installation.target_hash != candidate.target.digest
    # Whoever may not act for the others must not lead their notifications elsewhere.
    if changed and foreign(installation, candidate.login):
        raise AnotherLogin
    installation.set_target(candidate.target)
    for name, value in said.items():
        setattr(installation, name, value)
    installation.save()
    Browser.objects.filter(pk__in=[row.pk for row in back]).update(
        removed_at=None, removed_reason=""
    )
    for row in back:
        row.refresh_from_db()
        tell_registered(row, created=False)
    return Renewal(
        installation=installation,
        changed=changed,
        capability=make_capability(installation),
    )


@transaction.atomic
def lose(*, login: Any, device_id: uuid.UUID | None) -> None:
    """End what this device is to the login's accounts: it shows nothing any more.

    The browser itself reports that its permission and its subscription are gone. Name
    and scopes stay; whenever it shows notifications again, it renews itself.
    """
    if device_id is None:
        return
    held = Installation.objects.locked().filter(device_id=device_id)
    list(held.values("pk"))
    registered = Browser.objects.registered().filter(installation__device_id=device_id)
    keys = dict(registered.values_list("pk", "account__key"))
    allowed = may_act(login, set(keys.values()))
    ending = [pk for pk, key in keys.items() if key in allowed]
    ended = Browser.objects.filter(pk__in=ending).end(Reason.LOST)
    if ended and not registered.exists():
        held.forget()
    told = partial(tell_ended, ended, Reason.LOST)
    transaction.on_commit(told, robust=True)


def note_change(installation: Installation) -> None:
    """Note that the worker lost its subscription, so that the next visit renews it."""
    Installation.objects.filter(pk=installation.pk).update(changed_at=timezone.now())
