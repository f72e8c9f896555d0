"""Find accounts, browsers and scopes, as a page shows them."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Max,
    OuterRef,
    Prefetch,
    Subquery,
    Value,
    When,
)
from django.http import HttpRequest
from ua_parser import parse

from wagtail_push.accounts import as_key, get_adapter
from wagtail_push.contents import fill
from wagtail_push.models import (
    Account,
    Browser,
    Notification,
    NotificationScope,
    Receipt,
    ScopeChoice,
)
from wagtail_push.models.browsers import BrowserQuerySet
from wagtail_push.recipients import login_is_active


def current_key(request: HttpRequest) -> str | None:
    """Return the key of the account that this request acts for, if it still may."""
    adapter = get_adapter()
    answer = adapter.current(request)
    if answer is None:
        return None
    key = as_key(answer, "current")
    pair = (request.user.pk, key)
    return key if pair in adapter.allowed({pair}) else None


def get_account(key: str) -> Account:
    """Return our row for an account of the host; the first time it is made."""
    return Account.objects.get_or_create(key=key)[0]


def last_shown() -> Subquery:
    """Return when a browser last showed anything: a column of a query of browsers.

    One look-up in an index for each row.
    """
    shown = (
        Receipt.objects.filter(
            installation=OuterRef("installation"),
            event=Receipt.Event.SHOWN,
            # What another customer got in the same browser before is not told.
            at__gte=OuterRef("created_at"),
        )
        .order_by()
        .values("installation")
        .annotate(last=Max("at"))
        .values("last")
    )
    return Subquery(shown, output_field=DateTimeField())


def browsers_of(
    account: Account, device_id: uuid.UUID | None = None
) -> BrowserQuerySet:
    """Return the account's browsers with what a page shows of them.

    The one that is this device comes first, then the newest.
    """
    here = When(installation__device_id=device_id, then=Value(True))
    return (
        Browser.objects.filter(account=account)
        .select_related("installation", "account", "login")
        .prefetch_related(Prefetch("choices", ScopeChoice.objects.all()))
        .annotate(
            last_shown_at=last_shown(),
            here=Case(here, default=Value(False), output_field=BooleanField()),
        )
        .order_by("-here", "-pk")
    )


def current_browser(account: Account, device_id: uuid.UUID | None) -> Browser | None:
    """Return the browser that this device is to the account, if it is registered."""
    if device_id is None:
        return None
    mine = browsers_of(account).filter(installation__device_id=device_id)
    return mine.registered().first()


def link_of(notification_id: uuid.UUID, key: str) -> str:
    """Return where a notification leads in this account; empty if it went elsewhere."""
    found = Notification.objects.filter(public_id=notification_id).first()
    if found is None:
        return ""
    if found.to_everyone:
        return fill(found.url, found.params)
    recipient = found.recipients.filter(account__key=key).first()
    return fill(found.url, {**found.params, **recipient.params}) if recipient else ""


def lookalikes(
    account: Account,
    login: Any,
    device_id: uuid.UUID | None,
    kind: tuple[str, str],
) -> list[Browser]:
    """Return the browsers that this device may have been before its data was cleared.

    Those that the same login registered, of the same browser and system, the last seen
    first; three are enough to choose from.

    :param kind: browser and system, as ``read_user_agent`` returns them.
    """
    software, system = kind
    if not software:
        return []
    similar = Browser.objects.filter(
        account=account,
        login=login,
        installation__software=software,
        installation__system=system,
    )
    if device_id is not None:
        similar = similar.exclude(installation__device_id=device_id)
    return list(
        similar.exclude(removed_reason=Browser.Reason.TAKEN_OVER)
        .select_related("installation")
        .order_by("-installation__last_seen_at", "-pk")[:3]
    )


def revoked(browsers: Collection[Browser]) -> set[int]:
    """Return the keys of those whose login may no longer act for their account."""
    logins = {browser.login_id for browser in browsers}
    users = get_user_model()._default_manager.filter(login_is_active(), pk__in=logins)
    active = set(users.values_list("pk", flat=True))
    pairs = {
        browser.pk: (browser.login_id, browser.account.key)
        for browser in browsers
        if browser.login_id in active
    }
    allowed = get_adapter().allowed(set(pairs.values()))
    return {browser.pk for browser in browsers if pairs.get(browser.pk) not in allowed}


def scopes(key: str) -> list[NotificationScope]:
    """Return the scopes that an account sees, in their order, with their texts.

    The adapter is asked once; not at all where every scope is for everyone.
    """
    offered = list(
        NotificationScope.objects.filter(retired=False)
        .select_related("group")
        .prefetch_related("texts", "group__texts")
        .order_by("group__sort_order", "group__key", "sort_order", "key")
    )
    if not any(scope.audience for scope in offered):
        return offered
    seen = {"", *get_adapter().audiences_of(key)}
    return [scope for scope in offered if scope.audience in seen]


def is_wanted(scope: NotificationScope, choices: Mapping[int, bool]) -> bool:
    """Tell whether a browser with these choices (by scope) gets this scope."""
    if scope.default == NotificationScope.Default.ALWAYS:
        return True
    return choices.get(scope.pk, scope.default == NotificationScope.Default.ON)


#: What is made of a site on the home screen, which names no browser: of an iPhone's, and
#: of an iPad's, which calls itself a Mac. Nothing else that looks so can receive push.
HOME_SCREEN = {("Mobile Safari UI/WKWebView", "iOS"), ("Apple Mail", "Mac OS X")}


def read_user_agent(user_agent: str) -> tuple[str, str]:
    """Return browser and system, for example ``Firefox`` and ``Linux``."""
    parsed = parse(user_agent)
    software = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    if (software, system) in HOME_SCREEN:
        return "Mobile Safari", "iOS"
    return software[:60], system[:60]
