import asyncio
import json

import aiohttp
import pytest


HELLO = {"messageType": "hello", "uaid": "", "use_webpush": True, "broadcasts": {}}


@pytest.fixture
def talk(emulator):
    """Say frames to the push service and return what it answers."""

    async def talk(*frames):
        answers = []
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                emulator.url, protocols=("push-notification",)
            ) as socket,
        ):
            assert socket.protocol == "push-notification"
            for frame in frames:
                text = frame if isinstance(frame, str) else json.dumps(frame)
                await socket.send_str(text)
                answer = await socket.receive(timeout=10)
                if answer.type is not aiohttp.WSMsgType.TEXT:
                    return [*answers, socket.close_code]
                answers.append(json.loads(answer.data))
        return answers

    return lambda *frames: asyncio.run(talk(*frames))


def test_browser_keeps_its_id(talk):
    (first,) = talk(HELLO)
    (again,) = talk({**HELLO, "uaid": first["uaid"]})
    (stranger,) = talk({**HELLO, "uaid": "0" * 32})

    assert first == {
        "messageType": "hello",
        "status": 200,
        "uaid": first["uaid"],
        "use_webpush": True,
        "broadcasts": {},
    }
    assert again == first
    assert stranger["uaid"] not in {first["uaid"], "0" * 32}


def test_ping_is_answered(talk):
    assert talk(HELLO, {})[1] == {}


def test_channel_is_registered_once(talk):
    register = {
        "messageType": "register",
        "channelID": "2f2b8d1e-8f3c-4f5a-9a53-0a3d7f6f0b11",
    }
    first, second = talk(HELLO, register, register)[1:]

    assert first == {
        "messageType": "register",
        "channelID": register["channelID"],
        "status": 200,
        "pushEndpoint": first["pushEndpoint"],
    }
    assert second == first


@pytest.mark.parametrize(
    "register",
    [{"channelID": "x"}, {"channelID": 1}, {}, {"channelID": "0" * 32, "key": "x"}],
)
def test_malformed_channel_is_refused(talk, register):
    answer = talk(HELLO, {"messageType": "register", **register})[1]

    assert answer["status"] == 400


@pytest.mark.parametrize(
    "frame",
    ["x", "[]", "{", '{"messageType": "what"}', '{"messageType": []}', "[" * 20000],
)
def test_garbage_ends_the_connection(talk, frame):
    assert talk(HELLO, frame)[1:] == [aiohttp.WSCloseCode.POLICY_VIOLATION]


def test_nothing_is_answered_before_hello(talk):
    assert talk({"messageType": "register"}) == [aiohttp.WSCloseCode.POLICY_VIOLATION]
