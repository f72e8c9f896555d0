"""Every fault, as firebase-admin and the backend meet it."""

import re
import time
from pathlib import Path

import pytest
from firebase_admin import exceptions, messaging
from google.auth.exceptions import RefreshError

from tests.backends.conftest import multiplexed, send_each
from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.emulator.faults import FAULTS
from wagtail_push.emulator.receiver import Receiver, new_fid
from wagtail_push.messages import Answer, Content, Envelope, Target, TargetKind


SEND = "/fcm.googleapis.com/v1/projects/demo-project/messages:send"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
MANUAL = Path(__file__).parents[2] / "docs" / "reference" / "emulator.md"

#: What firebase-admin raises, and what FCMBackend makes of it. None: it is sent.
MET = {
    "unregistered": (messaging.UnregisteredError, Answer.UNREGISTERED),
    "invalid-target-text": (exceptions.InvalidArgumentError, Answer.BAD_TARGET),
    "invalid-target-field": (exceptions.InvalidArgumentError, Answer.BAD_TARGET),
    "invalid-payload": (exceptions.InvalidArgumentError, Answer.BAD_MESSAGE),
    "sender-id-mismatch": (messaging.SenderIdMismatchError, Answer.SENDER_MISMATCH),
    "third-party-auth-error": (messaging.ThirdPartyAuthError, Answer.MISCONFIGURED),
    "unauthenticated": (exceptions.UnauthenticatedError, Answer.MISCONFIGURED),
    "permission-denied": (exceptions.PermissionDeniedError, Answer.MISCONFIGURED),
    "not-found": (exceptions.NotFoundError, Answer.MISCONFIGURED),
    "quota-exceeded": (messaging.QuotaExceededError, Answer.BUSY),
    "internal": (exceptions.InternalError, Answer.UNAVAILABLE),
    "bad-gateway": (exceptions.UnknownError, Answer.UNAVAILABLE),
    "unavailable": (exceptions.UnavailableError, Answer.UNAVAILABLE),
    "slow": (None, Answer.ACCEPTED),
    "hang": (exceptions.DeadlineExceededError, Answer.UNAVAILABLE),
    "reset": (exceptions.UnavailableError, Answer.UNAVAILABLE),
    "garbage": (exceptions.UnknownError, Answer.UNAVAILABLE),
    "refused-grant": (RefreshError, Answer.MISCONFIGURED),
    "refused-client": (RefreshError, Answer.MISCONFIGURED),
    # Met by a browser, not by a portal.
    "refused-registration": (None, Answer.ACCEPTED),
}
#: A client that hangs has to give up at some time.
PATIENCE = {"hang": 1}
OPTIONS = {"slow": {"seconds": 0.2}}


def violation(field):
    description = {
        "message.data": "The payload is malformed.",
    }.get(field, "The registration token is not a valid FCM registration token")
    return {
        "@type": BAD_REQUEST,
        "fieldViolations": [{"field": field, "description": description}],
    }


def reason(code):
    return {"@type": FCM_ERROR, "errorCode": code}


#: Status, Google's status and details of those that answer in Google's form.
BODIES = {
    "unregistered": (404, "NOT_FOUND", reason("UNREGISTERED")),
    "invalid-target-text": (400, "INVALID_ARGUMENT", reason("INVALID_ARGUMENT")),
    "invalid-target-field": (400, "INVALID_ARGUMENT", violation("message.{kind}")),
    "invalid-payload": (400, "INVALID_ARGUMENT", violation("message.data")),
    "sender-id-mismatch": (403, "PERMISSION_DENIED", reason("SENDER_ID_MISMATCH")),
    "third-party-auth-error": (
        401,
        "UNAUTHENTICATED",
        reason("THIRD_PARTY_AUTH_ERROR"),
    ),
    "unauthenticated": (401, "UNAUTHENTICATED", None),
    "permission-denied": (403, "PERMISSION_DENIED", None),
    "not-found": (404, "NOT_FOUND", None),
    "quota-exceeded": (429, "RESOURCE_EXHAUSTED", reason("QUOTA_EXCEEDED")),
    "internal": (500, "INTERNAL", reason("INTERNAL")),
    "unavailable": (503, "UNAVAILABLE", reason("UNAVAILABLE")),
}


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "sent"])
@pytest.mark.parametrize("name", FAULTS)
def test_firebase_admin_meets_a_fault(faulty, make_sender, receiver, name, dry_run):
    expected, _ = MET[name]
    sender = make_sender(faulty, PATIENCE.get(name, 10))
    faulty.fault(name, **OPTIONS.get(name, {}))

    if expected is None:
        assert sender.send("fid", receiver.target, dry_run=dry_run)
    else:
        with pytest.raises(expected) as caught:
            sender.send("fid", receiver.target, dry_run=dry_run)

        assert type(caught.value) is expected


@pytest.mark.parametrize("transport", [send_each, multiplexed])
@pytest.mark.parametrize("name", FAULTS)
def test_the_backend_meets_a_fault(faulty, receiver, settings, name, transport):
    _, expected = MET[name]
    settings.WAGTAIL_PUSH = {"EMULATOR": faulty.url}
    backend = FCMBackend(transport())
    backend.request_timeout = PATIENCE.get(name, 10)
    faulty.fault(name, **OPTIONS.get(name, {}))
    envelopes = [
        Envelope(
            target=Target(TargetKind.FID, receiver.target),
            content=Content(id="1", title="Title", body="Body"),
            ttl=60,
            dry_run=dry_run,
        )
        for dry_run in (False, True)
    ]

    results = backend.send(envelopes)

    assert [result.answer for result in results] == [expected] * 2
    assert receiver.target not in str(results)


@pytest.fixture
def post(faulty, call, access_token):
    def post(kind, target, **headers):
        return call(
            "POST",
            faulty.url + SEND,
            {"message": {kind: target}},
            Authorization=f"Bearer {access_token}",
            **headers,
        )

    return post


@pytest.mark.parametrize("kind", ["fid", "token"])
@pytest.mark.parametrize("name", BODIES)
def test_what_stands_in_the_answer(faulty, post, name, kind):
    status, text, detail = BODIES[name]
    target = new_fid() if kind == "fid" else f"{new_fid()}:APA91b{'x' * 134}"
    faulty.fault(name, target)

    got, answer = post(kind, target)

    expected = {"code": status, "message": answer["error"]["message"], "status": text}
    if detail is not None:
        details = str([detail]).replace("{kind}", kind)
        assert str(answer["error"].pop("details")) == details
    assert (got, answer["error"]) == (status, expected)


@pytest.mark.parametrize("seconds", [None, 0, 37])
@pytest.mark.parametrize("name", ["quota-exceeded", "unavailable"])
def test_retry_after_stands_in_the_header(faulty, sender, name, seconds):
    target = new_fid()
    faulty.fault(name, target, retry_after=seconds)

    with pytest.raises(exceptions.FirebaseError) as caught:
        sender.send("fid", target)

    header = caught.value.http_response.headers.get("Retry-After")
    assert header == (None if seconds is None else str(seconds))


def test_a_slow_answer_comes_after_its_time(faulty, sender, receiver):
    faulty.fault("slow", receiver.target, seconds=0.3)
    begin = time.monotonic()

    sender.send("fid", receiver.target)

    assert time.monotonic() - begin >= 0.3
    assert receiver.wait_for()["data"] == {"id": "1"}


def test_a_fault_for_a_target_goes_before_one_for_all(faulty, sender, receiver):
    faulty.fault("unavailable")
    faulty.fault("unregistered", receiver.target)

    with pytest.raises(messaging.UnregisteredError):
        sender.send("fid", receiver.target)
    with pytest.raises(exceptions.UnavailableError), Receiver(faulty.url) as other:
        sender.send("fid", other.target)


def test_a_fault_for_a_target_leaves_others_alone(faulty, sender, receiver):
    faulty.fault("unregistered", new_fid())

    sender.send("fid", receiver.target)

    assert receiver.wait_for()["data"] == {"id": "1"}


def test_faults_take_turns_as_often_as_they_were_set_for(faulty, sender, receiver):
    faulty.fault("unavailable", times=2)
    faulty.fault("quota-exceeded", times=1)

    for expected in (
        exceptions.UnavailableError,
        exceptions.UnavailableError,
        messaging.QuotaExceededError,
    ):
        with pytest.raises(expected):
            sender.send("fid", receiver.target)
    sender.send("fid", receiver.target)

    assert receiver.wait_for()["data"] == {"id": "1"}
    assert faulty.faults() == []


def test_a_used_up_access_token_is_renewed_as_with_google(faulty, sender, receiver):
    # google-auth gets a new one and asks again, unseen by the sender.
    faulty.fault("unauthenticated", receiver.target, times=1)

    sender.send("fid", receiver.target)

    assert receiver.wait_for()["data"] == {"id": "1"}


def test_a_fault_is_no_part_of_the_registration(faulty, sender, receiver):
    fault = faulty.fault("unregistered", receiver.target)
    faulty.clear_faults(fault)

    sender.send("fid", receiver.target)

    assert receiver.wait_for()["data"] == {"id": "1"}


def test_the_manual_has_every_fault():
    section = MANUAL.read_text().partition("## Faults")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \| (.+) \| (.+) \|$", section, re.M)

    assert rows == [
        (
            name,
            fault.says,
            ", ".join(f"`{option}`" for option in fault.options) or "–",
            f"`{MET[name][0].__name__}`" if MET[name][0] else "nothing",
        )
        for name, fault in FAULTS.items()
    ]
