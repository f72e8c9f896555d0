"""Do what the forms of the page ask for."""

import json
from collections.abc import Mapping
from typing import Any

from wagtail_push.emulator.by_hand import ByHand
from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.fault_control import read_fault
from wagtail_push.emulator.registry import Registry
from wagtail_push.emulator.wire import invalid


Values = Mapping[str, str]


class Deeds:
    """Push, kill, set and clear faults; each method returns what was done."""

    def __init__(self, registry: Registry, faults: FaultBoard, by_hand: ByHand) -> None:
        self._registry = registry
        self._faults = faults
        self._by_hand = by_hand

    async def push(self, values: Values) -> str:
        """Push by hand."""
        try:
            data = json.loads(values.get("data", "").strip() or "{}")
        except (ValueError, RecursionError) as error:
            raise invalid(f"More data is not JSON: {error}.") from None
        await self._by_hand.push(self._target(values), {**values, "data": data})
        return "pushed"

    async def kill(self, values: Values) -> str:
        """Let a target die."""
        self._registry.end(self._target(values))
        return "killed"

    async def fault(self, values: Values) -> str:
        """Set a fault; an empty field is one that was not given."""
        wanted: dict[str, Any] = {"fault": values.get("fault")}
        if values.get("registration"):
            wanted["target"] = self._target(values)
        for name in ("times", "retry_after", "seconds"):
            if text := values.get(name, "").strip():
                wanted[name] = _number(name, text)
        self._faults.add(read_fault(wanted))
        return "fault"

    async def clear(self, values: Values) -> str:
        """Clear one fault, or all; one that is gone already is no error."""
        number = values.get("fault", "")
        if not number:
            self._faults.clear()
        elif is_number(number):
            self._faults.remove(int(number))
        return "cleared"

    def _target(self, values: Values) -> str:
        number = values.get("registration", "")
        one = self._registry.numbered(int(number)) if is_number(number) else None
        if one is None:
            raise invalid("Choose a registration: there is none of this number.")
        return one.target


def is_number(text: str) -> bool:
    """Return whether ``text`` is a number that the state file can hold."""
    return text.isdecimal() and len(text) < 19


def _number(name: str, text: str) -> int | float:
    try:
        value = float(text)
    except ValueError:
        raise invalid(f"{name} must be a number.") from None
    return int(value) if value.is_integer() else value
