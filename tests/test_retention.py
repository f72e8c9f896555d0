"""What is summed up, what is pruned, and what stays."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from wagtail_push import receipts, registry, retention, tasks
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.models import (
    Account,
    Browser,
    Delivery,
    Installation,
    Notification,
    Receipt,
)
from wagtail_push.notify import notify
from wagtail_push.signals import browser_removed
from wagtail_push.test.factories import (
    BrowserFactory,
    InstallationFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "locmem")]

Work = Callable[[], None]


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    ScopeFactory(key="invoices")


def send(*browsers: Browser) -> Notification:
    keys = [browser.account.key for browser in browsers]
    return notify("invoices", keys, title="T", body="B")


def report(
    notification: Notification, *browsers: Browser, event: str = "shown"
) -> None:
    for browser in browsers:
        receipts.report(
            browser.installation, notification.public_id, Receipt.Event(event)
        )


def sums(notification: Notification) -> tuple[int, int, int]:
    notification.refresh_from_db()
    return notification.shown, notification.clicked, notification.dismissed


class TestSums:
    def test_receipts_are_summed_up_by_a_task(
        self, work: Work, time_machine: Any
    ) -> None:
        a, b, c = BrowserFactory.create_batch(3)
        sent = send(a, b, c)
        work()
        report(sent, a, b)
        report(sent, a, event="clicked")
        assert sums(sent) == (0, 0, 0)
        tasks.sum_up()
        assert sums(sent) == (2, 1, 0)

        time_machine.shift(3600)
        report(sent, c)
        report(sent, b, event="dismissed")
        tasks.sum_up()
        tasks.sum_up()
        assert sums(sent) == (3, 1, 1)

    def test_only_those_with_new_receipts_are_counted_anew(
        self, work: Work, time_machine: Any
    ) -> None:
        browser = BrowserFactory()
        old, new = send(browser), send(browser)
        work()
        report(old, browser)
        for _ in range(2):
            time_machine.shift(3600)
            tasks.sum_up()
        Notification.objects.filter(pk=old.pk).update(shown=77)  # is left alone
        report(new, browser)
        tasks.sum_up()

        assert (sums(old)[0], sums(new)[0]) == (77, 1)

    def test_one_that_is_committed_late_is_not_forgotten(
        self, work: Work, time_machine: Any
    ) -> None:
        browser = BrowserFactory()
        sent = send(browser)
        work()
        begun = timezone.now()
        time_machine.shift(30)
        tasks.sum_up()
        Receipt.objects.create(
            notification=sent,
            installation=browser.installation,
            event="shown",
            at=begun,
        )
        time_machine.shift(60)
        tasks.sum_up()

        assert sums(sent)[0] == 1


class TestPruning:
    def test_of_an_old_notification_the_sums_are_left(
        self, work: Work, time_machine: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "STEP", 2)
        a, b, c = BrowserFactory.create_batch(3)
        old = send(a, b, c)
        work()
        report(old, a, b, c)
        report(old, a, event="clicked")
        time_machine.shift(timedelta(days=89))
        new = send(a)
        work()
        tasks.prune()
        assert old.deliveries.count() == 3
        time_machine.shift(timedelta(days=2))

        # Never more than a step of rows at once.
        left = [Delivery.objects.count() + Receipt.objects.count()]
        while retention.prune():
            left.append(Delivery.objects.count() + Receipt.objects.count())
        assert max(before - after for before, after in pairwise(left)) == 2

        assert sums(old) == (3, 1, 0)
        assert (old.accepted, old.pruned_at) == (3, timezone.now())
        for rows in (old.deliveries, old.receipts, old.recipients, old.batches):
            assert not rows.exists()
        assert new.deliveries.count() == 1
        # A late receipt is no longer taken, and nothing is counted anew.
        with pytest.raises(Notification.DoesNotExist):
            report(old, a)
        tasks.sum_up()
        assert sums(old) == (3, 1, 0)

    def test_receipts_that_are_half_pruned_are_not_summed_again(
        self, work: Work, time_machine: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "STEP", 1)
        browsers = BrowserFactory.create_batch(2)
        old = send(*browsers)
        work()
        time_machine.shift(timedelta(days=91))
        report(old, *browsers)
        while old.receipts.count() == 2:
            retention.prune()
        tasks.sum_up()

        assert sums(old)[0] == 2

    def test_what_somebody_waited_for_goes_altogether(
        self, work: Work, time_machine: Any
    ) -> None:
        browser = BrowserFactory(account__enabled=False)
        registry.switch_account(browser.account.key, True)
        registry.confirm(browser)
        work()
        assert Account.objects.get().last_check
        time_machine.shift(timedelta(days=91))
        tasks.prune()

        assert not Notification.objects.exists()
        assert Account.objects.get().last_check is None
        assert Browser.objects.registered().count() == 1

    def test_the_time_is_a_setting(
        self, work: Work, time_machine: Any, settings: Any
    ) -> None:
        settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "RETENTION": 30}
        old = send(BrowserFactory())
        work()
        time_machine.shift(timedelta(days=31))
        tasks.prune()

        assert not old.deliveries.exists()

    def test_what_the_system_removed_waits_sixty_days(self, time_machine: Any) -> None:
        removed, registered = BrowserFactory.create_batch(2)
        Installation.objects.erase([removed.installation.target_hash], "unregistered")
        time_machine.shift(timedelta(days=59))
        tasks.prune()
        assert Browser.objects.count() == 2
        time_machine.shift(timedelta(days=2))
        tasks.prune()

        assert Browser.objects.get() == registered
        # Nothing refers to the installation any more.
        assert Installation.objects.get() == registered.installation

    def test_one_that_gave_no_sign_for_nine_months_ends(
        self, time_machine: Any
    ) -> None:
        long_ago = timezone.now() - timedelta(days=271)
        unseen = BrowserFactory(installation__last_seen_at=long_ago)
        reporting = BrowserFactory(installation__last_seen_at=long_ago)
        BrowserFactory(installation__last_seen_at=long_ago + timedelta(days=2))
        sent = send(reporting)
        tasks.plan()
        report(sent, reporting)
        told = []

        def listen(browser: Browser, reason: str, **kwargs: Any) -> None:
            told.append((browser, reason))

        browser_removed.connect(listen)
        tasks.prune()

        assert told == [(unseen, "unseen")]
        unseen.refresh_from_db()
        assert unseen.removed_reason == "unseen"
        assert unseen.installation.target == ""
        assert Browser.objects.registered().count() == 2

    def test_a_bare_installation_that_was_seen_lately_stays(
        self, time_machine: Any
    ) -> None:
        bare = InstallationFactory(target="", target_hash=None, device_id=uuid.uuid4())
        tasks.prune()
        assert Installation.objects.get() == bare
        time_machine.shift(timedelta(days=61))
        tasks.prune()
        assert not Installation.objects.exists()

    def test_one_that_is_erased_meanwhile_ends_nothing(
        self, work: Work, time_machine: Any
    ) -> None:
        sent = send(BrowserFactory())
        work()
        time_machine.shift(timedelta(days=91))

        def erase(execute: Any, sql: str, *args: Any) -> Any:
            found = execute(sql, *args)
            if sql.startswith("SELECT") and "push_announcement" in sql:
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM wagtail_push_notification")
            return found

        with connection.execute_wrapper(erase):
            tasks.prune()

        assert not Notification.objects.filter(pk=sent.pk).exists()

    def test_one_that_is_just_being_sent_to_stays(
        self, work: Work, time_machine: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone, other = BrowserFactory.create_batch(2)
        time_machine.shift(timedelta(days=61))
        hand_over = LocMemBackend.send

        def remove_meanwhile(self: LocMemBackend, envelopes: Any) -> Any:
            registry.remove(gone)
            tasks.prune()
            return hand_over(self, envelopes)

        monkeypatch.setattr(LocMemBackend, "send", remove_meanwhile)
        sent = send(gone, other)
        work()

        assert sent.deliveries.filter(installation=gone.installation).exists()
        assert Installation.objects.filter(pk=gone.installation_id).exists()
        time_machine.shift(timedelta(days=91))
        tasks.prune()
        assert not Installation.objects.filter(pk=gone.installation_id).exists()

    def test_more_than_fits_into_a_task_goes_on_in_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queued: list[str] = []
        monkeypatch.setattr(tasks, "_queue", queued.append)
        monkeypatch.setattr(tasks, "WORK_SECONDS", -1)
        BrowserFactory(removed_at=timezone.now() - timedelta(days=61))
        tasks.prune()

        assert queued == ["wagtail_push.tasks.prune"]
