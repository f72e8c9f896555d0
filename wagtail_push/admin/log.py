"""What Wagtail's history says of our own actions."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogFormatter

from wagtail_push.models import NotificationScope


DEFAULT_CHANGED = "wagtail_push.default"
FORBIDDEN = "wagtail_push.forbid"
ALLOWED = "wagtail_push.allow"
TESTED = "wagtail_push.test"
SENT = "wagtail_push.send"
ON_PUBLISH = "wagtail_push.on_publish"
UNSCHEDULED = "wagtail_push.unschedule"
CANCELLED = "wagtail_push.cancel"
RESUMED = "wagtail_push.resume"
PAUSED = "wagtail_push.pause"
ACTIVATED = "wagtail_push.activate"
REMOVED = "wagtail_push.remove"

#: Of those whose words say all: what it is called in a filter, and what was done.
PLAIN = {
    FORBIDDEN: (_("Forbid notifications"), _("Notifications forbidden")),
    ALLOWED: (_("Allow notifications"), _("Notifications allowed again")),
    TESTED: (_("Send a test"), _("Test notification sent")),
    SENT: (_("Send an announcement"), _("Sent or scheduled")),
    ON_PUBLISH: (_("Send with a page"), _("To be sent when its page is published")),
    UNSCHEDULED: (_("Unschedule an announcement"), _("Made a draft again")),
    CANCELLED: (_("Cancel an announcement"), _("Cancelled")),
    RESUMED: (_("Resume an announcement"), _("Resumed")),
    PAUSED: (_("Pause a browser"), _("Paused")),
    ACTIVATED: (_("Activate a browser"), _("Activated")),
}


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
    for action, words in PLAIN.items():
        registry.register_action(action, *words)
    registry.register_action(REMOVED)(BrowserRemoved)
