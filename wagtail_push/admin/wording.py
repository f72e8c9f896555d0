"""Whom another default affects, in an editor's words."""

from django.utils.translation import gettext, ngettext

from wagtail_push.models import NotificationScope
from wagtail_push.models.scopes import DefaultChange


Default = NotificationScope.Default


def describe(scope: str, change: DefaultChange) -> list[str]:
    """Return sentences: what new browsers get, and what becomes of the others."""
    return [_for_new(change) % {"scope": scope}, *_for_registered(change)]


def _for_new(change: DefaultChange) -> str:
    if change.new == Default.ALWAYS:
        return gettext("“%(scope)s” will be always on: nobody can switch it off.")
    if change.new == Default.ON:
        return gettext("“%(scope)s” will be on for browsers that register from now on.")
    return gettext("“%(scope)s” will be off for browsers that register from now on.")


def _for_registered(change: DefaultChange) -> list[str]:
    if not change.registered:
        return [gettext("No browser is registered yet.")]
    if change.new == Default.ALWAYS:
        return [_gaining(change.gaining)]
    if change.old == Default.ALWAYS:
        kept = ngettext(
            "%(count)d registered browser still gets it.",
            "%(count)d registered browsers still get it.",
            change.on,
        )
        return [kept % {"count": change.on}, *_losing(change.losing)]
    kept = ngettext(
        "%(count)d registered browser stays as it is (on: %(on)d, off: %(off)d).",
        "%(count)d registered browsers stay as they are (on: %(on)d, off: %(off)d).",
        change.registered,
    )
    return [kept % {"count": change.registered, "on": change.on, "off": change.off}]


def _gaining(count: int) -> str:
    if not count:
        return gettext("Every registered browser gets it already.")
    words = ngettext(
        "%(count)d registered browser that has it off will get it from now on.",
        "%(count)d registered browsers that have it off will get it from now on.",
        count,
    )
    return words % {"count": count}


def _losing(count: int) -> list[str]:
    if not count:
        return []
    words = ngettext(
        "%(count)d that had switched it off before it was always on no longer gets it.",
        "%(count)d that had switched it off before it was always on no longer get it.",
        count,
    )
    return [words % {"count": count}]
