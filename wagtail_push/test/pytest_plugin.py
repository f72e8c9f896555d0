"""Fixtures for the tests of a portal; pytest finds them by itself.

It does so in every project of the environment, so nothing is imported before a fixture is
asked for, and nothing happens by itself. ``-p no:wagtail_push`` leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from wagtail_push.emulator.fixtures import fcm_emulator, fcm_emulator_process


if TYPE_CHECKING:
    from wagtail_push.emulator.process import EmulatorProcess
    from wagtail_push.test.pushes import Push

__all__ = ["fcm_emulator", "fcm_emulator_process", "push_emulator", "push_outbox"]


@pytest.fixture
def push_outbox(settings: Any) -> Iterator[list[Push]]:
    """Keep what is sent, and send it nowhere; return ``wagtail_push.test.outbox``."""
    from wagtail_push.test import pushes

    settings.WAGTAIL_PUSH = pushes.sending_to()
    with pushes.kept():
        yield pushes.outbox


@pytest.fixture
def push_emulator(settings: Any, fcm_emulator: EmulatorProcess) -> Iterator[Any]:
    """Send to a running emulator, and keep it as well; return the emulator.

    It is one process for all tests, reset before each.
    """
    from wagtail_push.test import pushes

    settings.WAGTAIL_PUSH = pushes.sending_to(fcm_emulator.url)
    with pushes.kept():
        yield fcm_emulator
