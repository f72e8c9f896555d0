"""Everything that has to run: the emulator, the portal's web server, and a qcluster."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from wagtail_push.emulator.process import EmulatorProcess


ROOT = Path(__file__).resolve().parents[2]

#: Seconds for the web server to answer, and for a process to end when asked to.
START_TIMEOUT = 60
STOP_TIMEOUT = 8

# A proxy named by the environment is for the internet, not for this machine.
opener = build_opener(ProxyHandler({}))


class StackError(Exception):
    """Something did not start; the text holds its log."""


class Processes:
    """A portal's processes: they keep their data in ``folder``, and end together."""

    #: What runs the portal's management commands, and where.
    program = [sys.executable, "-m", "example_site.manage"]
    place = ROOT

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Take note of that; nothing is started yet."""
        self.folder = folder
        self.port = port
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Return the portal's origin; localhost is a secure context for browsers."""
        return f"http://localhost:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of the portal's processes."""
        raise NotImplementedError

    def manage(self, *args: str) -> str:
        """Run a management command of the portal; return what it printed."""
        run = subprocess.run(  # noqa: S603  our own module
            [*self.program, *args],
            env=self.environ,
            cwd=self.place,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise StackError(f"manage.py {' '.join(args)} failed:\n{run.stderr}")
        return run.stdout

    def log(self, name: str) -> str:
        """Return what one of them, such as ``web`` or ``queue``, has written."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """Stop what was started, the last first; safe to call twice."""
        for name in reversed(list(self._children)):
            self._stop(name)

    def failed(self) -> str | None:
        """Return the name of a process that ended by itself, or None."""
        for name, child in self._children.items():
            if child.poll() is not None:
                return name
        return None

    def _start(self, name: str, *args: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            # A session of its own: what it forks is ended with it.
            self._children[name] = subprocess.Popen(  # noqa: S603  our own module
                [*self.program, *args],
                env=self.environ,
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _stop(self, name: str) -> None:
        child = self._children.pop(name, None)
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_TIMEOUT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def _wait_for(self, name: str, url: str) -> None:
        until = time.monotonic() + START_TIMEOUT
        while time.monotonic() < until:
            if ended := self.failed():
                raise StackError(f"{ended} ended by itself:\n{self.log(ended)}")
            try:
                with opener.open(url, timeout=5) as answer:
                    if answer.url != url:
                        raise StackError(f"{url} leads to {answer.url}")
                    return
            except HTTPError as error:
                raise StackError(
                    f"{url} answered {error.code}:\n{self.log(name)}"
                ) from error
            except (URLError, OSError, http.client.HTTPException):
                # A server tells nobody when it begins to listen.
                time.sleep(0.05)
        raise StackError(f"{url} does not answer:\n{self.log(name)}")


class Stack(Processes):
    """The running example site for the length of a ``with`` block.

    Everything listens on free ports of loopback and keeps its data in ``folder``.
    ``environ`` reaches the portal: ``DATABASE_URL``, ``REDIS_URL``,
    ``PUSH_TARGET_KIND`` and so on.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        emulator_port: int = 0,
        allow_push_hosts: tuple[str, ...] = (),
        environ: Mapping[str, str] | None = None,
        queue: bool = True,
        prepared: bool = False,
    ) -> None:
        """Take note of all that; nothing is started yet."""
        super().__init__(folder, port)
        self.prepared = prepared
        self.emulator = EmulatorProcess(
            folder / "emulator", port=emulator_port, allow_push_hosts=allow_push_hosts
        )
        self._environ = dict(environ or {})
        self._queue = queue

    @property
    def push_service(self) -> str:
        """Return the address that a Firefox connects to for its pushes."""
        return self.emulator.push_service

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of the portal's processes."""
        path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        emulator = {"PUSH_EMULATOR": self.emulator.url} if self.emulator.url else {}
        return {
            **os.environ,
            **emulator,
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "example_site.settings",
            "EXAMPLE_DATA": str(self.folder),
            **self._environ,
        }

    def __enter__(self) -> Self:
        """Start everything."""
        self.start()
        return self

    def start(self) -> None:
        """Start everything and wait until the portal answers."""
        if self.port and _is_taken(self.port):
            raise StackError(
                f"Something else listens on port {self.port} of this machine: end it, or "
                "give another --port."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.emulator.start()
            if not self.prepared:
                self.prepare()
            self.port = self.port or free_port()
            self._start_web()
            if self._queue:
                self.start_queue()
            self._wait_for("web", f"{self.url}/sign-in/")
        except BaseException:
            self.stop()
            raise

    def prepare(self) -> None:
        """Make the database and fill it with the demo's customers."""
        self.manage("migrate", "--run-syncdb", "--verbosity", "0")
        self.manage("seed", "--verbosity", "0")
        self.prepared = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.stop()

    def start_web(self) -> None:
        """Start the web server again, at its address, and wait until it answers."""
        self._start_web()
        self._wait_for("web", f"{self.url}/sign-in/")

    def stop_web(self) -> None:
        """Stop the web server; the browser and the queue stay."""
        self._stop("web")

    def start_queue(self) -> None:
        """Start the qcluster."""
        self._start("queue", "qcluster")

    def stop_queue(self) -> None:
        """Stop the qcluster."""
        self._stop("queue")

    def stop(self) -> None:
        """Stop what was started, the last first; safe to call twice."""
        super().stop()
        self.emulator.stop()

    def _start_web(self) -> None:
        self._start("web", "runserver", "--noreload", f"127.0.0.1:{self.port}")


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
