"""Put the parts together and keep them running."""

import asyncio
import ipaddress
import signal
import socket
import sys
from collections.abc import Collection
from contextlib import suppress

from aiohttp import web

from wagtail_push.emulator.by_hand import ByHand
from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.control import Control
from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.fault_control import FaultControl
from wagtail_push.emulator.fcm import Messages
from wagtail_push.emulator.guard import PushHosts
from wagtail_push.emulator.installations import Installations
from wagtail_push.emulator.mailbox import Mailbox
from wagtail_push.emulator.middleware import RequestLog, around
from wagtail_push.emulator.oauth import OAuth
from wagtail_push.emulator.page.deeds import Deeds
from wagtail_push.emulator.page.routes import Page
from wagtail_push.emulator.page.showing import Showing
from wagtail_push.emulator.push_http import PATH, PushEndpoint
from wagtail_push.emulator.push_socket import PushSocket
from wagtail_push.emulator.registrations import Registrations
from wagtail_push.emulator.registry import Registry
from wagtail_push.emulator.store import Store
from wagtail_push.emulator.vapid import KeyPair
from wagtail_push.emulator.webpush import WebPush


# Firebase's own emulators treat projects named demo-… as ones without real resources.
FIREBASE = {
    "apiKey": "emulator-api-key",
    "appId": "1:123456789012:web:0123456789abcdef",
    "projectId": "demo-project",
    "messagingSenderId": "123456789012",
}
# FCM takes 4 KB of data; JSON may write a byte of it as six.
MAX_REQUEST = 64 * 1024
PORT = "port"


async def serve(
    store: Store, host: str, port: int, allowed_push_hosts: Collection[str]
) -> None:
    """Run an emulator until SIGTERM or SIGINT."""
    emulator = Emulator(store, allowed_push_hosts)
    try:
        await emulator.run(host, port)
    finally:
        await emulator.close()


class Emulator:
    """Google's three services and a push service, on one port.

    Made inside a running event loop.
    """

    def __init__(self, store: Store, allowed_push_hosts: Collection[str] = ()) -> None:
        clock = Clock()
        self._store = store
        keys = KeyPair(store)
        registry = Registry(store, clock)
        mailbox = Mailbox(store, clock)
        requests = RequestLog(clock)
        installations = Installations(store)
        faults = FaultBoard()
        oauth = OAuth(store, clock, faults)
        self._socket = PushSocket(mailbox)
        self._endpoint = PushEndpoint(mailbox, self._socket, clock)
        self._webpush = WebPush(keys, PushHosts(allowed_push_hosts), clock)
        config = {"firebase": FIREBASE, "vapidKey": keys.public}
        sender_id = FIREBASE["messagingSenderId"]
        messages = Messages(oauth, faults, registry, self._webpush, sender_id)
        by_hand = ByHand(messages, registry)
        parts = (
            installations,
            Registrations(registry, installations, keys.public, faults),
            oauth,
            messages,
            self._socket,
            self._endpoint,
            Control(config, registry, mailbox, requests, clock, faults),
            by_hand,
            FaultControl(faults),
            Page(
                Showing(config, registry, mailbox, requests, faults),
                Deeds(registry, faults, by_hand),
            ),
        )
        self._app = web.Application(
            middlewares=[around(requests)], client_max_size=MAX_REQUEST
        )
        for part in parts:
            self._app.router.add_routes(part.routes())
        self._app.on_shutdown.append(self._say_goodbye)

    async def _say_goodbye(self, app: web.Application) -> None:
        await self._socket.close()

    async def run(self, host: str, port: int) -> None:
        """Print one line when ready, and answer until told to stop."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            # Windows has no handlers of this kind and ends by KeyboardInterrupt.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, stopped.set)
        listener = self._listen(host, port)
        address = f"{bracketed(host)}:{listener.getsockname()[1]}"
        origin = f"http://{address}"
        self._endpoint.origin = self._webpush.origin = origin
        self._socket.endpoint_base = origin + PATH
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            sys.stdout.write(
                f"FCM emulator ready at {origin} (push service ws://{address}/)\n"
            )
            sys.stdout.flush()
            await stopped.wait()
        finally:
            await runner.cleanup()

    async def close(self) -> None:
        """Close what is connected."""
        await self._webpush.close()

    def _listen(self, host: str, port: int) -> socket.socket:
        """Bind; any free port is the one of the last time if that is still free.

        The endpoints that browsers were given hold the port.
        """
        last = int(self._store.read(PORT) or 0)
        try:
            listener = _bind(host, port or last)
        except OSError:
            if port or not last:
                raise
            listener = _bind(host, 0)
        self._store.write(PORT, str(listener.getsockname()[1]))
        return listener


def bracketed(host: str) -> str:
    """Return ``host`` as it is written in a URL."""
    return f"[{host}]" if ":" in host else host


def _bind(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    version = ipaddress.ip_address(address).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    return socket.create_server((address, port), family=family)
