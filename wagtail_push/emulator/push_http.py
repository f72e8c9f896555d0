"""The push service's door for application servers (RFC 8030, section 5).

Paths are as in https://mozilla-services.github.io/autopush-rs/http.html
"""

import re
import uuid

from aiohttp import web

from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.mailbox import Mailbox, PushMessage
from wagtail_push.emulator.message import MAX_TTL, TOPIC, URGENCIES
from wagtail_push.emulator.push_socket import PushSocket
from wagtail_push.emulator.vapid import VapidError, verify
from wagtail_push.emulator.webpush import LABEL


PATH = "/wpush/v2/"
# RFC 8030, section 7.2: a push service has to take this much and may refuse more.
MAX_BODY = 4096


class RefusedError(Exception):
    """Say with which status a push message is refused, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class PushEndpoint:
    """Take push messages in."""

    def __init__(self, mailbox: Mailbox, socket: PushSocket, clock: Clock) -> None:
        self._mailbox = mailbox
        self._socket = socket
        self._clock = clock
        self.origin = ""

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [web.post(PATH + "{token}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """Answer 201 once the message is kept, or say why it is not."""
        try:
            return await self._receive(request)
        except RefusedError as refused:
            body = {"code": refused.status, "message": str(refused)}
            return web.json_response(body, status=refused.status)

    async def _receive(self, request: web.Request) -> web.Response:
        to = self._mailbox.subscription(request.match_info["token"])
        if to is None:
            raise RefusedError(404, "There is no such subscription.")
        if to.gone:
            raise RefusedError(410, "The browser has unsubscribed.")
        if to.key:
            authorization = request.headers.get("Authorization")
            try:
                verify(authorization, to.key, self.origin, self._clock.real())
            except VapidError as error:
                raise RefusedError(error.status, str(error)) from None
        message = await _message(request)
        version = self._mailbox.put(
            to, message, connected=self._socket.connected(to.uaid)
        )
        self._socket.deliver(to.uaid, version)
        return web.Response(
            status=201,
            headers={"Location": f"{self.origin}/m/{version}", "TTL": str(message.ttl)},
        )


async def _message(request: web.Request) -> PushMessage:
    ttl, topic = request.headers.get("TTL", ""), request.headers.get("Topic", "")
    urgency = request.headers.get("Urgency", "normal")
    if not re.fullmatch(r"[0-9]{1,15}", ttl):
        raise RefusedError(400, "The header TTL is missing or not a number of seconds.")
    if urgency not in URGENCIES:
        raise RefusedError(
            400, f"The header Urgency must be one of {', '.join(URGENCIES)}."
        )
    if "Topic" in request.headers and not TOPIC.fullmatch(topic):
        raise RefusedError(
            400, "The header Topic must be 1 to 32 base64url characters."
        )
    data = await request.read()
    if len(data) > MAX_BODY:
        raise RefusedError(413, f"The body has {len(data)} of {MAX_BODY} bytes.")
    if data and request.headers.get("Content-Encoding") != "aes128gcm":
        raise RefusedError(415, "The body must be encrypted with aes128gcm (RFC 8291).")
    message_id, _, target = request.headers.get(LABEL, "").partition(" ")
    return PushMessage(
        message_id=message_id or str(uuid.uuid4()),
        target=target,
        ttl=min(int(ttl), MAX_TTL),
        topic=topic,
        urgency=urgency,
        data=data,
    )
