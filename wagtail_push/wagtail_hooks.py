"""Registration with Wagtail, and nothing else."""

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSet
from wagtail.snippets.models import register_snippet

from wagtail_push.admin import icons, menu
from wagtail_push.admin.deleting import refuse_used
from wagtail_push.admin.log import register_actions
from wagtail_push.admin.troubles import TroublesPanel


register_snippet(menu.PushViewSetGroup)
hooks.register("before_delete_snippet", refuse_used)
hooks.register("register_log_actions", register_actions)


@hooks.register("register_admin_viewset")
def register_viewsets() -> list[ViewSet]:
    """Add what is no snippet: accounts and browsers."""
    return [menu.accounts, menu.browsers]


@hooks.register("register_icons")
def register_icons(registered: list[str]) -> list[str]:
    """Add our own icons to Wagtail's."""
    return [*registered, *icons.TEMPLATES]


@hooks.register("construct_homepage_panels")
def add_troubles(request: HttpRequest, panels: list[Component]) -> None:
    """Alert those who can mend it to what browsers met."""
    panels.append(TroublesPanel())
