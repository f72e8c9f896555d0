"""What planning, claiming, reading and recording cost when sending costs nothing.

``python -m tests.benchmarks.planning N TIMES``: the last line is JSON, in seconds for each
installation. Everything happens in this one process.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import django

from tests.benchmarks.measuring import used_by_me
from tests.benchmarks.paths import broadcast


def main(number: int, times: int) -> None:
    """Send a broadcast nowhere, print the medians."""
    django.setup()
    from wagtail_push import tasks

    # This process does what a worker would be woken for.
    tasks._enqueue = lambda: None
    send = broadcast(number)
    plans, works, cpus = [], [], []
    for _ in range(times):
        notification = send()
        before = used_by_me().cpu
        begun = time.perf_counter()
        tasks.plan()
        planned = time.perf_counter()
        while True:
            tasks.work()
            notification.refresh_from_db()
            if notification.status == notification.Status.DONE:
                break
        done = time.perf_counter()
        assert notification.accepted == number, notification.accepted
        plans.append((planned - begun) / number)
        works.append((done - begun) / number)
        cpus.append((used_by_me().cpu - before) / number)
    print(
        json.dumps(
            {
                "plan": statistics.median(plans),
                "all": statistics.median(works),
                "cpu": statistics.median(cpus),
                "peak": used_by_me().peak,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
