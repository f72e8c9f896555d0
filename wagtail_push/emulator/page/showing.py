"""Gather what the page shows."""

from collections.abc import Mapping
from typing import Any

from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.mailbox import Mailbox
from wagtail_push.emulator.middleware import RequestLog
from wagtail_push.emulator.page.deeds import is_number
from wagtail_push.emulator.page.view import View
from wagtail_push.emulator.registry import Registration, Registry


REGISTRATIONS = 100
LATEST = 30


class Showing:
    """Look at every part of the emulator."""

    def __init__(
        self,
        config: Mapping[str, Any],
        registry: Registry,
        mailbox: Mailbox,
        requests: RequestLog,
        faults: FaultBoard,
    ) -> None:
        self._config = config
        self._registry = registry
        self._mailbox = mailbox
        self._requests = requests
        self._faults = faults

    def view(self, origin: str, values: Mapping[str, str], error: str = "") -> View:
        """Return what there is to see now."""
        before = values.get("before", "")
        listed = self._registry.newest(
            REGISTRATIONS + 1, int(before) if is_number(before) else None
        )
        shown = listed[:REGISTRATIONS]
        known, alive = self._registry.count()
        faults = self._faults.all()
        targets = {fault.target for fault in faults if fault.target is not None}
        found = (self._registry.find(target) for target in targets)
        return View(
            origin=origin,
            config=self._config,
            registrations=shown,
            choices=self._choices(shown, values.get("registration", "")),
            alive=alive,
            known=known,
            older=shown[-1].number if len(listed) > REGISTRATIONS else None,
            pushes=self._mailbox.latest(LATEST),
            requests=self._requests.latest(LATEST),
            faults=faults,
            numbers={one.target: one.number for one in found if one is not None},
            done=values.get("done", ""),
            error=error,
            values=values,
        )

    def _choices(self, shown: list[Registration], chosen: str) -> list[Registration]:
        if not is_number(chosen) or any(str(one.number) == chosen for one in shown):
            return shown
        one = self._registry.numbered(int(chosen))
        return shown if one is None else [one, *shown]
