"""Google's token and FCM endpoints on loopback, in HTTP/1.1 and in HTTP/2 over TLS.

They answer as a test tells them, and do what a network can do instead of answering.
"""

import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded


TOKEN_PATH = "/oauth2.googleapis.com/token"
SEND_PATH = "/v1/projects/demo-project/messages:send"


class Instead(Enum):
    """What comes instead of an answer; the last three are HTTP/2's."""

    NOTHING = "nothing"
    RESET = "reset"
    CUT = "cut short"
    REFUSED = "refused stream"
    GOAWAY = "goaway"
    BREAK = "the whole connection"


Reply = tuple[int, dict[str, str], bytes]


class Google:
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.bearers: list[str] = []
        self.clients: set[tuple[str, int]] = set()
        self.tokens = 0
        self.answer: Callable[[dict[str, Any]], Reply | Instead] = lambda message: ok()
        self.token: Callable[[], Reply] = self.new_token

    def new_token(self) -> Reply:
        """Answer with a token that says which one it is."""
        return reply(
            200,
            {
                "access_token": f"t{self.tokens}",
                "expires_in": 3600,
                "token_type": "Bearer",
            },
        )

    def respond(
        self, client: tuple[str, int], path: str, headers: dict[str, str], body: bytes
    ) -> Reply | Instead:
        """Note a request and answer it."""
        if path == TOKEN_PATH:
            self.tokens += 1
            return self.token()
        if not path.endswith(SEND_PATH):
            return reply(404, b"There is nothing here.")
        posted = json.loads(body)
        self.clients.add(client)
        self.bearers.append(headers["authorization"].removeprefix("Bearer "))
        self.posts.append(posted)
        return self.answer(posted["message"])


def reply(status: int, body: Any, **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, data


def ok() -> Reply:
    return reply(200, {"name": "projects/demo-project/messages/1"})


def error(
    status: int, code: str, message: str = "No.", *details: Any, **headers: str
) -> Reply:
    body = {
        "code": status,
        "message": message,
        "status": code,
        "details": list(details),
    }
    return reply(status, {"error": body}, **headers)


def fcm(code: str) -> dict[str, str]:
    return {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": code,
    }


def violation(field: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": field, "description": "Invalid."}],
    }


@contextmanager
def http1(google: Google) -> Iterator[str]:
    """Answer HTTP/1.1 in clear text; yield the origin."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {k.lower(): v for k, v in self.headers.items()}
            answer = google.respond(self.client_address, self.path, headers, body)
            if isinstance(answer, Instead):
                self.close_connection = True
                self.do_instead(answer)
                return
            status, sent, data = answer
            self.send_response(status)
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_instead(self, what: Instead) -> None:
            if what is Instead.NOTHING:
                # Until the client has gone.
                self.rfile.read(1)
            elif what is Instead.RESET:
                reset(self.connection)
            elif what is Instead.CUT:
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"name":')
            else:
                raise NotImplementedError(what)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(_Quiet, ThreadingHTTPServer):
        pass

    with _serving(Server(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def http2(google: Google, folder: Path) -> Iterator[str]:
    """Answer HTTP/2 over TLS; yield the origin.

    Its authority is in ``folder / "authority.pem"``.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*write_certificates(folder))
    context.set_alpn_protocols(["h2"])

    class Server(_Quiet, socketserver.ThreadingTCPServer):
        pass

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with context.wrap_socket(self.request, server_side=True) as connection:
                _Http2(google, connection, self.client_address).run()

    with _serving(Server(("127.0.0.1", 0), Handler)) as port:
        yield f"https://127.0.0.1:{port}"


class _Quiet(socketserver.ThreadingMixIn):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    # Several hundred connections come at once; the default backlog drops some.
    request_queue_size = 1024

    def handle_error(self, *args: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    with server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


class _Http2:
    """One connection."""

    def __init__(
        self, google: Google, connection: ssl.SSLSocket, client: tuple[str, int]
    ) -> None:
        self.google = google
        self.socket = connection
        self.client = client
        self.h2 = H2Connection(H2Configuration(client_side=False))
        self.asked: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.going = True

    def run(self) -> None:
        self.h2.initiate_connection()
        self.flush()
        while data := self.socket.recv(65_536):
            if not self.going:
                # Until the client has gone: to close now would reset the connection.
                continue
            for event in self.h2.receive_data(data):
                self.take(event)
            self.flush()

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def take(self, event: Any) -> None:
        if not self.going:
            return
        if isinstance(event, RequestReceived):
            headers = {
                bytes(k).decode(): bytes(v).decode() for k, v in event.headers or ()
            }
            self.asked[event.stream_id] = headers, bytearray()
        elif isinstance(event, DataReceived):
            self.asked[event.stream_id][1].extend(event.data or b"")
            self.h2.acknowledge_received_data(
                event.flow_controlled_length, event.stream_id
            )
        elif isinstance(event, StreamEnded):
            self.answer(event.stream_id)

    def answer(self, stream: int) -> None:
        headers, body = self.asked.pop(stream)
        answer = self.google.respond(
            self.client, headers[":path"], headers, bytes(body)
        )
        if isinstance(answer, Instead):
            self.do_instead(answer, stream)
            return
        status, sent, data = answer
        lines = [(":status", str(status)), *((k.lower(), v) for k, v in sent.items())]
        self.h2.send_headers(stream, lines)
        self.h2.send_data(stream, data, end_stream=True)

    def do_instead(self, what: Instead, stream: int) -> None:
        if what is Instead.RESET:
            self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        elif what is Instead.CUT:
            self.h2.send_headers(stream, [(":status", "200")])
            self.h2.send_data(stream, b'{"name":')
            self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        elif what is Instead.REFUSED:
            self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
        elif what is Instead.GOAWAY:
            # This stream and later ones were not processed: RFC 9113, 6.8.
            self.h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=stream - 2)
            self.flush()
            self.going = False
        elif what is Instead.BREAK:
            reset(self.socket)


def reset(connection: socket.socket) -> None:
    """Break a connection off with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def write_certificates(folder: Path) -> tuple[Path, Path]:
    """Write ``authority.pem``; return the files of a certificate of loopback's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_file = folder / "authority.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(private_pem(key))
    return pem, key_file


def service_account() -> dict[str, str]:
    """Return credentials; what is missing is where their tokens come from."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "type": "service_account",
        "project_id": "demo-project",
        "client_email": "portal@demo-project.invalid",
        "private_key_id": "throw-away",
        "private_key": private_pem(key).decode(),
    }


def private_pem(key: Any) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem
