"""One message to many: through a worker's death, at FCM's speed, counted as it was.

What is killed at random moments, and how fast it is, ``tox run -e faults`` and
``tox run -e bench`` tell.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from example_site.demo.by_http import API
from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, NEW_BROWSER, OUTAGE
from example_site.demo.stack import Stack
from tests.running import StartStack, execute
from wagtail_push.emulator.receiver import Receiver


pytestmark = pytest.mark.qcluster

PATIENCE = 30


@pytest.fixture(scope="module")
def alone(start_stack: StartStack) -> Stack:
    """Return a site of this module's own: whoever is registered there is known."""
    return start_stack(
        environ={"DJANGO_SETTINGS_MODULE": "tests.settings_stack_short_lease"}
    )


@pytest.fixture
def three(alone: Stack) -> Iterator[list[Listener]]:
    """Register three browsers of one account; afterwards nobody is registered."""
    with ExitStack() as listening:
        listeners = [
            listening.enter_context(closing(Listener(alone))) for _ in range(3)
        ]
        for place, listener in enumerate(listeners):
            listener.enable()
            listener.take(CONFIRMATION)
            for earlier in listeners[:place]:
                earlier.take(NEW_BROWSER)
        yield listeners
    alone.emulator.clear_faults()
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    execute(alone, f"UPDATE wagtail_push_browser SET removed_at = {now}")


def wait_for(happened: Callable[[], Any]) -> Any:
    """Wait until something happens; return what it was."""
    until = time.monotonic() + PATIENCE
    while not (found := happened()):
        assert time.monotonic() < until
        # Neither a database nor the emulator tells anybody.
        time.sleep(0.05)
    return found


def holding(site: Stack) -> int:
    """Return how many messages have no answer yet, of those that meet a fault."""
    return sum(fault["holding"] for fault in site.emulator.faults())


def ledger(site: Stack, message: str, *columns: str) -> list[Any]:
    """Return what the ledger says of one message."""
    told = f"SELECT {', '.join(columns)} FROM wagtail_push_notification"
    [row] = execute(site, f"{told} WHERE public_id = '{message.replace('-', '')}'")
    return list(row)


def busy_worker(log: str) -> int:
    """Return the process that has begun the last task."""
    *_, name = re.findall(r"(\S+) processing wagtail_push", log)
    [pid] = re.findall(rf"{name} ready for work at (\d+)", log)
    return int(pid)


@pytest.mark.promise("B-05")
def test_it_survives_the_death_of_the_worker_that_sends_it(
    alone: Stack, three: list[Listener]
) -> None:
    stuck, *others = three
    before = len(alone.emulator.pushes())
    alone.emulator.fault("hang", stuck.receiver.target)
    stuck.customer.announce_outage()
    first = [listener.take(OUTAGE) for listener in others]
    wait_for(lambda: holding(alone) == 1)
    os.kill(busy_worker(alone.log("queue")), signal.SIGKILL)
    wait_for(lambda: holding(alone) == 0)
    alone.emulator.clear_faults()
    ended = "finished_at IS NULL AND julianday(lease_until) < julianday('now')"
    wait_for(lambda: execute(alone, f"SELECT 1 FROM wagtail_push_batch WHERE {ended}"))
    # The sweep comes once a minute; another message wakes a worker at once.
    stuck.customer.call("POST", f"browsers/{stuck.known_as()['id']}/check/")

    last = [listener.take(OUTAGE) for listener in three]
    data = last[0]["data"]
    assert [(p["data"]["id"], p["data"]["tag"]) for p in first + last] == [
        (data["id"], data["tag"])
    ] * 5
    pushes = alone.emulator.pushes()[before:]
    assert [push["target"] for push in pushes[:2]] != [stuck.receiver.target] * 2
    assert len(pushes) == 5
    assert len({push["topic"] for push in pushes}) == 1
    assert pushes[0]["topic"]
    columns = ("targeted", "accepted", "status")
    wait_for(lambda: ledger(alone, data["id"], *columns) == [3, 3, "done"])


@pytest.mark.promise("B-07")
def test_it_is_counted_as_it_was(alone: Stack, three: list[Listener]) -> None:
    reading, away, dead = three
    piotr = Listener(alone, login="piotr")
    with closing(piotr):
        piotr.enable()
        paused = {"paused": True}
        piotr.customer.call("PATCH", f"browsers/{piotr.known_as()['id']}/", paused)
        for listener in three:
            listener.take(NEW_BROWSER)
        away.receiver.disconnect()
        alone.emulator.kill(dead.receiver.target)
        reading.customer.announce_outage()

        message = reading.take(OUTAGE)["data"]["id"]
    url = f"{alone.url}{API}receipts/"
    clicked = reading.receiver.report(url, reading.capability, message, "clicked")
    assert clicked == 204
    wait_for(lambda: ledger(alone, message, "status") == ["done"])
    # What a schedule does every minute.
    alone.manage("shell", "-c", "from wagtail_push import tasks; tasks.sum_up()")

    columns = ("targeted", "accepted", "failed", "expired", "dropped")
    assert ledger(alone, message, *columns) == [3, 2, 1, 0, 0]
    # Nobody knows of the browser that is away whether it was shown there.
    assert ledger(alone, message, "shown", "clicked", "dismissed") == [1, 1, 0]
    [failures, left_out] = ledger(alone, message, "failures", "left_out")
    assert json.loads(failures) == {"unregistered": 1}
    assert json.loads(left_out) == {"paused": 1}


@pytest.mark.promise("B-06")
def test_a_hundred_are_on_their_way_before_the_first_is_answered(
    alone: Stack, three: list[Listener]
) -> None:
    targets = json.dumps(more_targets(alone, three[0].receiver, 150))
    for table, columns in (("installation", INSTALLATIONS), ("browser", BROWSERS)):
        execute(alone, COPIES.format(table=table, targets=targets, **columns))
    before = asked_for_tokens(alone)
    alone.emulator.fault("hang")
    three[0].customer.announce_outage()

    wait_for(lambda: holding(alone) == 100)
    alone.emulator.clear_faults()

    message = three[0].take(OUTAGE)["data"]["id"]
    columns = ("status", "targeted", "accepted")
    wait_for(lambda: ledger(alone, message, *columns) == ["done", 153, 153])
    # One token served them all.
    assert asked_for_tokens(alone) == before


def more_targets(site: Stack, receiver: Receiver, number: int) -> list[str]:
    """Register so many more with the push subscription of one browser."""
    made = []
    for _ in range(number):
        copy = Receiver(site.emulator.url, "fid")
        copy._keys, copy._endpoint = receiver._keys, receiver._endpoint
        made.append(copy.register())
    return made


def asked_for_tokens(site: Stack) -> int:
    """Return how often an access token was asked for."""
    paths = [request["path"] for request in site.emulator.requests()]
    return sum(path.startswith("/oauth2.") for path in paths)


#: Copies the row of one browser for each target, with what is unique made anew.
COPIES = """INSERT INTO wagtail_push_{table} ({new}, {same}) SELECT {made}, {same}
FROM json_each('{targets}'),
(SELECT * FROM wagtail_push_{table} ORDER BY id DESC LIMIT 1)"""

INSTALLATIONS = {
    "new": "id, device_id, target, target_hash, fid_hash",
    "made": "1000 + key, printf('%032d', key), value, printf('%064d', key),"
    " printf('%064d', key)",
    "same": "target_kind, key_fingerprint, worker, capability_version, software, system,"
    " created_at, last_seen_at, changed_at",
}
BROWSERS = {
    "new": "id, public_id, installation_id",
    "made": "1000 + key, printf('%032d', key), 1000 + key",
    "same": "account_id, login_id, name, language, hide_details, pause_on_sign_out,"
    " removed_reason, created_at",
}
