"""What all tests share: the promises that they hold, and a registry to test with."""

import json
import os
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from tests.adapter import OpenAccounts
from wagtail_push.backends.locmem import outbox


class Promises:
    """Gathers which test held which promise; writes ``promises.json`` at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: dict[str, list[dict[str, str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        told: dict[str, Any] = dict(report.user_properties)
        for promise in told.get("promises", ()):
            self.held.setdefault(promise, []).append(
                {
                    "test": report.nodeid.partition("@")[0],
                    "level": told["level"],
                    "outcome": report.outcome,
                }
            )

    def pytest_sessionfinish(self) -> None:
        if not self.held:
            return
        written = {
            promise: {
                "held": all(row["outcome"] == "passed" for row in rows),
                "levels": sorted(
                    {row["level"] for row in rows if row["outcome"] == "passed"}
                ),
                "tests": sorted(rows, key=itemgetter("test")),
            }
            for promise, rows in sorted(self.held.items())
        }
        self.path.write_text(json.dumps(written, indent=2) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    # With several processes, the one that runs no tests hears of all of them.
    if not hasattr(config, "workerinput"):
        path = Path(config.rootpath, os.environ.get("PROMISES", "promises.json"))
        config.pluginmanager.register(Promises(path), "promises")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        level = level_of(item)
        if level in ("browser", "qcluster"):
            # They share a browser and a running site: one process takes them all.
            item.add_marker(pytest.mark.xdist_group(level))
        promises = [p for mark in item.iter_markers("promise") for p in mark.args]
        if promises:
            item.user_properties += [("promises", promises), ("level", level)]


def level_of(item: pytest.Item) -> str:
    """Return at which level a test holds its promises."""
    for level in ("browser", "qcluster"):
        if item.get_closest_marker(level):
            return level
    fixtures = getattr(item, "fixturenames", ())
    return "http" if {"client", "admin_client", "api"} & set(fixtures) else "unit"


@pytest.fixture
def accounts(settings: Any) -> Iterator[type[OpenAccounts]]:
    """Use an adapter whose answers the test decides."""
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "ACCOUNTS": "tests.adapter.OpenAccounts",
    }
    OpenAccounts.revoked, OpenAccounts.keys = set(), None
    yield OpenAccounts
    OpenAccounts.revoked, OpenAccounts.keys = set(), None


@pytest.fixture
def locmem(settings: Any) -> Iterator[list[Any]]:
    """Send into a list; return it."""
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "BACKEND": "wagtail_push.backends.locmem.LocMemBackend",
    }
    outbox.clear()
    yield outbox
    outbox.clear()


@pytest.fixture
def work(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> Callable[[], None]:
    """Return what does a worker's work here and now: all that is due."""
    from wagtail_push import tasks

    monkeypatch.setattr(tasks, "_enqueue", lambda: None)

    def run() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            tasks.work()

    return run


@pytest.fixture
def wagtail_rows(db: None) -> None:
    """Make what Wagtail's migrations leave in an empty database."""
    from wagtail.models import Locale, Page

    if not Page.get_first_root_node():
        Locale.objects.get_or_create(language_code="en")
        Page.add_root(instance=Page(title="Root", slug="root"))
