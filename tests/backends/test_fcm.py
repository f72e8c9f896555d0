"""The FCM backend against real HTTP answers, by every way that it sends.

The bodies are those of Google's error reference and of captured answers; none of the
exceptions is made by hand. What the backend says must not depend on the way.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.http import http_date
from firebase_admin import messaging

from tests.backends.conftest import Wire, lead_to
from tests.backends.google import (
    SEND_PATH,
    Google,
    Instead,
    Reply,
    error,
    fcm,
    ok,
    reply,
    violation,
)
from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.backends.fcm.encoding import message
from wagtail_push.backends.fcm.project import Project
from wagtail_push.backends.fcm.send_each import SendEach
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
ACCEPTED = DeliveryResult(
    answer=Answer.ACCEPTED, message_id="projects/demo-project/messages/1"
)
TOO_LATE = DeliveryResult(
    answer=Answer.UNAVAILABLE, detail="FCM did not answer in time."
)

Send = Callable[..., list[DeliveryResult]]

over_http2 = pytest.mark.parametrize("wire", ["fast, HTTP/2"], indirect=True)
over_tls = pytest.mark.parametrize(
    "wire", ["fast, HTTP/2", "send_each, HTTP/2"], indirect=True
)
fast = pytest.mark.parametrize(
    "wire", ["fast, HTTP/1.1", "fast, HTTP/2"], indirect=True
)


def envelope(target: Target = FID, **kwargs: Any) -> Envelope:
    return Envelope(**{"target": target, "content": CONTENT, "ttl": 60, **kwargs})


def fids(number: int) -> list[Target]:
    return [Target(TargetKind.FID, f"fid-{i}") for i in range(number)]


def test_what_goes_over_the_wire(google: Google, send: Send) -> None:
    results = send(
        envelope(topic="t" * 32, urgency=Urgency.HIGH),
        envelope(TOKEN, dry_run=True),
    )

    assert results == [ACCEPTED] * 2
    assert sorted(google.posts, key=len) == [
        {
            "message": {
                "fid": FID.value,
                "webpush": {
                    "headers": {"TTL": "60", "Urgency": "high", "Topic": "t" * 32},
                    "data": CONTENT.data(),
                },
            },
        },
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
    ]
    assert google.bearers == ["t1"] * 2


def test_a_foreign_worker_gets_a_notification_beside_the_data(
    google: Google, send: Send
) -> None:
    send(envelope(foreign=True))

    webpush = google.posts[-1]["message"]["webpush"]
    assert webpush["notification"] == {
        "title": "New invoice",
        "body": "No. 7",
        "tag": "7",
    }
    assert webpush["data"] == CONTENT.data()


def test_each_gets_what_the_sdk_makes_of_it_alone(google: Google, send: Send) -> None:
    other = {
        "content": CONTENT.but(title='Nová "faktura" \\ 7'),
        "ttl": 61,
        "urgency": Urgency.HIGH,
        "topic": "t" * 32,
        "foreign": True,
        "dry_run": True,
    }
    envelopes = [
        envelope(target, **changed)
        for target in (FID, TOKEN, Target(TargetKind.FID, 'a"b\\ž'))
        for changed in [{}, *({name: value} for name, value in other.items())]
    ]

    send(*envelopes)

    service = Project().service
    alone = [service._message_data(message(e), e.dry_run) for e in envelopes]
    assert sorted(google.posts, key=str) == sorted(alone, key=str)


@fast
def test_what_differs_in_its_target_alone_is_encoded_once(
    google: Google, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = []
    really = messaging._MessagingService.encode_message

    def encode(message: messaging.Message) -> Any:
        encoded.append(message)
        return really(message)

    monkeypatch.setattr(messaging._MessagingService, "encode_message", encode)

    send(
        *[envelope(fid) for fid in fids(20)],
        *[envelope(fid, ttl=61) for fid in fids(20)],
        envelope(TOKEN),
    )

    assert len(encoded) == 3
    assert len(google.posts) == 41


def wrong(answer: Answer, detail: str = "No.", wait: int | None = None) -> Any:
    return DeliveryResult(answer=answer, detail=detail, retry_after=wait)


#: name, HTTP answer, what the backend makes of it
ERRORS: list[tuple[str, Reply, DeliveryResult]] = [
    ("unregistered", error(404, "NOT_FOUND", "No.", fcm("UNREGISTERED")),
     wrong(Answer.UNREGISTERED)),
    ("bare 404: wrong project or a proxy", reply(404, b"<html>\n Not found"),
     wrong(Answer.MISCONFIGURED, "HTTP 404: <html> Not found")),
    ("404 without the detail", error(404, "NOT_FOUND"), wrong(Answer.MISCONFIGURED)),
    ("another sender's", error(403, "PERMISSION_DENIED", "No.", fcm("SENDER_ID_MISMATCH")),
     wrong(Answer.SENDER_MISMATCH)),
    ("the API is off", error(403, "PERMISSION_DENIED"), wrong(Answer.MISCONFIGURED)),
    ("bare 403", reply(403, b""), wrong(Answer.MISCONFIGURED, "HTTP 403: ")),
    ("the web push key is wrong",
     error(401, "UNAUTHENTICATED", "No.", fcm("THIRD_PARTY_AUTH_ERROR")),
     wrong(Answer.MISCONFIGURED)),
    ("the same in Apple's name",
     error(401, "UNAUTHENTICATED", "No.", fcm("APNS_AUTH_ERROR")),
     wrong(Answer.MISCONFIGURED)),
    ("the credentials are wrong", error(401, "UNAUTHENTICATED"),
     wrong(Answer.MISCONFIGURED)),
    ("bare 401", reply(401, b"{}"), wrong(Answer.MISCONFIGURED, "HTTP 401: {}")),
    ("the target is malformed, by field",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.token"),
           fcm("INVALID_ARGUMENT")),
     wrong(Answer.BAD_TARGET)),
    ("the same for a FID",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.fid")),
     wrong(Answer.BAD_TARGET)),
    ("the target is malformed, in words",
     error(400, "INVALID_ARGUMENT",
           "The registration token is not a valid FCM registration token",
           fcm("INVALID_ARGUMENT")),
     wrong(Answer.BAD_TARGET,
           "The registration token is not a valid FCM registration token")),
    ("our payload is wrong",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.webpush.headers"),
           fcm("INVALID_ARGUMENT")),
     wrong(Answer.BAD_MESSAGE)),
    ("target and payload are named",
     error(400, "INVALID_ARGUMENT", "No.", violation("message.token"),
           violation("message.data")),
     wrong(Answer.BAD_MESSAGE)),
    ("too large: no details", error(400, "INVALID_ARGUMENT", "Message too big"),
     wrong(Answer.BAD_MESSAGE, "Message too big")),
    ("the sentence alone blames nobody",
     error(400, "INVALID_ARGUMENT",
           "The registration token is not a valid FCM registration token"),
     wrong(Answer.BAD_MESSAGE,
           "The registration token is not a valid FCM registration token")),
    ("bare 400", reply(400, b"Bad request"),
     wrong(Answer.BAD_MESSAGE, "HTTP 400: Bad request")),
    ("the quota is used up",
     error(429, "RESOURCE_EXHAUSTED", "No.", fcm("QUOTA_EXCEEDED"), Retry_After="37"),
     wrong(Answer.BUSY, wait=37)),
    ("too many, no time named", error(429, "RESOURCE_EXHAUSTED"), wrong(Answer.BUSY)),
    ("bare 429", reply(429, b"", Retry_After="0"), wrong(Answer.BUSY, "HTTP 429: ", 0)),
    ("FCM is down", error(503, "UNAVAILABLE", Retry_After="5"),
     wrong(Answer.UNAVAILABLE, wait=5)),
    ("FCM is down, no time named", error(503, "UNAVAILABLE"), wrong(Answer.UNAVAILABLE)),
    ("FCM is down for longer than any message lasts",
     error(503, "UNAVAILABLE", Retry_After="9" * 5000),
     wrong(Answer.UNAVAILABLE, wait=2_419_200)),
    ("a time that is none", error(503, "UNAVAILABLE", Retry_After="²"),
     wrong(Answer.UNAVAILABLE)),
    ("FCM broke", error(500, "INTERNAL"), wrong(Answer.UNAVAILABLE)),
    ("a gateway broke", reply(502, b"<html>Bad gateway"),
     wrong(Answer.UNAVAILABLE, "HTTP 502: <html>Bad gateway")),
    ("moved away", reply(302, b"", Location=SEND_PATH),
     wrong(Answer.UNAVAILABLE, "HTTP 302: ")),
    ("moved away for good", reply(308, b"", Location=SEND_PATH),
     wrong(Answer.UNAVAILABLE, "HTTP 308: ")),
    ("garbage with status 200", reply(200, b"<html>Sign in to the wifi"),
     wrong(Answer.UNAVAILABLE, "HTTP 200: <html>Sign in to the wifi")),
    ("nothing with status 200", reply(200, b""),
     wrong(Answer.UNAVAILABLE, "HTTP 200: ")),
    ("an answer without a name", reply(200, {}), wrong(Answer.UNAVAILABLE, "HTTP 200: {}")),
    ("a name that is no text", reply(200, {"name": 1}),
     wrong(Answer.UNAVAILABLE, 'HTTP 200: {"name": 1}')),
    ("an answer that is no object", reply(200, [1]), wrong(Answer.UNAVAILABLE, "HTTP 200: [1]")),
    ("success that looks like a failure",
     reply(200, {"error": {"status": "NOT_FOUND", "details": [fcm("UNREGISTERED")]}}),
     wrong(Answer.UNAVAILABLE,
           'HTTP 200: {"error": {"status": "NOT_FOUND", "details": [{"@type": '
           '"type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": '
           '"UNREGISTERED"}]}}')),
    ("a failure that looks like success", reply(503, {"name": "projects/p/messages/1"}),
     wrong(Answer.UNAVAILABLE, 'HTTP 503: {"name": "projects/p/messages/1"}')),
    ("an error that is no object", reply(500, {"error": "oops"}),
     wrong(Answer.UNAVAILABLE, 'HTTP 500: {"error": "oops"}')),
    ("nothing but an error's status", reply(503, b""),
     wrong(Answer.UNAVAILABLE, "HTTP 503: ")),
    ("details of another shape",
     reply(400, {"error": {"status": "INVALID_ARGUMENT", "message": "No.",
                           "details": {"@type": 1}}}),
     wrong(Answer.BAD_MESSAGE)),
    ("violations of another shape",
     reply(400, {"error": {"status": "INVALID_ARGUMENT", "message": "No.", "details": [
         7, {**violation("message.token"), "fieldViolations": [7, {"field": []}]}]}}),
     wrong(Answer.BAD_MESSAGE)),
    ("codes of another shape",
     reply(404, {"error": {"status": ["NOT_FOUND"], "message": {"a": 1}, "details": [
         {**fcm(""), "errorCode": ["UNREGISTERED"]}]}}),
     wrong(Answer.MISCONFIGURED,
           'HTTP 404: {"error": {"status": ["NOT_FOUND"], "message": {"a": 1}, '
           '"details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError"'
           ', "errorCode": ["UNREGISTERED"]}]}}')),
    ("what no database takes", reply(500, b"\xff\x00broken\x00\r\n\xed\xa0\x80"),
     wrong(Answer.UNAVAILABLE, "HTTP 500: \ufffd broken \ufffd\ufffd\ufffd")),
    ("the same in an error", error(500, "INTERNAL", "half \ud800 and \0 nothing"),
     wrong(Answer.UNAVAILABLE, "half and nothing")),
    ("brackets without end", reply(500, b"[" * 10_000),
     wrong(Answer.UNAVAILABLE, "HTTP 500: " + "[" * 240)),
]  # fmt: skip


@pytest.mark.promise("B-03")
def test_every_answer(google: Google, send: Send) -> None:
    """All in one page: none of them hurts another."""
    answers = {f"{name}, {i}": answer for i, (name, answer, _) in enumerate(ERRORS)}
    google.answer = lambda message: answers.get(message["fid"]) or ok()
    targets = [Target(TargetKind.FID, name) for name in answers]

    results = send(*[envelope(t) for target in targets for t in (target, FID)])

    assert dict(zip(answers, results[::2], strict=True)) == dict(
        zip(answers, [expected for _, _, expected in ERRORS], strict=True)
    )
    assert results[1::2] == [ACCEPTED] * len(ERRORS)


def test_no_target_shows(google: Google, send: Send) -> None:
    google.answer = lambda message: error(404, "NOT_FOUND", f"No {FID.value} here.")

    assert send(envelope()) == [wrong(Answer.MISCONFIGURED, "No … here.")]


@pytest.mark.parametrize("ahead", [90, -90])
def test_a_date_to_try_again_at(ahead: int, google: Google, send: Send) -> None:
    date = http_date(time.time() + ahead)
    google.answer = lambda message: error(503, "UNAVAILABLE", Retry_After=date)

    [result] = send(envelope())

    assert replace(result, retry_after=None) == wrong(Answer.UNAVAILABLE)
    # Seconds pass while it is on its way.
    assert result.retry_after in ({0} if ahead < 0 else range(80, 91))


def test_each_answer_has_its_own_header(google: Google, send: Send) -> None:
    waits = iter(["5", "7", ""])
    google.answer = lambda message: error(503, "UNAVAILABLE", Retry_After=next(waits))

    results = [send(envelope()) for _ in range(3)]

    assert results == [[wrong(Answer.UNAVAILABLE, wait=wait)] for wait in (5, 7, None)]


@pytest.mark.parametrize("what", [Instead.RESET, Instead.CUT])
def test_a_connection_that_breaks(what: Instead, google: Google, send: Send) -> None:
    google.answer = lambda message: what if message["fid"] == FID.value else ok()

    before, result, after = send(*map(envelope, [fids(1)[0], FID, fids(1)[0]]))

    assert (before, after) == (ACCEPTED, ACCEPTED)
    assert result.answer is Answer.UNAVAILABLE
    # The rest is in the words of the library.
    assert result.detail.startswith("No connection to FCM, or it broke: ")


@over_http2
def test_a_connection_that_breaks_with_many_on_it(google: Google, send: Send) -> None:
    google.answer = lambda message: (
        Instead.BREAK if message["fid"] == FID.value else ok()
    )

    results = send(*map(envelope, [*fids(20), FID]))

    assert results[-1].answer is Answer.UNAVAILABLE
    assert {result.answer for result in results} <= {
        Answer.ACCEPTED,
        Answer.UNAVAILABLE,
    }
    assert send(*map(envelope, fids(20))) == [ACCEPTED] * 20


def test_nothing_is_repeated_and_nothing_followed(google: Google, send: Send) -> None:
    answers = iter(
        [
            error(503, "UNAVAILABLE", Retry_After="1"),
            error(429, "RESOURCE_EXHAUSTED", Retry_After="1"),
            error(500, "INTERNAL"),
            reply(307, b"", Location=SEND_PATH),
        ]
    )
    google.answer = lambda message: next(answers)
    begun = time.monotonic()

    for _ in range(4):
        send(envelope())

    assert len(google.posts) == 4
    assert time.monotonic() - begun < 2


def test_a_request_that_hangs_ends_in_time(google: Google, backend: FCMBackend) -> None:
    google.answer = lambda message: (
        Instead.NOTHING if message["fid"] == FID.value else ok()
    )
    backend.request_timeout = 1
    begun = time.monotonic()

    results = backend.send([envelope(fids(1)[0]), envelope()])

    assert results == [ACCEPTED, TOO_LATE]
    assert time.monotonic() - begun < backend.page_timeout / 2


@pytest.mark.parametrize("wire", ["fast, HTTP/1.1"], indirect=True)
def test_the_time_of_one_that_waits_for_a_connection_has_not_begun(
    google: Google, backend: FCMBackend
) -> None:
    first = {fid.value for fid in fids(100)}
    google.answer = lambda message: Instead.NOTHING if message["fid"] in first else ok()
    backend.request_timeout = 2

    results = backend.send([envelope(fid) for fid in fids(150)])

    assert results == [TOO_LATE] * 100 + [ACCEPTED] * 50


def test_a_page_ends_in_time(google: Google, backend: FCMBackend) -> None:
    backend.send([envelope()])
    google.answer = lambda message: Instead.NOTHING
    backend.page_timeout = 0.5
    begun = time.monotonic()

    results = backend.send([envelope(fid) for fid in fids(150)])

    assert results == [TOO_LATE] * 150
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("page_timeout", [0.3, 30], ids=["page", "request"])
def test_what_hung_does_not_hold_up_the_next_page(
    page_timeout: float, google: Google, backend: FCMBackend
) -> None:
    backend.request_timeout = 1
    backend.send([envelope()])
    google.answer = lambda message: Instead.NOTHING
    backend.page_timeout = page_timeout
    assert backend.send([envelope()]) == [TOO_LATE]
    before = set(google.clients)
    google.answer = lambda message: ok()
    backend.page_timeout = 30

    assert backend.send([envelope()]) == [ACCEPTED]
    assert google.clients > before


def test_connections_are_kept_between_pages(google: Google, send: Send) -> None:
    for _ in range(3):
        assert send(envelope()) == [ACCEPTED]

    assert len(google.clients) == 1
    assert google.tokens == 1


@over_http2
def test_a_hundred_on_each_connection(google: Google, send: Send) -> None:
    everybody = threading.Barrier(3)
    together = threading.local()

    def answer(message: dict[str, Any]) -> Reply:
        # Each connection waits for the others at its first request.
        if not hasattr(together, "waited"):
            together.waited = everybody.wait(10)
        return ok()

    google.answer = answer

    assert send(*map(envelope, fids(300))) == [ACCEPTED] * 300
    assert len(google.clients) == 3


@over_http2
@pytest.mark.parametrize("what", [Instead.GOAWAY, Instead.REFUSED])
def test_what_fcm_did_not_process_goes_again(
    what: Instead, google: Google, send: Send
) -> None:
    """RFC 9113, 6.8 and 8.7: a server that says so has not seen the request."""
    seen: list[str] = []

    def answer(message: dict[str, Any]) -> Reply | Instead:
        seen.append(message["fid"])
        return what if len(seen) == 3 else ok()

    google.answer = answer

    assert send(*map(envelope, fids(5))) == [ACCEPTED] * 5
    assert sorted([*{f.value for f in fids(5)}, seen[2]]) == sorted(seen)


def test_one_token_for_a_hundred_messages(google: Google, send: Send) -> None:
    results = send(*[envelope()] * 100)

    assert google.tokens == 1
    assert results == [ACCEPTED] * 100


def refuse(bearer: str, google: Google) -> Callable[[dict[str, Any]], Reply]:
    def answer(message: dict[str, Any]) -> Reply:
        refused = google.bearers[-1] == bearer and message["fid"] > "fid-2"
        return error(401, "UNAUTHENTICATED") if refused else ok()

    return answer


def test_a_token_that_ends_in_the_middle_is_renewed_once(
    google: Google, send: Send
) -> None:
    google.answer = refuse("t1", google)

    results = send(*map(envelope, fids(6)))

    assert results == [ACCEPTED] * 6
    assert google.tokens == 2
    posted = [post["message"]["fid"] for post in google.posts]
    assert sorted(posted[:6]) == [fid.value for fid in fids(6)]
    assert sorted(posted[6:]) == ["fid-3", "fid-4", "fid-5"]


def test_a_new_token_that_is_refused_ends_it(google: Google, send: Send) -> None:
    google.answer = lambda message: error(401, "UNAUTHENTICATED")

    results = send(envelope(), envelope())

    assert results == [wrong(Answer.MISCONFIGURED)] * 2
    assert (google.tokens, len(google.posts)) == (2, 4)


def test_a_token_is_not_renewed_for_the_web_push_key(
    google: Google, send: Send
) -> None:
    google.answer = lambda message: error(
        401, "UNAUTHENTICATED", "No.", fcm("THIRD_PARTY_AUTH_ERROR")
    )

    send(envelope())

    assert (google.tokens, len(google.posts)) == (1, 1)


def test_credentials_revoked_in_the_middle(google: Google, send: Send) -> None:
    google.answer = refuse("t1", google)
    google.token = lambda: (
        google.new_token()
        if google.tokens == 1
        else reply(400, {"error": "invalid_grant"})
    )

    results = send(*map(envelope, fids(4)))

    assert results[:3] == [ACCEPTED] * 3
    assert results[3].answer is Answer.MISCONFIGURED
    assert "invalid_grant" in results[3].detail


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (reply(400, {"error": "invalid_grant"}), Answer.MISCONFIGURED),
        (reply(401, {"error": "invalid_client"}), Answer.MISCONFIGURED),
        (reply(503, b"", Retry_After="60"), Answer.UNAVAILABLE),
        (reply(429, b""), Answer.UNAVAILABLE),
    ],
)
def test_a_refused_token_blames_no_browser(
    token: Reply, expected: Answer, google: Google, send: Send
) -> None:
    google.token = lambda: token

    results = send(envelope(), envelope())

    assert [result.answer for result in results] == [expected] * 2
    assert (google.tokens, google.posts) == (1, [])


def test_a_token_that_does_not_come_ends_in_time(
    google: Google, backend: FCMBackend
) -> None:
    come = threading.Event()

    def late() -> Reply:
        come.wait(10)
        return google.new_token()

    google.token = late
    backend.request_timeout = 0.3

    [result] = backend.send([envelope()])

    come.set()
    assert result.answer is Answer.UNAVAILABLE


def test_nothing_listens(wire: Wire, settings: Any) -> None:
    # Port 9 (discard) of loopback: nobody is there.
    settings.WAGTAIL_PUSH = {"EMULATOR": "http://127.0.0.1:9"}

    [result] = FCMBackend(wire.transport).send([envelope()])

    assert result.answer is Answer.UNAVAILABLE
    assert result.detail.startswith("No access token from Google: ")


@over_tls
def test_google_gives_a_token_but_fcm_is_gone(
    google: Google, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to("https://127.0.0.1:9", monkeypatch)

    [result] = send(envelope())

    assert google.tokens == 1
    assert result.answer is Answer.UNAVAILABLE
    assert result.detail.startswith("No connection to FCM, or it broke: ")


@over_tls
def test_an_unknown_authority_gets_nothing(
    google: Google, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Then requests' own bundle counts.
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    [result] = send(envelope())

    assert result.answer is Answer.UNAVAILABLE
    assert "certificate" in result.detail
    assert google.posts == []


def test_more_than_the_sdk_takes_at_once(google: Google, send: Send) -> None:
    results = send(*[envelope()] * 501)

    assert results == [ACCEPTED] * 501


def test_nothing_to_send(google: Google, send: Send) -> None:
    assert send() == []
    assert google.tokens == 0


def test_two_threads_share_one_backend(google: Google, backend: FCMBackend) -> None:
    pages = [[envelope(fid) for fid in fids(20)] for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(backend.send, pages))

    assert results == [[ACCEPTED] * 20] * 4
    assert google.tokens == 1


@fast
def test_it_goes_on_after_an_alarm(google: Google, backend: FCMBackend) -> None:
    """django-q2 ends a task that takes too long by an exception out of a signal."""
    backend.send([envelope()])
    google.answer = lambda message: Instead.NOTHING

    def ring(*args: Any) -> None:
        raise SystemExit

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    with pytest.raises(SystemExit):
        backend.send([envelope()])
    signal.signal(signal.SIGALRM, before)
    google.answer = lambda message: ok()

    assert backend.send([envelope()]) == [ACCEPTED]


@over_http2
def test_a_fork_has_connections_of_its_own(wire: Wire) -> None:
    """The child neither uses its parent's nor ends them."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.backends.forking", wire.origin],
        env={**os.environ, "ACCOUNT": json.dumps(wire.account)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.split() == ["accepted"] * 3, done.stderr
    told = [
        (post["message"]["fid"], bearer)
        for post, bearer in zip(wire.google.posts, wire.google.bearers, strict=True)
    ]
    assert told == [("parent", "t1"), ("child", "t2"), ("parent", "t1")]
    assert len(wire.google.clients) == 2


OLD = SimpleNamespace(VERSION_HTTP2=1, version_info=lambda: ("", "", 0, "", 0))


@pytest.mark.parametrize("pycurl", [None, OLD], ids=["missing", "without HTTP/2"])
def test_without_pycurl_it_is_send_each(
    pycurl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycurl", pycurl)
    monkeypatch.delitem(
        sys.modules, "wagtail_push.backends.fcm.multiplexed", raising=False
    )

    assert FCMBackend().page_size == SendEach.page_size


@over_http2
def test_with_pycurl_it_is_the_fast_one(wire: Wire) -> None:
    assert FCMBackend().page_size == wire.transport.page_size > SendEach.page_size


def test_the_private_names_that_we_use_of_the_sdk(google: Google) -> None:
    project = Project()
    made = messaging.Message(fid=FID.value, data={"a": "b"})

    assert project.url.endswith(SEND_PATH)
    assert project.service._fcm_headers.keys() == {
        "X-GOOG-API-FORMAT-VERSION",
        "X-FIREBASE-CLIENT",
    }
    # What is public of the encoder.
    alone = json.loads(str(made))
    assert project.service._message_data(made, False) == {"message": alone}
    assert project.service._message_data(made, True) == {
        "message": alone,
        "validate_only": True,
    }
    assert project.service._client.session.credentials
