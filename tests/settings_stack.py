"""The same for the processes of a running site; its tables are made without migrations.

Wagtail's migrations take longer than all that is tested on them. Ours run for real in
tests/test_migrations.py and in the demo's check.
"""

from typing import Any

from tests.settings import *  # noqa: F403  settings are inherited whole


class _None:
    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES: Any = _None()
