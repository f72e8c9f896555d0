"""Two qclusters keep one pace: ``python -m tests.faults.pace --n 20000``."""

from __future__ import annotations

import argparse
from bisect import bisect_right

from tests.benchmarks.standin import StandIn
from tests.faults.world import announce, is_done, tell, wait_for, world


#: Messages a second for all together.
PACE = 200

#: Google counts by the minute. Sent ahead may be a second's worth, and the page that
#: spends the last of it, which has as much.
WINDOW = 60
AHEAD = 2

#: The least of the pace that has to be used when it has grown.
LEAST_USED = 0.8

PATIENCE = 600


def main(number: int) -> None:
    """Send with two of them, and count what came in any minute."""
    with world(number, stand_in=StandIn(log=True), PACE=PACE * 60) as here:
        for _ in range(2):
            here.start_cluster()
        notification = announce()
        wait_for("its end", lambda: is_done(notification), PATIENCE)
        assert here.stand_in is not None
        times = sorted(message.at for message in here.stand_in.messages())
        worked = [
            cluster.log.count("processing wagtail_push") for cluster in here.clusters
        ]
        cpu = [cluster.used().cpu for cluster in here.clusters]
    assert len(times) == number
    duration = times[-1] - times[0]
    assert duration > WINDOW, f"over in {duration:.0f} s: send more"
    counts = [
        bisect_right(times, at + WINDOW) - place for place, at in enumerate(times)
    ]
    most = max(counts)
    limit = PACE * (WINDOW + AHEAD)
    assert most <= limit, f"{most} in {WINDOW} s, more than {limit}"
    assert most >= LEAST_USED * PACE * WINDOW, f"only {most} in {WINDOW} s"
    assert all(worked), f"one of them has done nothing: {worked}"
    tell(
        messages=number,
        pace_a_minute=PACE * 60,
        most_in_a_minute=most,
        seconds=round(duration),
        tasks_of_each=worked,
        cpu_of_each=[round(each, 1) for each in cpu],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=20_000)
    main(parser.parse_args().n)
