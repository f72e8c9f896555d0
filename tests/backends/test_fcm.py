"""The FCM backend: the real firebase-admin against real HTTP answers.

The bodies are those of Google's error reference and of captured answers; none of the
exceptions is made by hand.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.messages import (
    Answer,
    Content,
    DeliveryResult,
    Envelope,
    Target,
    TargetKind,
    Urgency,
)


FID = Target(TargetKind.FID, "dQw4w9WgXcQ0123456789a")
TOKEN = Target(TargetKind.TOKEN, "dQw4w9WgXcQ0123456789a:APA91bSecret")
CONTENT = Content(id="7", title="New invoice", body="No. 7", tag="7")
Reply = tuple[int, dict[str, str], bytes]


class FakeGoogle:
    """Google's token and FCM endpoints on loopback; answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Reply] = lambda message: ok()
        self.token: Reply = reply(
            200, {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
        )

    def respond(self, path: str, body: bytes) -> Reply:
        if path.endswith("/token"):
            self.requests.append((path, None))
            return self.token
        posted = json.loads(body)
        self.requests.append((path, posted))
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


@pytest.fixture
def google(settings: Any) -> Iterator[FakeGoogle]:
    fake = FakeGoogle()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, data = fake.respond(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # Several hundred connections come at once; the default backlog drops some.
        request_queue_size = 1024

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        settings.WAGTAIL_PUSH = {"EMULATOR": f"http://127.0.0.1:{server.server_port}"}
        yield fake
        server.shutdown()


def envelope(target: Target = FID, **kwargs: Any) -> Envelope:
    return Envelope(target=target, content=CONTENT, ttl=60, **kwargs)


def send(*envelopes: Envelope) -> list[DeliveryResult]:
    return FCMBackend().send(envelopes)


def test_what_goes_over_the_wire(google: FakeGoogle) -> None:
    results = send(
        envelope(topic="t" * 32, urgency=Urgency.HIGH), envelope(TOKEN, dry_run=True)
    )

    name = "projects/demo-project/messages/1"
    assert results == [DeliveryResult(answer=Answer.ACCEPTED, message_id=name)] * 2
    path = "/fcm.googleapis.com/v1/projects/demo-project/messages:send"
    assert google.requests == [
        ("/oauth2.googleapis.com/token", None),
        (
            path,
            {
                "message": {
                    "fid": FID.value,
                    "webpush": {
                        "headers": {"TTL": "60", "Urgency": "high", "Topic": "t" * 32},
                        "data": CONTENT.data(),
                    },
                },
            },
        ),
        (
            path,
            {
                "message": {
                    "token": TOKEN.value,
                    "webpush": {
                        "headers": {"TTL": "60", "Urgency": "normal"},
                        "data": CONTENT.data(),
                    },
                },
                "validate_only": True,
            },
        ),
    ]


def test_a_foreign_worker_gets_a_notification_beside_the_data(
    google: FakeGoogle,
) -> None:
    send(envelope(foreign=True))

    webpush = google.requests[-1][1]["message"]["webpush"]
    assert webpush["notification"] == {
        "title": "New invoice",
        "body": "No. 7",
        "tag": "7",
    }
    assert webpush["data"] == CONTENT.data()


#: name, HTTP answer, what the backend makes of it, the seconds that FCM asked to wait
ERRORS = [
    ("unregistered", error(404, "NOT_FOUND", "No.", fcm("UNREGISTERED")),
     Answer.UNREGISTERED, None),
    ("bare 404: wrong project or a proxy", reply(404, b"<html>"),
     Answer.MISCONFIGURED, None),
    ("404 without the detail", error(404, "NOT_FOUND"), Answer.MISCONFIGURED, None),
    ("another sender's", error(403, "PERMISSION_DENIED", "No.", fcm("SENDER_ID_MISMATCH")),
     Answer.SENDER_MISMATCH, None),
    ("the API is off", error(403, "PERMISSION_DENIED"), Answer.MISCONFIGURED, None),
    ("the web push key is wrong",
     error(401, "UNAUTHENTICATED", "No.", fcm("THIRD_PARTY_AUTH_ERROR")),
     Answer.MISCONFIGURED, None),
    ("the credentials are wrong", error(401, "UNAUTHENTICATED"),
     Answer.MISCONFIGURED, None),
    ("the target is malformed, by field",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.token"),
           fcm("INVALID_ARGUMENT")),
     Answer.BAD_TARGET, None),
    ("the same for a FID",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.fid")),
     Answer.BAD_TARGET, None),
    ("the target is malformed, in words",
     error(400, "INVALID_ARGUMENT",
           "The registration token is not a valid FCM registration token",
           fcm("INVALID_ARGUMENT")),
     Answer.BAD_TARGET, None),
    ("our payload is wrong",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.webpush.headers"),
           fcm("INVALID_ARGUMENT")),
     Answer.BAD_MESSAGE, None),
    ("target and payload are named",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.token"),
           violation("message.data")),
     Answer.BAD_MESSAGE, None),
    ("too large: no details", error(400, "INVALID_ARGUMENT", "Message too big"),
     Answer.BAD_MESSAGE, None),
    ("the sentence alone blames nobody",
     error(400, "INVALID_ARGUMENT",
           "The registration token is not a valid FCM registration token"),
     Answer.BAD_MESSAGE, None),
    ("the quota is used up",
     error(429, "RESOURCE_EXHAUSTED", "No.", fcm("QUOTA_EXCEEDED"), Retry_After="37"),
     Answer.BUSY, 37),
    ("too many, no time named", error(429, "RESOURCE_EXHAUSTED"), Answer.BUSY, None),
    ("FCM is down", error(503, "UNAVAILABLE", Retry_After="5"), Answer.UNAVAILABLE, 5),
    ("FCM broke", error(500, "INTERNAL"), Answer.UNAVAILABLE, None),
    ("a gateway broke", reply(502, b"<html>Bad gateway"), Answer.UNAVAILABLE, None),
    ("garbage with status 200", reply(200, b"<html>Sign in to the wifi"),
     Answer.UNAVAILABLE, None),
    ("an answer without a name", reply(200, {}), Answer.UNAVAILABLE, None),
    ("an error that is no object", reply(500, {"error": "oops"}),
     Answer.UNAVAILABLE, None),
]  # fmt: skip


@pytest.mark.promise("B-03")
@pytest.mark.parametrize(
    ("answer", "expected", "wait"),
    [row[1:] for row in ERRORS],
    ids=[row[0] for row in ERRORS],
)
def test_errors(
    answer: Reply, expected: Answer, wait: int | None, google: FakeGoogle
) -> None:
    def one_bad(message: dict[str, Any]) -> Reply:
        return answer if message.get("fid") == FID.value else ok()

    google.answer = one_bad
    good = Target(TargetKind.FID, "eQw4w9WgXcQ0123456789a")

    before, result, after = send(envelope(good), envelope(), envelope(good))

    assert (result.answer, result.retry_after) == (expected, wait)
    assert FID.value not in result.detail
    assert (before.answer, after.answer) == (Answer.ACCEPTED, Answer.ACCEPTED)


def test_nothing_is_retried_inside_the_sdk(google: FakeGoogle) -> None:
    google.answer = lambda message: error(503, "UNAVAILABLE", Retry_After="1")

    send(envelope())

    assert [path for path, _ in google.requests[1:]] == [
        "/fcm.googleapis.com/v1/projects/demo-project/messages:send"
    ]


def test_one_token_for_a_hundred_messages(google: FakeGoogle) -> None:
    results = send(*[envelope()] * 100)

    paths = [path for path, _ in google.requests]
    assert paths.count("/oauth2.googleapis.com/token") == 1
    assert [result.answer for result in results] == [Answer.ACCEPTED] * 100


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (reply(400, {"error": "invalid_grant"}), Answer.MISCONFIGURED),
        (reply(401, {"error": "invalid_client"}), Answer.MISCONFIGURED),
    ],
)
def test_a_refused_token_blames_no_browser(
    token: Reply, expected: Answer, google: FakeGoogle
) -> None:
    google.token = token

    results = send(envelope(), envelope())

    assert [result.answer for result in results] == [expected] * 2
    assert [path for path, _ in google.requests] == ["/oauth2.googleapis.com/token"]


def test_nothing_listens(settings: Any) -> None:
    # Port 9 (discard) of loopback: nobody is there.
    settings.WAGTAIL_PUSH = {"EMULATOR": "http://127.0.0.1:9"}

    [result] = send(envelope())

    assert result.answer is Answer.UNAVAILABLE


def test_more_than_the_sdk_takes_at_once(google: FakeGoogle) -> None:
    results = send(*[envelope()] * 501)

    assert [result.answer for result in results] == [Answer.ACCEPTED] * 501


def test_nothing_to_send() -> None:
    assert send() == []
