"""What all tests share: the promises that they hold, and a registry to test with."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapter import OpenAccounts
from wagtail_push.backends.locmem import answers as given_answers
from wagtail_push.backends.locmem import outbox as envelopes
from wagtail_push.messages import DeliveryResult, Envelope


if TYPE_CHECKING:
    from wagtail_push.test import Push

#: Somebody else's project, with settings of its own: ``tox run -e package`` runs it.
collect_ignore = ["thirdparty"]


class Promises:
    """Gathers which test held which promise; writes ``promises.json`` at the end.

    One run of tox goes through several environments: each adds to what is there.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.path = Path(config.rootpath, os.environ.get("PROMISES", "promises.json"))
        self.held: dict[str, list[dict[str, str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        told: dict[str, Any] = dict(report.user_properties)
        for promise in told.get("promises", ()):
            self.held.setdefault(promise, []).append(
                {
                    "test": report.nodeid,
                    "level": told["level"],
                    "outcome": report.outcome,
                    "environment": os.environ.get("TOX_ENV_NAME", ""),
                }
            )

    def pytest_sessionfinish(self) -> None:
        if not self.held:
            return
        if earlier_environment() and self.path.exists():
            for promise, before in json.loads(self.path.read_text()).items():
                self.held.setdefault(promise, []).extend(before["tests"])
        written = {
            promise: {
                "held": all(row["outcome"] == "passed" for row in rows),
                "levels": sorted(
                    {row["level"] for row in rows if row["outcome"] == "passed"}
                ),
                "tests": sorted(rows, key=itemgetter("test", "environment")),
            }
            for promise, rows in sorted(self.held.items())
        }
        self.path.write_text(json.dumps(written, indent=2) + "\n")
        if this_run := run_of_tox():
            this_run.parent.mkdir(exist_ok=True)
            this_run.write_text(os.environ["TOX_ENV_NAME"])


def run_of_tox() -> Path | None:
    """Return the file that stands for this run of tox, whichever environment it is in."""
    folder = os.environ.get("TOX_RUNS")
    # Its process is the parent of every environment's pytest.
    return Path(folder, f"run-{os.getppid()}") if folder else None


def earlier_environment() -> str:
    """Return the environment of this run of tox that went before, or nothing."""
    file = run_of_tox()
    if file is None or not file.exists() or time.time() - file.stat().st_mtime > 3600:
        return ""
    return file.read_text()


def pytest_configure(config: pytest.Config) -> None:
    # With several processes, the one that runs no tests hears of all of them.
    if not hasattr(config, "workerinput"):
        os.environ["BROWSER_TESTS_RAN_IN"] = earlier_environment()
        config.pluginmanager.register(Promises(config), "promises")


def pytest_report_header() -> str | None:
    before = os.environ["BROWSER_TESTS_RAN_IN"]
    return (
        f"tests of browser and emulator: ran in {before}, once is enough"
        if before
        else None
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if os.environ["BROWSER_TESTS_RAN_IN"]:
        # What they test does not depend on the versions of Python and Django; the
        # emulator knows no Django at all.
        emulator = config.rootpath / "tests" / "emulator"
        again = [
            item
            for item in items
            if item.get_closest_marker("browser") or emulator in item.path.parents
        ]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in again]
    for item in items:
        promises = [p for mark in item.iter_markers("promise") for p in mark.args]
        if promises:
            item.user_properties.append(("promises", promises))
            item.user_properties.append(("level", level_of(item)))


def level_of(item: pytest.Item) -> str:
    """Return at which level a test holds its promises."""
    for level in ("browser", "qcluster"):
        if item.get_closest_marker(level):
            return level
    fixtures = getattr(item, "fixturenames", ())
    return "http" if {"client", "admin_client", "api"} & set(fixtures) else "unit"


@pytest.fixture(autouse=True)
def _no_calls_so_far() -> None:
    """Forget what throttles have counted, and the language of the last request.

    Logins of two tests have the same keys.
    """
    from django.core.cache import cache
    from django.utils import translation

    cache.clear()
    translation.deactivate()


@pytest.fixture
def no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the checks find what they find where no test runs."""
    monkeypatch.delattr("django.core.mail.outbox")


@pytest.fixture
def accounts(settings: Any) -> Iterator[type[OpenAccounts]]:
    """Use an adapter whose answers the test decides."""
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "ACCOUNTS": "tests.adapter.OpenAccounts",
    }
    OpenAccounts.revoked, OpenAccounts.keys, OpenAccounts.named = set(), None, {}
    yield OpenAccounts
    OpenAccounts.revoked, OpenAccounts.keys, OpenAccounts.named = set(), None, {}


@pytest.fixture
def locmem(push_outbox: list[Push]) -> list[Envelope]:
    """Send into a list; return it: envelopes, as a backend is given them."""
    return envelopes


@pytest.fixture
def answers(push_outbox: list[Push]) -> dict[str, DeliveryResult]:
    """Let FCM answer by target; what is not named is accepted."""
    return given_answers


@pytest.fixture
def work(push_outbox: list[Push]) -> Callable[[], list[Push]]:
    """Return what does a worker's work here and now: all that is due."""
    from wagtail_push.test import deliver

    return deliver


@pytest.fixture
def wagtail_rows(db: None) -> None:
    """Make what Wagtail's migrations leave in an empty database."""
    from wagtail.models import Locale, Page

    if not Page.get_first_root_node():
        Locale.objects.get_or_create(language_code="en")
        Page.add_root(instance=Page(title="Root", slug="root"))
