"""The dashboard's alert: what keeps customers' browsers from registering."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.ui.components import Component
from wagtail.permissions import policy_registry

from wagtail_push import doctor
from wagtail_push.models import NotificationScope


class TroublesPanel(Component):
    """What browsers met lately, for those who manage scopes; else nothing."""

    name = "push_troubles"
    template_name = "wagtail_push/admin/troubles.html"
    #: Before Wagtail's own panels.
    order = 100
    #: Kept in the editor's profile with the moment of the last one that was closed.
    dismissible_id = "wagtail_push_troubles"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the findings, and what closing this remembers."""
        found = doctor.findings()
        return {
            "findings": found,
            "dismissible_id": self.dismissible_id,
            "dismissible_value": found[0].last_at.isoformat() if found else "",
        }

    def render_html(self, parent_context: Mapping[str, Any]) -> str:
        """Return the alert, unless it concerns nobody, there is none, or it was closed."""
        user = parent_context["request"].user
        policy = policy_registry.get_by_type(NotificationScope)
        if not policy.user_has_any_permission(user, {"add", "change", "delete"}):
            return ""
        context = self.get_context_data(parent_context)
        profile = getattr(user, "wagtail_userprofile", None)
        closed = profile.dismissibles.get(self.dismissible_id) if profile else None
        if not context["findings"] or closed == context["dismissible_value"]:
            return ""
        return str(super().render_html(parent_context))
