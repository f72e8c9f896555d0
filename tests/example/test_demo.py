"""``tox run -e demo``: what it says where it can't run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from example_site.demo.stack import ROOT, free_port
from tests.running import missing
from wagtail_push.test.firefox import INSTALL_HINT, find_firefox


def demo(folder: Path, port: int, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the demo where nothing can be shown, until it ends."""
    screens = {"DISPLAY", "WAYLAND_DISPLAY"}
    ports = [f"--port={port}", f"--emulator-port={free_port()}"]
    return subprocess.run(
        [sys.executable, "-m", "example_site.demo", f"--data={folder}", *ports, *args],
        env={name: value for name, value in os.environ.items() if name not in screens},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        run = demo(tmp_path, port)

    assert (run.returncode, run.stdout, run.stderr) == (
        1,
        f"Something else listens on port {port} of this machine: end it, or give another "
        "--port.\n",
        "",
    )


@pytest.mark.browser
@pytest.mark.thorough
def test_a_firefox_that_can_not_be_shown_is_said(tmp_path: Path) -> None:
    if find_firefox() is None:
        missing("Firefox", INSTALL_HINT)

    run = demo(tmp_path, free_port(), "--open")

    assert run.returncode == 1
    assert "Firefox did not start. It said:" in run.stdout
    assert "Traceback" not in run.stderr
