"""A stand-in for FCM that is not the bottleneck: nginx, 50 ms away.

HTTP/2 by ALPN with FCM's own 100 streams for each connection, TLS 1.3 under a throw-away
authority, eight response headers and a unique name for each message like Google's, and
an OAuth endpoint. It counts what it was asked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from example_site.demo.stack import free_port


FCM = "fcm.googleapis.com"
OAUTH = "oauth2.googleapis.com"
PROJECT = "demo-project"

MODULES = Path("/usr/lib/nginx/modules")

CONFIGURATION = """
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
{user}
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    # One line for each message: when it was answered, after how long, and what it was.
    log_format messages escape=json
        '{{"at":$msec,"took":$request_time,"body":"$request_body"}}';
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_body_buffer_size 16k;
    # Google does not end a connection after a thousand requests.
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    http2_max_concurrent_streams 100;
    lua_shared_dict counts 1m;
    server {{
        listen 127.0.0.1:{port} ssl http2 backlog=4096;
        server_name {fcm} {oauth};
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_protocols TLSv1.3;
        location = /v1/projects/{project}/messages:send {{
            {access_log}
            content_by_lua_block {{
                ngx.req.read_body()
                local number = ngx.shared.counts:incr("messages", 1, 0)
                ngx.sleep({delay})
                local header = ngx.header
                header["Content-Type"] = "application/json; charset=UTF-8"
                header["Vary"] = "Origin, X-Origin, Referer"
                header["Cache-Control"] = "private"
                header["X-XSS-Protection"] = "0"
                header["X-Frame-Options"] = "SAMEORIGIN"
                header["X-Content-Type-Options"] = "nosniff"
                header["Alt-Svc"] = 'h3=":443"; ma=2592000'
                ngx.print('{{\\n  "name": "projects/{project}/messages/', number, '"\\n}}\\n')
            }}
        }}
        location = /token {{
            content_by_lua_block {{
                ngx.shared.counts:incr("tokens", 1, 0)
                ngx.header["Content-Type"] = "application/json; charset=utf-8"
                ngx.print('{{"access_token":"ya29.', string.rep("t", 1019),
                    '","expires_in":3599,"token_type":"Bearer"}}')
            }}
        }}
        location = /counts {{
            content_by_lua_block {{
                local counts = ngx.shared.counts
                ngx.print('{{"messages":', counts:get("messages") or 0,
                    ',"tokens":', counts:get("tokens") or 0, '}}')
            }}
        }}
    }}
}}
"""


class MissingError(Exception):
    """Name the package to install; without it nothing is measured."""


@dataclass(frozen=True, slots=True)
class Message:
    """One that was sent: when it came, in seconds, and the parts that tell them apart."""

    at: float
    target: str
    notification: str
    tag: str
    topic: str

    @classmethod
    def read(cls, line: str) -> Self:
        """Return what a line of the log says."""
        row = json.loads(line)
        message = json.loads(row["body"])["message"]
        data, headers = message["webpush"]["data"], message["webpush"]["headers"]
        return cls(
            row["at"] - row["took"],
            message.get("token") or message["fid"],
            data["id"],
            data["tag"],
            headers["Topic"],
        )


class StandIn:
    """FCM and Google's token endpoint for the length of a ``with`` block.

    ``delay`` is in seconds; with ``log=True`` every message is kept for ``messages()``.
    """

    def __init__(self, *, delay: float = 0.05, log: bool = False) -> None:
        self.program = _nginx()
        self.port = 0
        self._delay = delay
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="wagtail-push-fcm-"))
        try:
            self._write_certificates()
            self._write_credentials()
            self._start()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._clean_up()

    @property
    def pid(self) -> int:
        """Return the process ID of nginx' master."""
        assert self._process is not None
        return self._process.pid

    @property
    def environ(self) -> dict[str, str]:
        """Return what leads a process here; ``tests.benchmarks.names`` reads it."""
        return {
            "STAND_IN_PORT": str(self.port),
            "STAND_IN_CREDENTIALS": str(self.credentials),
            # Read by requests, and by all who trust whom requests trusts.
            "REQUESTS_CA_BUNDLE": str(self.authorities),
        }

    @property
    def authorities(self) -> Path:
        """Return certifi's bundle with our own authority at its end."""
        return self.folder / "authorities.pem"

    @property
    def credentials(self) -> Path:
        """Return the file of a service account that this OAuth endpoint knows."""
        return self.folder / "credentials.json"

    @property
    def version(self) -> str:
        """Return what nginx calls itself."""
        told = subprocess.run([self.program, "-v"], capture_output=True, text=True)
        return told.stderr.strip().rpartition(": ")[2]

    def counts(self) -> dict[str, int]:
        """Return how many ``messages`` and ``tokens`` it was asked for so far."""
        counts: dict[str, int] = self._get("/counts")
        return counts

    def messages(self) -> list[Message]:
        """Return what was sent, in the order of answers, all of which accepted it."""
        lines = (self.folder / "messages.log").read_text().splitlines()
        return [Message.read(line) for line in lines]

    def last_message_at(self) -> float:
        """Return when the latest message was answered, in seconds; 0 for never."""
        with (self.folder / "messages.log").open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - 16_384))
            times = re.findall(rb'^\{"at":([\d.]+)', log.read(), re.MULTILINE)
        return float(times[-1]) if times else 0.0

    def _start(self) -> None:
        self.port = free_port()
        log = f"access_log {self.folder}/messages.log messages;"
        configuration = CONFIGURATION.format(
            modules=MODULES,
            # Its workers must reach the folder, whoever has made it.
            user="user root;" if os.geteuid() == 0 else "",
            folder=self.folder,
            port=self.port,
            fcm=FCM,
            oauth=OAUTH,
            project=PROJECT,
            delay=self._delay,
            access_log=log if self._log else "",
        )
        path = self.folder / "nginx.conf"
        path.write_text(configuration)
        self._process = subprocess.Popen(
            [self.program, "-p", str(self.folder), "-c", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "start.log").open("wb"),
            start_new_session=True,
        )
        until = time.monotonic() + 20
        while self._process.poll() is None and time.monotonic() < until:
            try:
                self.counts()
                return
            except OSError:
                time.sleep(0.02)
        said = (self.folder / "start.log").read_text()
        raise RuntimeError(f"nginx does not answer:\n{said}")

    def _get(self, path: str) -> Any:
        context = ssl.create_default_context(cafile=str(self.folder / "authority.pem"))
        # Its certificate names Google's hosts, not this machine.
        context.check_hostname = False
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        with opener.open(f"https://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return json.load(answer)

    def _clean_up(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_certificates(self) -> None:
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = _certificate(
            "Throw-away authority", authority_key, authority_key, None
        )
        key = ec.generate_private_key(ec.SECP256R1())
        server = _certificate(FCM, key, authority_key, authority)
        pem = authority.public_bytes(serialization.Encoding.PEM)
        (self.folder / "authority.pem").write_bytes(pem)
        self.authorities.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + pem)
        (self.folder / "server.pem").write_bytes(
            server.public_bytes(serialization.Encoding.PEM) + pem
        )
        (self.folder / "server.key").write_bytes(_pem(key))

    def _write_credentials(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.credentials.write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "project_id": PROJECT,
                    "client_email": f"portal@{PROJECT}.invalid",
                    "private_key_id": "throw-away",
                    "private_key": _pem(key).decode(),
                    "token_uri": f"https://{OAUTH}/token",
                }
            )
        )


def _nginx() -> str:
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise MissingError("nginx is not installed: apt-get install nginx-light")
    if not (MODULES / "ngx_http_lua_module.so").exists():
        raise MissingError(
            "nginx' Lua module is not installed: apt-get install libnginx-mod-http-lua"
        )
    return program


def _pem(key: Any) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signed_by: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
        )
    )
    if issuer:
        names = x509.SubjectAlternativeName([x509.DNSName(FCM), x509.DNSName(OAUTH)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signed_by, hashes.SHA256())
