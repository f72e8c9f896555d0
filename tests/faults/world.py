"""The world of one part: its servers, a filled registry, and whoever sends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

from example_site.demo.stack import ROOT
from tests.benchmarks.cluster import Cluster
from tests.benchmarks.servers import PostgreSQL, run_postgresql, run_redis
from tests.benchmarks.standin import StandIn


#: The two ways in which the ledger and the queue are kept.
POSTGRESQL, SQLITE = "postgresql", "sqlite"

#: Workers of one qcluster.
WORKERS = 3


@dataclass
class World:
    """What runs; ``None`` is what this world does not have."""

    folder: Path
    exits: ExitStack
    stand_in: StandIn | None = None
    postgresql: PostgreSQL | None = None
    redis: str = ""
    clusters: list[Cluster] = field(default_factory=list)

    def start_cluster(self) -> Cluster:
        """Start one more qcluster; it ends with this world."""
        log = self.folder / f"queue-{len(self.clusters)}.log"
        cluster = self.exits.enter_context(Cluster(log, {}))
        self.clusters.append(cluster)
        return cluster


@contextmanager
def world(
    wanted: int,
    *,
    on: str = POSTGRESQL,
    stand_in: StandIn | None = None,
    **push: Any,
) -> Iterator[World]:
    """Run it, and set Django up in this process; ``wanted`` browsers want the scope.

    :param on: PostgreSQL with Redis, or SQLite with the ORM as the queue.
    :param stand_in: sends go there; else to the emulator that ``push`` names, if any.
    :param push: settings of ``WAGTAIL_PUSH``.
    """
    # Whoever ends it gets its servers ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as exits:
        folder = Path(
            exits.enter_context(
                tempfile.TemporaryDirectory(
                    prefix="wagtail-push-faults-", ignore_cleanup_errors=True
                )
            )
        )
        here = World(folder, exits)
        environ = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "EXAMPLE_DATA": str(folder),
            "FAULTS_SETTINGS": json.dumps(push),
            "DATABASE_URL": "",
            "REDIS_URL": "",
        }
        if on == POSTGRESQL:
            here.postgresql = exits.enter_context(run_postgresql())
            here.redis = exits.enter_context(run_redis())
            environ["DATABASE_URL"] = here.postgresql.create("portal")
            environ["REDIS_URL"] = here.redis
        if stand_in is not None:
            here.stand_in = exits.enter_context(stand_in)
            environ |= here.stand_in.environ
        os.environ.update(environ)
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.prepare", str(wanted)],
            cwd=ROOT,
            check=True,
        )
        django.setup()
        yield here


def targets() -> dict[int, str]:
    """Return the target of every installation."""
    from wagtail_push.models import Installation

    return dict(Installation.objects.values_list("pk", "target"))


def announce() -> Any:
    """Write a broadcast as a portal does; return its notification."""
    from tests.benchmarks.paths import broadcast

    return broadcast(0)()


def wait_for(what: str, happened: Callable[[], Any], seconds: float) -> Any:
    """Wait until something happens; return what it was."""
    until = time.monotonic() + seconds
    while not (found := happened()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
    return found


def is_done(notification: Any) -> bool:
    """Tell whether the ledger says that nothing is left to do."""
    notification.refresh_from_db(fields=["status"])
    return bool(notification.status == notification.Status.DONE)


def percentile(values: list[float], part: float = 0.95) -> float:
    """Return the value that this part of them is not above."""
    return sorted(values)[max(0, round(part * len(values)) - 1)]


def tell(**figures: Any) -> None:
    """Print the figures of this part: the last line, one JSON object."""
    print(json.dumps(figures))
