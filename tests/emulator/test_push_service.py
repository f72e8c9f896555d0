import time

from wagtail_push.emulator.receiver import Receiver


def statuses(emulator, target):
    return [push["status"] for push in emulator.pushes() if push["target"] == target]


def wait_until_delivered(emulator, target, count):
    deadline = time.monotonic() + 10
    while statuses(emulator, target).count("delivered") < count:
        assert time.monotonic() < deadline, statuses(emulator, target)


def test_message_waits_for_a_browser_that_is_off(emulator, sender, receiver):
    receiver.disconnect()
    sender.send("fid", receiver.target, {"n": "1"})
    sender.send("fid", receiver.target, {"n": "2"})
    assert statuses(emulator, receiver.target) == ["queued", "queued"]

    receiver.connect()

    assert [receiver.wait_for()["data"]["n"] for _ in "12"] == ["1", "2"]
    wait_until_delivered(emulator, receiver.target, 2)


def test_acknowledged_message_does_not_come_again(emulator, sender, receiver):
    sender.send("fid", receiver.target, {"n": "1"})
    receiver.wait_for()
    wait_until_delivered(emulator, receiver.target, 1)

    receiver.disconnect()
    receiver.connect()
    sender.send("fid", receiver.target, {"n": "2"})

    assert receiver.wait_for()["data"] == {"n": "2"}
    assert receiver.payloads == []


def test_expired_message_is_never_delivered(own_emulator, make_sender):
    sender = make_sender(own_emulator)
    with Receiver(own_emulator.url) as receiver:
        receiver.disconnect()
        sender.send("fid", receiver.target, {"n": "short"}, headers={"TTL": "60"})
        sender.send("fid", receiver.target, {"n": "long"}, headers={"TTL": "61"})

        own_emulator.advance_clock(60)
        own_emulator.restart(kill=True)
        receiver.connect()

        assert receiver.wait_for()["data"] == {"n": "long"}
        wait_until_delivered(own_emulator, receiver.target, 1)
        assert receiver.payloads == []
        assert statuses(own_emulator, receiver.target) == ["expired", "delivered"]


def test_message_of_no_ttl_is_only_for_browsers_that_are_on(emulator, sender, receiver):
    sender.send("fid", receiver.target, {"n": "on"}, headers={"TTL": "0"})
    assert receiver.wait_for()["data"] == {"n": "on"}
    wait_until_delivered(emulator, receiver.target, 1)

    receiver.disconnect()
    sender.send("fid", receiver.target, {"n": "off"}, headers={"TTL": "0"})
    receiver.connect()
    sender.send("fid", receiver.target, {"n": "on again"}, headers={"TTL": "0"})

    assert receiver.wait_for()["data"] == {"n": "on again"}
    wait_until_delivered(emulator, receiver.target, 2)
    assert statuses(emulator, receiver.target) == ["delivered", "dropped", "delivered"]


def test_topic_replaces_an_undelivered_message(emulator, sender, receiver):
    receiver.disconnect()
    sender.send("fid", receiver.target, {"n": "1"}, headers={"Topic": "bill"})
    sender.send("fid", receiver.target, {"n": "2"}, headers={"Topic": "outage"})
    sender.send("fid", receiver.target, {"n": "3"}, headers={"Topic": "bill"})
    sender.send("fid", receiver.target, {"n": "4"})
    receiver.connect()

    assert [receiver.wait_for()["data"]["n"] for _ in "234"] == ["2", "3", "4"]
    wait_until_delivered(emulator, receiver.target, 3)
    assert statuses(emulator, receiver.target) == [
        "replaced",
        "delivered",
        "delivered",
        "delivered",
    ]


def test_topic_leaves_other_browsers_alone(emulator, sender, receiver):
    with Receiver(emulator.url) as other:
        for browser in (receiver, other):
            browser.disconnect()
            headers = {"Topic": "bill"}
            sender.send("fid", browser.target, {"n": "1"}, headers=headers)
        for browser in (receiver, other):
            browser.connect()
            assert browser.wait_for()["data"] == {"n": "1"}
