"""What may happen to a browser: register, choose a scope, confirm.

Everything here is told which account and which login it acts for, so it runs in a web
request, a task and a shell alike. Nothing here talks to Google.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Prefetch, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop
from ua_parser import parse

from wagtail_push import signals
from wagtail_push.accounts import get_adapter
from wagtail_push.conf import settings
from wagtail_push.exceptions import (
    AccountForbidden,
    AccountOff,
    AlwaysOn,
    AnotherLogin,
    TargetInUse,
)
from wagtail_push.messages import Target
from wagtail_push.models import (
    Account,
    Browser,
    Installation,
    Notification,
    NotificationScope,
    Receipt,
    ScopeChoice,
)
from wagtail_push.models.browsers import BrowserQuerySet
from wagtail_push.notify import write
from wagtail_push.receipts import make_capability
from wagtail_push.translated import in_every_language


#: Seconds for which a confirmation is worth showing.
CONFIRMATION_TTL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What came of registering: the browser, what its worker may do, and the push."""

    browser: Browser
    created: bool
    capability: str
    confirmation: Notification


def current_key(request: HttpRequest) -> str | None:
    """Return the key of the account that this request acts for, if it still may."""
    adapter = get_adapter()
    key = adapter.current(request)
    if key is None or not adapter.allowed({(request.user.pk, key)}):
        return None
    return key


def get_account(key: str) -> Account:
    """Return our row for an account of the host; the first time it is made."""
    return Account.objects.get_or_create(key=key)[0]


def browsers_of(account: Account) -> BrowserQuerySet:
    """Return the account's browsers, the newest first, with what a page shows."""
    shown = Max(
        "installation__receipts__at",
        filter=Q(installation__receipts__event=Receipt.Event.SHOWN),
    )
    return (
        Browser.objects.filter(account=account)
        .select_related("installation", "account")
        .prefetch_related(Prefetch("choices", ScopeChoice.objects.all()))
        .annotate(last_shown_at=shown)
        .order_by("-pk")
    )


def current_browser(account: Account, device_id: uuid.UUID | None) -> Browser | None:
    """Return the browser that this device is to the account, if it is registered."""
    if device_id is None:
        return None
    mine = browsers_of(account).filter(installation__device_id=device_id)
    return mine.registered().first()


def scopes() -> list[NotificationScope]:
    """Return the scopes that customers see, in their order, with their texts."""
    return list(
        NotificationScope.objects.filter(retired=False)
        .select_related("group")
        .prefetch_related("texts", "group__texts")
        .order_by("group__sort_order", "group__key", "sort_order", "key")
    )


def is_wanted(scope: NotificationScope, choices: Mapping[int, bool]) -> bool:
    """Tell whether a browser with these choices (by scope) gets this scope."""
    if scope.default == NotificationScope.Default.ALWAYS:
        return True
    return choices.get(scope.pk, scope.default == NotificationScope.Default.ON)


def read_user_agent(user_agent: str) -> tuple[str, str]:
    """Return browser and system, for example ``Firefox`` and ``Linux``."""
    parsed = parse(user_agent)
    software = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    return software[:60], system[:60]


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
) -> Registration:
    """Register the browser that holds this target, or renew its registration.

    :param key: the account's key.
    :param device_id: what the device cookie says, or None for a new browser.
    :param choices: by scope key, what the dialog showed; other scopes keep theirs.
    :raises Refused: with a code and a text for the customer; nothing was changed.
    """
    software, system = read_user_agent(user_agent)
    facts = {
        "key_fingerprint": key_fingerprint,
        "software": software,
        "system": system,
    }
    try:
        with transaction.atomic():
            return _register(
                key, login, device_id, target, name, language, choices or {}, facts
            )
    except IntegrityError:
        # The same browser posted twice at once: the second finds the first one's rows.
        if not Installation.objects.filter(target_hash=target.digest).exists():
            raise
        raise TargetInUse from None


def _register(
    key: str,
    login: Any,
    device_id: uuid.UUID | None,
    target: Target,
    name: str,
    language: str,
    choices: Mapping[str, bool],
    facts: Mapping[str, str],
) -> Registration:
    account = get_account(key)
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.forbidden:
        raise AccountForbidden
    if not account.enabled:
        raise AccountOff
    installation = _installation(device_id, target)
    _check_others(installation, login)
    installation.set_target(target)
    installation.last_seen_at = timezone.now()
    installation.worker = Installation.Worker.OWN
    for field, value in facts.items():
        setattr(installation, field, value)
    installation.save()
    browser, created = Browser.objects.update_or_create(
        installation=installation,
        account=account,
        defaults={
            "login": login,
            "name": name,
            "language": language,
            "removed_at": None,
            "removed_reason": "",
        },
    )
    _write_choices(browser, choices)
    confirmation = confirm(browser)
    signals.browser_registered.send(Browser, browser=browser, created=created)
    return Registration(
        browser=browsers_of(account).get(pk=browser.pk),
        created=created,
        capability=make_capability(installation),
        confirmation=confirmation,
    )


def _installation(device_id: uuid.UUID | None, target: Target) -> Installation:
    locked = Installation.objects.select_for_update()
    mine = locked.filter(device_id=device_id).first() if device_id else None
    holder = locked.filter(target_hash=target.digest).first()
    if holder is not None and holder != mine:
        # Only the device's own cookie proves that the poster is that browser.
        raise TargetInUse
    return mine or Installation(device_id=device_id or uuid.uuid4())


def _check_others(installation: Installation, login: Any) -> None:
    if installation._state.adding:
        return
    others = installation.browsers.registered().exclude(login_id=login.pk)
    pairs = {(login.pk, key) for key in others.values_list("account__key", flat=True)}
    if pairs - get_adapter().allowed(pairs):
        raise AnotherLogin


def _write_choices(browser: Browser, choices: Mapping[str, bool]) -> None:
    for scope in scopes():
        if scope.key in choices and scope.default != NotificationScope.Default.ALWAYS:
            ScopeChoice.objects.update_or_create(
                browser=browser, scope=scope, defaults={"wanted": choices[scope.key]}
            )


def choose_scope(browser: Browser, scope: str, wanted: bool) -> None:
    """Write the customer's choice for one scope on one browser.

    :raises NotificationScope.DoesNotExist: when customers see no such scope.
    :raises AlwaysOn: when there is nothing to choose.
    """
    found = NotificationScope.objects.get(key=scope, retired=False)
    if found.default == NotificationScope.Default.ALWAYS:
        raise AlwaysOn
    ScopeChoice.objects.update_or_create(
        browser=browser, scope=found, defaults={"wanted": wanted}
    )


def confirm(browser: Browser) -> Notification:
    """Send this browser the push that confirms its registration."""
    now = timezone.now()
    portal = settings.name
    body = (
        gettext_noop("“%(name)s” now receives notifications from %(portal)s.")
        if portal
        else gettext_noop("“%(name)s” now receives notifications.")
    )
    return write(
        Notification(
            kind=Notification.Kind.CONFIRMATION,
            title=in_every_language(gettext_noop("Notifications are on")),
            body=in_every_language(body, name=browser.name, portal=portal),
            tag="wagtail-push-confirmation",
            urgency="high",
            send_at=now,
            expires_at=now + timedelta(seconds=CONFIRMATION_TTL),
        ),
        browsers=[browser],
    )


def forbid_account(key: str, forbidden: bool) -> Account:
    """Forbid notifications for an account, or allow them again."""
    with transaction.atomic():
        account = Account.objects.select_for_update().get(key=key)
        account.forbidden = forbidden
        account.save(update_fields=["forbidden"])
    return account
