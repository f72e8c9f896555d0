"""Everything that wagtail_push raises on purpose.

::

    PushError
    ├── InvalidNotification(ValueError)   notify() was asked for what can't be sent
    ├── BackendFailed                     a backend raised; nothing was handed over
    └── Refused                           what may not happen to a browser, with a code
        ├── AccountOff
        ├── AccountForbidden
        ├── AccountChanged
        ├── AnotherLogin
        ├── AlwaysOn
        ├── BrowserPaused
        ├── BrowserRemoved
        ├── LoginRevoked
        ├── NotRegistered
        ├── NothingSelected
        ├── ProofNeeded
        ├── TargetInUse
        └── TooOften
    PushConfigurationError(ImproperlyConfigured)   the set-up is wrong; names the setting

The last one stands outside on purpose: whoever catches ``PushError`` to survive a
failed send must still learn of a broken set-up.
"""

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class PushError(Exception):
    """The base of what can go wrong with one message or one browser."""


class InvalidNotification(PushError, ValueError):
    """``notify()`` was asked for something that can't be sent; nothing was written."""


class BackendFailed(PushError):
    """A backend raised instead of answering; the text names the type of its error."""


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
        "This browser receives notifications for another customer who signed in here. "
        "If you take it over, that customer gets none in this browser any more."
    )


class AlwaysOn(Refused):
    """A scope that is always on has no choice."""

    code = "always_on"
    message = _("This kind of notification is always on.")


class BrowserPaused(Refused):
    """Nothing is sent to a browser whose sending the customer switched off."""

    code = "browser_paused"
    message = _("Sending to this browser is switched off: activate it to test.")


class BrowserRemoved(Refused):
    """The registration has ended; only the browser itself can begin another."""

    code = "browser_removed"
    message = _(
        "This browser is no longer registered. Open this page in it to register it again."
    )


class LoginRevoked(Refused):
    """The login that registered the browser may no longer act for the account."""

    code = "login_revoked"
    message = _(
        "Nothing is sent to this browser: the login that registered it may no longer "
        "act for this customer account."
    )


class NotRegistered(Refused):
    """There is nothing to renew: this browser was never registered, or was removed."""

    code = "not_registered"
    message = _("This browser is not registered.")


class NothingSelected(Refused):
    """No browser of the account was named."""

    code = "nothing_selected"
    message = _("Select at least one browser.")


class TooOften(Refused):
    """Something was asked for again too soon; ``wait`` is in seconds."""

    code = "too_often"

    def __init__(self, wait: int) -> None:
        """Say how long to wait."""
        self.wait = max(1, wait)
        minutes = -(-self.wait // 60)
        self.message = (
            ngettext_lazy(
                "That was too often. Try again in %(seconds)d second.",
                "That was too often. Try again in %(seconds)d seconds.",
                self.wait,
            )
            % {"seconds": self.wait}
            if self.wait <= 60
            else ngettext_lazy(
                "That was too often. Try again in %(minutes)d minute.",
                "That was too often. Try again in %(minutes)d minutes.",
                minutes,
            )
            % {"minutes": minutes}
        )
        super().__init__(wait)


class ProofNeeded(Refused):
    """The target stands under another device: the poster must prove to be that browser.

    The proof is on its way to the target by push; whoever receives it posts again.
    """

    code = "proof_needed"
    message = _("Registered already: a push proves that it is this browser.")


class TargetInUse(Refused):
    """The same target is being registered from elsewhere at this moment."""

    code = "target_in_use"
    message = _(
        "This browser is registered already, but we could not recognise it. "
        "Try again; if that does not help, clear this site's data in the browser's "
        "settings first."
    )


class PushConfigurationError(ImproperlyConfigured):
    """A setting is missing or wrong; the text names it and the line to add."""
