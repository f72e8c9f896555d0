import time
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from wagtail_push.emulator.browser_keys import BrowserKeys
from wagtail_push.emulator.push_client import PushClient
from wagtail_push.emulator.registry import Subscription
from wagtail_push.emulator.vapid import encode
from wagtail_push.emulator.webpush import encrypt


@pytest.fixture
def vapid():
    keys = Vapid02()
    keys.generate_keys()
    return keys


def public(vapid):
    # Firefox sends the key with its padding.
    point = vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return encode(point) + "="


@pytest.fixture
def inbox():
    return []


@pytest.fixture
def client(emulator, inbox):
    push = PushClient(emulator.url, BrowserKeys(), inbox.append)
    push.connect()
    yield push
    push.close()


def authorization(vapid, endpoint, **claims):
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + 60,
        "sub": "mailto:a@example.org",
        **claims,
    }
    return vapid.sign(claims)["Authorization"]


@pytest.fixture
def push(call, client, vapid, emulator):
    """Send to a fresh subscription that ``vapid`` may send to."""
    endpoint = client.subscribe(public(vapid))

    def push(authorization, endpoint=endpoint, body=b"", **headers):
        if authorization is not None:
            headers["Authorization"] = authorization
        return call("POST", endpoint, body, **{"TTL": "60", **headers})

    push.endpoint = endpoint
    return push


def test_signed_message_is_taken(push, vapid):
    assert push(authorization(vapid, push.endpoint)) == (201, None)


def test_message_without_signature_is_refused(push):
    assert push(None) == (
        401,
        {"code": 401, "message": "This subscription needs a VAPID signature."},
    )


def test_signature_of_another_key_is_refused(push, vapid):
    other = Vapid02()
    other.generate_keys()
    stranger = authorization(other, push.endpoint)
    forged = stranger.split("k=")[0] + "k=" + public(vapid)

    assert push(stranger) == (
        403,
        {"code": 403, "message": "The key is not the one of this subscription."},
    )
    assert push(forged) == (
        403,
        {"code": 403, "message": "The VAPID signature is wrong."},
    )


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "http://127.0.0.1:1"}, "The claim aud must be "),
        ({"exp": 1}, "The claim exp must be within the next 24 hours."),
        ({"exp": int(time.time()) + 90000}, "The claim exp must be within"),
    ],
)
def test_signature_for_another_place_or_time_is_refused(push, vapid, claims, reason):
    status, answer = push(authorization(vapid, push.endpoint, **claims))

    assert status == 403
    assert answer["message"].startswith(reason)


@pytest.mark.parametrize(
    "header",
    ["x", "vapid", "vapid t=x", "vapid t=a.b.c,k={key}", "WebPush abc", "vapid t=,k="],
)
def test_garbage_instead_of_a_signature_is_refused(push, vapid, header):
    status, answer = push(header.format(key=public(vapid)))

    assert (status, answer["code"]) == (403, 403)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (400, {"TTL": ""}),
        (400, {"TTL": "-1"}),
        (400, {"TTL": "soon"}),
        (400, {"Urgency": "asap"}),
        (400, {"Topic": "a b"}),
        (415, {"body": b"plain"}),
        (413, {"body": b"x" * 4097, "Content_Encoding": "aes128gcm"}),
    ],
)
def test_wrong_headers_are_refused(push, vapid, status, headers):
    answer = push(authorization(vapid, push.endpoint), **headers)

    assert (answer[0], answer[1]["code"]) == (status, status)


def test_unknown_endpoint_is_not_found_and_an_old_one_gone(
    push, client, vapid, emulator
):
    client.unsubscribe()
    signed = authorization(vapid, push.endpoint)

    assert push(signed) == (
        410,
        {"code": 410, "message": "The browser has unsubscribed."},
    )
    assert push(signed, emulator.url + "/wpush/v2/unknown") == (
        404,
        {"code": 404, "message": "There is no such subscription."},
    )


def statuses_of(emulator, target):
    return [push["status"] for push in emulator.pushes() if push["target"] == target]


def test_message_that_cannot_be_decrypted_is_not_kept(
    emulator, push, client, vapid, inbox
):
    stranger = BrowserKeys()
    subscription = Subscription(
        push.endpoint, encode(stranger.public), encode(stranger.auth)
    )
    signed = authorization(vapid, push.endpoint)
    body = encrypt(b"{}", subscription)
    answer = push(
        signed,
        body=body,
        Content_Encoding="aes128gcm",
        Emulator_Message="unreadable x",
    )

    assert answer == (201, None)
    deadline = time.monotonic() + 10
    while (statuses := statuses_of(emulator, "x")) != ["dropped"]:
        assert time.monotonic() < deadline, statuses
    assert inbox == []
