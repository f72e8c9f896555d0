"""Groups of scopes, as editors manage them."""

from django.utils.translation import gettext_lazy as _

from wagtail_push.admin.texts import LanguagesColumn, LocalizedViewSet
from wagtail_push.models import ScopeGroup


class ScopeGroupViewSet(LocalizedViewSet):
    """Headings under which customers find their scopes."""

    model = ScopeGroup
    icon = "folder-open-inverse"
    menu_label = _("Scope groups")
    texts_heading = _("Heading")
    list_display = (
        "__str__",
        "key",
        LanguagesColumn("languages", label=_("Languages")),
    )
