"""The menu item "Push notifications"."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from wagtail_push.admin.accounts import AccountViewSet
from wagtail_push.admin.announcements import AnnouncementViewSet
from wagtail_push.admin.browsers import BrowserViewSet
from wagtail_push.admin.groups import ScopeGroupViewSet
from wagtail_push.admin.icons import BELL
from wagtail_push.admin.scopes import NotificationScopeViewSet


#: Other viewsets join the menu with this as their ``menu_hook``.
SUBMENU = "register_push_menu_item"


class PushViewSetGroup(SnippetViewSetGroup):
    """All that editors manage of push notifications."""

    items = (AnnouncementViewSet, NotificationScopeViewSet, ScopeGroupViewSet)
    menu_label = _("Push notifications")
    menu_icon = BELL
    menu_name = "push-notifications"
    menu_order = 800
    submenu_hook = SUBMENU


accounts = AccountViewSet(menu_hook=SUBMENU, menu_order=900)
browsers = BrowserViewSet(menu_hook=SUBMENU, menu_order=910)
