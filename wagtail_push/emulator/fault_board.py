"""The faults that are set now; they live as long as the process."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wagtail_push.emulator.fault_acts import Case
from wagtail_push.emulator.faults import Fault, Service


# Under this name a request knows which fault it met.
MET = web.RequestKey("met", str)


@dataclass(eq=False)
class ActiveFault:
    """A fault that is set: for one target or for all, for so many times or for good."""

    fault: Fault
    target: str | None = None
    times: int | None = None
    retry_after: int | None = None
    seconds: float | None = None
    number: int = 0
    holding: int = 0
    cleared: asyncio.Event = field(default_factory=asyncio.Event)

    def listing(self) -> dict[str, Any]:
        """Return what ``/emulator/faults`` shows; ``times`` are those that are left."""
        return {
            "id": self.number,
            "fault": self.fault.name,
            "target": self.target,
            "times": self.times,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "holding": self.holding,
        }


class FaultBoard:
    """Keep the faults in the order in which they were set, and let requests meet them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._faults: dict[int, ActiveFault] = {}

    def add(self, fault: ActiveFault) -> ActiveFault:
        """Set a fault and give it its number."""
        fault.number = next(self._numbers)
        self._faults[fault.number] = fault
        return fault

    def all(self) -> list[ActiveFault]:
        """Return the faults that are set, oldest first."""
        return list(self._faults.values())

    def remove(self, number: int) -> bool:
        """Clear one fault, let go what it holds, and return whether it was set."""
        fault = self._faults.pop(number, None)
        if fault is None:
            return False
        fault.cleared.set()
        return True

    def clear(self) -> None:
        """Clear every fault and let go what they hold."""
        for number in list(self._faults):
            self.remove(number)

    async def meet(
        self, request: web.Request, service: Service, target: str = "", field: str = ""
    ) -> web.StreamResponse | None:
        """Return what a fault answers, or None for the right answer."""
        fault = self._next(service, target)
        if fault is None:
            return None
        request[MET] = fault.fault.name
        if fault.times is not None:
            fault.times -= 1
        fault.holding += 1
        try:
            return await fault.fault.act(
                Case(request, field, fault.retry_after, fault.seconds, fault.cleared)
            )
        finally:
            fault.holding -= 1
            if fault.times == 0 and not fault.holding:
                self._faults.pop(fault.number, None)

    def _next(self, service: Service, target: str) -> ActiveFault | None:
        """Return the fault whose turn it is: one for this target before one for all."""
        ready = [
            fault
            for fault in self._faults.values()
            if fault.fault.service == service
            and fault.times != 0
            and fault.target in {None, target}
        ]
        return min(ready, key=lambda fault: fault.target is None, default=None)
