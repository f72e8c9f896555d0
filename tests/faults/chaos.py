"""Every fault of FCM at once: ``python -m tests.faults.chaos --n 50000``."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks.targets import is_wanted, target, total
from tests.faults.backend import FILE
from tests.faults.emulator import Emulator
from tests.faults.world import (
    announce,
    is_done,
    targets,
    tell,
    wait_for,
    world,
)


#: Parts of all, and what they meet: once, since it passes.
DEAD = 0.05
PASSING: dict[str, tuple[float, dict[str, Any]]] = {
    "quota-exceeded": (0.02, {"retry_after": 20}),
    "unavailable": (0.02, {}),
    "reset": (0.01, {}),
    "hang": (0.005, {}),
    "garbage": (0.001, {}),
}

#: Seconds, at most, of one request, one page, and all together. A request that hangs is
#: seen to end by the emulator, which looks ten times a second.
LONGEST_REQUEST = 10
LOOKS_EVERY = 0.1
LONGEST_PAGE = 30
LONGEST = 600


def main(number: int, seed: int) -> None:
    """Send through all of it, and hold what must hold."""
    random.seed(seed)
    known = {pk: target(pk) for pk in range(1, total(number) + 1)}
    wanted = [pk for pk in known if is_wanted(pk)]
    random.shuffle(wanted)
    cut = iter(wanted)
    dead = {next(cut) for _ in range(round(DEAD * number))}
    faults = {
        name: [next(cut) for _ in range(round(part * number))]
        for name, (part, _) in PASSING.items()
    }
    with (
        tempfile.TemporaryDirectory(prefix="wagtail-push-chaos-") as folder,
        Emulator(Path(folder), known.values(), {known[pk] for pk in dead}) as emulator,
        world(
            number,
            EMULATOR=emulator.url,
            BACKEND="tests.faults.backend.Watched",
        ) as here,
    ):
        for name, met_by in faults.items():
            for pk in met_by:
                emulator.fault(name, known[pk], times=1, **PASSING[name][1])
        here.start_cluster()
        begun = time.monotonic()
        notification = announce()
        wait_for("its end", lambda: is_done(notification), LONGEST)
        seconds = time.monotonic() - begun
        notes = emulator.notes()
        pages = [json.loads(line) for line in (here.folder / FILE).open()]
        not_met = emulator.faults()
        removed = {pk for pk, held in targets().items() if not held}
        statuses = dict(notification.deliveries.values_list("installation", "status"))
    assert removed == dead, (len(removed), len(dead), len(removed ^ dead))
    counted = Counter(statuses.values())
    assert counted == {"accepted": number - len(dead), "failed": len(dead)}, counted
    assert {pk for pk, status in statuses.items() if status == "failed"} == dead
    assert not not_met, f"{len(not_met)} faults were never met"
    longest_request = max(note["took"] for note in notes)
    longest_page = max(page["took"] for page in pages)
    assert longest_request <= LONGEST_REQUEST + 2 * LOOKS_EVERY, longest_request
    assert longest_page <= LONGEST_PAGE, longest_page
    tell(
        seed=seed,
        messages=number,
        dead=len(dead),
        removed=len(removed),
        faults={name: len(met_by) for name, met_by in faults.items()},
        requests=len(notes),
        accepted_at_fcm=sum(note["status"] == 200 for note in notes),
        longest_request=round(longest_request, 2),
        longest_page=round(longest_page, 2),
        pages=len(pages),
        seconds=round(seconds),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    main(asked.n, asked.seed)
