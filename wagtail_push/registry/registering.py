"""Register a browser, renew its registration, or take it over from another customer."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from wagtail_push import signals
from wagtail_push.accounts import get_adapter
from wagtail_push.exceptions import (
    AccountForbidden,
    AccountOff,
    AnotherLogin,
    ProofNeeded,
    TargetInUse,
)
from wagtail_push.messages import Target
from wagtail_push.models import Account, Browser, Installation, Notification
from wagtail_push.receipts import make_capability
from wagtail_push.registry.asking import confirm
from wagtail_push.registry.finding import browsers_of, get_account, read_user_agent
from wagtail_push.registry.managing import write_choices
from wagtail_push.registry.proving import ask_for_proof, is_proof
from wagtail_push.registry.telling import tell_others


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What came of registering: the browser, what its worker may do, and the push."""

    browser: Browser
    created: bool
    capability: str
    confirmation: Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Whoever asks to be registered, with what it says of itself.

    ``device_id`` is what the device cookie says; ``proof`` a nonce that was pushed to
    the target; ``take_over`` the customer's answer to the question.
    """

    login: Any
    device_id: uuid.UUID | None
    target: Target
    proof: str
    take_over: bool

    def known(self) -> Q:
        """Return the condition on the rows that may stand for this browser."""
        known = Q(target_hash=self.target.digest)
        if self.device_id is not None:
            known |= Q(device_id=self.device_id)
        return known


def register(
    *,
    key: str,
    login: Any,
    device_id: uuid.UUID | None,
    target: Target,
    name: str,
    language: str = "",
    key_fingerprint: str = "",
    user_agent: str = "",
    choices: Mapping[str, bool] | None = None,
    proof: str = "",
    take_over: bool = False,
) -> Registration:
    """Register the browser that holds this target, or renew its registration.

    :param key: the account's key.
    :param device_id: what the device cookie says, or None for a new browser.
    :param choices: by scope key, what the dialog showed; other scopes keep theirs.
    :param proof: the nonce that was pushed to the target, if one was asked for.
    :param take_over: whether the customer wants to end what others registered here.
    :raises Refused: with a code and a text for the customer; nothing was changed.
    """
    candidate = Candidate(
        login=login,
        device_id=device_id,
        target=target,
        proof=proof,
        take_over=take_over,
    )
    software, system = read_user_agent(user_agent)
    facts = {
        "key_fingerprint": key_fingerprint,
        "software": software,
        "system": system,
        "worker": Installation.Worker.OWN,
        "last_seen_at": timezone.now(),
    }
    said = {"name": name, "language": language, "login": login}
    try:
        for _ in range(2):
            try:
                with transaction.atomic():
                    return _register(key, candidate, facts, said, choices or {})
            except IntegrityError:
                # The same browser posted twice at once: now the other's rows are there.
                if not Installation.objects.filter(candidate.known()).exists():
                    raise
    except ProofNeeded:
        # What was begun is undone by now; the push must go out all the same.
        ask_for_proof(target, login)
        raise
    raise TargetInUse


def _register(
    key: str,
    candidate: Candidate,
    facts: Mapping[str, Any],
    said: Mapping[str, Any],
    choices: Mapping[str, bool],
) -> Registration:
    pk = get_account(key).pk
    account = Account.objects.select_for_update(no_key=True).get(pk=pk)
    if account.forbidden:
        raise AccountForbidden
    if not account.enabled:
        raise AccountOff
    installation = _installation(candidate)
    ended = _end_others(installation, candidate)
    installation.set_target(candidate.target)
    for field, value in facts.items():
        setattr(installation, field, value)
    installation.save()
    browser, created = Browser.objects.update_or_create(
        installation=installation,
        account=account,
        defaults={
            **said,
            "paused_at": None,
            "signed_out_at": None,
            "removed_at": None,
            "removed_reason": "",
        },
    )
    write_choices(browser, choices)
    confirmation = confirm(browser)
    if created:
        tell_others(browser)
    signals.browser_registered.send(Browser, browser=browser, created=created)
    transaction.on_commit(partial(_tell_ended, ended), robust=True)
    return Registration(
        browser=browsers_of(account, installation.device_id).get(pk=browser.pk),
        created=created,
        capability=make_capability(installation),
        confirmation=confirmation,
    )


def _installation(candidate: Candidate) -> Installation:
    digest, device_id = candidate.target.digest, candidate.device_id
    rows = list(Installation.objects.locked().filter(candidate.known()))
    mine = next((row for row in rows if row.device_id == device_id), None)
    holder = next((row for row in rows if row.target_hash == digest), None)
    if holder is None or holder == mine:
        return mine or Installation(device_id=device_id or uuid.uuid4())
    # Only the device's own cookie, or a push, proves that the poster is that browser.
    if not is_proof(candidate.proof, candidate.target, candidate.login):
        raise ProofNeeded
    return _merge(mine, holder) if mine else holder


def _merge(mine: Installation, holder: Installation) -> Installation:
    """Make one row of two that turned out to be the same physical browser."""
    accounts = mine.browsers.values_list("account_id", flat=True)
    holder.browsers.filter(account_id__in=list(accounts)).discard()
    holder.browsers.update(installation=mine)
    Installation.objects.filter(pk=holder.pk).forget()
    return mine


def serves_others(login: Any, device_id: uuid.UUID) -> bool:
    """Tell whether this device has registrations that this login has no right to."""
    installation = Installation.objects.filter(device_id=device_id).first()
    return bool(installation and _foreign(installation, login))


def _foreign(installation: Installation, login: Any) -> list[int]:
    """Return the keys of registrations for whose accounts this login may not act."""
    others = installation.browsers.registered().exclude(login_id=login.pk)
    keys = dict(others.values_list("pk", "account__key"))
    pairs = {(login.pk, key) for key in keys.values()}
    foreign = {key for _, key in pairs - get_adapter().allowed(pairs)}
    return [pk for pk, key in keys.items() if key in foreign]


def _end_others(installation: Installation, candidate: Candidate) -> list[int]:
    """End what this login has no right to, once its customer was asked.

    Others' registrations in the same browser stay where the login may act for their
    accounts, too.
    """
    if installation._state.adding:
        return []
    ending = _foreign(installation, candidate.login)
    if ending and not candidate.take_over:
        raise AnotherLogin
    return Browser.objects.filter(pk__in=ending).end(Browser.Reason.TAKEN_OVER)


def _tell_ended(ended: Collection[int]) -> None:
    reason = Browser.Reason.TAKEN_OVER
    for browser in Browser.objects.filter(pk__in=ended):
        signals.browser_removed.send_robust(Browser, browser=browser, reason=reason)
