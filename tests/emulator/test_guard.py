import asyncio
import socket
import threading

import pytest
from firebase_admin import exceptions
from yarl import URL

from wagtail_push.emulator.guard import HostRefusedError, PushHosts, is_loopback
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver


CREATED = b"HTTP/1.1 201 Created"
REST = b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Listener:
    """A server that is reached as 0.0.0.0, which no rule calls loopback."""

    def __init__(self, head=CREATED):
        self._head = head
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://0.0.0.0:{self._socket.getsockname()[1]}/push"
        self.requests = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))
                connection.sendall(self._head + REST)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def listener():
    with Listener() as server:
        yield server


def register_at(receiver, endpoint):
    receiver._endpoint = endpoint
    receiver.register()


def test_foreign_push_host_is_refused_and_not_connected(sender, receiver, listener):
    register_at(receiver, listener.url)

    with pytest.raises(exceptions.PermissionDeniedError) as caught:
        sender.send("fid", receiver.target)

    assert str(caught.value) == (
        "The emulator sends push messages only to this machine, not to 0.0.0.0. "
        "To allow that host, start it with --allow-push-host 0.0.0.0"
    )
    assert listener.requests == []


def test_foreign_push_host_can_be_allowed(make_sender, listener):
    with (
        EmulatorProcess(allow_push_hosts=["0.0.0.0"]) as emulator,
        Receiver(emulator.url) as receiver,
    ):
        register_at(receiver, listener.url)
        make_sender(emulator).send("fid", receiver.target)

    assert len(listener.requests) == 1
    head = listener.requests[0].split(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"post /push http/1.1\r\n")
    for header in (b"authorization: vapid t=", b"ttl: 2419200", b"aes128gcm"):
        assert header in head
    assert b"emulator-message" not in head


def test_localhost_is_this_machine(sender, receiver):
    register_at(receiver, receiver._endpoint.replace("127.0.0.1", "localhost"))

    # Its own push service is known under one address, and so refuses this audience.
    with pytest.raises(exceptions.InternalError, match="answered 403"):
        sender.send("fid", receiver.target)


def test_push_service_that_does_not_answer_is_unavailable(sender, receiver):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    register_at(receiver, f"http://127.0.0.1:{port}/push")

    with pytest.raises(exceptions.UnavailableError):
        sender.send("fid", receiver.target)


def test_push_service_cannot_lead_elsewhere(sender, receiver, listener):
    with Listener(b"HTTP/1.1 307 Moved\r\nLocation: " + listener.url.encode()) as door:
        register_at(receiver, door.url.replace("0.0.0.0", "127.0.0.1"))

        with pytest.raises(exceptions.InternalError, match="answered 307"):
            sender.send("fid", receiver.target)

    assert (len(door.requests), listener.requests) == (1, [])


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"]
)
def test_loopback_hosts(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *(None, "", "0.0.0.0", "10.0.0.1", "169.254.169.254", "::", "fe80::1"),
        *("localhost.example.org", "notlocalhost", "127.0.0.1.nip.io", "127.1"),
        *("2130706433", "0x7f000001", "[::1]"),
    ],
)
def test_other_hosts(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@example.org/",
        "http://example.org#@127.0.0.1/",
        "http://allowed.example.org/",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
    ],
)
def test_urls_are_judged_by_their_host(url):
    async def check():
        PushHosts(["allowed.example"]).check(URL(url))

    with pytest.raises(HostRefusedError):
        asyncio.run(check())


@pytest.mark.parametrize("name", ["localhost", "push.localhost"])
def test_localhost_names_are_not_looked_up(name, monkeypatch):
    def look_up(*arguments, **options):
        raise AssertionError("looked up")

    monkeypatch.setattr("socket.getaddrinfo", look_up)

    async def resolve():
        return await PushHosts([]).resolve(name, 80)

    assert [found["host"] for found in asyncio.run(resolve())] == ["127.0.0.1", "::1"]
