"""What may not be deleted, and what an editor can do instead."""

from collections.abc import Sequence

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from wagtail.admin import messages

from wagtail_push import definitions
from wagtail_push.models import NotificationScope, ScopeGroup


def refuse_used(
    request: HttpRequest, instances: Sequence[Model]
) -> HttpResponse | None:
    """Refuse to delete scopes with a history and groups with scopes, in words."""
    refusals = {row: words for row in instances if (words := why_not(row))}
    if not refusals:
        return None
    for words in refusals.values():
        messages.error(request, words)
    [*_, row] = refusals
    viewset = row.snippet_viewset  # type: ignore[attr-defined]  # Wagtail sets it
    if len(instances) > 1:
        return redirect(reverse(viewset.get_url_name("list")))
    return redirect(reverse(viewset.get_url_name("edit"), args=[row.pk]))


def why_not(row: Model) -> str:
    """Return why a row may not be deleted, or nothing."""
    if isinstance(row, NotificationScope) and row.key in definitions.defined():
        words = gettext(
            "“%(scope)s” can't be deleted: the portal's code defines it. Retire it "
            "instead: tick “Retired” and save. Customers then no longer see it."
        )
        return words % {"scope": row}
    if isinstance(row, NotificationScope) and row.notifications.exists():
        words = gettext(
            "“%(scope)s” can't be deleted: notifications were sent in it. Retire it "
            "instead: tick “Retired” and save. Customers then no longer see it."
        )
        return words % {"scope": row}
    if isinstance(row, NotificationScope) and row.announcements.exists():
        words = gettext(
            "“%(scope)s” can't be deleted: announcements were written in it. Retire it "
            "instead: tick “Retired” and save. Customers then no longer see it."
        )
        return words % {"scope": row}
    if isinstance(row, ScopeGroup) and (count := row.scopes.count()):
        words = ngettext(
            "“%(group)s” can't be deleted: %(count)d scope stands in it. Give that "
            "scope another group first.",
            "“%(group)s” can't be deleted: %(count)d scopes stand in it. Give those "
            "scopes another group first.",
            count,
        )
        return words % {"group": row, "count": count}
    return ""
