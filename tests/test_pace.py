"""How fast a project is sent to, and what holds it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from wagtail_push import delivery, doctor, pace, registry, tasks
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.messages import EVERYONE, Answer, DeliveryResult, Envelope
from wagtail_push.models import Batch, Browser, Notification, Project
from wagtail_push.notify import notify
from wagtail_push.tasks import _is_queued as is_queued
from wagtail_push.tasks import _queue as queue_work
from wagtail_push.test.factories import BrowserFactory, ScopeFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

Work = Callable[[], None]
Outbox = list[Envelope]
OK = DeliveryResult(answer=Answer.ACCEPTED)
REVOKED = DeliveryResult(
    answer=Answer.MISCONFIGURED, detail="The service account was revoked."
)


class Google:
    """What FCM answers to every envelope, and how many it was given at once."""

    def __init__(self) -> None:
        self.result: DeliveryResult | Exception = OK
        self.pages: list[int] = []


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, locmem: Outbox) -> Google:
    google = Google()

    def send(self: Any, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        google.pages.append(len(envelopes))
        if isinstance(google.result, Exception):
            raise google.result
        if google.result is OK:
            locmem.extend(envelopes)
        return [google.result] * len(envelopes)

    monkeypatch.setattr(LocMemBackend, "send", send)
    return google


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    ScopeFactory(key="invoices")


@pytest.fixture
def slow(settings: Any) -> None:
    """Set a pace of ten a second."""
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "PACE": 600}


@pytest.fixture
def project() -> Project:
    return pace.current()


def fresh() -> Project:
    return Project.objects.get()


class TestPace:
    @pytest.mark.usefixtures("slow")
    def test_it_grows_for_a_minute_after_a_rest(
        self, project: Project, time_machine: Any
    ) -> None:
        def size() -> int:
            return pace.page_size(fresh(), 500, interactive=False)

        sizes = []
        for _ in range(8):
            sizes.append(size())
            pace.spend(fresh(), 1)
            time_machine.shift(10)
        time_machine.shift(61)
        sizes.append(size())

        # Never more than a second's worth; from a tenth of the pace up to all of it.
        assert sizes == [1, 1, 3, 5, 6, 8, 10, 10, 1]

    @pytest.mark.usefixtures("slow")
    def test_what_was_spent_ahead_is_waited_for(
        self, project: Project, time_machine: Any
    ) -> None:
        project.ramp_from = timezone.now() - timedelta(minutes=1)
        project.save()
        pace.spend(fresh(), 10)
        assert pace.is_open(fresh(), interactive=False)  # one second ahead
        pace.spend(fresh(), 5)

        assert not pace.is_open(fresh(), interactive=False)
        assert pace.page_size(fresh(), 500, interactive=False) == 0
        assert pace.wait(fresh()) == timedelta(seconds=0.5)
        # What somebody waits for spends, but does not wait.
        assert pace.is_open(fresh(), interactive=True)
        time_machine.shift(0.5)
        assert pace.is_open(fresh(), interactive=False)

    def test_without_a_limit_nobody_waits(
        self, project: Project, settings: Any
    ) -> None:
        settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "PACE": None}
        pace.spend(project, 10**9)

        assert pace.page_size(fresh(), 500, interactive=False) == 500
        assert pace.wait(fresh()) == timedelta(0)

    @pytest.mark.usefixtures("slow")
    def test_a_worker_goes_on_as_the_budget_comes(
        self,
        google: Google,
        work: Work,
        time_machine: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        naps: list[float] = []

        def sleep(seconds: float) -> None:
            naps.append(seconds)
            time_machine.shift(seconds)

        monkeypatch.setattr(tasks.time, "sleep", sleep)
        begun = timezone.now()
        BrowserFactory.create_batch(12)
        sent = notify("invoices", EVERYONE, title="T", body="B")
        work()

        sent.refresh_from_db()
        assert (sent.accepted, sum(google.pages)) == (12, 12)
        assert max(naps) <= tasks.NAP
        # A second's worth ahead; the rest at one to three a second.
        assert 4 < (timezone.now() - begun).total_seconds() < 12

    def test_every_project_has_a_row_of_its_own(self, settings: Any) -> None:
        one = pace.current()
        settings.WAGTAIL_PUSH = {
            **settings.WAGTAIL_PUSH,
            "FIREBASE": {"projectId": "nordhost"},
        }

        assert pace.current().name == "nordhost"
        assert pace.current() == pace.current() != one


@pytest.fixture
def bulk(monkeypatch: pytest.MonkeyPatch) -> Notification:
    """Return one that goes to forty browsers, in pages of twenty."""
    monkeypatch.setattr(LocMemBackend, "page_size", 20)
    monkeypatch.setattr(tasks, "BATCH_SIZE", 20)
    BrowserFactory.create_batch(40)
    return notify("invoices", EVERYONE, title="T", body="B")


class TestRevoked:
    """The credentials are revoked in the middle, and come back."""

    @pytest.mark.parametrize(
        "fault",
        [
            REVOKED,
            PushConfigurationError("The service account was revoked."),
            DeliveryResult(
                answer=Answer.SENDER_MISMATCH, detail="The service account was revoked."
            ),
        ],
        ids=["answered", "raised", "most belong to another sender"],
    )
    def test_it_stops_within_a_page_and_goes_on_where_it_was(
        self,
        fault: DeliveryResult | Exception,
        bulk: Notification,
        google: Google,
        locmem: Outbox,
        work: Work,
        time_machine: Any,
    ) -> None:
        tasks.plan()
        first = delivery.claim()
        assert first
        delivery.deliver(first)
        google.result = fault
        work()

        assert google.pages == [20, 20]
        bulk.refresh_from_db()
        assert (bulk.status, bulk.accepted, bulk.failed) == ("sending", 20, 0)
        assert bulk.trouble == doctor.trouble() == "The service account was revoked."
        assert Browser.objects.registered().count() == 40
        # Small pages try whether it is over: one worker, one page, one after the other.
        for tries in (1, 2):
            time_machine.shift(60)
            work()
            assert google.pages[2:] == [10] * tries
        google.result = OK
        time_machine.shift(120)
        work()

        assert sum(google.pages) == 20 + 20 + 10 + 10 + 20
        targets = [e.target.value for e in locmem]
        assert len(targets) == len(set(targets)) == 40
        bulk.refresh_from_db()
        assert (bulk.status, bulk.accepted, bulk.targeted, bulk.trouble) == (
            "done",
            40,
            40,
            "",
        )
        assert doctor.trouble() == ""
        assert fresh().held_until is None

    def test_the_first_that_comes_through_ends_it(
        self, bulk: Notification, google: Google, work: Work
    ) -> None:
        google.result = REVOKED
        work()
        held = fresh().held_until
        registry.confirm(Browser.objects.all()[0])
        work()
        assert google.pages == [20, 1]
        assert fresh().held_until == held  # tried all the same, and in vain

        google.result = OK
        registry.confirm(Browser.objects.all()[1])
        work()

        bulk.refresh_from_db()
        assert (bulk.status, bulk.accepted) == ("done", 40)

    def test_one_worker_tries(
        self, bulk: Notification, google: Google, work: Work, time_machine: Any
    ) -> None:
        google.result = REVOKED
        work()
        time_machine.shift(60)
        one, other = delivery.claim(), delivery.claim()
        assert one
        assert other
        delivery.deliver(one)
        delivery.deliver(other)

        assert google.pages == [20, 10]
        other.refresh_from_db()
        assert other.lease_owner is None

    def test_of_two_that_find_it_over_one_tries(
        self, project: Project, time_machine: Any
    ) -> None:
        pace.hold(project, REVOKED, interactive=False)
        time_machine.shift(60)
        one, other = fresh(), fresh()

        assert pace.page_size(one, 500, interactive=False) == pace.PROBE
        assert pace.page_size(other, 500, interactive=False) == 0

    def test_a_check_is_answered_that_it_could_not_be_made(
        self, google: Google, work: Work
    ) -> None:
        browser = BrowserFactory()
        google.result = REVOKED
        asked = registry.check(browser)
        work()

        assert asked.deliveries.get().status == "failed"
        browser.refresh_from_db()
        assert browser.removed_at is None


def test_a_page_with_nobody_on_it_lets_another_try(
    bulk: Notification, google: Google, work: Work, time_machine: Any
) -> None:
    google.result = REVOKED
    work()
    Browser.objects.filter(pk__in=Browser.objects.order_by("pk")[:20]).update(
        paused_at=timezone.now()
    )
    google.result = OK
    time_machine.shift(60)
    work()

    bulk.refresh_from_db()
    assert (bulk.status, bulk.accepted, bulk.dropped) == ("done", 20, 20)


@pytest.mark.parametrize(
    ("answer", "least"), [(Answer.BUSY, 60), (Answer.UNAVAILABLE, 10)]
)
def test_what_all_would_meet_holds_everything(
    answer: Answer,
    least: int,
    bulk: Notification,
    google: Google,
    work: Work,
    time_machine: Any,
) -> None:
    google.result = DeliveryResult(answer=answer)
    work()
    assert google.pages == [20]
    registry.confirm(Browser.objects.all()[0])
    time_machine.shift(least - 1)
    work()

    assert google.pages == [20]
    assert (doctor.trouble(), bulk.trouble) == ("", "")
    google.result = OK
    time_machine.shift(5000)
    work()
    bulk.refresh_from_db()
    assert bulk.accepted == 40


def test_holds_are_counted_as_far_as_the_column_goes(project: Project) -> None:
    Project.objects.update(holds=pace.MOST_HOLDS)
    pace.hold(fresh(), REVOKED, interactive=False)

    assert fresh().holds == pace.MOST_HOLDS
    assert not pace.is_open(fresh(), interactive=False)


def test_a_customers_own_limit_holds_nobody_else(google: Google, work: Work) -> None:
    browser = BrowserFactory()
    google.result = DeliveryResult(answer=Answer.BUSY, retry_after=3600)
    registry.confirm(browser)
    work()

    assert fresh().held_until is None


def test_retry_after_is_obeyed(bulk: Notification, google: Google, work: Work) -> None:
    google.result = DeliveryResult(answer=Answer.BUSY, retry_after=300)
    work()

    held = fresh().held_until
    assert held
    assert 300 <= (held - timezone.now()).total_seconds() <= 310


def test_nothing_is_held_beyond_its_validity(
    google: Google, work: Work, time_machine: Any
) -> None:
    BrowserFactory()
    google.result = REVOKED
    sent = notify("invoices", EVERYONE, title="T", body="B", ttl=30)
    work()
    google.result = OK
    time_machine.shift(31)
    work()

    sent.refresh_from_db()
    assert (sent.status, sent.expired, google.pages) == ("done", 1, [1])


def test_one_worker_of_a_cluster_stays_free_of_bulk(
    bulk: Notification, google: Google
) -> None:
    tasks.plan()
    first = delivery.claim(cluster="a", most_bulk=1)
    assert first
    assert delivery.claim(cluster="a", most_bulk=1) is None
    # It goes home, where the other cluster's would find something at once.
    assert delivery.wait(cluster="a", most_bulk=1) is None
    assert delivery.wait(cluster="b", most_bulk=1) == 0.0
    registry.confirm(Browser.objects.all()[0])
    confirmation = delivery.claim(cluster="a", most_bulk=1)
    assert confirmation is None
    [confirmation] = tasks.plan(cluster="a") or []
    assert (confirmation.interactive, confirmation.lease_cluster) == (True, "a")
    # Another cluster has workers of its own; and a lease that ended counts no more.
    other = delivery.claim(cluster="b", most_bulk=1)
    assert other
    assert not other.interactive
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert delivery.claim(cluster="a", most_bulk=1)


class TestWakeUps:
    @pytest.fixture
    def queued(self, monkeypatch: pytest.MonkeyPatch, locmem: Outbox) -> list[str]:
        queued: list[str] = []
        monkeypatch.setattr(tasks, "_queue", lambda *args: queued.append("task"))
        return queued

    def test_a_thousand_calls_queue_one_task(
        self, queued: list[str], locmem: Outbox, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            for _ in range(5):
                notify("invoices", "C-1", title="T", body="B")
        assert queued == ["task"]

        # Whoever takes it finds all of them; what comes then queues another.
        tasks.work()
        assert not Notification.objects.filter(status="pending").exists()
        tasks._enqueue()
        assert queued == ["task"] * 2

    def test_one_that_was_lost_is_queued_again(
        self, queued: list[str], time_machine: Any
    ) -> None:
        tasks._enqueue()
        time_machine.shift(tasks.LOST.total_seconds() + 1)
        tasks._enqueue()
        tasks._enqueue()

        assert queued == ["task"] * 2

    def test_a_broker_that_is_down_leaves_no_wake_up(
        self, monkeypatch: pytest.MonkeyPatch, queued: list[str]
    ) -> None:
        def refuse(*args: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr(tasks, "_queue", refuse)
            with pytest.raises(ConnectionError):
                tasks._enqueue()
        tasks._enqueue()

        assert queued == ["task"]

    def test_a_woken_worker_wakes_the_next_where_there_is_more(
        self, queued: list[str], bulk: Notification, google: Google
    ) -> None:
        tasks._queue()
        tasks.work()

        assert queued == ["task"] * 2
        assert sum(google.pages) == 40

    def test_a_long_broadcast_leaves_room_in_the_queue(
        self, google: Google, bulk: Notification, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in (
            ("_queue", queue_work),
            ("_is_queued", is_queued),
            ("BATCH_SIZE", 2),
            ("WORK_SECONDS", -1),
        ):
            monkeypatch.setattr(tasks, name, value)
        monkeypatch.setattr(LocMemBackend, "page_size", 1)
        tasks.plan()
        tasks._enqueue()
        waiting = []
        for _ in range(10):
            OrmQ.objects.earliest("pk").delete()
            tasks.work()
            tasks.sweep()
            waiting.append(OrmQ.objects.count())

        assert sum(google.pages) == 20
        # Whatever the host queues now comes soon.
        assert max(waiting) == 2
