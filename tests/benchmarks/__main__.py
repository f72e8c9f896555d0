"""Measure ourselves beside fcm-django: ``tox run -e bench``.

Everything is measured in fresh processes, in turns, against one stand-in that is 50 ms
away; it must have been asked as often as we sent. The last line is one JSON object.
Figures of one run can be compared with each other, and with nothing else: ratios hold
when another program loads the machine, times do not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.benchmarks.servers import PostgreSQL, run_postgresql, run_redis
from tests.benchmarks.standin import MissingError, StandIn


#: What a part is called, and the ratio to fcm-django that it has to reach, if any.
PARTS = {
    "fast_backend": 15,
    "path_postgresql": 10,
    "path_sqlite": None,
    "invoices": None,
}
#: The rest: memory at 200 000 over that at 20 000, a million over 10 000.
MEMORY, PLANNER, ADMIN = "memory", "planner", "admin"
MOST_MEMORY_GROWTH = 1.2
MOST_PLANNER_GROWTH = 1.3
MOST_ADMIN_GROWTH = 2

#: Below this part of ``send_each`` something has kept fcm-django from running freely.
LEAST_OF_SEND_EACH = 0.8

PACKAGES = ("wagtail-push", "Django", "django-q2", "firebase-admin", "fcm-django")
PACKAGES += ("pycurl", "psycopg", "redis")

Row = dict[str, Any]


class Bench:
    """The servers, and fresh processes that measure against them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.processes = 0
        self._exits = ExitStack()
        self._prepared: set[str] = set()

    def __enter__(self) -> Self:
        self.folder = Path(
            self._exits.enter_context(
                tempfile.TemporaryDirectory(prefix="wagtail-push-bench-")
            )
        )
        self.stand_in = self._exits.enter_context(StandIn())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exits.close()

    @cached_property
    def postgresql(self) -> PostgreSQL:
        """Return the PostgreSQL, which runs from now on."""
        return self._exits.enter_context(run_postgresql())

    @cached_property
    def redis(self) -> str:
        """Return the URL of the Redis, which runs from now on."""
        return self._exits.enter_context(run_redis())

    def sender(self, name: str, number: int) -> Row:
        """Measure one sender alone."""
        return self._measure(number, "senders", name)

    def on_postgresql(self, path: str, number: int) -> Row:
        """Measure a whole path on PostgreSQL with Redis."""
        return self._measure(
            number, "paths", path, environ=self.fresh_postgresql(number)
        )

    def on_sqlite(self, path: str, number: int) -> Row:
        """Measure a whole path on SQLite, which holds the queue as well."""
        prepared = self.folder / f"sqlite-{number}"
        if not prepared.exists():
            self._run("prepare", str(number), environ=_sqlite(prepared))
        fresh = self.folder / f"sqlite-{self.processes}"
        fresh.mkdir()
        for file in prepared.glob("db.sqlite3*"):
            shutil.copy(file, fresh)
        row = self._measure(number, "paths", path, environ=_sqlite(fresh))
        shutil.rmtree(fresh)
        return row

    def planning(self, number: int, times: int) -> Row:
        """Measure planning, claiming and recording with a backend that does nothing."""
        environ = {
            **self.fresh_postgresql(number),
            "BENCHMARK_BACKEND": "tests.benchmarks.backend.Null",
        }
        return self._run("planning", str(number), str(times), environ=environ)

    def admin(self, number: int) -> Row:
        """Measure the pages of the admin beside so many browsers and their history."""
        return self._run("admin_views", environ=self.fresh_postgresql(number))

    def fresh_postgresql(self, number: int) -> dict[str, str]:
        """Return the environment of a database of its own, and of an empty queue."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        environ = {
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
            "EXAMPLE_DATA": str(data),
            "REDIS_URL": self.redis,
        }
        name = f"prepared_{number}"
        if name not in self._prepared:
            url = self.postgresql.create(name)
            self._run("prepare", str(number), environ={**environ, "DATABASE_URL": url})
            self._prepared.add(name)
        return {**environ, "DATABASE_URL": self.postgresql.create("fresh", name)}

    def _measure(
        self, number: int, *args: str, environ: Mapping[str, str] | None = None
    ) -> Row:
        """Run one that sends; return what it took, once the stand-in agrees."""
        before = self.stand_in.counts()["messages"]
        row = self._run(*args, str(number), environ=environ or {})
        asked = self.stand_in.counts()["messages"] - before
        if not asked == row["accepted"] == number:
            raise SystemExit(
                f"{' '.join(args)}: {number} were to be sent, the stand-in was asked "
                f"{asked} times, and {row['accepted']} were accepted."
            )
        row["rate"] = number / row["seconds"]
        row["cpu"] *= 1000 / number
        return row

    def _run(self, module: str, *args: str, environ: Mapping[str, str]) -> Row:
        self.processes += 1
        run = subprocess.run(
            # The SDK warns of each message to a token.
            [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{module}", *args],
            env={**os.environ, **self.stand_in.environ, **environ},
            capture_output=True,
            text=True,
        )
        if run.returncode:
            raise SystemExit(f"{module} {' '.join(args)} failed:\n{run.stderr}")
        told = run.stdout.splitlines()
        row: Row = json.loads(told[-1]) if told else {}
        return row


def _sqlite(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        "EXAMPLE_DATA": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }


def in_rounds(bench: Bench, parts: list[str], rounds: int, baseline: int) -> Row:
    """Measure the parts and fcm-django in turns; return the median ratios."""
    measure: dict[str, Callable[[], Row]] = {
        "fast_backend": lambda: bench.sender("fast_backend", bench.number),
        "path_postgresql": lambda: bench.on_postgresql("broadcast", bench.number),
        "path_sqlite": lambda: bench.on_sqlite("broadcast", bench.number),
        "invoices": lambda: bench.on_postgresql("invoices", bench.number),
    }
    ratios: dict[str, list[float]] = {part: [] for part in parts}
    void = valid = 0
    while valid < rounds and void <= rounds:
        print(f"\nRound {valid + void + 1}")
        theirs = bench.sender("fcm_django", baseline)
        show("fcm-django send_message", theirs, baseline)
        sdk = bench.sender("send_each", baseline)
        show("firebase-admin send_each", sdk, baseline, theirs)
        if theirs["rate"] < LEAST_OF_SEND_EACH * sdk["rate"]:
            void += 1
            print("  void: fcm-django was below 0.8 of send_each")
            continue
        valid += 1
        for part in parts:
            row = measure[part]()
            show(part, row, bench.number, theirs)
            ratios[part].append(row["rate"] / theirs["rate"])
    if valid < rounds:
        raise SystemExit(f"Only {valid} of {valid + void} rounds are valid.")
    return {part: round(statistics.median(found), 2) for part, found in ratios.items()}


def show(name: str, row: Row, number: int, theirs: Row | None = None) -> None:
    """Print one measurement; CPU and memory are those of our own processes."""
    times = f"{row['rate'] / theirs['rate']:6.2f} x" if theirs else " " * 8
    plural = "es" if row["processes"] > 1 else ""
    print(
        f"  {name:26}{number:9,} in {row['seconds']:6.1f} s{row['rate']:9,.0f}/s{times}"
        f"{row['cpu']:8.3f} CPU s per 1000{row['peak']:6.0f} MiB"
        f"  {row['processes']} process{plural}",
        flush=True,
    )


def memory_growth(bench: Bench, smaller: int, larger: int) -> float:
    """Return the largest process' peak at the larger number over that at the smaller."""
    print("\nMemory, the whole path on PostgreSQL")
    peaks = []
    for number in (smaller, larger):
        row = bench.on_postgresql("broadcast", number)
        show("path_postgresql", row, number)
        peaks.append(row["peak"])
    return round(peaks[1] / peaks[0], 3)


def planner_growth(bench: Bench, smaller: int, larger: int) -> Row:
    """Return what an installation costs at the larger number over the smaller."""
    print(
        "\nPlanner, claims and records on PostgreSQL, with a backend that does nothing"
    )
    # A small one is soon over: the median of several.
    few = bench.planning(smaller, 9)
    many = bench.planning(larger, 1)
    for number, row in ((smaller, few), (larger, many)):
        print(
            f"  {number:9,}: planned in {row['plan'] * number:.2f} s; all in"
            f" {row['all'] * number:.1f} s, {row['all'] * 1e6:.1f} µs and"
            f" {row['cpu'] * 1e6:.1f} CPU µs each; {row['peak']:.0f} MiB"
        )
    return {name: round(many[name] / few[name], 3) for name in ("plan", "all", "cpu")}


def admin_growth(bench: Bench, smaller: int, larger: int) -> float:
    """Return the most that a page of the admin takes longer beside a long history.

    Its queries have to be as many, and no plan may read all deliveries.
    """
    print("\nPages of Wagtail's admin on PostgreSQL")
    few, many = bench.admin(smaller), bench.admin(larger)
    growths = []
    for name, page in many.items():
        growth = page["seconds"] / few[name]["seconds"]
        growths.append(growth)
        print(
            f"  {name:24}{page['queries']:3} queries"
            f"{few[name]['seconds'] * 1000:7.1f} → {page['seconds'] * 1000:6.1f} ms"
            f"{growth:6.2f} x"
        )
        if page["queries"] != few[name]["queries"]:
            raise SystemExit(f"{name}: {few[name]['queries']} queries beside few rows.")
        for plan in page["plans"]:
            print("    " + plan.replace("\n", "\n    "))
            if "Seq Scan on wagtail_push_delivery" in plan:
                raise SystemExit(f"{name} reads all deliveries.")
    return round(max(growths), 2)


def versions(bench: Bench) -> str:
    """Return what was measured, on what."""
    told = [f"Python {platform.python_version()}", bench.stand_in.version]
    for package in PACKAGES:
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            told.append(f"no {package}")
    return f"{', '.join(told)}; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"


def missed(result: Row) -> list[str]:
    """Return what is short of what we promise."""
    short = [
        f"{part} is {result['ratio'][part]} times fcm-django, not {least}"
        for part, least in PARTS.items()
        if least and (result["ratio"].get(part) or least) < least
    ]
    most = {
        "memory_growth": MOST_MEMORY_GROWTH,
        "planner_growth": MOST_PLANNER_GROWTH,
        "admin_growth": MOST_ADMIN_GROWTH,
    }
    short += [
        f"{name} is {result[name]}, not at most {limit}"
        for name, limit in most.items()
        if (result[name] or 0) > limit
    ]
    return short


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="tox run -e bench --", description=__doc__)
    parts = [*PARTS, MEMORY, PLANNER, ADMIN]
    parser.add_argument("--only", action="append", choices=parts, help="one part alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--n", type=int, default=50_000, help="our messages")
    parser.add_argument("--baseline-n", type=int, default=5_000, help="fcm-django's")
    parser.add_argument("--memory-n", type=int, default=200_000)
    parser.add_argument("--planner-n", type=int, default=1_000_000)
    # With those that do not want it 200 000 browsers, and a million deliveries.
    parser.add_argument("--admin-n", type=int, default=182_000)
    return parser.parse_args()


def main() -> None:
    """Measure what was asked for; fail if it is short of what we promise."""
    # Whoever ends it gets its servers ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = arguments()
    wanted = asked.only or [*PARTS, MEMORY, PLANNER, ADMIN]
    begun = time.monotonic()
    result: Row = {"ratio": dict.fromkeys(PARTS), "memory_growth": None}
    result |= {"planner_growth": None, "admin_growth": None}
    try:
        with Bench(asked.n) as bench:
            print(versions(bench), flush=True)
            parts = [part for part in PARTS if part in wanted]
            if parts:
                ratios = in_rounds(bench, parts, asked.rounds, asked.baseline_n)
                result["ratio"] |= ratios
            if MEMORY in wanted:
                larger = asked.memory_n
                result["memory_growth"] = memory_growth(bench, larger // 10, larger)
            if PLANNER in wanted:
                larger = asked.planner_n
                growth = planner_growth(bench, larger // 100, larger)
                result["planner_growth"] = growth["all"]
            if ADMIN in wanted:
                larger = asked.admin_n
                result["admin_growth"] = admin_growth(bench, larger // 100, larger)
    except MissingError as error:
        raise SystemExit(f"Nothing was measured: {error}") from None
    result["seconds"] = round(time.monotonic() - begun)
    short = missed(result)
    for line in short:
        print(line)
    print(json.dumps(result))
    raise SystemExit(1 if short else 0)


if __name__ == "__main__":
    main()
