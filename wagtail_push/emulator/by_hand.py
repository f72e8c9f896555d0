"""Push by hand: what the page and tests send without being an application server."""

from typing import Any

from aiohttp import web

from wagtail_push.emulator.answer import answer
from wagtail_push.emulator.fcm import Messages
from wagtail_push.emulator.message import read_message
from wagtail_push.emulator.middleware import CONTROL
from wagtail_push.emulator.registry import Registry
from wagtail_push.emulator.wire import GoogleError, invalid, read_object, take


TEXTS = ("title", "body", "url")


class ByHand:
    """Answer ``/emulator/push``."""

    def __init__(self, messages: Messages, registry: Registry) -> None:
        self._messages = messages
        self._registry = registry

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [web.post(CONTROL + "push", self.post)]

    async def post(self, request: web.Request) -> web.Response:
        """Push what the body holds."""
        body = await read_object(request)
        for key in sorted(body.keys() - {"target", "data", *TEXTS}):
            raise invalid(f"Unknown name {key}.")
        return answer({"name": await self.push(take(body, "target", str), body)})

    async def push(self, target: str, content: dict[str, Any]) -> str:
        """Push to a target as FCM does, past every fault; return the message's name.

        Title, body and url become data; what is in ``data`` beside them wins.
        """
        registration = self._registry.find(target)
        if registration is None:
            raise GoogleError(404, "NOT_FOUND", "There is no such registration.")
        data = content.get("data") or {}
        if not isinstance(data, dict):
            raise invalid("data is not an object.")
        texts = {name: content[name] for name in TEXTS if content.get(name)}
        message = {registration.kind: target, "data": {**texts, **data}}
        return await self._messages.hand_over(
            registration.project, read_message({"message": message})
        )
