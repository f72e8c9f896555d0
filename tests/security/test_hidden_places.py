"""Where nobody looks: no target and no credential in the cache, the queue, its results."""

import pickle
from multiprocessing import Queue, Value
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.views.debug import ExceptionReporter
from django_q.models import OrmQ, Task
from django_q.monitor import monitor
from django_q.worker import worker

from wagtail_push import delivery
from wagtail_push.backends.fcm.project import Project
from wagtail_push.device import COOKIE
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.messages import EVERYONE
from wagtail_push.models import Browser, Heartbeat, Installation, Notification
from wagtail_push.notify import notify
from wagtail_push.tasks import _queue as queue_work  # kept pushes put another in place
from wagtail_push.test.factories import BrowserFactory, ScopeFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "locmem")]

TARGET = "cSECRETsecretSECRETsec"


def secrets(client: Client, capability: str) -> list[str]:
    """Return what may stand nowhere, the ends of the target among it."""
    installation = Installation.objects.get(target=TARGET)
    return [
        *(TARGET, TARGET[:8], TARGET[-8:]),
        *(installation.target_hash or "", installation.fid_hash),
        *(capability, client.cookies[COOKIE].value),
    ]


@pytest.fixture
def registered(work: Any) -> tuple[Client, str]:
    """Return a client that has registered its browser, and its worker's capability."""
    ScopeFactory(key="invoices")
    client = Client()
    client.force_login(BrowserFactory(account__key="C-2").login)
    answer = client.post(
        "/push/api/v1/browsers/",
        {"target": TARGET, "kind": "fid", "name": "Laptop"},
        content_type="application/json",
    )
    work()
    return client, answer.json()["capability"]


def test_the_cache(registered: tuple[Client, str], work: Any) -> None:
    client, capability = registered
    browser = Browser.objects.get(name="Laptop")
    client.post(f"/push/api/v1/browsers/{browser.public_id}/check/")
    client.get("/push/")
    client.post(
        "/push/api/v1/changes/", headers={"Authorization": f"Capability {capability}"}
    )
    work()

    kept = {key: pickle.loads(value) for key, value in cache._cache.items()}

    # All that is kept is when each login and installation has called.
    assert {key.rpartition(".")[0] for key in kept} == {
        ":1:wagtail_push.throttle.wagtail_push_login",
        ":1:wagtail_push.throttle.wagtail_push_register",
        ":1:wagtail_push.throttle.installation",
    }
    assert not [text for text in secrets(client, capability) if text in str(kept)]


def test_what_waits_in_the_queue(registered: tuple[Client, str]) -> None:
    Heartbeat.objects.all().delete()

    queue_work()

    task = OrmQ.objects.get().task
    assert (task["func"], task["args"], task["kwargs"]) == (
        "wagtail_push.tasks.work",
        (),
        {},
    )
    client, capability = registered
    assert not [text for text in secrets(client, capability) if text in str(task)]


def test_what_is_left_of_a_task_that_failed(
    registered: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, capability = registered
    notify("invoices", EVERYONE, title="T", body="B")

    def full(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("disk full")

    # Neither what was sent can be recorded, nor that it could not.
    monkeypatch.setattr(delivery, "append", full)
    monkeypatch.setattr(delivery, "_release", full)
    # They would end the connection of this test, and what it has written with it.
    for module in ("worker", "monitor"):
        monkeypatch.setattr(
            f"django_q.{module}.close_old_django_connections", lambda: None
        )
    Heartbeat.objects.all().delete()
    queue_work()
    waiting, results = Queue(), Queue()
    waiting.put(OrmQ.objects.get().task)
    waiting.put("STOP")
    worker(waiting, results, Value("f", -1))
    results.put("STOP")
    monitor(results)

    row = Task.objects.get()
    assert not row.success
    assert "disk full" in row.result
    told = f"{row.result} {row.args} {row.kwargs} {vars(row)}"
    assert not [text for text in secrets(client, capability) if text in told]
    assert Notification.objects.filter(kind="message").exists()


@pytest.mark.parametrize("given", [{"private_key": "KEEP-ME"}, "/nowhere/KEEP-ME.json"])
def test_wrong_credentials_are_not_quoted(given: Any, settings: Any) -> None:
    settings.WAGTAIL_PUSH = {"CREDENTIALS": given}
    settings.DEBUG = False

    with pytest.raises(PushConfigurationError) as error:
        Project()

    shown = f"{error.value} {error.value.__cause__}"
    assert 'WAGTAIL_PUSH["CREDENTIALS"]' in shown
    assert "KEEP-ME" not in shown
    html = ExceptionReporter(None, error.type, error.value, None).get_traceback_html()
    assert "CREDENTIALS" in html
    assert not isinstance(given, dict) or "KEEP-ME" not in html
