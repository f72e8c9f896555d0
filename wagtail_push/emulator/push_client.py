"""The browser's end of Mozilla's autopush protocol, in a thread of its own."""

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType
from http_ece import ECEException

from wagtail_push.emulator.browser_keys import BrowserKeys
from wagtail_push.emulator.push_socket import DECRYPTED, PROTOCOL
from wagtail_push.emulator.vapid import decode


UNREADABLE = 101
TIMEOUT = 10
RECONNECT = 0.2

log = logging.getLogger("emulator.receiver")


class PushClient:
    """Stay connected while on, and hand over what is decrypted.

    A lost connection is made again, as Firefox does.
    """

    def __init__(
        self, url: str, keys: BrowserKeys, receive: Callable[[bytes], None]
    ) -> None:
        self._url = url.replace("http", "ws", 1) + "/"
        self._keys = keys
        self._receive = receive
        self._uaid = ""
        self._channel_id = str(uuid.uuid4())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._socket: ClientWebSocketResponse | None = None
        self._seen: set[str] = set()
        self._answers: dict[str, Future[dict[str, Any]]] = {}
        self._listening: asyncio.Task[None] | None = None

    def connect(self) -> None:
        """Connect, say hello, and return when the push service has answered."""
        if self._listening is not None:
            return
        answer = self._expect("hello")
        self._run(self._start())
        answer.result(TIMEOUT)

    def disconnect(self) -> None:
        """Close the connection and do not make it again."""
        self._run(self._stop())

    def close(self) -> None:
        """Disconnect and end the thread."""
        if self._loop.is_closed():
            return
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._loop.close()

    def subscribe(self, key: str) -> str:
        """Return the endpoint of this browser's channel."""
        answer = self._ask(
            {"messageType": "register", "channelID": self._channel_id, "key": key}
        )
        return str(answer["pushEndpoint"])

    def unsubscribe(self) -> None:
        """Give the channel up; the next subscription has another endpoint."""
        self._ask({"messageType": "unregister", "channelID": self._channel_id})
        self._channel_id = str(uuid.uuid4())

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        answer = self._expect(message["messageType"])
        self._run(self._send(message))
        return answer.result(TIMEOUT)

    def _expect(self, kind: str) -> Future[dict[str, Any]]:
        answer: Future[dict[str, Any]] = Future()
        self._answers[kind] = answer
        return answer

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(TIMEOUT)

    async def _start(self) -> None:
        self._listening = asyncio.create_task(self._listen())

    async def _stop(self) -> None:
        task, self._listening = self._listening, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            raise ConnectionError("The browser is off.")
        await self._socket.send_json(message)

    async def _listen(self) -> None:
        while True:
            try:
                await self._converse()
            except (ClientError, OSError) as error:
                log.debug("connecting again: %s", error)
            await asyncio.sleep(RECONNECT)

    async def _converse(self) -> None:
        async with (
            ClientSession() as session,
            session.ws_connect(self._url, protocols=(PROTOCOL,)) as socket,
        ):
            self._socket = socket
            try:
                await self._hello()
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        await self._hear(frame.json())
            finally:
                self._socket = None

    async def _hello(self) -> None:
        message = {"messageType": "hello", "broadcasts": {}, "use_webpush": True}
        if self._uaid:
            message["uaid"] = self._uaid
        await self._send(message)

    async def _hear(self, message: dict[str, Any]) -> None:
        kind = message.get("messageType", "")
        if kind == "notification":
            await self._notified(message)
            return
        if kind == "hello":
            self._uaid = message["uaid"]
        answer = self._answers.pop(kind, None)
        if answer is not None:
            answer.set_result(message)

    async def _notified(self, message: dict[str, Any]) -> None:
        code = DECRYPTED
        # A message whose acknowledgement was lost comes again.
        if message["version"] not in self._seen:
            try:
                self._receive(self._keys.decrypt(decode(message["data"])))
            except (ECEException, ValueError, KeyError):
                code = UNREADABLE
            self._seen.add(message["version"])
        await self._acknowledge(message, code)

    async def _acknowledge(self, message: dict[str, Any], code: int) -> None:
        update = {
            "channelID": message["channelID"],
            "version": message["version"],
            "code": code,
        }
        await self._send({"messageType": "ack", "updates": [update]})
