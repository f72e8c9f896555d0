"""Fixtures of what really runs: PostgreSQL, Redis, and the whole example site."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from example_site.demo.stack import Stack, free_port


#: A real password hash takes half a second; the processes of the site run with these.
FAST = {"DJANGO_SETTINGS_MODULE": "tests.settings_stack"}

StartStack = Callable[..., Stack]


def missing(what: str, install: str) -> None:
    """Skip on a developer's machine, with the line to install it; fail in CI."""
    message = f"{what} is not installed: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def wait_for_port(port: int, process: subprocess.Popen[Any]) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.02)
    raise AssertionError(f"{process.args!r} does not listen on {port}")


def execute(site: Stack, statement: str) -> list[Any]:
    """Look into the database of a running site, or change it, as an operator would."""
    path = site.folder / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database, database:
        return database.execute(statement).fetchall()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Run a throw-away PostgreSQL; return the URL of a database in it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing("PostgreSQL", "apt-get install postgresql")
    tools = found[-1].parent
    # It refuses to run as root; its package has made a user for it.
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="wagtail-push-pg-"))
    if who:
        shutil.chown(folder, "postgres")
    port = free_port()
    init = [tools / "initdb", "-D", folder / "data", "-U", "push", "-A", "trust"]
    subprocess.run(
        list(map(str, init)), check=True, capture_output=True, cwd="/", **who
    )
    command = [tools / "postgres", "-D", folder / "data", "-p", port, "-k", folder]
    command += ["-h", "127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen(
        list(map(str, command)),
        cwd="/",
        **who,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, server)
        place = ["-h", "127.0.0.1", "-p", str(port)]
        # It listens some time before it lets anybody in.
        while server.poll() is None:
            ready = subprocess.run([tools / "pg_isready", "-q", *place], cwd="/")
            if ready.returncode == 0:
                break
            time.sleep(0.02)
        create = [tools / "createdb", *place, "-U", "push", "push"]
        subprocess.run(create, check=True, cwd="/")
        yield f"postgres://push@127.0.0.1:{port}/push"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a throw-away Redis; return its URL."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis", "apt-get install redis-server")
    port = free_port()
    server = subprocess.Popen(
        [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def prepared_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the example site's database, made and seeded once."""
    folder = tmp_path_factory.mktemp("prepared")
    Stack(folder, environ={**FAST, "DATABASE_URL": "", "REDIS_URL": ""}).prepare()
    return folder


@contextlib.contextmanager
def stacks(
    prepared_site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartStack]:
    """Yield what starts the example site, on SQLite unless told otherwise."""
    with contextlib.ExitStack() as running:

        def start(*, environ: dict[str, str] | None = None, **kwargs: Any) -> Stack:
            folder = tmp_path_factory.mktemp("stack")
            environ = {**FAST, "DATABASE_URL": "", "REDIS_URL": "", **(environ or {})}
            on_sqlite = not environ["DATABASE_URL"]
            if on_sqlite:
                for file in prepared_site.glob("db.sqlite3*"):
                    shutil.copy(file, folder)
            stack = Stack(folder, environ=environ, prepared=on_sqlite, **kwargs)
            return running.enter_context(stack)

        yield start


@pytest.fixture(scope="module")
def start_stack(
    prepared_site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartStack]:
    """Return what starts the example site; it is stopped after the module's tests."""
    with stacks(prepared_site, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def start_lasting_stack(
    prepared_site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartStack]:
    """Return what starts the example site for several modules."""
    with stacks(prepared_site, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def site(start_lasting_stack: StartStack) -> Stack:
    """Return the running example site that most tests share; FID mode."""
    return start_lasting_stack()
