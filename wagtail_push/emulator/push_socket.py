"""The push service's door for browsers: Mozilla's autopush protocol.

It has no standard. The other side is ``dom/push/PushServiceWebSocket.sys.mjs`` in
Firefox's sources, Mozilla's own server https://github.com/mozilla-services/autopush-rs.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from wagtail_push.emulator.mailbox import Mailbox
from wagtail_push.emulator.vapid import decode_point, encode
from wagtail_push.emulator.wire import parse_json


PROTOCOL = "push-notification"
DECRYPTED = 100
GREETING = """<!doctype html>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>FCM emulator</title>
<p>This is the push service of the wagtail-push emulator (WebSocket).
<a href="/emulator/">See what it does</a>.
"""

log = logging.getLogger("emulator.push")


class ProtocolError(Exception):
    """Say what a browser may not say."""


class Connection:
    """One browser that is on."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.uaid = ""
        # Answers as they are; messages by version, looked up when it is their turn.
        self.outbox: asyncio.Queue[dict[str, Any] | str] = asyncio.Queue()
        self.farewell: asyncio.Task[bool] | None = None


class PushSocket:
    """Talk with the browsers that are on."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._connections: dict[str, Connection] = {}
        self._open: set[Connection] = set()
        self.endpoint_base = ""
        self._answers: dict[
            str, Callable[[Connection, dict[str, Any]], dict[str, Any] | None]
        ] = {
            "register": self._register,
            "unregister": self._unregister,
            "ack": self._ack,
            "nack": self._nack,
            "broadcast_subscribe": self._ignore,
        }

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [web.get("/", self.talk)]

    def connected(self, uaid: str) -> bool:
        """Return whether this browser is on."""
        return uaid in self._connections

    def deliver(self, uaid: str, version: str) -> None:
        """Send a message if its browser is on; else it waits for the next hello."""
        connection = self._connections.get(uaid)
        if connection is not None:
            connection.outbox.put_nowait(version)

    async def talk(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until either side ends it."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(text=GREETING, content_type="text/html")
        socket = web.WebSocketResponse(protocols=(PROTOCOL,), max_msg_size=64 * 1024)
        await socket.prepare(request)
        connection = Connection(socket)
        self._open.add(connection)
        writer = asyncio.create_task(self._write(connection))
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    raise ProtocolError("only text is understood")
                self._read(connection, frame.data)
        except ProtocolError as error:
            log.warning("closing a connection: %s", error)
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"protocol")
        finally:
            writer.cancel()
            self._open.discard(connection)
            self._leave(connection)
        return socket

    async def close(self) -> None:
        """Say goodbye to every browser."""
        for connection in list(self._open):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    def _leave(self, connection: Connection) -> None:
        if self._connections.get(connection.uaid) is connection:
            del self._connections[connection.uaid]
            self._mailbox.disconnected(connection.uaid)

    async def _write(self, connection: Connection) -> None:
        while True:
            item = await connection.outbox.get()
            if not isinstance(item, str):
                frame: dict[str, Any] | None = item
            elif self._connections.get(connection.uaid) is connection:
                frame = self._notification(item)
            else:
                return
            if frame is None:
                continue
            try:
                await connection.socket.send_str(json.dumps(frame))
            except ConnectionError:
                return

    def _notification(self, version: str) -> dict[str, Any] | None:
        row = self._mailbox.notification(version)
        if row is None:
            return None
        frame = {
            "messageType": "notification",
            "channelID": row["channel_id"],
            "version": row["version"],
            "ttl": row["ttl"],
        }
        if row["data"]:
            frame["data"] = encode(row["data"])
            frame["headers"] = {"encoding": "aes128gcm"}
        return frame

    def _read(self, connection: Connection, text: str) -> None:
        try:
            message = parse_json(text)
        except ValueError as error:
            raise ProtocolError(f"not JSON: {error}") from None
        if not isinstance(message, dict):
            raise ProtocolError("not an object")
        if not message:
            connection.outbox.put_nowait({})
            return
        kind = message.get("messageType")
        if kind == "hello" and not connection.uaid:
            self._hello(connection, message)
            return
        answer = self._answers.get(kind) if isinstance(kind, str) else None
        if answer is None or not connection.uaid:
            raise ProtocolError("an unknown message, or one out of turn")
        reply = answer(connection, message)
        if reply is not None:
            connection.outbox.put_nowait(reply)

    def _hello(self, connection: Connection, message: dict[str, Any]) -> None:
        uaid = message.get("uaid")
        if not isinstance(uaid, str) or not self._mailbox.knows(uaid):
            uaid = self._mailbox.new_user_agent()
        connection.uaid = uaid
        older = self._connections.get(uaid)
        if older is not None:
            self._leave(older)
            older.farewell = asyncio.create_task(older.socket.close())
        self._connections[uaid] = connection
        connection.outbox.put_nowait(
            {
                "messageType": "hello",
                "status": 200,
                "uaid": uaid,
                "use_webpush": True,
                "broadcasts": {},
            }
        )
        for version in self._mailbox.waiting(uaid):
            connection.outbox.put_nowait(version)

    def _register(
        self, connection: Connection, message: dict[str, Any]
    ) -> dict[str, Any]:
        channel_id, key = message.get("channelID"), message.get("key")
        reply = {"messageType": "register", "channelID": channel_id}
        try:
            channel_id = str(uuid.UUID(channel_id))
            key = encode(decode_point(key)) if key else ""
        except (ValueError, AttributeError, TypeError):
            return {**reply, "status": 400, "error": "channelID or key is malformed"}
        subscription = self._mailbox.subscribe(connection.uaid, channel_id, key)
        endpoint = self.endpoint_base + subscription.token
        return {**reply, "status": 200, "pushEndpoint": endpoint}

    def _unregister(
        self, connection: Connection, message: dict[str, Any]
    ) -> dict[str, Any]:
        channel_id = message.get("channelID")
        self._mailbox.unsubscribe(connection.uaid, str(channel_id))
        return {"messageType": "unregister", "channelID": channel_id, "status": 200}

    def _ack(self, connection: Connection, message: dict[str, Any]) -> None:
        updates = message.get("updates")
        for update in updates if isinstance(updates, list) else []:
            if isinstance(update, dict) and isinstance(update.get("version"), str):
                code = update.get("code", DECRYPTED)
                self._mailbox.acknowledge(
                    connection.uaid, update["version"], readable=code == DECRYPTED
                )
                if code != DECRYPTED:
                    log.warning("a browser could not decrypt a message (%s)", code)

    def _nack(self, connection: Connection, message: dict[str, Any]) -> None:
        log.warning(
            "a service worker failed on a message (code %s)", message.get("code")
        )

    def _ignore(self, connection: Connection, message: dict[str, Any]) -> None:
        """Take note of nothing: broadcasts are Mozilla's own."""
