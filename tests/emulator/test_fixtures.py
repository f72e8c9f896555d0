"""The pytest fixture, as a project without Django uses it."""

import subprocess
import sys

from tests.test_docs import ROOT, blocks


MANUAL = ROOT / "docs" / "how-to" / "emulator.md"
CONFTEST = 'pytest_plugins = ["wagtail_push.emulator.fixtures"]\n'
TESTS = """
import sys

import pytest

from wagtail_push.emulator.process import EmulatorError
from wagtail_push.emulator.receiver import Receiver

seen = []


@pytest.mark.parametrize("turn", [1, 2])
def test_nothing_is_left_of_the_test_before(fcm_emulator, turn):
    seen.append(fcm_emulator.pid)
    assert fcm_emulator.registrations() == []
    assert fcm_emulator.pushes() == []
    assert fcm_emulator.requests() == []
    assert fcm_emulator.faults() == []

    fcm_emulator.fault("unavailable")
    with Receiver(fcm_emulator.url) as browser:
        fcm_emulator.push(browser.target, "Hello", body="World")
        payload = browser.wait_for()

    assert payload["data"] == {"title": "Hello", "body": "World"}
    assert len(fcm_emulator.pushes()) == 1


def test_a_misspelt_fault_is_named(fcm_emulator):
    with pytest.raises(EmulatorError, match="unavailable, slow"):
        fcm_emulator.fault("unavialable")


def test_one_process_serves_all(fcm_emulator, fcm_emulator_process):
    assert seen == [fcm_emulator_process.pid] * 2


def test_django_is_not_there():
    assert not {"django", "pytest_django"} & set(sys.modules)
"""


def run_tests(folder, conftest, tests):
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_push.py").write_text(tests)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_project_without_django_uses_the_fixture(tmp_path):
    assert "5 passed" in run_tests(tmp_path, CONFTEST, TESTS)


def test_the_tests_of_the_manual_pass(tmp_path):
    [conftest] = [code for code in blocks(MANUAL, "python") if "pytest_plugins" in code]
    [tests] = [code for code in blocks(MANUAL, "python") if "def test_" in code]

    assert "2 passed" in run_tests(tmp_path, conftest, tests)
