"""Registration with Wagtail, and nothing else."""

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from wagtail_push.admin.viewsets import PushViewSetGroup


register_snippet(PushViewSetGroup)


@hooks.register("register_icons")
def register_icons(icons: list[str]) -> list[str]:
    """Add our bell: Wagtail's set has none."""
    return [*icons, "wagtail_push/icons/bell.svg"]
