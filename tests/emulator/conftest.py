import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import firebase_admin
import pytest
import requests.adapters
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import credentials, messaging

from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess() as process:
        yield process


@pytest.fixture
def emulator(shared_emulator: EmulatorProcess) -> EmulatorProcess:
    """An emulator that other tests use too: neither restart it nor turn its clock."""
    return shared_emulator


@pytest.fixture
def faulty(emulator: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """The shared emulator, for a test that sets faults for all."""
    yield emulator
    emulator.clear_faults()


@pytest.fixture
def own_emulator() -> Iterator[EmulatorProcess]:
    """An emulator that only this test knows."""
    with EmulatorProcess() as process:
        yield process


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


class Sender:
    """The unmodified firebase-admin, led to an emulator."""

    def __init__(
        self, emulator: EmulatorProcess, private_key: str, timeout: float
    ) -> None:
        certificate = credentials.Certificate(
            {
                "type": "service_account",
                "project_id": "demo-project",
                "private_key_id": "1",
                "private_key": private_key,
                "client_email": "push@demo-project.example",
                "client_id": "1",
                "token_uri": f"{emulator.url}/oauth2.googleapis.com/token",
            }
        )
        self.app = firebase_admin.initialize_app(
            certificate, {"httpTimeout": timeout}, name=str(uuid.uuid4())
        )
        service = messaging._get_messaging_service(self.app)
        service._fcm_url = (
            f"{emulator.url}/fcm.googleapis.com/v1/projects/demo-project/messages:send"
        )
        # The SDK's own retries take seven seconds for every 503.
        service._client.session.mount(
            "http://", requests.adapters.HTTPAdapter(max_retries=0)
        )

    def send(
        self,
        kind: str,
        target: str,
        data: dict[str, str] | None = None,
        *,
        dry_run: bool = False,
        headers: dict[str, str] | None = None,
        webpush: messaging.WebpushConfig | None = None,
    ) -> str:
        """Send data to a target and return the message's name."""
        options = {
            "data": data or {"id": "1"},
            "webpush": webpush or messaging.WebpushConfig(headers=headers),
        }
        if kind == "fid":
            message = messaging.Message(fid=target, **options)
        else:
            with pytest.warns(DeprecationWarning, match="Use Message.fid instead"):
                message = messaging.Message(token=target, **options)
        return messaging.send(message, dry_run, self.app)


@pytest.fixture
def make_sender(private_key: str) -> Iterator[Callable[..., Sender]]:
    apps = []

    def make(emulator: EmulatorProcess, timeout: float = 10) -> Sender:
        sender = Sender(emulator, private_key, timeout)
        apps.append(sender.app)
        return sender

    yield make
    for app in apps:
        firebase_admin.delete_app(app)


@pytest.fixture
def sender(emulator: EmulatorProcess, make_sender: Callable[..., Sender]) -> Sender:
    return make_sender(emulator)


@pytest.fixture
def receiver(emulator: EmulatorProcess) -> Iterator[Receiver]:
    with Receiver(emulator.url) as browser:
        yield browser


@pytest.fixture
def access_token(sender: Sender) -> str:
    token = sender.app.credential.get_access_token()
    return str(token.access_token)


Answer = tuple[int, Any]


@pytest.fixture
def call() -> Callable[..., Answer]:
    """Send any bytes to any address; return status and JSON."""

    def call(
        method: str,
        url: str,
        body: bytes | dict[str, Any] | None = None,
        **headers: str,
    ) -> Answer:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(url, data=data, headers=named, method=method)
        try:
            with urlopen(request, timeout=10) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    return call


@pytest.fixture
def plain() -> Callable[[str, str], str]:
    """Ask for something and return its text."""

    def plain(method: str, url: str) -> str:
        with urlopen(Request(url, method=method), timeout=10) as response:
            return str(response.read().decode())

    return plain
