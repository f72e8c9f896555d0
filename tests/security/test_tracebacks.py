"""What Django's report of an error shows: no target, no credential, no device."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import OperationalError, connection
from django.test import Client
from django.views.debug import ExceptionReporter

from tests.devices import come_back_as
from wagtail_push import delivery, receipts, tasks
from wagtail_push.device import COOKIE
from wagtail_push.models import Browser
from wagtail_push.test.factories import (
    BrowserFactory,
    NotificationFactory,
    RecipientFactory,
)


TARGET = "cSECRETsecretSECRETsec"
PROOF = "nonce-that-was-pushed"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "locmem")]


@pytest.fixture
def browser() -> Browser:
    return BrowserFactory(account__key="C-1", installation__fid=TARGET)


@pytest.fixture
def reports() -> Iterator[list[str]]:
    """Return what is mailed to ADMINS, with the local variables of every frame."""
    found: list[str] = []

    def report(*, request: Any = None, **kwargs: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        found.append(reporter.get_traceback_html())

    got_request_exception.connect(report)
    yield found
    got_request_exception.disconnect(report)


def breaking(table: str) -> Callable[..., Any]:
    """Have the database fail where this table is written, far below the view."""

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if table in sql and not sql.startswith("SELECT"):
            raise OperationalError("disk full")
        return run(sql, params, many, context)

    return execute


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [("post", "browsers/", {"name": "Laptop"}), ("put", "installation/", {})],
)
def test_of_a_call_that_brings_a_target(
    method: str, path: str, more: Any, browser: Browser, reports: list[str]
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(browser.login)
    come_back_as(client, browser)
    posted = {"target": TARGET, "kind": "fid", "proof": PROOF, **more}

    with connection.execute_wrapper(breaking("wagtail_push_installation")):
        response = getattr(client, method)(
            f"/push/api/v1/{path}", posted, content_type="application/json"
        )

    assert response.status_code == 500
    [html] = reports
    assert "disk full" in html
    for secret in (TARGET, PROOF, client.cookies[COOKIE].value):
        assert secret not in html


def test_of_a_receipt(browser: Browser, reports: list[str]) -> None:
    notification = RecipientFactory(account=browser.account).notification
    capability = receipts.make_capability(browser.installation)

    # The first statement looks the installation up.
    with connection.execute_wrapper(lambda *args: 1 / 0):
        response = Client(raise_request_exception=False).post(
            "/push/api/v1/receipts/",
            {"notification": str(notification.public_id), "event": "shown"},
            content_type="application/json",
            headers={"Authorization": f"Capability {capability}"},
        )

    assert response.status_code == 500
    [html] = reports
    assert "ZeroDivisionError" in html
    assert capability not in html


def test_of_a_task_that_sends(
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    work: Any,
) -> None:
    NotificationFactory(to_everyone=True)

    def full(*args: Any) -> None:
        raise OperationalError("disk full")

    # Where what was sent is recorded: the frames above hold the whole page.
    monkeypatch.setattr(delivery, "append", full)
    work()

    [record] = [record for record in caplog.records if record.exc_info]
    assert record.exc_info
    assert record.getMessage().startswith("Batch")
    html = ExceptionReporter(None, *record.exc_info).get_traceback_html()
    assert "disk full" in html
    assert TARGET not in html
    assert tasks.__file__ in html
