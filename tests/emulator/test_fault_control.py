"""Faults are set, listed and cleared at run time, and hold what they hold."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from firebase_admin import exceptions

from wagtail_push.emulator.faults import FAULTS
from wagtail_push.emulator.process import EmulatorError
from wagtail_push.emulator.receiver import new_fid


NOTHING = {"times": None, "retry_after": None, "seconds": None, "holding": 0}


@pytest.fixture
def sending():
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


def holding(emulator):
    return [fault["holding"] for fault in emulator.faults()]


def wait_until(condition):
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_is_set_is_listed_in_order(faulty):
    target = new_fid()
    first = faulty.fault("quota-exceeded", times=2, retry_after=30)
    second = faulty.fault("slow", target, seconds=1.5)

    assert faulty.faults() == [
        {
            **NOTHING,
            "id": first,
            "fault": "quota-exceeded",
            "target": None,
            "times": 2,
            "retry_after": 30,
        },
        {**NOTHING, "id": second, "fault": "slow", "target": target, "seconds": 1.5},
    ]


def test_the_list_says_what_can_be_set(faulty):
    known = faulty.request("GET", "/emulator/faults")["known"]

    assert known.keys() == FAULTS.keys()
    assert known["unavailable"] == {
        "says": "503 with UNAVAILABLE: FCM is overloaded or down",
        "service": "messages:send",
        "options": ["retry_after"],
    }


def test_one_fault_or_all_are_cleared(faulty):
    first = faulty.fault("unavailable")
    second = faulty.fault("reset")
    third = faulty.fault("hang")

    faulty.clear_faults(second)
    assert [fault["id"] for fault in faulty.faults()] == [first, third]
    faulty.clear_faults()
    assert faulty.faults() == []


@pytest.mark.parametrize("number", ["0", "x", "-1", "²"])
def test_a_fault_that_is_not_set_cannot_be_cleared(faulty, call, number):
    path = f"{faulty.url}/emulator/faults/{number.replace('²', '%C2%B2')}"
    status, answer = call("DELETE", path)

    assert (status, answer["error"]["status"]) == (404, "NOT_FOUND")


def test_an_unknown_fault_is_answered_with_the_known_ones(faulty):
    with pytest.raises(EmulatorError, match="400") as caught:
        faulty.fault("unavialable")

    assert all(name in str(caught.value) for name in FAULTS)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"fault": 1},
        {"fault": "hang", "target": ""},
        {"fault": "hang", "target": 7},
        {"fault": "hang", "for": "ever"},
        {"fault": "hang", "times": 0},
        {"fault": "hang", "times": True},
        {"fault": "hang", "times": 1.5},
        {"fault": "hang", "times": "1"},
        {"fault": "hang", "seconds": 1},
        {"fault": "hang", "retry_after": 1},
        {"fault": "unavailable", "retry_after": -1},
        {"fault": "unavailable", "retry_after": "soon"},
        {"fault": "slow", "seconds": -1},
        {"fault": "slow", "seconds": True},
        {"fault": "slow", "seconds": 86401},
        {"fault": "slow", "seconds": "1"},
        {"fault": "refused-grant", "target": "any"},
    ],
)
def test_what_makes_no_sense_is_refused(faulty, call, body):
    status, answer = call("POST", f"{faulty.url}/emulator/faults", body)

    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert faulty.faults() == []


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("DELETE", "")])
def test_a_foreign_page_sets_and_clears_nothing(faulty, call, method, path):
    fault = faulty.fault("internal", new_fid())
    status, _ = call(
        method,
        f"{faulty.url}/emulator/faults{path}",
        {"fault": "hang"},
        Origin="http://portal.example",
    )

    assert status == 403
    assert [row["id"] for row in faulty.faults()] == [fault]


def test_what_hangs_goes_on_when_the_fault_is_cleared(
    faulty, sender, receiver, sending
):
    # Used up at once, and still there to be cleared.
    fault = faulty.fault("hang", receiver.target, times=1)
    sent = sending(sender.send, "fid", receiver.target)
    wait_until(lambda: holding(faulty) == [1])
    faulty.clear_faults(fault)

    assert sent.result(10).startswith("projects/demo-project/messages/")
    assert receiver.wait_for()["data"] == {"id": "1"}
    assert faulty.faults() == []


def test_what_hangs_ends_with_its_client(faulty, make_sender, receiver):
    sender = make_sender(faulty, 0.5)
    faulty.fault("hang", receiver.target)

    with pytest.raises(exceptions.DeadlineExceededError):
        sender.send("fid", receiver.target, {"id": "given up"})
    wait_until(lambda: holding(faulty) == [0])
    faulty.clear_faults()
    sender.send("fid", receiver.target, {"id": "after"})

    assert receiver.wait_for()["data"] == {"id": "after"}
    assert receiver.payloads == []


def test_what_is_slow_arrives_although_its_client_gave_up(
    faulty, make_sender, receiver
):
    sender = make_sender(faulty, 0.5)
    faulty.fault("slow", receiver.target, seconds=3600)

    with pytest.raises(exceptions.DeadlineExceededError):
        sender.send("fid", receiver.target, {"id": "given up"})
    faulty.clear_faults()

    assert receiver.wait_for()["data"] == {"id": "given up"}


def test_a_reset_is_one_for_the_network(faulty, access_token):
    faulty.fault("reset")
    body = json.dumps({"message": {"fid": new_fid()}}).encode()
    path = "/fcm.googleapis.com/v1/projects/demo-project/messages:send"
    head = f"POST {path} HTTP/1.1\r\nHost: fcm.googleapis.com\r\n"
    head += f"Authorization: Bearer {access_token}\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    address = urlsplit(faulty.url)

    with socket.create_connection((address.hostname, address.port), 10) as connection:
        connection.sendall(head.encode() + body)
        # An orderly end would be read as no bytes.
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_requests_say_which_fault_they_met(own_emulator, make_sender):
    sender = make_sender(own_emulator, 1)
    for name in ("unavailable", "reset", "hang"):
        own_emulator.fault(name, times=1)
        with pytest.raises(exceptions.FirebaseError):
            sender.send("fid", new_fid(), dry_run=True)
    wait_until(lambda: own_emulator.faults() == [])
    own_emulator.fault("refused-grant", times=1)
    with pytest.raises(EmulatorError):
        own_emulator.request("POST", "/oauth2.googleapis.com/token")

    assert [
        (request["path"].rpartition("/")[2], request["status"], request["fault"])
        for request in own_emulator.requests()
    ] == [
        ("token", 200, None),
        ("messages:send", 503, "unavailable"),
        ("messages:send", 0, "reset"),
        ("messages:send", 0, "hang"),
        ("token", 400, "refused-grant"),
    ]
    assert "Traceback" not in own_emulator.log


def test_faults_are_forgotten_at_the_end(own_emulator):
    own_emulator.fault("unavailable")
    own_emulator.restart()

    assert own_emulator.faults() == []
