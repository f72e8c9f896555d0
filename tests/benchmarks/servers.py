"""A throw-away PostgreSQL and Redis, as they run in production: nothing is skipped.

Unlike the servers of the tests, this PostgreSQL waits for the disk (``fsync``), and who
has none is told and stopped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from example_site.demo.stack import free_port
from tests.benchmarks.standin import MissingError


class PostgreSQL:
    """A running server with databases that can be copied."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgres://push@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run one statement as the operator would; return its rows, if it has any."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database, empty or as a copy; return its address."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)


@contextmanager
def run_postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL with its own defaults in a temporary folder."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise MissingError("PostgreSQL is not installed: apt-get install postgresql")
    tools = found[-1].parent
    # It refuses to run as root; its package has made a user for it.
    who: dict[str, Any] = {"cwd": "/"}
    if os.geteuid() == 0:
        who |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="wagtail-push-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    init = [tools / "initdb", "-D", data, "-U", "push", "-A", "trust"]
    subprocess.run(list(map(str, init)), check=True, capture_output=True, **who)
    server = PostgreSQL(free_port())
    command = [tools / "postgres", "-D", data, "-p", server.port, "-k", folder]
    process = subprocess.Popen(
        [*map(str, command), "-h", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **who,
    )
    try:
        _wait(process, lambda: server.execute("SELECT 1"), psycopg.OperationalError)
        yield server
    finally:
        process.terminate()
        # It waits for whoever is connected until it is told not to.
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.send_signal(2)
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def run_redis() -> Iterator[str]:
    """Run a Redis that keeps nothing; return its URL."""
    import redis

    program = shutil.which("redis-server")
    if program is None:
        raise MissingError("Redis is not installed: apt-get install redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="wagtail-push-redis-") as folder:
        process = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis(port=port)
        try:
            _wait(process, client.ping, redis.ConnectionError)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            client.close()
            process.terminate()
            process.wait(20)


def _wait(
    process: subprocess.Popen[bytes], asks: Any, refused: type[Exception]
) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            asks()
            return
        except refused:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not answer.")
