"""From ``notify()`` to the last recorded row, with a qcluster of two workers.

``python -m tests.benchmarks.paths broadcast N``, in a fresh process and on a database that
``tests.benchmarks.data`` has filled. The last line is JSON: what it took.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from tests.benchmarks import words
from tests.benchmarks.cluster import Cluster
from tests.benchmarks.measuring import used_by_me
from tests.benchmarks.targets import total


#: Seconds after which a run is given up.
PATIENCE = 1200


def broadcast(number: int) -> Callable[[], Any]:
    """Prepare a notification to everyone, in two languages."""
    from tests.benchmarks.data import SCOPE
    from wagtail_push.messages import EVERYONE
    from wagtail_push.notify import notify

    return lambda: notify(
        SCOPE, EVERYONE, title=words.TITLE, body=words.BODY, url=words.URL
    )


def invoices(number: int) -> Callable[[], Any]:
    """Prepare one call for a night's invoices, each with words of its own."""
    from tests.benchmarks.data import SCOPE
    from wagtail_push.messages import Personal
    from wagtail_push.notify import notify

    rows = [
        Personal(f"C-{i}", number=f"2026-{i:06}", amount=f"€ {i % 900 + 10}.00")
        for i in range(1, total(number) + 1)
    ]
    return lambda: notify(
        SCOPE,
        rows,
        title=words.INVOICE_TITLE,
        body=words.INVOICE_BODY,
        url=words.INVOICE_URL,
    )


def wait_until_done(notification: Any) -> None:
    """Wait until the ledger says that nothing is left to do."""
    model = type(notification)
    done = model.objects.filter(pk=notification.pk, status=model.Status.DONE)
    until = time.monotonic() + PATIENCE
    while not done.exists():
        if time.monotonic() > until:
            notification.refresh_from_db()
            raise RuntimeError(
                f"Not done after {PATIENCE} s: {notification.accepted} accepted, "
                f"{notification.failed} failed. {notification.trouble}"
            )
        # Asked less often than what is measured takes.
        time.sleep(0.02)


PATHS = {"broadcast": broadcast, "invoices": invoices}


def main(name: str, number: int) -> None:
    """Send so many; print what it took."""
    django.setup()
    from wagtail_push.models import Delivery

    send = PATHS[name](number)
    log = Path(tempfile.mkdtemp(dir=os.environ["EXAMPLE_DATA"])) / "queue.log"
    with Cluster(log, {}) as cluster:
        mine, theirs = used_by_me(), cluster.used()
        begun = time.perf_counter()
        notification = send()
        notified = time.perf_counter() - begun
        wait_until_done(notification)
        seconds = time.perf_counter() - begun
        mine_after, theirs_after = used_by_me(), cluster.used()
    accepted = notification.deliveries.filter(status=Delivery.Status.ACCEPTED)
    print(
        json.dumps(
            {
                "accepted": accepted.count(),
                "seconds": seconds,
                "notify": notified,
                "cpu": mine_after.cpu - mine.cpu + theirs_after.cpu - theirs.cpu,
                "peak": max(mine_after.peak, theirs_after.peak),
                "processes": theirs_after.processes + 1,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
