"""Everything that wagtail_push raises on purpose.

::

    PushError
    ├── InvalidNotification(ValueError)   notify() was asked for what can't be sent
    └── Refused                           what may not happen to a browser, with a code
        ├── AccountOff
        ├── AccountForbidden
        ├── AccountChanged
        ├── AnotherLogin
        ├── AlwaysOn
        └── TargetInUse
    PushConfigurationError(ImproperlyConfigured)   the set-up is wrong; names the setting

The last one stands outside on purpose: whoever catches ``PushError`` to survive a
failed send must still learn of a broken set-up.
"""

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PushError(Exception):
    """The base of what can go wrong with one message or one browser."""


class InvalidNotification(PushError, ValueError):
    """``notify()`` was asked for something that can't be sent; nothing was written."""


class Refused(PushError):
    """Something may not happen to a browser.

    ``code`` is stable and for programs; the text is for customers.
    """

    code: str
    message: str | Promise

    def __str__(self) -> str:
        return str(self.message)


class AccountOff(Refused):
    """The customer switched notifications off for the account."""

    code = "account_off"
    message = _(
        "Notifications are switched off for this account. "
        "Switch them on first, then enable this browser."
    )


class AccountForbidden(Refused):
    """The portal's operator forbids notifications for the account."""

    code = "account_forbidden"
    message = _("Notifications are not available for this account.")


class AccountChanged(Refused):
    """The page shows another account than the one that the request acts for."""

    code = "account_changed"
    message = _(
        "You have switched to another customer account in the meantime. "
        "Reload the page and try again."
    )


class AnotherLogin(Refused):
    """The browser serves an account for which this login may not act."""

    code = "another_login"
    message = _(
        "This browser receives notifications for somebody else who signed in here. "
        "They can remove it on this page after signing in."
    )


class AlwaysOn(Refused):
    """A scope that is always on has no choice."""

    code = "always_on"
    message = _("This kind of notification is always on.")


class TargetInUse(Refused):
    """The target stands under another device, and the poster has not proved itself."""

    code = "target_in_use"
    message = _(
        "This browser is registered already, but we could not recognise it. "
        "Clear this site's data in the browser's settings, then try again."
    )


class PushConfigurationError(ImproperlyConfigured):
    """A setting is missing or wrong; the text names it and the line to add."""
