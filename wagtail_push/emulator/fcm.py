"""FCM HTTP v1: a server sends to a browser.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
"""

import json
import logging
import uuid

from aiohttp import web

from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.guard import HostRefusedError
from wagtail_push.emulator.installations import project_of
from wagtail_push.emulator.message import OutgoingMessage, read_message
from wagtail_push.emulator.oauth import OAuth
from wagtail_push.emulator.registry import Registration, Registry
from wagtail_push.emulator.webpush import UnreachableError, WebPush
from wagtail_push.emulator.wire import (
    GoogleError,
    invalid_field,
    read_object,
    sender_id_mismatch,
    unregistered,
)


PATH = "/fcm.googleapis.com/v1/projects/{project}/messages:send"
DRY_RUN_ID = "fake_message_id"

log = logging.getLogger("emulator.fcm")


class Messages:
    """Answer ``messages:send``."""

    def __init__(
        self,
        oauth: OAuth,
        faults: FaultBoard,
        registry: Registry,
        webpush: WebPush,
        sender_id: str,
    ) -> None:
        self._oauth = oauth
        self._faults = faults
        self._registry = registry
        self._webpush = webpush
        self._sender_id = sender_id

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [web.post(PATH, self.send)]

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Validate, let a fault have its way, and hand over."""
        self._oauth.authenticate(request)
        project = project_of(request)
        message = read_message(await read_object(request))
        wrong = await self._faults.meet(
            request, "messages:send", message.target, message.field
        )
        if wrong is not None:
            return wrong
        return web.json_response({"name": await self.hand_over(project, message)})

    async def hand_over(self, project: str, message: OutgoingMessage) -> str:
        """Find the browser, deliver unless it is a dry run; return the name."""
        registration = self._registration(project, message.target)
        message_id = DRY_RUN_ID
        if not message.validate_only:
            message_id = str(uuid.uuid4())
            await self._deliver(registration, message, message_id)
        return f"projects/{project}/messages/{message_id}"

    def _registration(self, project: str, target: str) -> Registration:
        registration = self._registry.find(target)
        if registration is None or not registration.alive:
            raise unregistered()
        if registration.project != project:
            raise sender_id_mismatch()
        return registration

    async def _deliver(
        self, registration: Registration, message: OutgoingMessage, message_id: str
    ) -> None:
        payload = {
            "from": self._sender_id,
            "fcmMessageId": message_id,
            "priority": "normal",
            **message.payload,
        }
        content = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        subscription = registration.subscription
        try:
            status = await self._webpush.send(
                subscription, content.encode(), message, message_id
            )
        except HostRefusedError as error:
            log.warning("%s", error)
            raise GoogleError(403, "PERMISSION_DENIED", str(error)) from None
        except UnreachableError as error:
            reason = f"The push service cannot be reached: {error}"
            raise GoogleError(503, "UNAVAILABLE", reason) from None
        if status in {200, 201, 202}:
            return
        log.info("the push service answered %d", status)
        if status in {404, 410}:
            self._registry.end_if_at(registration.target, subscription.endpoint)
            raise unregistered()
        if status == 413:
            raise invalid_field(
                "message.data", "The encrypted payload is too big for the push service."
            )
        unavailable = status == 429 or status >= 500
        raise GoogleError(
            503 if unavailable else 500,
            "UNAVAILABLE" if unavailable else "INTERNAL",
            f"The push service answered {status}.",
        )
