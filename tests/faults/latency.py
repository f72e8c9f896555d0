"""From ``notify()`` to FCM: idle beside a task that does nothing, and during a broadcast.

``python -m tests.faults.latency --n 200000 --samples 60 --on postgresql``
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from tests.benchmarks.standin import StandIn
from tests.benchmarks.targets import is_wanted
from tests.faults.world import (
    POSTGRESQL,
    SQLITE,
    World,
    announce,
    is_done,
    percentile,
    targets,
    tell,
    wait_for,
    world,
)


#: How many times as long as a task that does nothing, and as when nothing else is sent.
#: The first is not reached on PostgreSQL with Redis: six times, where the statements alone
#: that the ledger needs take three, without a line of ours around them.
MOST_OF_NOOP = 2
MOST_OF_IDLE = 3

#: What is not counted: connections are opened and modules imported.
WARM_UP = 5

#: Messages a minute, as a portal has it that sets nothing.
PACE = 540_000

#: Seconds between two confirmations during the broadcast.
EVERY = 0.4
PATIENCE = 600


def noop(here: World) -> float:
    """Return the seconds until a task that does nothing runs."""
    from django_q.tasks import async_task

    path = here.folder / "noop"
    path.unlink(missing_ok=True)
    begun = time.time()
    async_task("tests.faults.noop.note", str(path), q_options={"save": False})
    text = wait_for("the task", lambda: path.exists() and path.read_text(), PATIENCE)
    return float(text) - begun


def single(here: World, number: int) -> float:
    """Return the seconds until a message to one account reaches FCM."""
    from tests.benchmarks.data import SCOPE
    from wagtail_push.notify import notify

    assert here.stand_in is not None
    begun = time.time()
    notification = notify(SCOPE, f"C-{number}", title="Title", body="Body")
    wait_for("its end", lambda: is_done(notification), PATIENCE)
    [message] = [
        message
        for message in here.stand_in.messages()
        if message.notification == str(notification.public_id)
    ]
    return message.at - begun


def confirmations(here: World, numbers: list[int]) -> list[float]:
    """Send a broadcast and confirm registrations all the while; return the seconds."""
    from wagtail_push.models import Browser
    from wagtail_push.registry import confirm

    assert here.stand_in is not None
    begun: dict[str, float] = {}
    broadcast = announce()
    wait_for(
        "the first message of the broadcast",
        lambda: here.stand_in and time.time() - here.stand_in.last_message_at() < 1,
        PATIENCE,
    )
    last: Any = None
    for number in numbers:
        if is_done(broadcast):
            break
        at = time.time()
        last = confirm(Browser.objects.get(account__key=f"C-{number}"))
        begun[str(last.public_id)] = at
        time.sleep(EVERY)
    wait_for("the last one", lambda: is_done(last), PATIENCE)
    during = not is_done(broadcast)
    wait_for("the broadcast", lambda: is_done(broadcast), PATIENCE)
    met = {message.notification: message.at for message in here.stand_in.messages()}
    assert during or len(begun) >= len(numbers) // 2, "the broadcast was too short"
    return [met[each] - at for each, at in begun.items()]


def main(number: int, samples: int, on: str) -> None:
    """Measure, and hold what must hold."""
    with world(number, on=on, stand_in=StandIn(log=True), PACE=PACE) as here:
        here.start_cluster()
        wanted = [pk for pk in targets() if is_wanted(pk)]
        nothing, alone = [], []
        for place in range(samples + WARM_UP):
            nothing.append(noop(here))
            alone.append(single(here, wanted[place]))
        numbers = wanted[samples + WARM_UP :][:samples]
        crowded = confirmations(here, numbers) if number >= 10 * samples else []
    figures = {
        "noop_p95": percentile(nothing[WARM_UP:]),
        "idle_p95": percentile(alone[WARM_UP:]),
        "idle_median": percentile(alone[WARM_UP:], 0.5),
        "broadcast_p95": percentile(crowded) if crowded else 0.0,
    }
    told = {name: round(value * 1000) for name, value in figures.items()}
    tell(on=on, installations=number, samples=len(crowded), milliseconds=told)
    of_noop = figures["idle_p95"] / figures["noop_p95"]
    of_idle = figures["broadcast_p95"] / figures["idle_p95"]
    assert of_noop <= MOST_OF_NOOP, f"idle is {of_noop:.1f} times a no-op task: {told}"
    assert of_idle <= MOST_OF_IDLE, f"it is {of_idle:.1f} times idle: {told}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=200_000)
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--on", choices=[POSTGRESQL, SQLITE], default=POSTGRESQL)
    asked = parser.parse_args()
    main(asked.n, asked.samples, asked.on)
