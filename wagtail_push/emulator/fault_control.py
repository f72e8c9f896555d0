"""Set, list and clear faults under ``/emulator/faults``."""

import math
from typing import Any

from aiohttp import web

from wagtail_push.emulator.answer import answer
from wagtail_push.emulator.fault_board import ActiveFault, FaultBoard
from wagtail_push.emulator.faults import FAULTS
from wagtail_push.emulator.middleware import CONTROL
from wagtail_push.emulator.wire import GoogleError, invalid, read_object, take


PATH = CONTROL + "faults"
FIELDS = {"fault", "target", "times", "retry_after", "seconds"}
LONGEST = 24 * 60 * 60


class FaultControl:
    """Answer under ``/emulator/faults``."""

    def __init__(self, faults: FaultBoard) -> None:
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [
            web.get(PATH, self.list),
            web.post(PATH, self.set),
            web.delete(PATH, self.clear),
            web.delete(PATH + "/{id}", self.remove),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Answer with the faults that are set, and with those that can be."""
        known = {
            name: {
                "says": fault.says,
                "service": fault.service,
                "options": list(fault.options),
            }
            for name, fault in FAULTS.items()
        }
        faults = [fault.listing() for fault in self._faults.all()]
        return answer({"faults": faults, "known": known})

    async def set(self, request: web.Request) -> web.Response:
        """Set the fault that the body names."""
        fault = self._faults.add(read_fault(await read_object(request)))
        return answer(fault.listing())

    async def clear(self, request: web.Request) -> web.Response:
        """Clear every fault."""
        self._faults.clear()
        return answer({})

    async def remove(self, request: web.Request) -> web.Response:
        """Clear the fault that the path names."""
        number = request.match_info["id"]
        if not number.isdecimal() or not self._faults.remove(int(number)):
            raise GoogleError(404, "NOT_FOUND", "There is no such fault.")
        return answer({})


def read_fault(body: dict[str, Any]) -> ActiveFault:
    """Return the fault that ``body`` wishes for, or raise the answer that says why not."""
    name = take(body, "fault", str)
    fault = FAULTS.get(name)
    if fault is None:
        raise invalid(f"Unknown fault. The known ones are: {', '.join(FAULTS)}.")
    given = {key: value for key, value in body.items() if value is not None}
    for key in sorted(given.keys() - FIELDS):
        raise invalid(f"Unknown name {key}.")
    for option in ("retry_after", "seconds"):
        if option in given and option not in fault.options:
            raise invalid(f"{name} takes no {option}.")
    if "target" in given:
        take(given, "target", str)
        if not fault.has_target:
            raise invalid(f"{name} is for every request: it has no target.")
    return ActiveFault(
        fault,
        target=given.get("target"),
        times=_whole(given, "times", 1),
        retry_after=_whole(given, "retry_after", 0),
        seconds=_seconds(given),
    )


def _whole(given: dict[str, Any], name: str, least: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise invalid(f"{name} must be a whole number, {least} or more.")
    return value


def _seconds(given: dict[str, Any]) -> float | None:
    value = given.get("seconds")
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= LONGEST or math.isnan(value):
        raise invalid(f"seconds must be a number, 0 to {LONGEST}.")
    return float(value)
