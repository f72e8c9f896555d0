"""Register a browser, renew its registration, or take it over from another customer."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction

from wagtail_push.exceptions import AccountForbidden, AccountOff, AnotherLogin
from wagtail_push.messages import Target
from wagtail_push.models import Account, Browser, Installation, Notification
from wagtail_push.receipts import make_capability
from wagtail_push.registry.asking import confirm
from wagtail_push.registry.finding import browsers_of, get_account
from wagtail_push.registry.managing import write_choices
from wagtail_push.registry.recognising import (
    Candidate,
    facts,
    foreign,
    recognise,
    settle,
    tell_ended,
    tell_registered,
)
from wagtail_push.registry.telling import tell_others


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What came of registering: the browser, what its worker may do, and the push."""

    browser: Browser
    created: bool
    capability: str = field(repr=False)
    confirmation: Notification


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
    replaces: uuid.UUID | None = None,
) -> Registration:
    """Register the browser that holds this target, or renew its registration.

    :param key: the account's key.
    :param device_id: what the device cookie says, or None for a new browser.
    :param choices: by scope key, what the dialog showed; other scopes keep theirs.
    :param proof: the nonce that was pushed to the target, if one was asked for.
    :param take_over: whether the customer wants to end what others registered here.
    :param replaces: the public id of the browser that this one was before its data was
        cleared; it keeps its name and its choices.
    :raises Refused: with a code and a text for the customer; nothing was changed.
    :raises Browser.DoesNotExist: when there is nothing to replace.
    """
    candidate = Candidate(
        login=login,
        device_id=device_id,
        target=target,
        proof=proof,
        take_over=take_over,
    )
    said = {"name": name, "language": language, "login": login}
    register = partial(
        _register,
        key,
        candidate,
        facts(key_fingerprint, user_agent),
        said,
        choices or {},
        replaces,
    )
    return settle(candidate, register)


def _register(
    key: str,
    candidate: Candidate,
    facts: Mapping[str, Any],
    said: Mapping[str, Any],
    choices: Mapping[str, bool],
    replaces: uuid.UUID | None,
) -> Registration:
    pk = get_account(key).pk
    account = Account.objects.select_for_update(no_key=True).get(pk=pk)
    if account.forbidden:
        raise AccountForbidden
    if not account.enabled:
        raise AccountOff
    old = None
    if replaces is not None:
        mine = Browser.objects.filter(account=account, login=candidate.login)
        old = mine.get(public_id=replaces)
    installation = recognise(candidate, also=[old.installation_id] if old else [])
    ended = _end_others(installation, candidate)
    again = not candidate.proof and _is_registered(
        installation, account, candidate.target
    )
    installation.set_target(candidate.target)
    for name, value in facts.items():
        setattr(installation, name, value)
    installation.save()
    if old:
        _move(old, installation)
        said, choices = {**said, "name": old.name}, {}
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
    confirmation = confirm(browser, again)
    tell_registered(browser, created=created)
    if created:
        tell_others(browser)
    told = partial(tell_ended, ended, Browser.Reason.TAKEN_OVER)
    transaction.on_commit(told, robust=True)
    return Registration(
        browser=browsers_of(account, installation.device_id).get(pk=browser.pk),
        created=created,
        capability=make_capability(installation),
        confirmation=confirmation,
    )


def serves_others(login: Any, device_id: uuid.UUID) -> bool:
    """Tell whether this device has registrations that this login has no right to."""
    installation = Installation.objects.filter(device_id=device_id).first()
    return bool(installation and foreign(installation, login))


def _is_registered(
    installation: Installation, account: Account, target: Target
) -> bool:
    """Tell whether the account has this browser already, with this target."""
    if installation.target_hash != target.digest:
        return False
    here = Browser.objects.registered().filter(installation=installation)
    return here.filter(account=account).exists()


def _end_others(installation: Installation, candidate: Candidate) -> list[int]:
    """End what this login has no right to, once its customer was asked."""
    ending = foreign(installation, candidate.login)
    if ending and not candidate.take_over:
        raise AnotherLogin
    return Browser.objects.filter(pk__in=ending).end(Browser.Reason.TAKEN_OVER)


def _move(old: Browser, installation: Installation) -> None:
    """Make this installation what that browser was before its data was cleared.

    :raises Browser.DoesNotExist: when another request was faster, or this installation
        is another browser of the account already.
    """
    here = installation.browsers.filter(account=old.account_id)
    if here.filter(pk=old.pk).exists():
        return
    before = Browser.objects.filter(pk=old.pk, installation=old.installation_id)
    if here.exists() or not before.update(installation=installation):
        raise Browser.DoesNotExist
    left = Browser.objects.registered().filter(installation=old.installation_id)
    if not left.exists():
        Installation.objects.filter(pk=old.installation_id).forget()
