"""Pushing by hand, an access token for the asking, and beginning anew."""

import time

import pytest
from firebase_admin import messaging

from wagtail_push.emulator.client import EmulatorClient
from wagtail_push.emulator.process import EmulatorError
from wagtail_push.emulator.receiver import Receiver, new_fid


SEND = "/fcm.googleapis.com/v1/projects/demo-project/messages:send"


@pytest.mark.parametrize("kind", ["fid", "token"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"title": "Zażółć", "body": "gęślą", "url": "/jaźń"},
            {"title": "Zażółć", "body": "gęślą", "url": "/jaźń"},
        ),
        (
            {"title": "Hello", "data": {"v": "1", "title": "Ahoy"}},
            {"title": "Ahoy", "v": "1"},
        ),
    ],
)
def test_a_push_by_hand_arrives(emulator, kind, content, expected):
    with Receiver(emulator.url, kind) as receiver:
        name = EmulatorClient(emulator.url).push(receiver.target, **content)
        payload = receiver.wait_for()

    assert payload["data"] == expected
    assert name == f"projects/demo-project/messages/{payload['fcmMessageId']}"


def test_a_push_by_hand_goes_past_every_fault(faulty, receiver):
    faulty.fault("unavailable")
    faulty.fault("unregistered", receiver.target)
    faulty.push(receiver.target, "Hello")

    assert receiver.wait_for()["data"] == {"title": "Hello"}


def test_a_push_by_hand_to_a_dead_target_is_refused(emulator, receiver):
    emulator.kill(receiver.target)

    with pytest.raises(EmulatorError, match=r"404.*UNREGISTERED"):
        emulator.push(receiver.target, "Hello")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"target": new_fid()}, 404),
        ({"target": ""}, 400),
        ({"topic": "news"}, 400),
        ({"data": ["x"]}, 400),
        ({"data": {"a": 1}}, 400),
        ({"title": {}, "data": {}}, 200),
        ({"title": 7}, 400),
    ],
)
def test_what_cannot_be_pushed_is_refused(emulator, call, receiver, change, status):
    body = {"target": receiver.target, **change}

    assert call("POST", f"{emulator.url}/emulator/push", body)[0] == status


def test_a_foreign_page_pushes_nothing(emulator, call, receiver):
    status, _ = call(
        "POST",
        f"{emulator.url}/emulator/push",
        {"target": receiver.target, "title": "Buy"},
        Origin="http://portal.example",
    )
    emulator.push(receiver.target, "after")

    assert status == 403
    assert receiver.wait_for()["data"] == {"title": "after"}
    assert receiver.payloads == []


def test_an_access_token_is_had_for_the_asking(emulator, receiver, call, plain):
    token = plain("POST", f"{emulator.url}/emulator/access-token")
    status, _ = call(
        "POST",
        emulator.url + SEND,
        {"message": {"fid": receiver.target, "data": {"id": "1"}}},
        Authorization=f"Bearer {token}",
    )

    assert status == 200
    assert receiver.wait_for()["data"] == {"id": "1"}


def test_a_foreign_page_gets_no_access_token(emulator, call):
    status, _ = call(
        "POST",
        f"{emulator.url}/emulator/access-token",
        Origin="http://portal.example",
    )

    assert status == 403


def test_a_reset_forgets_what_happened_and_keeps_keys(own_emulator, make_sender):
    sender = make_sender(own_emulator)
    config = own_emulator.config()
    with Receiver(own_emulator.url) as browser:
        own_emulator.push(browser.target, "before")
        browser.disconnect()
        own_emulator.push(browser.target, "waiting")
        own_emulator.fault("unavailable")
        own_emulator.advance_clock(3600)
        own_emulator.reset()

        assert own_emulator.registrations() == []
        assert own_emulator.pushes() == []
        assert own_emulator.requests() == []
        assert own_emulator.faults() == []
        assert own_emulator.config() == config
        clock = own_emulator.request("POST", "/emulator/clock", {"advance": 0})
        assert clock["now"] == pytest.approx(time.time(), abs=60)
        with pytest.raises(messaging.UnregisteredError):
            sender.send("fid", browser.target)
        # The browser is the same one, and registers again.
        browser.connect()
        browser.register()
        sender.send("fid", browser.target, {"id": "after"})
        browser.wait_for(lambda payload: payload["data"] == {"id": "after"})

    titles = [payload["data"] for payload in browser.payloads]
    assert {"title": "waiting"} not in titles
