"""A Google that is told what to answer, and every way there is to reach it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from firebase_admin import messaging

from tests.backends import google as endpoints
from tests.backends.google import Google
from tests.running import missing
from wagtail_push.backends.fcm import FCMBackend, Transport
from wagtail_push.backends.fcm.send_each import SendEach
from wagtail_push.messages import DeliveryResult, Envelope


def send_each() -> type[Transport]:
    return SendEach


def multiplexed() -> type[Transport]:
    if find_spec("pycurl") is None:
        missing("pycurl", "pip install pycurl")
    from wagtail_push.backends.fcm.multiplexed import Multiplexed

    return Multiplexed


#: The transport, and the protocol that FCM speaks.
WIRES: dict[str, tuple[Callable[[], type[Transport]], str]] = {
    "send_each": (send_each, "HTTP/1.1"),
    "fast, HTTP/1.1": (multiplexed, "HTTP/1.1"),
    "fast, HTTP/2": (multiplexed, "HTTP/2"),
    # It gets as far as TLS.
    "send_each, HTTP/2": (send_each, "HTTP/2"),
}


@dataclass
class Wire:
    """A way to Google: FCM's origin, the account that signs in, and the transport."""

    google: Google
    origin: str
    account: dict[str, str]
    transport: type[Transport]


@pytest.fixture(scope="session")
def account() -> dict[str, str]:
    return endpoints.service_account()


@pytest.fixture(params=[name for name in WIRES if name != "send_each, HTTP/2"])
def wire(
    request: pytest.FixtureRequest,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    account: dict[str, str],
) -> Iterator[Wire]:
    transport, protocol = WIRES[request.param]
    google = Google()
    with ExitStack() as stack:
        origin = stack.enter_context(endpoints.http1(google))
        if protocol == "HTTP/1.1":
            settings.WAGTAIL_PUSH = {"EMULATOR": origin}
        else:
            account = {**account, "token_uri": f"{origin}{endpoints.TOKEN_PATH}"}
            settings.WAGTAIL_PUSH = {"CREDENTIALS": account}
            origin = stack.enter_context(endpoints.http2(google, tmp_path))
            lead_to(origin, monkeypatch)
            authority = str(tmp_path / "authority.pem")
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority)
        yield Wire(google, origin, account, transport())


def lead_to(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put ``origin`` in the place of FCM's."""
    url = f"{origin}/v1/projects/{{0}}/messages:send"
    monkeypatch.setattr(messaging._MessagingService, "FCM_URL", url)


@pytest.fixture
def google(wire: Wire) -> Google:
    return wire.google


@pytest.fixture
def backend(wire: Wire) -> FCMBackend:
    return FCMBackend(wire.transport)


@pytest.fixture
def send(backend: FCMBackend) -> Callable[..., list[DeliveryResult]]:
    def send(*envelopes: Envelope) -> list[DeliveryResult]:
        return backend.send(envelopes)

    return send
