"""A panel for a host's own page types: "Notify about this page"."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel


class NotifyPanel(Panel):
    """Leads from a page's editor to an announcement about the page.

    Add it to the panels of a page type::

        class NewsPage(Page):
            promote_panels = [*Page.promote_panels, NotifyPanel()]
    """

    def __init__(self, **kwargs: Any) -> None:
        """Take the options of a panel."""
        super().__init__(**{"heading": _("Push notifications"), **kwargs})

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "wagtail_push/admin/notify_panel.html"

        def is_shown(self) -> bool:
            """Tell whether there is a page to notify about, and somebody who may."""
            user = self.request.user
            return bool(
                self.instance.pk and user.has_perm("wagtail_push.add_announcement")
            )

        @property
        def announcements(self) -> list[dict[str, Any]]:
            """Return what was written about the page, and where this editor goes on."""
            # Models can't be imported yet where a host's models name this panel.
            from wagtail_push.admin import sending
            from wagtail_push.models import Announcement

            found = Announcement.objects.filter(page_pk=self.instance.pk)
            latest = found.select_related("notification").prefetch_related("texts")[:5]
            user = self.request.user
            return [
                {"announcement": one, "url": sending.way_on(one, user)}
                for one in latest
            ]

        @property
        def add_url(self) -> str:
            """Return where an announcement begins that is filled in from the page."""
            name = "wagtailsnippets_wagtail_push_announcement:add"
            return f"{reverse(name)}?{urlencode({'page': self.instance.pk})}"
