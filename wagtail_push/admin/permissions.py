"""Permissions that Wagtail's group editor does not offer by itself."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet


#: A viewset offers those of its own model; these stand beside one, or have none.
CODENAMES = ("send_announcement", "statistics_announcement", "view_browser")


def offered() -> QuerySet[Permission]:
    """Return them."""
    return Permission.objects.filter(
        content_type__app_label="wagtail_push", codename__in=CODENAMES
    )
