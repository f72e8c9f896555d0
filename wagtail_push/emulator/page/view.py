"""What one showing of the page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wagtail_push.emulator.fault_board import ActiveFault
from wagtail_push.emulator.registry import Registration


@dataclass(frozen=True)
class View:
    """The emulator at one moment, and what the visitor typed or did."""

    origin: str
    config: Mapping[str, Any]
    registrations: list[Registration]
    # Those of the list, and the one that was chosen.
    choices: list[Registration]
    alive: int
    known: int
    older: int | None
    pushes: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    faults: list[ActiveFault]
    # What faults are for, by their targets; a target need not be registered.
    numbers: Mapping[str, int]
    done: str = ""
    error: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
