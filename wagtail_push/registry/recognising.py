"""Recognise the physical browser that asks, and whose else it is."""

import uuid
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from wagtail_push import signals
from wagtail_push.accounts import get_adapter
from wagtail_push.exceptions import ProofNeeded, TargetInUse
from wagtail_push.messages import Target
from wagtail_push.models import Browser, Installation
from wagtail_push.models.browsers import InstallationQuerySet
from wagtail_push.registry.finding import read_user_agent
from wagtail_push.registry.proving import ask_for_proof, is_proof


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Whoever asks, with what it says of itself.

    ``device_id`` is what the device cookie says; ``proof`` a nonce that was pushed to
    the target; ``take_over`` the customer's answer to the question.
    """

    login: Any
    device_id: uuid.UUID | None
    target: Target
    proof: str = field(default="", repr=False)
    take_over: bool = False

    def known(self) -> Q:
        """Return the condition on the rows that may stand for this browser."""
        known = Q(target_hash=self.target.digest)
        if self.device_id is not None:
            known |= Q(device_id=self.device_id)
        return known


def facts(key_fingerprint: str, user_agent: str) -> dict[str, Any]:
    """Return what an installation says of itself whenever it posts its target."""
    software, system = read_user_agent(user_agent)
    return {
        "key_fingerprint": key_fingerprint,
        "software": software,
        "system": system,
        "worker": Installation.Worker.OWN,
        "last_seen_at": timezone.now(),
        "changed_at": None,
    }


def settle(candidate: Candidate, write: Callable[[], T]) -> T:
    """Write the candidate's target in one transaction, once again if beaten to it.

    :raises Refused: with a code and a text for the customer; nothing was changed.
    """
    try:
        for _ in range(2):
            try:
                with transaction.atomic():
                    return write()
            except IntegrityError:
                # The same browser posted twice at once: now the other's rows are there.
                if not Installation.objects.filter(candidate.known()).exists():
                    raise
    except ProofNeeded:
        # What was begun is undone by now; the push must go out all the same.
        ask_for_proof(candidate.target, candidate.login)
        raise
    raise TargetInUse


def recognise(candidate: Candidate, also: Iterable[int] = ()) -> Installation:
    """Return the candidate's installation, locked; without one it is not saved yet.

    :param also: keys of installations to lock in the same order.
    :raises ProofNeeded: when the target stands under another device.
    """
    digest, device_id = candidate.target.digest, candidate.device_id
    imported = set(imported_as(candidate.target, candidate.login))
    known = candidate.known() | Q(pk__in=[*also, *imported])
    rows = list(Installation.objects.locked().filter(known))
    mine = next((row for row in rows if row.device_id == device_id), None)
    holder = next((row for row in rows if row.target_hash == digest), None)
    same = [row for row in rows if row.pk in imported and row != mine]
    if holder is not None and holder != mine and holder not in same:
        # Only the device's own cookie, or a push, proves that the poster is that one.
        if not is_proof(candidate.proof, candidate.target, candidate.login):
            raise ProofNeeded
        same.append(holder)
    for row in same:
        mine = _merge(mine, row) if mine else row
    return mine or Installation(device_id=device_id or uuid.uuid4())


def imported_for(login: Any) -> InstallationQuerySet:
    """Return what an older registry held for this login alone, and nobody renewed yet.

    Its worker knows nothing of a nonce, so no push can prove anything; but whoever is
    found by this login finds nothing of anybody else's.
    """
    others = Browser.objects.exclude(login=login.pk)
    return Installation.objects.filter(
        # By the index on logins: there may be many that nobody renewed yet.
        ~Exists(others.filter(installation=OuterRef("pk"))),
        pk__in=Browser.objects.filter(login=login.pk).values("installation"),
        target_hash__isnull=False,
        worker=Installation.Worker.FOREIGN,
    )


def imported_as(target: Target, login: Any) -> list[int]:
    """Return the keys of those that have the FID of this target: the same browser."""
    same = imported_for(login).filter(fid_hash=target.fid_digest)
    return list(same.values_list("pk", flat=True))


def _merge(mine: Installation, holder: Installation) -> Installation:
    """Make one row of two that turned out to be the same physical browser."""
    accounts = mine.browsers.values_list("account_id", flat=True)
    holder.browsers.filter(account_id__in=list(accounts)).discard()
    holder.browsers.update(installation=mine)
    Installation.objects.filter(pk=holder.pk).forget()
    return mine


def may_act(login: Any, keys: Collection[str]) -> set[str]:
    """Return the keys of those accounts for which this login may act."""
    pairs = get_adapter().allowed({(login.pk, key) for key in keys})
    return {key for _, key in pairs}


def foreign(installation: Installation, login: Any) -> list[int]:
    """Return the keys of what others registered here that this login has no right to.

    Others' registrations in the same browser are no matter where the login may act for
    their accounts, too.
    """
    if installation._state.adding:
        return []
    others = installation.browsers.registered().exclude(login_id=login.pk)
    keys = dict(others.values_list("pk", "account__key"))
    allowed = may_act(login, set(keys.values()))
    return [pk for pk, key in keys.items() if key not in allowed]


def tell_ended(ended: Collection[int], reason: Browser.Reason) -> None:
    """Tell the host that these registrations ended."""
    Browser.objects.filter(pk__in=ended).tell_removed(reason)


def tell_registered(browser: Browser, *, created: bool) -> None:
    """Tell the host of a registration, in its transaction.

    A receiver that breaks the transaction breaks what the receivers wrote, no more.
    """
    with suppress(DatabaseError), transaction.atomic():
        signals.browser_registered.send_robust(
            Browser, browser=browser, created=created
        )
