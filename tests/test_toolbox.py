"""``wagtail_push.test``: what hosts test their own portal with."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone

from tests.test_docs import REFERENCE, ROOT, blocks
from wagtail_push import registry
from wagtail_push import test as toolbox
from wagtail_push.backends import locmem
from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.backends.locmem import FAILURES
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver
from wagtail_push.messages import (
    EVERYONE,
    Answer,
    Content,
    DeliveryResult,
    Envelope,
    Personal,
    Target,
    TargetKind,
)
from wagtail_push.models import Browser, Notification
from wagtail_push.notify import notify
from wagtail_push.signals import messages_accepted
from wagtail_push.test import (
    Push,
    PushTestMixin,
    assert_not_pushed,
    assert_pushed,
    deliver,
    failing,
    keep_pushes,
    outbox,
    pushes,
    pytest_plugin,
)
from wagtail_push.test.factories import (
    BrowserFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

MANUAL = ROOT / "docs" / "how-to" / "test-your-portal.md"


@pytest.fixture(autouse=True)
def _scope() -> None:
    ScopeFactory(key="invoices")


@pytest.fixture
def _noon(time_machine: Any) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)


def said(check: Callable[[], object]) -> str:
    """Return what a failing assertion says."""
    with pytest.raises(AssertionError) as error:
        check()
    return str(error.value)


@pytest.mark.usefixtures("push_outbox")
class TestOutbox:
    def test_it_tells_what_was_sent_to_which_browser(self) -> None:
        browser = BrowserFactory(account__key="C-1", language="pl")
        sent = notify(
            "invoices",
            "C-1",
            title={"en": "Invoice {n}", "pl": "Faktura {n}"},
            body="To pay",
            url="/i/{n}/",
            params={"n": 7},
        )
        assert outbox == []
        [push] = deliver()

        assert outbox == [push]
        assert push == Push(
            account="C-1",
            accounts=("C-1",),
            scope="invoices",
            title="Faktura 7",
            body="To pay",
            url="/account/C-1/?next=/i/7/",
            kind="message",
            answer=Answer.ACCEPTED,
            browser_ids=(browser.pk,),
            notification=sent,
            envelope=push.envelope,
        )
        assert push.shown
        assert push.browsers == [browser]
        assert push.browsers[0].login == browser.login
        assert browser.installation.target not in repr(push)

    def test_a_broadcast_comes_once_for_several_accounts(self) -> None:
        one = BrowserFactory(account__key="C-1")
        BrowserFactory(account__key="C-2", installation=one.installation)
        notify("invoices", EVERYONE, title="T", body="B")

        assert assert_pushed("C-1", count=1) == assert_pushed("C-2", count=1)
        [push] = outbox
        assert push.accounts == ("C-1", "C-2")

    def test_a_check_shows_nothing(self) -> None:
        browser = BrowserFactory()
        registry.check(browser)

        assert_not_pushed()
        [push] = outbox
        assert (push.kind, push.scope, push.dry_run, push.shown) == (
            "check",
            "",
            True,
            False,
        )

    def test_what_a_receiver_sends_is_delivered_as_well(self) -> None:
        BrowserFactory(account__key="C-1")

        def thank(notification: Notification, **kwargs: Any) -> None:
            notify("invoices", "C-1", title="Thanks", body="B", key="thanks")

        messages_accepted.connect(thank)
        try:
            notify("invoices", "C-1", title="T", body="B")
            deliver()
        finally:
            messages_accepted.disconnect(thank)

        assert [push.title for push in outbox] == ["T", "Thanks"]

    @pytest.mark.parametrize("turn", [1, 2])
    def test_nothing_is_left_of_the_test_before(self, turn: int) -> None:
        assert outbox == []
        BrowserFactory(account__key="C-1")
        notify("invoices", "C-1", title="T", body="B")
        deliver()
        assert len(outbox) == 1


def test_the_outbox_is_empty_before_and_after() -> None:
    BrowserFactory(account__key="C-1")
    locmem.outbox.append(None)  # type: ignore[arg-type]  somebody's, from before
    with keep_pushes():
        assert locmem.outbox == []
        notify("invoices", "C-1", title="T", body="B")
        deliver()
        assert len(outbox) == len(locmem.outbox) == 1
    assert (outbox, locmem.outbox, locmem.answers) == ([], [], {})


@pytest.mark.django_db(transaction=True)
def test_no_task_reaches_the_queue(
    push_outbox: list[Push], monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[object] = []
    monkeypatch.setattr("django_q.tasks.async_task", lambda *a, **k: queued.append(a))
    BrowserFactory(account__key="C-1")
    notify("invoices", "C-1", title="T", body="B")
    assert_pushed("C-1")

    assert queued == []


class TestFailures:
    @pytest.fixture(autouse=True)
    def _laptop(self, push_outbox: list[Push]) -> None:
        BrowserFactory(account__key="C-1", name="Laptop")

    @pytest.mark.parametrize("name", FAILURES)
    def test_they_are_what_the_real_backend_makes_of_them(
        self,
        name: str,
        fcm_emulator: EmulatorProcess,
        settings: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        fault = {
            "unregistered": "unregistered",
            "quota": "quota-exceeded",
            "auth": "permission-denied",
            "timeout": "hang",
        }[name]
        settings.WAGTAIL_PUSH = {"EMULATOR": fcm_emulator.url}
        if name == "timeout":
            monkeypatch.setattr(FCMBackend, "request_timeout", 0.3)
            monkeypatch.setattr(FCMBackend, "page_timeout", 1.0)
        fcm_emulator.fault(fault)
        envelope = Envelope(
            target=Target(TargetKind.FID, "c" * 22),
            content=Content(id="1", title="T", body="B"),
            ttl=60,
        )
        try:
            results = FCMBackend().send([envelope])
        finally:
            fcm_emulator.clear_faults()

        assert results == [FAILURES[name]]

    @pytest.mark.parametrize("name", FAILURES)
    def test_a_target_says_by_its_name_how_it_fails(self, name: str) -> None:
        browser = BrowserFactory(
            account__key="C-2", installation__fid=f"{name}-1", name="Phone"
        )
        notify("invoices", "C-2", title="T", body="B")
        [push] = deliver()

        assert (push.answer, push.shown) == (FAILURES[name].answer, False)
        assert push.browsers == [browser]
        assert_not_pushed("C-2")
        browser.refresh_from_db()
        assert browser.removed_reason == (
            "unregistered" if name == "unregistered" else ""
        )

    @pytest.mark.usefixtures("_noon")
    def test_all_fail_for_a_while(self, time_machine: Any) -> None:
        notify("invoices", "C-1", title="T", body="B")
        with failing("quota"):
            assert_not_pushed()
        assert_not_pushed()
        time_machine.shift(3 * 60)

        assert_pushed("C-1", count=1)
        assert [push.answer for push in outbox] == ["busy", "accepted"]

    def test_one_browser_fails(self) -> None:
        dead = BrowserFactory(account__key="C-1", name="Phone")
        notify("invoices", "C-1", title="T", body="B")
        with failing("unregistered", dead):
            [push] = assert_pushed("C-1")

        assert [browser.name for browser in push.browsers] == ["Laptop"]
        assert Browser.objects.registered().count() == 1

    @pytest.mark.usefixtures("_noon")
    def test_what_exactly_is_answered(self, time_machine: Any) -> None:
        notify("invoices", "C-1", title="T", body="B")
        with failing(DeliveryResult(answer=Answer.BUSY, retry_after=600)):
            deliver()
        time_machine.shift(599)
        assert_not_pushed()


@pytest.mark.usefixtures("push_outbox", "_noon")
class TestAssertions:
    @pytest.fixture(autouse=True)
    def _laptop(self) -> None:
        BrowserFactory(account__key="C-1", name="Laptop")
        BrowserFactory(account__key="C-2", name="Phone")

    def test_a_scope_that_there_is_not_is_no_proof(self) -> None:
        """With a wrong key, "nothing was pushed" would hold whatever is pushed."""
        for check in (assert_pushed, assert_not_pushed):
            with pytest.raises(AssertionError, match="scope 'invoice'"):
                check("C-1", scope="invoice")

    def test_each_part_is_looked_at(self) -> None:
        ScopeFactory(key="outages")
        laptop, phone = Browser.objects.order_by("pk")
        notify(
            "invoices",
            [Personal("C-1", n=1)],
            title="Invoice {n}",
            body="Pay",
            url="/i/{n}/",
        )
        right = {
            "scope": "invoices",
            "title": "Invoice 1",
            "body": "Pay",
            "url": "/i/1/",
            "browser": laptop,
            "count": 1,
        }
        [push] = assert_pushed("C-1", **right)
        assert assert_pushed("C-1", url="/account/C-1/?next=/i/1/") == [push]
        wrong = {
            "scope": "outages",
            "title": "Invoice",
            "body": "",
            "url": "/i/2/",
            "browser": phone,
            "count": 2,
        }
        for name, value in wrong.items():
            with pytest.raises(AssertionError):
                assert_pushed("C-1", **{**right, name: value})
            if name != "count":
                assert_not_pushed("C-1", **{name: value})
        assert_not_pushed("C-2")
        with pytest.raises(AssertionError):
            assert_not_pushed(title="Invoice 1")

    def test_the_nearest_is_compared(self) -> None:
        notify("invoices", "C-2", title="Else", body="B")
        notify("invoices", "C-1", title="New invoise", body="B")

        text = said(
            lambda: assert_pushed("C-1", scope="invoices", title="New invoice", count=1)
        )
        [manual] = blocks(MANUAL, "text")
        assert f"AssertionError: {text}\n" == manual

    def test_it_says_who_was_left_out_and_what_failed(self) -> None:
        ScopeChoiceFactory(
            browser=Browser.objects.get(name="Laptop"),
            scope__key="invoices",
            wanted=False,
        )
        BrowserFactory(
            account__key="C-1", name="Tablet", installation__fid="unregistered-1"
        )
        notify("invoices", "C-1", title="T", body="B")

        assert said(lambda: assert_pushed("C-1", title="T")) == (
            "Expected at least one, but 0 fit:\n"
            "  account: C-1\n"
            "  title: T\n"
            "Nothing was pushed.\n"
            "What FCM did not accept:\n"
            "  C-1, Tablet: invoices, 'T': unregistered\n"
            "Notifications, the latest first:\n"
            "  invoices, 'T': done, 0 accepted; 1 left out: scope-off; "
            "1 failed: unregistered"
        )

    def test_it_says_what_is_not_sent_yet(self) -> None:
        later = timezone.now() + timedelta(hours=1)
        notify("invoices", "C-1", title="T", body="B", send_at=later)

        assert said(lambda: assert_pushed("C-1")) == (
            "Expected at least one, but 0 fit:\n"
            "  account: C-1\n"
            "Nothing was pushed.\n"
            "Notifications, the latest first:\n"
            "  invoices, 'T': pending, 0 accepted; to be sent at 2026-11-24 13:00:00 UTC"
        )

    def test_it_says_that_nobody_called_notify(self) -> None:
        assert said(assert_pushed) == (
            "Expected at least one, but 0 fit:\n"
            "  any push\n"
            "Nothing was pushed.\n"
            "notify() was not called."
        )

    def test_what_should_not_have_been_pushed_is_listed(self) -> None:
        notify("invoices", EVERYONE, title="T", body="B")

        assert said(lambda: assert_not_pushed("C-1")) == (
            "Expected none, but 1 fit:\n"
            "  account: C-1\n"
            "Those that fit:\n"
            "  C-1, Laptop: invoices, 'T'\n"
            "Others that were pushed:\n"
            "  C-2, Phone: invoices, 'T'\n"
            "Notifications, the latest first:\n"
            "  invoices, 'T': done, 2 accepted"
        )


@pytest.mark.parametrize(
    "use",
    [
        assert_pushed,
        assert_not_pushed,
        deliver,
        lambda: failing("quota").__enter__(),
    ],
)
def test_nothing_is_said_of_what_is_not_kept(use: Callable[[], object]) -> None:
    with pytest.raises(RuntimeError, match="push_outbox, PushTestMixin or keep_pushes"):
        use()


class TestWithoutPytest(PushTestMixin, TestCase):
    """As a project that uses Django's own test runner has it."""

    def test_a_push(self) -> None:
        BrowserFactory(account__key="C-1")
        notify("invoices", "C-1", title="T", body="B")
        assert assert_pushed("C-1", count=1) == outbox

    test_another = test_a_push


def test_the_emulator_is_really_sent_to(push_emulator: EmulatorProcess) -> None:
    with Receiver(push_emulator.url) as receiver:
        BrowserFactory(account__key="C-1", installation__fid=receiver.target)
        notify("invoices", "C-1", title="T", body="B")
        [push] = assert_pushed("C-1", title="T")
        shown = receiver.wait_for()

    assert shown["data"] == push.envelope.content.data()
    with pytest.raises(RuntimeError, match=re.escape("push_emulator.fault()")):
        failing("quota").__enter__()
    push_emulator.kill(receiver.target)
    notify("invoices", "C-1", title="Again", body="B")
    assert_not_pushed(title="Again")
    assert outbox[-1].answer is Answer.UNREGISTERED


def test_the_emulator_never_meets_what_is_real(settings: Any) -> None:
    real = {"CREDENTIALS": "key.json", "FIREBASE": {"projectId": "real"}}
    settings.WAGTAIL_PUSH = {"NAME": "Nordhost", "VAPID_KEY": "B…", **real}

    assert pushes.sending_to("http://127.0.0.1:8979") == {
        "NAME": "Nordhost",
        "BACKEND": "wagtail_push.backends.fcm.FCMBackend",
        "EMULATOR": "http://127.0.0.1:8979",
    }


def test_the_plugin_and_the_package_import_nothing_heavy() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import wagtail_push.test.pytest_plugin
new = {name for name in sys.modules if name not in before}
print(sorted(name for name in new if not name.startswith("wagtail_push")))
print(sorted(name for name in new if name.startswith("wagtail_push")))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [
        "[]",
        str(
            [
                "wagtail_push",
                "wagtail_push.emulator",
                "wagtail_push.emulator.fixtures",
                "wagtail_push.test",
                "wagtail_push.test.pytest_plugin",
            ]
        ),
    ]


def test_djangos_runner_begins_where_nobody_sends() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "django", "test"],
        cwd=ROOT / "tests" / "thirdparty",
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": f"{ROOT}:.",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert "System check identified no issues" in run.stdout + run.stderr


def test_every_public_name_fixture_and_failure_is_documented() -> None:
    reference = (REFERENCE / "testing.md").read_text()
    directives = re.findall(r"auto\w+:: wagtail_push\.test\.([\w.]+)", reference)
    names = {name.removeprefix("pushes.") for name in directives}
    fixtures = re.findall(r"^\| `(\w+)` \|", reference, re.MULTILINE)
    failures = re.findall(r"^\| `(\w+)` \|", MANUAL.read_text(), re.MULTILINE)

    assert names == {*toolbox.__all__, "factories"}
    assert sorted(fixtures) == sorted(pytest_plugin.__all__)
    assert failures == list(FAILURES)


def test_the_parts_of_the_app_that_are_shown_are_there() -> None:
    text = MANUAL.read_text()
    shown = re.findall(r"literalinclude\} (\S+)\n.*\n:pyobject: (\w+)", text)

    assert len(shown) == 7
    for file, name in shown:
        code = (MANUAL.parent / file).read_text()
        assert re.search(rf"^(?:def|class) {name}\b", code, re.MULTILINE)
