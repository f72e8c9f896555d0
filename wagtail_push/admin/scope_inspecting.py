"""One scope to look at: its values, its announcements, and what was sent in it."""

from typing import Any

from django.utils.translation import get_language
from wagtail.snippets.views import snippets

from wagtail_push.accounts import get_adapter
from wagtail_push.admin import audiences, sending
from wagtail_push.admin.accounts import InWords
from wagtail_push.contents import text_in


#: So many of each are listed, the latest first.
MOST = 10


class InspectView(InWords, snippets.InspectView):
    """Shows a scope and its history."""

    template_name = "wagtail_push/admin/scope_inspect.html"

    def get_audience_display_value(self) -> str:
        """Return the adapter's words for the audience."""
        return audiences.label(self.object.audience, get_adapter().audiences())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the latest announcements and notifications."""
        user = self.request.user
        announcements = self.object.announcements.select_related("notification")
        language = get_language() or ""
        context: dict[str, Any] = super().get_context_data(
            announcements=[
                {"announcement": row, "url": sending.way_on(row, user)}
                for row in announcements.prefetch_related("texts")[:MOST]
            ],
            notifications=[
                {"notification": row, "title": text_in(language, row.title)}
                for row in self.object.notifications.order_by("-pk")[:MOST]
            ],
            **kwargs,
        )
        return context
