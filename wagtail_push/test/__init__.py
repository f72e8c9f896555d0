"""What a portal's own tests need: what was pushed, and the ways in which it fails.

Nothing is imported before it is asked for: pytest loads its plugin in every project of
an environment, and the driver of Firefox needs no Django.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from wagtail_push.test.assertions import assert_not_pushed, assert_pushed
    from wagtail_push.test.pushes import (
        Push,
        PushTestMixin,
        deliver,
        failing,
        keep_pushes,
        outbox,
    )

__all__ = [
    "Push",
    "PushTestMixin",
    "assert_not_pushed",
    "assert_pushed",
    "deliver",
    "failing",
    "keep_pushes",
    "outbox",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "assertions" if name.startswith("assert_") else "pushes"
    return getattr(import_module(f"{__name__}.{room}"), name)
