"""The adapter's named audiences, in the words that editors read."""

from collections.abc import Mapping

from django.utils.translation import gettext

from wagtail_push.accounts import get_adapter


def choices(keep: str = "") -> list[tuple[str, str]]:
    """Return the named audiences.

    :param keep: one that is stored: it is among them though the adapter forgot it.
    """
    known = dict(get_adapter().audiences())
    if keep and keep not in known:
        known[keep] = label(keep, known)
    return list(known.items())


def label(name: str, known: Mapping[str, str]) -> str:
    """Return what editors call an audience, or everyone."""
    if not name:
        return gettext("Everyone")
    unknown = gettext("%(name)s (no longer known)") % {"name": name}
    return str(known.get(name, unknown))
