"""A stranger follows the emulator's manual, word for word, with a real Firefox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import StartFirefox
from tests.running import missing
from tests.test_docs import ROOT, blocks
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.test import firefox as driver


pytestmark = pytest.mark.browser

MANUAL = ROOT / "docs" / "how-to" / "emulator.md"


def block(language: str, part: str) -> str:
    """Return the one code block of the manual that has this part."""
    [code] = [code for code in blocks(MANUAL, language) if part in code]
    return code


@pytest.fixture(scope="module")
def here(emulator: EmulatorProcess) -> Callable[[str], str]:
    """Return what leads a block of the manual to the test's own emulator."""
    emulator.reset()
    address = emulator.url.removeprefix("http://")
    return lambda code: code.replace("127.0.0.1:8979", address)


@pytest.fixture(scope="module")
def site(serve: Callable[[dict[str, str]], str], here: Callable[[str], str]) -> str:
    return serve(
        {
            "/": block("html", 'id="enable"'),
            "/page.js": here(block("js", "connect(")),
            "/sw.js": block("js", "showNotification"),
        }
    )


@pytest.fixture(scope="module")
def firefox_of_the_manual(
    firefox: StartFirefox,
    site: str,
    here: Callable[[str], str],
    emulator: EmulatorProcess,
) -> Iterator[driver.Firefox]:
    # The fixture ``firefox`` is what skips the test where there is none.
    names: dict[str, driver.Firefox] = {}
    code = here(block("python", "firefox.click(")).replace(
        "http://localhost:8000", site
    )
    exec(code, names)
    browser = names["firefox"]
    browser.wait(emulator.registrations, 15, "a registration")
    yield browser
    browser.quit()


def run(*command: str, folder: Path) -> str:
    """Run what a stranger types; google-auth must not look for Google meanwhile."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "HTTPS_PROXY": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_page_needs_is_in_the_package(tmp_path: Path) -> None:
    run("sh", "-c", block("sh", "cp -r"), folder=tmp_path)
    script = block("js", "connect(")
    imported = re.findall(r'from "/(static/.+)";', script)

    assert len(imported) == 2
    assert all((tmp_path / path).is_file() for path in imported)


@pytest.mark.promise("B-01")
def test_firebase_admin_alone(
    firefox_of_the_manual: driver.Firefox, here: Callable[[str], str], tmp_path: Path
) -> None:
    script = tmp_path / "send.py"
    wiring, sending = block("python", "class ToEmulator"), block("python", "fid=fid")
    script.write_text(here(wiring + sending))

    said = run(sys.executable, str(script), folder=tmp_path)
    shown = firefox_of_the_manual.wait_for_notification("Hello")

    assert said.startswith("projects/demo-project/messages/")
    assert shown["body"] == "from firebase-admin"
    firefox_of_the_manual.dismiss_notifications()


@pytest.mark.promise("B-01")
def test_curl_alone(
    firefox_of_the_manual: driver.Firefox, here: Callable[[str], str], tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        missing("curl", "apt-get install curl")
    said = run("sh", "-c", here(block("sh", "messages:send")), folder=tmp_path)
    shown = firefox_of_the_manual.wait_for_notification("Hello")

    assert said.startswith('{"name": "projects/demo-project/messages/')
    assert shown["body"] == "from curl"
    firefox_of_the_manual.dismiss_notifications()


def test_the_faults_and_what_happens_to_a_browser(
    firefox_of_the_manual: driver.Firefox,
    here: Callable[[str], str],
    emulator: EmulatorProcess,
    tmp_path: Path,
) -> None:
    if shutil.which("curl") is None:
        missing("curl", "apt-get install curl")
    faults = here(block("sh", "quota-exceeded"))
    set_only, _, clearing = faults.rpartition("curl -s -X DELETE")
    run("sh", "-c", set_only, folder=tmp_path)
    [listed] = emulator.registrations()
    found = [
        (fault["fault"], fault["target"], fault["times"]) for fault in emulator.faults()
    ]
    run("sh", "-c", faults, folder=tmp_path)
    run("sh", "-c", here(block("sh", "emulator/kill")), folder=tmp_path)

    assert clearing
    assert found == [
        ("slow", None, None),
        ("quota-exceeded", listed["fid"], 2),
    ]
    assert emulator.faults() == []
    assert [row["alive"] for row in emulator.registrations()] == [False]
