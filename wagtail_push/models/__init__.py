"""The registry, the scopes, the ledger, a site's settings, and what went wrong."""

from wagtail_push.models.accounts import Account
from wagtail_push.models.announcements import Announcement, AnnouncementText
from wagtail_push.models.browsers import Browser, Installation
from wagtail_push.models.notifications import (
    Batch,
    Delivery,
    Heartbeat,
    Notification,
    Project,
    Receipt,
    Recipient,
)
from wagtail_push.models.scopes import (
    NotificationScope,
    ScopeChoice,
    ScopeGroup,
    ScopeGroupText,
    ScopeText,
)
from wagtail_push.models.sites import PushSiteSettings
from wagtail_push.models.troubles import Trouble


__all__ = [
    "Account",
    "Announcement",
    "AnnouncementText",
    "Batch",
    "Browser",
    "Delivery",
    "Heartbeat",
    "Installation",
    "Notification",
    "NotificationScope",
    "Project",
    "PushSiteSettings",
    "Receipt",
    "Recipient",
    "ScopeChoice",
    "ScopeGroup",
    "ScopeGroupText",
    "ScopeText",
    "Trouble",
]
