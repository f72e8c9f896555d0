"""The credentials are revoked in the middle, and come back.

``python -m tests.faults.credentials --n 5000``
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.benchmarks.targets import is_wanted, target, total
from tests.faults.emulator import Emulator
from tests.faults.world import (
    WORKERS,
    announce,
    is_done,
    targets,
    tell,
    wait_for,
    world,
)


#: Messages a second: slow enough for a middle.
PACE = 200

#: Seconds without credentials. Whatever tries again within them tries few.
REVOKED = 45
MOST_PROBES = 100

#: Seconds until an operator has to see it, and until all is sent once they are back.
TOLD = 30
PATIENCE = 600


def main(number: int) -> None:
    """Send, revoke, wait, give back, and hold what must hold."""
    known = [target(pk) for pk in range(1, total(number) + 1)]
    with (
        tempfile.TemporaryDirectory(prefix="wagtail-push-credentials-") as folder,
        Emulator(Path(folder), known, set()) as emulator,
        world(number, EMULATOR=emulator.url, PACE=PACE * 60) as here,
    ):
        from wagtail_push.backends import get_backend
        from wagtail_push.models import Browser

        here.start_cluster()
        notification = announce()
        wait_for("a third", lambda: len(emulator.notes()) > number / 3, PATIENCE)
        revoked_at = time.time()
        faults = [emulator.fault("unauthenticated"), emulator.fault("refused-grant")]

        def told() -> str:
            notification.refresh_from_db(fields=["trouble"])
            return str(notification.trouble)

        trouble = wait_for("the trouble", told, TOLD)
        told_after = time.time() - revoked_at
        time.sleep(max(0, revoked_at + REVOKED - time.time()))
        before = emulator.notes()
        for fault in faults:
            emulator.clear_faults(fault)
        back_at = time.monotonic()
        wait_for("its end", lambda: is_done(notification), PATIENCE)
        resumed = time.monotonic() - back_at
        notes = emulator.notes()
        registered = Browser.objects.registered().count()
        rows = notification.deliveries.values_list("installation", "status")
        statuses = dict(rows)
        held = targets()
        page = min(get_backend().page_size, PACE)
    refused = [note for note in before if note["status"] == 401]
    # Whoever was at work finishes its page; what a retry asks twice counts once.
    first = {n["target"] for n in refused if n["at"] < refused[0]["at"] + 5}
    later = {n["target"] for n in refused if n["at"] >= refused[0]["at"] + 5}
    assert len(first) <= WORKERS * page, f"{len(first)} were tried, a page is {page}"
    assert len(later) <= MOST_PROBES, f"{len(later)} were tried while it was revoked"
    assert registered == total(number), f"{total(number) - registered} were removed"
    assert all(held.values()), "a target was erased"
    wanted = {held[pk] for pk in held if is_wanted(pk)}
    accepted = Counter(note["target"] for note in notes if note["status"] == 200)
    assert accepted.keys() == wanted, (len(accepted), len(wanted))
    assert set(accepted.values()) == {1}, "it did not resume where it was"
    assert Counter(statuses.values()) == {"accepted": number}, Counter(
        statuses.values()
    )
    tell(
        messages=number,
        page=page,
        tried_at_once=len(first),
        tried_while_revoked=len(later),
        removed=total(number) - registered,
        trouble=trouble,
        told_after=round(told_after, 1),
        done_after_it_was_back=round(resumed, 1),
        repeats=sum(accepted.values()) - number,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=5_000)
    main(parser.parse_args().n)
