"""Encrypt a message for a browser and hand it to the browser's push service.

Encryption: RFC 8291 with the content coding of RFC 8188. Delivery: RFC 8030.
"""

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from pywebpush import WebPusher
from yarl import URL

from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.guard import PushHosts
from wagtail_push.emulator.message import OutgoingMessage
from wagtail_push.emulator.registry import Subscription
from wagtail_push.emulator.vapid import KeyPair


# Tells the emulator's own push service what its log calls this message.
LABEL = "Emulator-Message"
TIMEOUT = ClientTimeout(total=10)


class UnreachableError(Exception):
    """Say why a push service did not answer."""


def encrypt(payload: bytes, subscription: Subscription) -> bytes:
    """Return ``payload`` as only the subscribed browser can read it."""
    pusher = WebPusher(
        {
            "endpoint": subscription.endpoint,
            "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
        }
    )
    return bytes(pusher.encode(payload, content_encoding="aes128gcm")["body"])


class WebPush:
    """Send to push services, this emulator's own among them."""

    def __init__(self, keys: KeyPair, hosts: PushHosts, clock: Clock) -> None:
        self._keys = keys
        self._hosts = hosts
        self._clock = clock
        self._session = ClientSession(
            connector=TCPConnector(resolver=hosts),
            cookie_jar=DummyCookieJar(),
            timeout=TIMEOUT,
        )
        self.origin = ""

    async def close(self) -> None:
        """Close what is connected."""
        await self._session.close()

    async def send(
        self,
        subscription: Subscription,
        payload: bytes,
        message: OutgoingMessage,
        message_id: str,
    ) -> int:
        """Return the status that the push service answers.

        Raise HostRefusedError, with nothing connected, if it may not be asked, and
        UnreachableError if it does not answer.
        """
        endpoint = URL(subscription.endpoint)
        self._hosts.check(endpoint)
        audience = str(endpoint.origin())
        headers = {
            "Authorization": self._keys.sign(audience, self._clock.real()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
        }
        if message.topic:
            headers["Topic"] = message.topic
        if audience == self.origin:
            headers[LABEL] = f"{message_id} {message.target}"
        body = encrypt(payload, subscription)
        try:
            async with self._session.post(
                endpoint, data=body, headers=headers, allow_redirects=False
            ) as response:
                return response.status
        except (ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(str(error) or type(error).__name__) from None
