"""A running emulator for tests of any project, with Django or without.

pytest finds them by itself. Where it is told not to look for plugins, in conftest.py:

    pytest_plugins = ["wagtail_push.emulator.fixtures"]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from wagtail_push.emulator.process import EmulatorProcess


@pytest.fixture(scope="session")
def fcm_emulator_process() -> Iterator[EmulatorProcess]:
    """Run one emulator for the whole test run; nothing resets it."""
    from wagtail_push.emulator.process import EmulatorProcess

    with EmulatorProcess() as emulator:
        yield emulator


@pytest.fixture
def fcm_emulator(fcm_emulator_process: EmulatorProcess) -> EmulatorProcess:
    """Return the running emulator, with nothing of an earlier test in it."""
    fcm_emulator_process.reset()
    return fcm_emulator_process
