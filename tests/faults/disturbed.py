"""Broadcasts whose senders are killed, or lose queue or database, while they send.

``python -m tests.faults.disturbed kill --on postgresql --n 20000 --times 20``
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from itertools import cycle, pairwise
from typing import Any

from tests.benchmarks.cluster import Cluster
from tests.benchmarks.standin import Message, StandIn
from tests.benchmarks.targets import is_wanted
from tests.faults.world import (
    POSTGRESQL,
    SQLITE,
    WORKERS,
    World,
    announce,
    is_done,
    targets,
    tell,
    wait_for,
    world,
)


#: Messages a second, and seconds until what a dead worker held is free.
PACE = 400
LEASE = 10

#: A disturbance counts only if something was sent so many seconds before.
JUST_NOW = 0.2

#: Seconds without a sign of the sender, which the sweep gives every minute, after which
#: whatever supervises the cluster restarts it.
SILENCE = 150

#: Seconds that one broadcast may take, whatever happens to it.
PATIENCE = 1500

READY = re.compile(r"ready for work at (\d+)")


def kill_worker(here: World) -> None:
    """Kill one that is sending or waiting for work, whichever it is."""
    cluster = here.clusters[-1]
    ready = {int(pid) for pid in READY.findall(cluster.log)}
    alive = sorted(ready & {process.pid for process in cluster.processes()})
    os.kill(random.choice(alive), signal.SIGKILL)


def kill_sentinel(here: World) -> None:
    """Kill the one that replaces dead workers; its workers live on as orphans.

    The command ends with it. Then a supervisor ends the rest and starts another.
    """
    cluster = here.clusters[-1]
    os.kill(sentinel(cluster), signal.SIGKILL)
    cluster.stop()
    here.start_cluster()


def kill_cluster(here: World) -> None:
    """Kill all of them at once; whatever supervises it starts another."""
    os.killpg(here.clusters[-1].pid, signal.SIGKILL)
    here.start_cluster()


def flush_redis(here: World) -> None:
    """Lose every task that waits."""
    import redis

    with redis.Redis.from_url(here.redis) as client:
        client.flushall()


def cut_connections(here: World) -> None:
    """End every connection to the database but our own."""
    from django.db import connection

    assert here.postgresql is not None
    mine = connection.connection.info.backend_pid
    here.postgresql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = 'portal' AND pid <> {mine}"
    )


def sentinel(cluster: Cluster) -> int:
    """Return the process that the command has started."""
    [pid] = [p.pid for p in cluster.processes() if p.parent == cluster.pid]
    return pid


def supervise(here: World) -> int:
    """Restart a cluster of which nothing was heard for long; return how many were.

    A worker that is killed while it waits for work takes the lock of django-q2's queue
    with it: those that are left, and those that replace it, then wait for ever.
    """
    from wagtail_push.doctor import sender_seen_at

    seen_at = sender_seen_at()
    started = here.clusters[-1].started_at
    if min(time.time() - started, time.time() - seen_at.timestamp()) < SILENCE:
        return 0
    kill_cluster(here)
    return 1


Act = Callable[[World], None]

ACTS: dict[str, list[Act]] = {
    "kill": [kill_worker, kill_sentinel, kill_cluster],
    "flush": [flush_redis],
    "cut": [cut_connections],
}


def main(what: str, on: str, number: int, times: int, seed: int) -> None:
    """Send, disturb, and hold what must hold."""
    random.seed(seed)
    acts = ACTS[what]
    random.shuffle(acts)
    left = [act for act, _ in zip(cycle(acts), range(times), strict=False)]
    done: Counter[str] = Counter()
    begun = time.monotonic()
    restarts = 0

    def wait(what: str, happened: Callable[[], bool]) -> None:
        def supervised() -> bool:
            nonlocal restarts
            restarts += supervise(here)
            return happened()

        wait_for(what, supervised, PATIENCE)

    with world(
        number, on=on, stand_in=StandIn(log=True), PACE=PACE * 60, LEASE=LEASE
    ) as here:
        assert here.stand_in is not None
        here.start_cluster()
        sent = [announce()]
        while left:
            # Any moment; but only one at which it is sending.
            time.sleep(random.uniform(0.5, 3))
            wait("a message", lambda: is_sending(here, sent[-1]))
            if is_done(sent[-1]):
                # It was done before it had been disturbed often enough.
                sent.append(announce())
                continue
            act = left.pop()
            act(here)
            done[act.__name__] += 1
        for notification in sent:
            wait("its end", partial(is_done, notification))
        seconds = time.monotonic() - begun
        messages = here.stand_in.messages()
        clusters = len(here.clusters)
        repeats = sum(check(each, number, messages) for each in sent)
        most = times * WORKERS * page_size()
    assert repeats <= most, f"{repeats} repeats, more than {most}"
    tell(
        what=what,
        on=on,
        seed=seed,
        disturbed=dict(done),
        clusters=clusters,
        restarts_by_supervisor=restarts,
        broadcasts=len(sent),
        installations=number,
        messages=len(messages),
        repeats=repeats,
        most_repeats=most,
        longest_silence=longest_silence(messages),
        seconds=round(seconds),
    )


def is_sending(here: World, notification: Any) -> bool:
    """Tell whether something was sent just now, or nothing is left to send."""
    assert here.stand_in is not None
    just_now = time.time() - here.stand_in.last_message_at() < JUST_NOW
    return just_now or is_done(notification)


def check(notification: Any, number: int, messages: list[Message]) -> int:
    """Hold that nobody was forgotten; return how many messages were repeats."""
    from wagtail_push.models import Delivery

    rows = notification.deliveries.values_list("installation_id", "status")
    ended = dict(rows)
    wanted = {pk: target for pk, target in targets().items() if is_wanted(pk)}
    assert len(ended) == len(rows) == number, (len(ended), len(rows), number)
    assert ended.keys() == wanted.keys()
    assert set(ended.values()) == {Delivery.Status.ACCEPTED}, Counter(ended.values())
    met: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        if message.notification == str(notification.public_id):
            met[message.target].append(message)
    assert met.keys() == set(wanted.values()), len(met)
    for same in met.values():
        assert len({(message.tag, message.topic) for message in same}) == 1, same
    return sum(map(len, met.values())) - number


def page_size() -> int:
    """Return how many messages one worker has on their way at most."""
    from wagtail_push.backends import get_backend

    return min(get_backend().page_size, PACE)


def longest_silence(messages: list[Message]) -> float:
    """Return the most seconds between two messages, while there was something to send."""
    times = sorted(message.at for message in messages)
    return round(max(later - before for before, later in pairwise(times)), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=ACTS)
    parser.add_argument("--on", choices=[POSTGRESQL, SQLITE], default=POSTGRESQL)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    main(asked.what, asked.on, asked.n, asked.times, asked.seed)
