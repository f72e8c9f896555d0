"""Receipts as fast as gunicorn takes them, one of its two workers killed midway.

``python -m tests.faults.receipts --n 20000``
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, TCPConnector

from example_site.demo.stack import ROOT, free_port
from tests.benchmarks.measuring import session
from tests.benchmarks.targets import is_wanted
from tests.faults.world import announce, is_done, tell, wait_for, world


REPEATED = FORGED = 0.1

#: Requests at once, and the workers that take them.
AT_ONCE = 32
WORKERS = 2

#: Requests that are not counted.
WARM_UP = 200

#: The least of an empty view's rate that receipts have to reach.
LEAST_RATE = 1 / 3


@dataclass(frozen=True, slots=True)
class Report:
    """What one service worker posts; ``genuine`` ones are from whom it was sent to."""

    installation: int
    capability: str
    genuine: bool


def reports(number: int) -> list[Report]:
    """Return so many in random order: genuine ones, repeated ones, and forged ones."""
    from wagtail_push.models import Installation
    from wagtail_push.receipts import make_capability

    found = list(Installation.objects.order_by("pk"))
    random.shuffle(found)
    wanted = [each for each in found if is_wanted(each.pk)]
    repeated, forged = round(REPEATED * number), round(FORGED * number)
    genuine = wanted[: number - repeated - forged]
    told = [Report(each.pk, make_capability(each), True) for each in genuine]
    told += random.sample(told, repeated)
    # Another key, an older version of the same, and one that it was not sent to.
    others = wanted[len(genuine) :] + [i for i in found if not is_wanted(i.pk)]
    for number, each in enumerate(others[:forged]):
        capability = make_capability(each)
        if number % 3 == 0 or (number % 3 == 2 and is_wanted(each.pk)):
            capability = capability[:-1] + ("A" if capability[-1] != "A" else "B")
        elif number % 3 == 1:
            each.capability_version -= 1
            capability = make_capability(each)
        told.append(Report(each.pk, capability, False))
    random.shuffle(told)
    return told


async def post(
    url: str,
    notification: str,
    told: list[Report],
    after_half: Callable[[], None] = lambda: None,
) -> list[int]:
    """Post them all; return each status, 0 where the connection broke."""
    statuses = [0] * len(told)
    waiting = iter(enumerate(told))
    done = 0
    body = {"notification": notification, "event": "shown"}

    async def work(client: ClientSession) -> None:
        nonlocal done
        for place, report in waiting:
            headers = {"Authorization": f"Capability {report.capability}"}
            try:
                async with client.post(url, json=body, headers=headers) as answer:
                    await answer.read()
                    statuses[place] = answer.status
            except ClientError:
                pass
            done += 1
            if done == len(told) // 2:
                after_half()

    async with ClientSession(connector=TCPConnector(limit=AT_ONCE)) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))
    return statuses


@contextmanager
def gunicorn(log: Path) -> Iterator[tuple[int, str]]:
    """Run the portal with two workers; yield the master's process and the origin."""
    port = free_port()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "example_site.wsgi:application"),
                *("--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}"),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        wait_for(
            "gunicorn",
            lambda: log.read_text().count("Booting worker") == WORKERS,
            60,
        )
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(40)


def kill_one(master: int) -> None:
    """Kill one of the workers of gunicorn; its master starts another."""
    workers = [each.pid for each in session(master) if each.parent == master]
    os.kill(random.choice(workers), signal.SIGKILL)


def deliver() -> Any:
    """Send a broadcast nowhere, so that there is something to report of."""
    from wagtail_push import tasks

    # This process does what a worker would be woken for.
    tasks._enqueue = lambda: None
    notification = announce()
    while not is_done(notification):
        tasks.work()
    return notification


def main(number: int, seed: int) -> None:
    """Post, kill, and hold what must hold."""
    random.seed(seed)
    with world(number, BACKEND="tests.benchmarks.backend.Null") as here:
        from wagtail_push.models import Receipt

        notification = str(deliver().public_id)
        told = reports(number)
        with gunicorn(here.folder / "web.log") as (master, origin):
            receipts = f"{origin}/push/api/v1/receipts/"
            few = [report for report in told if report.genuine][: number // 4]
            # Both workers have imported what they need before the clock runs.
            asyncio.run(post(f"{origin}/empty/", notification, few[:WARM_UP]))
            begun = time.monotonic()
            empty = asyncio.run(post(f"{origin}/empty/", notification, few))
            empty_rate = len(few) / (time.monotonic() - begun)
            begun = time.monotonic()
            statuses = asyncio.run(
                post(receipts, notification, told, lambda: kill_one(master))
            )
            rate = len(told) / (time.monotonic() - begun)
            booted = (here.folder / "web.log").read_text().count("Booting worker")
        rows = list(
            Receipt.objects.filter(notification__public_id=notification).values_list(
                "installation", "event"
            )
        )
    assert set(empty) == {204}, set(empty)
    answers = list(zip(told, statuses, strict=True))
    kept = {installation for installation, _ in rows}
    promised = {r.installation for r, status in answers if status == 204}
    genuine = {report.installation for report in told if report.genuine}
    assert booted == WORKERS + 1, f"{booted} workers, so none was killed"
    assert {event for _, event in rows} == {"shown"}
    assert len(rows) == len(kept), "a receipt stands there twice"
    assert promised <= kept, f"{len(promised - kept)} have a 204 and no row"
    assert kept <= genuine, f"{len(kept - genuine)} forged ones were taken"
    refused = {status for report, status in answers if not report.genuine}
    assert refused <= {0, 401, 404}, refused
    assert {s for report, s in answers if report.genuine} <= {0, 204}
    assert rate >= LEAST_RATE * empty_rate, f"{rate:.0f}/s of {empty_rate:.0f}/s"
    tell(
        seed=seed,
        receipts=number,
        rows=len(rows),
        broken=statuses.count(0),
        rate=round(rate),
        empty_view=round(empty_rate),
        part_of_empty_view=round(rate / empty_rate, 2),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    main(asked.n, asked.seed)
