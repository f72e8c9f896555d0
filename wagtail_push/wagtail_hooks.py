"""Registration with Wagtail, and nothing else."""

from django.apps import apps
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSet
from wagtail.contrib.settings.registry import register_setting
from wagtail.snippets.models import register_snippet

from wagtail_push.admin import icons, menu, reports
from wagtail_push.admin.announcements import refuse_sent, urls
from wagtail_push.admin.deleting import refuse_used
from wagtail_push.admin.log import register_actions
from wagtail_push.admin.panel import PushPanel
from wagtail_push.admin.troubles import TroublesPanel
from wagtail_push.models import PushSiteSettings


register_snippet(menu.PushViewSetGroup)
if apps.is_installed("wagtail.contrib.settings"):
    register_setting(PushSiteSettings, icon=icons.BELL)
hooks.register("before_delete_snippet", refuse_used)
hooks.register("before_delete_snippet", refuse_sent)
hooks.register("register_log_actions", register_actions)
hooks.register("register_admin_urls", reports.urls)


@hooks.register("register_admin_viewset")
def register_viewsets() -> list[ViewSet]:
    """Add what is no snippet: accounts and browsers."""
    return [menu.accounts, menu.browsers]


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern | URLResolver]:
    """Add what an editor does with an announcement."""
    ours = include((urls, "push-announcements"), namespace="push-announcements")
    return [path("push-announcements/", ours)]


@hooks.register("register_icons")
def register_icons(registered: list[str]) -> list[str]:
    """Add our own icons to Wagtail's."""
    return [*registered, *icons.TEMPLATES]


@hooks.register("construct_homepage_panels")
def add_panels(request: HttpRequest, panels: list[Component]) -> None:
    """Tell how sending goes, and alert those who can mend it to what browsers met."""
    panels += [TroublesPanel(), PushPanel()]


@hooks.register("register_reports_menu_item")
def register_deliverability() -> MenuItem:
    """Add the report on what ended."""
    return reports.menu_item(reports.DeliverabilityView, order=1200)


@hooks.register("register_reports_menu_item")
def register_stale() -> MenuItem:
    """Add the report on what was not seen for long."""
    return reports.menu_item(reports.StaleView, order=1210)
