"""What editors manage in Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from wagtail_push.models import NotificationScope, ScopeGroup


BELL = "wagtail-push-bell"


class NotificationScopeViewSet(SnippetViewSet):
    """Kinds of notification that customers switch per browser."""

    model = NotificationScope
    icon = BELL
    menu_label = _("Scopes")
    menu_order = 100
    add_to_reference_index = False
    inspect_view_enabled = True
    sort_order_field = "sort_order"
    list_display = (
        "__str__",
        "key",
        "group",
        "default",
        BooleanColumn("retired", label=_("retired"), sort_key="retired"),
    )
    list_filter = ("default", "group", "retired")
    search_fields = ("key", "texts__title")
    panels = (
        InlinePanel(
            "texts",
            heading=_("Texts that customers read"),
            label=_("Text in one language"),
            min_num=1,
            panels=[
                FieldPanel("language"),
                FieldPanel("title"),
                FieldPanel("description"),
                FieldPanel("reason"),
            ],
        ),
        FieldPanel("key"),
        FieldRowPanel([FieldPanel("group"), FieldPanel("default")]),
        MultiFieldPanel(
            [FieldPanel("max_ttl"), FieldPanel("urgency")], heading=_("Sending")
        ),
        FieldPanel("retired"),
    )


class ScopeGroupViewSet(SnippetViewSet):
    """Headings under which customers find their scopes."""

    model = ScopeGroup
    icon = "folder-open-inverse"
    menu_label = _("Scope groups")
    menu_order = 200
    add_to_reference_index = False
    sort_order_field = "sort_order"
    list_display = ("__str__", "key")
    search_fields = ("key", "texts__title")
    panels = (
        InlinePanel(
            "texts",
            heading=_("Heading"),
            label=_("Heading in one language"),
            min_num=1,
            panels=[FieldPanel("language"), FieldPanel("title")],
        ),
        FieldPanel("key"),
    )


class PushViewSetGroup(SnippetViewSetGroup):
    """The menu item "Push notifications"."""

    items = (NotificationScopeViewSet, ScopeGroupViewSet)
    menu_label = _("Push notifications")
    menu_icon = BELL
    menu_name = "push-notifications"
    menu_order = 800
    add_to_admin_menu = True
