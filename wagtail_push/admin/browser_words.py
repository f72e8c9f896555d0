"""How a browser is, and what became of what it was sent, in words for support."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_push import registry
from wagtail_push.messages import Answer
from wagtail_push.models import Browser, NotificationScope
from wagtail_push.progress import Progress


#: By ``Progress.state`` of a message.
OUTCOMES: Mapping[str, str | Promise] = {
    "waiting": _("Waiting to be sent"),
    "sent": _("Sent to Google, not reported as shown"),
    "shown": pgettext_lazy("notification", "Shown"),
    "expired": _("Not delivered within its validity"),
    "failed": _("Could not be sent"),
}

#: By ``Progress.state`` of a check.
CHECKS: Mapping[str, str | Promise] = {
    "waiting": _("Checking: waiting for Google’s answer…"),
    "valid": _("Checked: Google’s push service accepts this registration."),
    "removed": _("Checked: no longer valid. This browser must be registered again."),
    "unknown": _(
        "This browser could not be checked just now. "
        "Nothing was removed; try again later."
    ),
}

#: By FCM's answer, why a message was not handed over.
REASONS: Mapping[str, str | Promise] = {
    Answer.UNREGISTERED: Browser.Reason.UNREGISTERED.label,
    Answer.SENDER_MISMATCH: Browser.Reason.SENDER_MISMATCH.label,
    Answer.BAD_TARGET: Browser.Reason.BAD_TARGET.label,
    Answer.BAD_MESSAGE: _("Google refused the message"),
    Answer.BUSY: _("Google asked for a slower pace"),
    Answer.UNAVAILABLE: _("Google could not be reached"),
    Answer.MISCONFIGURED: _("the set-up of the portal is wrong"),
}


def moment(at: datetime | None) -> str:
    """Return a moment as support reads it; a dash where there was none."""
    return date_format(localtime(at), "DATETIME_FORMAT") if at else "–"


def status(browser: Browser, revoked: bool) -> str:
    """Return what keeps a browser from getting anything: all of it, or "Active".

    :param revoked: its login may no longer act for its account.
    """
    return " · ".join(_hindrances(browser, revoked)) or pgettext("browser", "Active")


def _hindrances(browser: Browser, revoked: bool) -> Iterator[str]:
    if browser.removed_at:
        reason = browser.get_removed_reason_display()
        yield gettext("Removed: %(reason)s") % {"reason": reason}
        return
    if browser.paused_at:
        yield pgettext("browser", "Paused")
    if browser.signed_out_at:
        yield gettext("Its login has signed out there")
    if revoked:
        yield gettext("Its login may no longer act for the account")
    if browser.account.forbidden:
        yield gettext("Notifications are forbidden for the account")
    if not browser.account.enabled:
        yield gettext("The customer switched off the whole account")


def outcome(how_far: Progress) -> str:
    """Return what became of a message or a check, and why."""
    known = CHECKS if how_far.kind == "check" else OUTCOMES
    words = str(known[how_far.state])
    if how_far.stalled:
        return f"{words} · {gettext('The portal’s sender is not running.')}"
    if reason := REASONS.get(how_far.reason):
        return f"{words}: {reason}"
    return words


def choices(browser: Browser) -> list[tuple[str, str]]:
    """Return each scope that customers see with what it is in this browser."""
    chosen = {choice.scope_id: choice.wanted for choice in browser.choices.all()}
    return [
        (str(scope), _choice(scope, chosen))
        for scope in registry.scopes(browser.account.key)
    ]


def _choice(scope: NotificationScope, chosen: Mapping[int, bool]) -> str:
    if scope.default == NotificationScope.Default.ALWAYS:
        return gettext("Always on")
    wanted = registry.is_wanted(scope, chosen)
    if scope.pk in chosen:
        return gettext("On, as chosen") if wanted else gettext("Off, as chosen")
    return gettext("On by default") if wanted else gettext("Off by default")
