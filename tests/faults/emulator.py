"""The emulator as it is, with a note of each message, in a process of its own.

``python -m tests.faults.emulator FILE --port … --state …`` appends a line of JSON to the
file when a request ends: when it came, how long it took, its target, and the status.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from wagtail_push.emulator import __main__ as command
from wagtail_push.emulator import app
from wagtail_push.emulator.client import EmulatorClient
from wagtail_push.emulator.process import READY
from wagtail_push.emulator.receiver import Receiver
from wagtail_push.emulator.store import Store


class Emulator(EmulatorClient):
    """An emulator that knows all targets of a filled registry."""

    def __init__(self, folder: Path, targets: Iterable[str], dead: set[str]) -> None:
        super().__init__()
        self._state = folder / "emulator"
        self._notes = folder / "emulator.jsonl"
        self._targets, self._dead = targets, dead

    def __enter__(self) -> Self:
        self._start()
        try:
            with Receiver(self.url) as receiver:
                subscription = receiver._subscription()["web"]
            self._stop()
            self._register(subscription)
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def notes(self) -> list[dict[str, Any]]:
        """Return what was noted of every message: at, took, target, status."""
        if not self._notes.exists():
            return []
        lines = self._notes.read_text().splitlines()
        return [json.loads(line) for line in lines]

    def _register(self, subscription: dict[str, str]) -> None:
        """Give every target the one push subscription, in a single statement."""
        store = Store(self._state)
        with store.transaction():
            store._connection.executemany(
                "INSERT INTO registrations (target, kind, fid, project, endpoint,"
                " p256dh, auth, alive, created)"
                " VALUES (?, 'token', ?, 'demo-project', ?, ?, ?, ?, ?)",
                (
                    (
                        target,
                        target.partition(":")[0],
                        subscription["endpoint"],
                        subscription["p256dh"],
                        subscription["auth"],
                        target not in self._dead,
                        time.time(),
                    )
                    for target in self._targets
                ),
            )
        store.close()

    def _start(self) -> None:
        command = [sys.executable, "-m", "tests.faults.emulator", str(self._notes)]
        command += ["--port", self.url.rpartition(":")[2] or "0"]
        self._state.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [*command, "--state", str(self._state)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=(self._state / "emulator.log").open("ab"),
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith(READY):
            raise RuntimeError((self._state / "emulator.log").read_text())
        self.url = line.removeprefix(READY).split()[0]

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


def main(notes: Path, arguments: list[str]) -> int:
    """Run the emulator, and note what it does."""
    around = app.around

    def noting(requests: Any) -> Any:
        inner: Any = around(requests)

        @web.middleware
        async def middleware(request: web.Request, handler: Any) -> Any:
            if not request.path.endswith("/messages:send"):
                return await inner(request, handler)
            at, begun = time.time(), time.monotonic()
            status = 0
            try:
                response = await inner(request, handler)
                status = response.status
            finally:
                message = (await request.json())["message"]
                row = {
                    "at": at,
                    "took": time.monotonic() - begun,
                    "target": message.get("token") or message["fid"],
                    "status": status,
                }
                log.write(json.dumps(row) + "\n")
            return response

        return middleware

    app.around = noting
    # The page that asks may be ahead of what is written by no more than a line.
    with notes.open("a", buffering=1) as log:
        return command.main(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
