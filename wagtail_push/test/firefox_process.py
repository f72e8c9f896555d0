"""Start and end one Firefox process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from wagtail_push.test.marionette import Marionette


INSTALL_HINT = "apt-get install firefox-esr"


class FirefoxError(Exception):
    """Firefox is not there, did not start, or did not end."""


def find_firefox() -> Path | None:
    """Return the installed Firefox, or None."""
    for name in ("firefox-esr", "firefox"):
        if found := shutil.which(name):
            return Path(found)
    return None


class FirefoxProcess:
    """A Firefox in a process group of its own, with Marionette listening."""

    def __init__(self, profile: Path, headless: bool) -> None:
        binary = find_firefox()
        if binary is None:
            raise FirefoxError(f"There is no Firefox here: {INSTALL_HINT}")
        self._port_file = profile / "MarionetteActivePort"
        self._port_file.unlink(missing_ok=True)
        self._log = profile / "firefox-output.log"
        arguments = [
            *(["--headless"] if headless else []),
            *("--no-remote", "--profile", str(profile)),
            *("--marionette", "--remote-allow-system-access"),
        ]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().endswith("_proxy")
        }
        # Firefox ends itself rather than connect to another machine.
        environment["MOZ_DISABLE_NONLOCAL_CONNECTIONS"] = "1"
        environment["MOZ_CRASHREPORTER_DISABLE"] = "1"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 (the binary was looked up)
                [str(binary), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def connect(self, timeout: float = 60) -> Marionette:
        """Return a connection as soon as Firefox listens."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError, ValueError):
                return Marionette(int(self._port_file.read_text()))
            time.sleep(0.05)
        self.kill()
        raise FirefoxError(f"Firefox did not start. It said:\n{self.output()}")

    def output(self) -> str:
        """Return the end of what Firefox wrote."""
        return self._log.read_text(errors="replace")[-2000:]

    @property
    def running(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def wait(self, timeout: float = 30) -> None:
        """Wait until Firefox has ended by itself."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise FirefoxError(f"Firefox did not end within {timeout:g} s.") from None

    def kill(self) -> None:
        """End Firefox and all of its child processes at once."""
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
