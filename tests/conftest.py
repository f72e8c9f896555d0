"""What all tests share: the promises that they hold, and a registry to test with."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapter import OpenAccounts
from wagtail_push.backends.locmem import outbox


LEVELS = ("browser", "qcluster", "http", "unit")

PROMISES = pytest.StashKey[dict[str, list[dict[str, str]]]]()
OUTCOMES = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[PROMISES] = {}
    config.stash[OUTCOMES] = {}


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    for item in items:
        for marker in item.iter_markers("promise"):
            for promise in marker.args:
                config.stash[PROMISES].setdefault(promise, []).append(
                    {"test": item.nodeid, "level": level_of(item)}
                )


def level_of(item: pytest.Item) -> str:
    """Return at which level a test holds its promises."""
    for level in ("browser", "qcluster"):
        if item.get_closest_marker(level):
            return level
    fixtures = getattr(item, "fixturenames", ())
    return "http" if {"client", "admin_client", "api"} & set(fixtures) else "unit"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[misc, assignment]
    outcomes = item.config.stash[OUTCOMES]
    if report.when == "call" or report.outcome != "passed":
        outcomes[item.nodeid] = report.outcome
    return report  # type: ignore[return-value]


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    outcomes = config.stash[OUTCOMES]
    held: dict[str, Any] = {}
    for promise, tests in sorted(config.stash[PROMISES].items()):
        rows = [{**test, "outcome": outcomes.get(test["test"])} for test in tests]
        rows = [row for row in rows if row["outcome"]]
        if rows:
            held[promise] = {
                "held": all(row["outcome"] == "passed" for row in rows),
                "levels": sorted(
                    {row["level"] for row in rows if row["outcome"] == "passed"}
                ),
                "tests": rows,
            }
    if held:
        path = Path(config.rootpath, os.environ.get("PROMISES", "promises.json"))
        path.write_text(json.dumps(held, indent=2) + "\n")


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
def device() -> uuid.UUID:
    return uuid.uuid4()
