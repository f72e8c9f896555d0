"""Switch an account on and off: the customer's own switch, and the operator's."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from wagtail_push.exceptions import AccountForbidden
from wagtail_push.models import Account, Browser
from wagtail_push.registry.asking import COOLDOWN, check_all
from wagtail_push.registry.finding import get_account


def switch_account(key: str, enabled: bool) -> Account:
    """Switch notifications on or off for an account, as its customer wants.

    Off: nothing is sent to any of its browsers, and none can be registered. On again:
    FCM is asked about each of them; those that a customer paused stay paused.

    :raises AccountForbidden: when the portal's operator forbids it.
    """
    with transaction.atomic():
        account = _lock(key)
        if account.forbidden:
            raise AccountForbidden
        return _set(account, enabled=enabled)


def forbid_account(key: str, forbidden: bool) -> Account:
    """Forbid notifications for an account, or allow them again, as operators want.

    The effect is that of the customer's switch, which stays as it is.
    """
    with transaction.atomic():
        return _set(_lock(key), forbidden=forbidden)


def _lock(key: str) -> Account:
    pk = get_account(key).pk
    return Account.objects.select_for_update(no_key=True).get(pk=pk)


def _set(account: Account, **values: bool) -> Account:
    received = account.receives
    for field, value in values.items():
        setattr(account, field, value)
    if account.receives and not received:
        # While it was off, targets may have died that nobody sent to; but whoever plays
        # with the switch does not have FCM asked about all of them each time.
        last = account.last_check
        lately = timezone.now() - timedelta(seconds=COOLDOWN)
        if not last or last.created_at < lately:
            browsers = Browser.objects.registered().filter(account=account)
            account.last_check = check_all(list(browsers)) if browsers else None
    account.save(update_fields=[*values, "last_check"])
    return account
