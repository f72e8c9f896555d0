"""What a customer does with a registered browser: name, pause, remove, choose."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, pre_delete
from django.utils import timezone

from wagtail_push import signals
from wagtail_push.accounts import get_adapter
from wagtail_push.exceptions import AlwaysOn, BrowserRemoved
from wagtail_push.models import Browser, Installation, NotificationScope, ScopeChoice
from wagtail_push.models.browsers import BrowserQuerySet
from wagtail_push.registry.finding import is_wanted, scopes


def rename(browser: Browser, name: str) -> None:
    """Give a browser another name, 1 to 60 characters long."""
    _change(browser, name=name)


def pause(browser: Browser) -> None:
    """Send nothing to this browser; its registration stays as it is."""
    _change(browser, paused_at=timezone.now())


def activate(browser: Browser) -> None:
    """Send to this browser again, whether a customer or a sign-out paused it."""
    _change(browser, paused_at=None, signed_out_at=None)


def hide_details(browser: Browser, hidden: bool) -> None:
    """Have notifications only say that there is something new, or what it is."""
    _change(browser, hide_details=hidden)


def pause_on_sign_out(browser: Browser, pauses: bool) -> None:
    """Choose what signing out in this browser does, where the portal asks."""
    _change(browser, pause_on_sign_out=pauses)


def _change(browser: Browser, **values: object) -> None:
    # Whether it is still registered is asked in the same statement that changes it.
    if not Browser.objects.registered().filter(pk=browser.pk).update(**values):
        raise BrowserRemoved


@transaction.atomic
def remove(browser: Browser) -> None:
    """Take a browser out of the registry, as its customer wants; nothing brings it back.

    The target is erased unless another account has registered the same browser. Google
    is told nothing: the target itself stays valid.
    """
    _hold(browser.installation_id)
    Browser.objects.filter(pk=browser.pk).discard()
    _forget_unused(browser.installation_id)
    transaction.on_commit(partial(_tell_removed, browser), robust=True)


def _hold(installation: int) -> None:
    list(Installation.objects.locked().filter(pk=installation).values("pk"))


def _forget_unused(installation: int) -> None:
    if not Browser.objects.registered().filter(installation=installation).exists():
        Installation.objects.filter(pk=installation).forget()


def _tell_removed(browser: Browser) -> None:
    reason = Browser.Reason.CUSTOMER
    signals.browser_removed.send_robust(Browser, browser=browser, reason=reason)


@transaction.atomic
def choose_scope(browser: Browser, scope: str, wanted: bool) -> None:
    """Write the customer's choice for one scope on one browser.

    :raises NotificationScope.DoesNotExist: when its account sees no such scope.
    :raises AlwaysOn: when there is nothing to choose.
    :raises BrowserRemoved: when it is no longer registered.
    """
    found = NotificationScope.objects.get(key=scope, retired=False)
    if found.audience and found.audience not in get_adapter().audiences_of(
        browser.account.key
    ):
        raise NotificationScope.DoesNotExist
    if found.default == NotificationScope.Default.ALWAYS:
        raise AlwaysOn
    if not Browser.objects.registered().locked().filter(pk=browser.pk).first():
        raise BrowserRemoved
    ScopeChoice.objects.update_or_create(
        browser=browser, scope=found, defaults={"wanted": wanted}
    )


@transaction.atomic
def copy_choices(browser: Browser) -> int:
    """Give all browsers of the same login and account this one's choices.

    What this one never chose counts there with what it counts here. Return how many
    browsers that were.

    :raises BrowserRemoved: when it is no longer registered.
    """
    registered = Browser.objects.registered().locked()
    same = registered.filter(account=browser.account_id, login=browser.login_id)
    keys = list(same.values_list("pk", flat=True))
    if browser.pk not in keys:
        raise BrowserRemoved
    keys.remove(browser.pk)
    own = dict(browser.choices.values_list("scope", "wanted"))
    ScopeChoice.objects.bulk_create(
        [
            ScopeChoice(browser_id=pk, scope=scope, wanted=is_wanted(scope, own))
            for scope in scopes(browser.account.key)
            for pk in keys
            if scope.default != NotificationScope.Default.ALWAYS
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["browser", "scope"],
        update_fields=["wanted"],
    )
    return len(keys)


def write_choices(browser: Browser, choices: Mapping[str, bool]) -> None:
    """Write what the dialog of registering showed; other scopes keep theirs."""
    for scope in scopes(browser.account.key):
        if scope.key in choices and scope.default != NotificationScope.Default.ALWAYS:
            ScopeChoice.objects.update_or_create(
                browser=browser, scope=scope, defaults={"wanted": choices[scope.key]}
            )


def connect() -> None:
    """Hear of browsers that go because the host deletes their login."""
    uid = "wagtail_push.registry"
    pre_delete.connect(_hold_deleted, sender=Browser, dispatch_uid=uid)
    post_delete.connect(_hear_of_deleted, sender=Browser, dispatch_uid=uid)


# Whoever deletes browsers as such, a query of them, sees to both.


def _hold_deleted(instance: Browser, origin: Any, **kwargs: Any) -> None:
    if not isinstance(origin, BrowserQuerySet):
        # Nobody must be about to add to what is deleted next because it refers to it.
        list(Browser.objects.select_for_update().filter(pk=instance.pk).values("pk"))


def _hear_of_deleted(instance: Browser, origin: Any, **kwargs: Any) -> None:
    if not isinstance(origin, BrowserQuerySet):
        # Later: whoever else holds both rows took the installation first.
        forget = partial(_forget_left, instance.installation_id)
        transaction.on_commit(forget, robust=True)


@transaction.atomic
def _forget_left(installation: int) -> None:
    _hold(installation)
    _forget_unused(installation)
