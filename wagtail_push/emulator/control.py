"""What only the emulator has: look inside, and make things happen.

All times are seconds since 1970.
"""

import math
from typing import Any

from aiohttp import web

from wagtail_push.emulator.answer import answer
from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.mailbox import Mailbox
from wagtail_push.emulator.middleware import CONFIG, CONTROL, RequestLog
from wagtail_push.emulator.registry import Registry
from wagtail_push.emulator.wire import GoogleError, invalid, read_object, take


class Control:
    """Answer under ``/emulator/``."""

    def __init__(
        self,
        config: dict[str, Any],
        registry: Registry,
        mailbox: Mailbox,
        requests: RequestLog,
        clock: Clock,
        faults: FaultBoard,
    ) -> None:
        self._config = config
        self._registry = registry
        self._mailbox = mailbox
        self._requests = requests
        self._clock = clock
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [
            web.get(CONFIG, self.config),
            web.get(CONTROL + "registrations", self.registrations),
            web.get(CONTROL + "requests", self.requests),
            web.get(CONTROL + "pushes", self.pushes),
            web.post(CONTROL + "kill", self.kill),
            web.post(CONTROL + "clock", self.clock),
            web.post(CONTROL + "reset", self.reset),
        ]

    async def config(self, request: web.Request) -> web.Response:
        """Answer with what a page gives to the Firebase SDK."""
        return answer(self._config)

    async def registrations(self, request: web.Request) -> web.Response:
        """Answer with every registration, dead ones too."""
        listed = [registration.listing() for registration in self._registry.all()]
        return answer({"registrations": listed})

    async def requests(self, request: web.Request) -> web.Response:
        """Answer with the latest requests."""
        return answer({"requests": self._requests.listing()})

    async def pushes(self, request: web.Request) -> web.Response:
        """Answer with what became of every push message."""
        return answer({"pushes": self._mailbox.listing()})

    async def kill(self, request: web.Request) -> web.Response:
        """Let a target die, as if its browser had been wiped."""
        target = take(await read_object(request), "target", str)
        if not self._registry.end(target):
            raise GoogleError(404, "NOT_FOUND", "There is no such registration.")
        return answer({"target": target, "alive": False})

    async def clock(self, request: web.Request) -> web.Response:
        """Put the push service's clock ahead by the seconds in ``advance``."""
        seconds: Any = (await read_object(request)).get("advance")
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not number or not 0 <= seconds < math.inf:
            raise invalid("advance must be a number of seconds, 0 or more.")
        now = self._clock.advance(seconds)
        # What has expired stays so, even if the emulator is started again.
        self._mailbox.expire()
        return answer({"now": now})

    async def reset(self, request: web.Request) -> web.Response:
        """Forget what happened; keys, and what browsers keep for themselves, stay."""
        self._faults.clear()
        self._registry.forget()
        self._mailbox.forget()
        self._requests.forget()
        self._clock.reset()
        return answer({})
