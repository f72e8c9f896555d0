"""Run the emulator as a child process; standard library only.

with EmulatorProcess() as emulator:
    ...  # WAGTAIL_PUSH["EMULATOR"] = emulator.url
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from wagtail_push.emulator.client import EmulatorClient, EmulatorError


__all__ = ["EmulatorClient", "EmulatorError", "EmulatorProcess"]

READY = "FCM emulator ready at "
START_TIMEOUT = 30
STOP_TIMEOUT = 10


class EmulatorProcess(EmulatorClient):
    """An emulator for the length of a ``with`` block.

    Without ``state`` it keeps its state in a temporary folder, so that it survives
    :meth:`restart` but not the block.
    """

    def __init__(
        self,
        state: Path | str | None = None,
        port: int = 0,
        allow_push_hosts: Collection[str] = (),
    ) -> None:
        super().__init__()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._state = None if state is None else Path(state)
        self._port = port
        self._allow_push_hosts = allow_push_hosts
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._clean_up()

    def _clean_up(self) -> None:
        self.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = self._state = None

    @property
    def pid(self) -> int:
        """Return the process ID."""
        if self._process is None:
            raise EmulatorError("The emulator is not running.")
        return self._process.pid

    @property
    def log(self) -> str:
        """Return what the emulator has written to its log."""
        path = self._log_path()
        return path.read_text(errors="replace") if path.exists() else ""

    def _log_path(self) -> Path:
        if self._state is None:
            self._folder = tempfile.TemporaryDirectory(prefix="wagtail-push-")
            self._state = Path(self._folder.name)
        return self._state / "emulator.log"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        log_path = self._log_path()
        log_path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "wagtail_push.emulator"]
        command += ["--port", str(self._port), "--state", str(log_path.parent)]
        for host in self._allow_push_hosts:
            command += ["--allow-push-host", host]
        # The child finds what this process has found, installed or not.
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        with log_path.open("a") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self._first_line(self._process)
        if not line.startswith(READY):
            self.stop()
            raise EmulatorError(f"The emulator did not start.\n{self.log}")
        self.url = line.removeprefix(READY).split()[0]
        # A browser knows this address from now on.
        self._port = int(self.url.rpartition(":")[2])

    def _first_line(self, process: subprocess.Popen[str]) -> str:
        lines: list[str] = []
        stdout = process.stdout
        if stdout is None:
            return ""
        reader = threading.Thread(
            target=lambda: lines.append(stdout.readline()), daemon=True
        )
        reader.start()
        reader.join(START_TIMEOUT)
        return lines[0] if lines else ""

    def stop(self, *, kill: bool = False) -> int | None:
        """End the process, at once with ``kill``, and return its exit status."""
        process, self._process = self._process, None
        if process is None:
            return None
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            status = process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return status

    def restart(self, *, kill: bool = False) -> None:
        """Stop and start it with the same state and address."""
        self.stop(kill=kill)
        self.start()
