"""What happens at the same moment ends in a state that a customer would expect.

Real threads with connections of their own, on SQLite as the example site sets it up and
on PostgreSQL, in a process of its own: see tests/racing.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from example_site.demo.stack import ROOT


#: RACES=all runs every round, else a fifth: enough to find what goes wrong often.
SHARE = 1 if os.environ.get("RACES") == "all" else 5

#: Each race: how often it is run, and every state that it may end in, with how often it
#: does so at least, where some rounds make sure of it.
RACES: dict[str, tuple[int, dict[str, int]]] = {
    # Two simultaneous registrations, 200 in all.
    "double_click": (50, {"created + renewed: 1 installation(s), 1 browser(s)": 50}),
    "two_accounts": (50, {"created + created: 1 installation(s), 2 browser(s)": 50}),
    "two_targets": (50, {"created + created: 1 installation(s), 2 browser(s)": 50}),
    "no_cookie": (50, {"created + proof_needed: 1 installation(s), 1 browser(s)": 50}),
    "switch_off": (
        200,
        {"created, 1 browser, off": 100, "account_off, 0 browser, off": 0},
    ),
    "renewal": (
        200,
        {
            "active, new target, kept name and scopes, never ended": 50,
            "active, new target, kept name and scopes, ended before": 50,
        },
    ),
    "two_workers": (
        60,
        {
            "done: 5 targets, 5 envelopes, 5 rows, 5 counted, 1 at work": 0,
            "done: 5 targets, 5 envelopes, 5 rows, 5 counted, 2 at work": 30,
        },
    ),
    "last_room": (100, {"batch + none": 100}),
    "dead_twice": (
        60,
        {
            "10 failed, 0 targets left, 5 ended": 30,
            "5 failed, 2 targets left, 3 ended": 30,
        },
    ),
    "removal": (
        120,
        {
            f"{told}, 0 browser, no target": 0
            for told in [
                "check: done",
                "test: done",
                "choose: done",
                "choose: browser_removed",
                "copy from it: done",
                "copy from it: browser_removed",
                "copy to it: done",
                "switch on: done",
            ]
        },
    ),
    "two_editors": (50, {"1 sent, 1 counted, same told: True": 50}),
}


class Racing:
    """The process in which the races are run, one after the other."""

    def __init__(self, folder: Path, database: str) -> None:
        self.log = folder / "racing.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.racing"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
                    "DJANGO_SETTINGS_MODULE": "tests.racing.settings",
                    "DATABASE_URL": database,
                    "EXAMPLE_DATA": str(folder),
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def answer(self) -> str:
        """Return its next line."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"it ended by itself:\n{self.log.read_text()}"
        return line

    def run(self, race: str, rounds: int) -> dict[str, Any]:
        """Return how often a race ended in which state, and what went wrong."""
        assert self.process.stdin
        self.process.stdin.write(f"{race} {rounds}\n")
        self.process.stdin.flush()
        report: dict[str, Any] = json.loads(self.answer())
        return report

    def stop(self) -> None:
        """Have it end by itself, as it does when nothing more comes."""
        self.process.communicate(timeout=20)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def racing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Racing]:
    database = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE racing")
        database = f"{server.rpartition('/')[0]}/racing"
    racing = Racing(tmp_path_factory.mktemp("racing"), database)
    try:
        assert racing.answer() == "ready\n"
        yield racing
    finally:
        racing.stop()


@pytest.mark.parametrize("race", RACES)
def test_it_ends_as_a_customer_would_expect(racing: Racing, race: str) -> None:
    declared, allowed = RACES[race]
    rounds = declared // SHARE

    report = racing.run(race, rounds)

    print(race, report["seconds"], "s:", json.dumps(report["states"], indent=1))
    assert not report["errors"], "\n".join(report["errors"][:3])
    states = Counter(report["states"])
    assert not set(states) - set(allowed)
    assert states.total() == rounds
    assert all(states[state] >= least // SHARE for state, least in allowed.items())
