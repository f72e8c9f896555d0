"""A real qcluster of the example site, and what it uses."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from example_site.demo.stack import ROOT
from tests.benchmarks.measuring import Process, Used, session, used_by_session


START_TIMEOUT = 60
STOP_TIMEOUT = 10


class Cluster:
    """A qcluster with its children for the length of a ``with`` block."""

    def __init__(self, log: Path, environ: Mapping[str, str]) -> None:
        self._path = log
        self._environ = {**os.environ, **environ, "PYTHONUNBUFFERED": "1"}
        self._process: subprocess.Popen[bytes] | None = None
        #: Seconds since the epoch.
        self.started_at = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Return the process ID of the command, which leads a session of its own."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """Return what it has written."""
        return self._path.read_text(errors="replace") if self._path.exists() else ""

    def start(self) -> None:
        """Start it and wait until its workers are there."""
        before = len(self.log)
        self.started_at = time.time()
        with self._path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-W",
                    "ignore",
                    "-m",
                    "example_site.manage",
                    "qcluster",
                ],
                env=self._environ,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + START_TIMEOUT
        while "running." not in self.log[before:]:
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"qcluster does not run:\n{self.log[before:]}")
            # Its log is all that tells.
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, gracefully if it can."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def processes(self) -> list[Process]:
        """Return all that live: the command, its sentinel, and the sentinel's children."""
        return list(session(self.pid))

    def used(self) -> Used:
        """Return what all of them have used so far."""
        return used_by_session(self.pid)
