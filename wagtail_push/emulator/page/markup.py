"""Write HTML; what is not markup already is escaped."""

from collections.abc import Iterable
from html import escape


VOID = {"input", "link", "meta"}

Attribute = str | int | bool | None


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: Attribute) -> Markup:
    """Return an element; ``class_`` is class, ``aria_label`` is aria-label."""
    tag = name + "".join(_attribute(*item) for item in attributes.items())
    if name in VOID:
        return Markup(f"<{tag}>")
    return Markup(f"<{tag}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    """Return parts one after another."""
    return Markup(
        "".join(part if isinstance(part, Markup) else escape(part) for part in parts)
    )


def _attribute(name: str, value: Attribute) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
