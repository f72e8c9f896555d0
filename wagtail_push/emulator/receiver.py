"""A browser without a browser, for machines without Firefox.

It registers as the Firebase SDK does and receives as Firefox does: its own keys, a
WebSocket to the push service, decryption (RFC 8291), acknowledgement. It cannot tell
how a real browser treats a service worker or a notification.

    with Receiver(emulator.url) as receiver:
        send_to(receiver.target)
        payload = receiver.wait_for(lambda payload: "data" in payload)
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request

from wagtail_push.emulator.browser_keys import BrowserKeys
from wagtail_push.emulator.client import opener
from wagtail_push.emulator.push_client import PushClient
from wagtail_push.emulator.registry import Kind
from wagtail_push.emulator.vapid import encode


SDK_VERSION = "0.13.3"
TIMEOUT = 10

Payload = dict[str, Any]


class ReceiverError(Exception):
    """Say what the emulator refused."""


class Receiver:
    """One browser profile on one origin, registered with FCM."""

    def __init__(
        self,
        emulator_url: str,
        kind: Kind = "fid",
        *,
        project: str | None = None,
        origin: str = "localhost:8000",
    ) -> None:
        self._url = emulator_url.rstrip("/")
        self._origin = origin
        self.kind: Kind = kind
        self.target = ""
        self.fid = new_fid()
        self._keys = BrowserKeys()
        self._payloads: list[Payload] = []
        self._arrived = threading.Condition()
        self._push = PushClient(self._url, self._keys, self._receive)
        config = self._call("GET", "/emulator/config")
        self._firebase = config["firebase"]
        self._vapid_key: str = config["vapidKey"]
        self._project: str = project or self._firebase["projectId"]
        self._tokens: dict[str, Any] = {}
        self._endpoint = ""

    def __enter__(self) -> Self:
        self.connect()
        try:
            self.register()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def connect(self) -> None:
        """Start the browser: what has waited for it arrives now."""
        self._push.connect()

    def disconnect(self) -> None:
        """Turn the browser off; it stays registered."""
        self._push.disconnect()

    def close(self) -> None:
        """Turn the browser off for good."""
        self._push.close()

    def register(self, kind: Kind | None = None) -> str:
        """Register as ``register()`` (FID) or ``getToken()`` do; return the target."""
        self.kind = kind or self.kind
        if not self._tokens:
            self._tokens = self._install()
        if not self._endpoint:
            self._endpoint = self._push.subscribe(self._vapid_key)
        body = self._subscription()
        if self.kind == "fid":
            body["fcm_sdk_version"] = SDK_VERSION
        answer = self._call("POST", self._registrations, body, self._fis())
        if self.kind == "fid":
            self.target = answer["name"].partition("/registrations/")[2]
            if self.target != self.fid:
                raise ReceiverError("The answer names another installation.")
        else:
            self.target = answer["token"]
        return self.target

    def refresh(self) -> str:
        """Renew the registration as the SDK does every week; return the target."""
        if self.kind == "fid":
            return self.register()
        path = f"{self._registrations}/{self.target}"
        answer = self._call("PATCH", path, self._subscription(), self._fis())
        self.target = answer["token"]
        return self.target

    def renew_auth_token(self) -> None:
        """Get a new installation token as the SDK does when the old one ends."""
        token = self._call(
            "POST",
            f"{self._installations}/{self.fid}/authTokens:generate",
            {"installation": {"sdkVersion": "w:0.6.24", "appId": self._app_id}},
            {"Authorization": f"FIS_v2 {self._tokens['refreshToken']}"},
        )
        self._tokens["authToken"] = token

    def unregister(self) -> None:
        """Delete the registration as ``unregister()`` and ``deleteToken()`` do."""
        path = f"{self._registrations}/{self.target}"
        self._call("DELETE", path, headers=self._fis())

    def unsubscribe(self) -> None:
        """Lose the push subscription, as when notifications are blocked.

        FCM is not told; the push service answers 410 from now on.
        """
        self._push.unsubscribe()
        self._endpoint = ""

    def wait_for(
        self,
        predicate: Callable[[Payload], bool] = lambda payload: True,
        timeout: float = TIMEOUT,
    ) -> Payload:
        """Return the first payload that fits and was not returned before."""
        deadline = time.monotonic() + timeout
        with self._arrived:
            while True:
                for index, payload in enumerate(self._payloads):
                    if predicate(payload):
                        return self._payloads.pop(index)
                if not self._arrived.wait(deadline - time.monotonic()):
                    count = len(self._payloads)
                    raise TimeoutError(
                        f"No such message within {timeout} s; {count} others arrived."
                    )

    @property
    def payloads(self) -> list[Payload]:
        """Return what arrived and was not returned by :meth:`wait_for`."""
        with self._arrived:
            return list(self._payloads)

    def report(self, url: str, capability: str, notification: str, event: str) -> int:
        """Post a receipt as the portal's service worker does; return the status."""
        body = {"notification": notification, "event": event}
        headers = {"Authorization": f"Capability {capability}"}
        status, _ = _post(url, "POST", body, headers)
        return status

    def _receive(self, content: bytes) -> None:
        payload = json.loads(content)
        with self._arrived:
            self._payloads.append(payload)
            self._arrived.notify_all()

    def _install(self) -> dict[str, Any]:
        body = {
            "fid": self.fid,
            "authVersion": "FIS_v2",
            "appId": self._app_id,
            "sdkVersion": "w:0.6.24",
        }
        return self._call("POST", self._installations, body)

    def _subscription(self) -> dict[str, Any]:
        return {
            "web": {
                "origin": self._origin,
                "endpoint": self._endpoint,
                "auth": encode(self._keys.auth),
                "p256dh": encode(self._keys.public),
                "applicationPubKey": self._vapid_key,
            }
        }

    def _fis(self) -> dict[str, str]:
        token = self._tokens["authToken"]["token"]
        return {"x-goog-firebase-installations-auth": f"FIS {token}"}

    @property
    def _app_id(self) -> str:
        return str(self._firebase["appId"])

    @property
    def _installations(self) -> str:
        host = "/firebaseinstallations.googleapis.com/v1"
        return f"{host}/projects/{self._project}/installations"

    @property
    def _registrations(self) -> str:
        host = "/fcmregistrations.googleapis.com/v1"
        return f"{host}/projects/{self._project}/registrations"

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        status, text = _post(self._url + path, method, body, headers or {})
        if status != 200:
            raise ReceiverError(f"{method} {path}: {status} {text}")
        answer: dict[str, Any] = json.loads(text)
        return answer


def new_fid() -> str:
    """Return an installation ID as the JavaScript SDK makes them up."""
    seed = bytearray(secrets.token_bytes(17))
    seed[0] = 0b01110000 + seed[0] % 0b00010000
    return encode(bytes(seed))[:22]


def _post(
    url: str, method: str, body: dict[str, Any] | None, headers: dict[str, str]
) -> tuple[int, str]:
    request = Request(  # noqa: S310 - the addresses are the caller's own
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers},
        method=method,
    )
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")
