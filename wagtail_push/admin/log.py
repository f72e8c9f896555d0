"""What Wagtail's history says of our own actions."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogFormatter

from wagtail_push.models import NotificationScope


DEFAULT_CHANGED = "wagtail_push.default"
FORBIDDEN = "wagtail_push.forbid"
ALLOWED = "wagtail_push.allow"
PAUSED = "wagtail_push.pause"
ACTIVATED = "wagtail_push.activate"
TESTED = "wagtail_push.test"
REMOVED = "wagtail_push.remove"


class DefaultChanged(LogFormatter):
    """A scope's default, before and after."""

    label = _("Change the default of a scope")

    def format_message(self, log_entry: Any) -> str:
        """Return both defaults by their names."""
        names = dict(NotificationScope.Default.choices)
        old = names.get(log_entry.data.get("old"), "")
        new = names.get(log_entry.data.get("new"), "")
        if not old:
            return gettext("Created as “%(new)s”") % {"new": new}
        words = gettext("Default changed from “%(old)s” to “%(new)s”")
        return words % {"old": old, "new": new}


class BrowserRemoved(LogFormatter):
    """A browser that is gone: its customer's account says which one it was."""

    label = _("Remove a browser")

    def format_message(self, log_entry: Any) -> str:
        """Return whose browser it was."""
        words = gettext("Removed from the customer account %(account)s")
        return words % {"account": log_entry.data.get("account", "–")}


def register_actions(registry: Any) -> None:
    """Name our actions."""
    registry.register_action(DEFAULT_CHANGED)(DefaultChanged)
    registry.register_action(
        FORBIDDEN, _("Forbid notifications"), _("Notifications forbidden")
    )
    registry.register_action(
        ALLOWED, _("Allow notifications"), _("Notifications allowed again")
    )
    registry.register_action(PAUSED, _("Pause a browser"), _("Paused"))
    registry.register_action(ACTIVATED, _("Activate a browser"), _("Activated"))
    registry.register_action(
        TESTED, _("Send a test to a browser"), _("Test notification sent")
    )
    registry.register_action(REMOVED)(BrowserRemoved)
