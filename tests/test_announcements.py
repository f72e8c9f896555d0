"""Announcements: sent once, stopped and resumed without repeating, counted as sent."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as example
from hypothesis import strategies as st

from wagtail_push import announcements, delivery, estimates, retention, tasks
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.exceptions import InvalidNotification, NothingSelected
from wagtail_push.messages import EVERYONE
from wagtail_push.models import (
    Announcement,
    Batch,
    Browser,
    Notification,
    NotificationScope,
    Project,
)
from wagtail_push.notify import cancel, notify, resume
from wagtail_push.test import failing
from wagtail_push.test.factories import (
    AccountFactory,
    AnnouncementFactory,
    AnnouncementTextFactory,
    BrowserFactory,
    InstallationFactory,
    LoginFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

Outbox = list[Any]
Work = Callable[[], None]

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


class TestSending:
    def test_it_goes_to_everyone_in_every_language(
        self, locmem: Outbox, work: Work
    ) -> None:
        draft = AnnouncementFactory(image="https://portal.example/office.jpg", ttl=3600)
        AnnouncementTextFactory(
            announcement=draft,
            language="pl",
            title="Zamknięte",
            body="Do poniedziałku.",
        )
        for language in ("en", "pl", "cs"):
            BrowserFactory(language=language)
        sent = announcements.send(draft)
        work()

        assert [
            (e.content.lang, e.content.title, e.content.image, e.content.url)
            for e in locmem
        ] == [
            (
                language,
                title,
                "https://portal.example/office.jpg",
                "/invoices/",
            )
            for language, title in [
                ("en", "Office closed on Friday"),
                ("pl", "Zamknięte"),
                ("en", "Office closed on Friday"),
            ]
        ]
        draft.refresh_from_db()
        assert (draft.notification, draft.sendings) == (sent, 1)
        assert draft.state == Announcement.State.DONE
        sent.refresh_from_db()
        assert (sent.planned, sent.targeted, sent.accepted) == (3, 3, 3)

    def test_twice_is_once(self, locmem: Outbox, work: Work) -> None:
        draft = AnnouncementFactory()
        BrowserFactory()
        tab = Announcement.objects.get(pk=draft.pk)

        assert announcements.send(draft) == announcements.send(tab)
        work()
        assert len(locmem) == 1

    def test_only_its_audience_gets_it(
        self, accounts: Any, locmem: Outbox, work: Work
    ) -> None:
        accounts.named = {"business": ["C-1", "C-9"]}
        for key in ("C-1", "C-2"):
            BrowserFactory(account__key=key)
        announcements.send(AnnouncementFactory(audience="business"))
        work()

        [envelope] = locmem
        to = Browser.objects.get(installation__target=envelope.target.value)
        assert to.account.key == "C-1"

    def test_a_scope_may_have_an_audience(
        self, accounts: Any, locmem: Outbox, work: Work
    ) -> None:
        accounts.named = {"business": ["C-1"]}
        for key in ("C-1", "C-2"):
            BrowserFactory(account__key=key)
        announcements.send(AnnouncementFactory(scope__audience="business"))
        work()

        assert len(locmem) == 1

    def test_what_cant_be_sent_stays_a_draft(self) -> None:
        draft = AnnouncementFactory(scope__retired=True)

        with pytest.raises(InvalidNotification):
            announcements.send(draft)

        draft.refresh_from_db()
        assert draft.state == Announcement.State.DRAFT
        assert not Notification.objects.exists()


class TestSchedule:
    @pytest.fixture(autouse=True)
    def _noon(self, time_machine: Any) -> None:
        time_machine.move_to(NOON, tick=False)

    def test_it_waits_for_its_time(
        self, locmem: Outbox, work: Work, time_machine: Any
    ) -> None:
        draft = AnnouncementFactory(send_at=NOON + timedelta(hours=1))
        BrowserFactory()
        announcements.send(draft)
        work()
        draft.refresh_from_db()
        assert (draft.state, locmem) == (Announcement.State.SCHEDULED, [])
        time_machine.shift(3600)
        work()

        draft.refresh_from_db()
        assert (draft.state, len(locmem)) == (Announcement.State.DONE, 1)

    def test_it_can_be_taken_back_and_sent_later(
        self, locmem: Outbox, work: Work
    ) -> None:
        draft = AnnouncementFactory(send_at=NOON + timedelta(hours=1))
        BrowserFactory()
        announcements.send(draft)
        announcements.unschedule(draft)
        draft.refresh_from_db()
        assert draft.state == Announcement.State.DRAFT
        draft.send_at = None
        draft.save()
        announcements.send(draft)
        work()

        draft.refresh_from_db()
        assert (draft.state, draft.sendings, len(locmem)) == ("done", 2, 1)

    def test_what_has_begun_can_no_longer_be_taken_back(
        self, locmem: Outbox, work: Work
    ) -> None:
        draft = AnnouncementFactory()
        BrowserFactory()
        announcements.send(draft)
        work()

        with pytest.raises(InvalidNotification, match="sent already"):
            announcements.unschedule(draft)

        draft.refresh_from_db()
        assert draft.state == Announcement.State.DONE

    def test_a_time_that_is_past_is_now(self, locmem: Outbox, work: Work) -> None:
        BrowserFactory()
        announcements.send(AnnouncementFactory(send_at=NOON - timedelta(hours=1)))
        work()

        assert len(locmem) == 1


class TestCancelAndResume:
    @pytest.fixture
    def page_of_two(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LocMemBackend, "page_size", 2)

    def one_page(self) -> None:
        batch = delivery.claim()
        assert batch
        delivery.deliver(batch)

    def counters(self, notification: Notification) -> tuple[Any, ...]:
        notification.refresh_from_db()
        return (
            notification.status,
            notification.targeted,
            notification.accepted,
            notification.dropped,
        )

    @pytest.mark.usefixtures("page_of_two")
    def test_it_goes_on_where_it_stopped(self, locmem: Outbox, work: Work) -> None:
        browsers = BrowserFactory.create_batch(5)
        sent = announcements.send(AnnouncementFactory())
        tasks.plan()
        self.one_page()
        cancel(sent)
        work()
        assert self.counters(sent) == ("cancelled", 5, 2, 3)

        announcements.push_on(sent)
        assert self.counters(sent) == ("sending", 2, 2, 0)
        work()

        assert self.counters(sent) == ("done", 5, 5, 0)
        assert [e.target.value for e in locmem] == [
            browser.installation.target for browser in browsers
        ]

    @pytest.mark.usefixtures("page_of_two")
    def test_before_a_worker_has_noticed_as_well(
        self, locmem: Outbox, work: Work
    ) -> None:
        BrowserFactory.create_batch(5)
        sent = announcements.send(AnnouncementFactory())
        tasks.plan()
        self.one_page()
        late = delivery.claim()
        cancel(sent)
        late.notification.refresh_from_db()
        announcements.push_on(sent)
        # It was claimed and read as cancelled, and finds that it is not any more.
        delivery.deliver(late)
        work()

        assert self.counters(sent) == ("done", 5, 5, 0)
        assert len(locmem) == 5

    def test_retries_go_on_as_well(self, work: Work) -> None:
        BrowserFactory()
        sent = announcements.send(AnnouncementFactory())
        with failing("timeout"):
            work()
        assert self.counters(sent) == ("sending", 1, 0, 0)
        cancel(sent)
        # A whole page that fails holds the project for a while.
        Project.objects.update(held_until=None)
        sent.batches.update(due_at=timezone.now())
        work()
        assert self.counters(sent) == ("cancelled", 1, 0, 1)

        announcements.push_on(sent)
        assert self.counters(sent) == ("sending", 1, 0, 0)
        work()

        assert self.counters(sent) == ("done", 1, 1, 0)
        assert sent.deliveries.get().attempt == 2

    def test_before_it_was_planned(self, locmem: Outbox, work: Work) -> None:
        BrowserFactory()
        sent = announcements.send(AnnouncementFactory())
        cancel(sent)
        work()
        announcements.push_on(sent)
        work()

        assert self.counters(sent) == ("done", 1, 1, 0)

    def test_not_beyond_its_validity(
        self, locmem: Outbox, work: Work, time_machine: Any
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        sent = announcements.send(AnnouncementFactory(ttl=60))
        cancel(sent)
        time_machine.shift(60)

        with pytest.raises(InvalidNotification, match="validity is over"):
            announcements.push_on(sent)

        assert self.counters(sent)[0] == "cancelled"

    @pytest.mark.parametrize("to", ["everyone", "one"])
    def test_to_those_who_did_not_want_it_when_it_was_stopped(
        self, to: str, locmem: Outbox, work: Work
    ) -> None:
        scope = ScopeFactory(key="news")
        browser = BrowserFactory(account__key="C-1")
        sent = notify(
            "news", {"everyone": EVERYONE}.get(to, "C-1"), title="T", body="B"
        )
        tasks.plan()
        sent.batches.update(lease_owner=None, lease_until=None)
        scope.retired = True
        scope.save()
        cancel(sent)
        work()
        assert self.counters(sent) == ("cancelled", 0, 0, 0)
        scope.retired = False
        scope.save()

        resume(sent)
        work()

        assert self.counters(sent) == ("done", 1, 1, 0)
        assert [e.target.value for e in locmem] == [browser.installation.target]

    def test_not_when_nobody_knows_whom_it_was_for(
        self, work: Work, time_machine: Any
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        ScopeFactory(key="news")
        later = NOON + timedelta(days=300)
        sent = notify("news", "C-1", title="T", body="B", send_at=later)
        cancel(sent)
        time_machine.shift(timedelta(days=299))
        while retention.prune():
            pass
        sent.refresh_from_db()

        with pytest.raises(InvalidNotification, match="cancelled long ago"):
            resume(sent)

        assert self.counters(sent)[0] == "cancelled"

    def test_one_that_is_done_stays_so(self, locmem: Outbox, work: Work) -> None:
        BrowserFactory()
        sent = announcements.send(AnnouncementFactory())
        work()
        announcements.push_on(sent)
        work()

        assert self.counters(sent) == ("done", 1, 1, 0)
        assert len(locmem) == 1


class TestTest:
    def test_it_goes_to_ones_own_browsers_and_counts_nowhere(
        self, locmem: Outbox, work: Work
    ) -> None:
        editor = LoginFactory()
        mine = BrowserFactory(login=editor, language="en")
        BrowserFactory(login=editor, paused_at=timezone.now())
        BrowserFactory()
        draft = AnnouncementFactory()
        announcements.send_test(draft, editor)
        work()

        [envelope] = locmem
        assert envelope.target.value == mine.installation.target
        assert envelope.content.title == "Test: Office closed on Friday"
        assert envelope.content.body == "We are back on Monday."
        draft.refresh_from_db()
        assert (draft.state, draft.sendings) == (Announcement.State.DRAFT, 0)

    def test_without_a_browser_of_ones_own(self) -> None:
        with pytest.raises(NothingSelected):
            announcements.send_test(AnnouncementFactory(), LoginFactory())


class TestHowFar:
    def test_rate_time_left_and_stalling(
        self, monkeypatch: pytest.MonkeyPatch, locmem: Outbox, time_machine: Any
    ) -> None:
        monkeypatch.setattr(LocMemBackend, "page_size", 2)
        time_machine.move_to(NOON, tick=False)
        BrowserFactory.create_batch(8)
        sent = announcements.send(AnnouncementFactory())
        tasks.plan()
        time_machine.shift(4)
        batch = delivery.claim()
        assert batch
        delivery.deliver(batch)
        sent.refresh_from_db()

        told = announcements.how_far(sent)
        assert (told.total, told.done, told.rate, told.left) == (8, 2, 0.5, 12)
        assert (told.is_over, told.stalled_since, told.counts["accepted"]) == (
            False,
            None,
            2,
        )
        time_machine.shift(181)
        told = announcements.how_far(sent)
        assert told.stalled_since == NOON + timedelta(seconds=4)
        # Nothing has stalled that only waits for its retry.
        later = timezone.now() + timedelta(minutes=5)
        sent.batches.update(due_at=later)
        told = announcements.how_far(sent)
        assert (told.stalled_since, told.waits_until) == (None, later)

    def test_the_pause_before_a_resume_does_not_count(
        self, monkeypatch: pytest.MonkeyPatch, locmem: Outbox, time_machine: Any
    ) -> None:
        monkeypatch.setattr(LocMemBackend, "page_size", 2)
        time_machine.move_to(NOON, tick=False)
        BrowserFactory.create_batch(8)
        sent = announcements.send(AnnouncementFactory())
        tasks.plan()
        for pause in (0, 3600, 86400):
            if pause:
                cancel(sent)
                time_machine.shift(pause)
                announcements.push_on(sent)
            time_machine.shift(4)
            batch = delivery.claim()
            assert batch
            delivery.deliver(batch)
            Batch.objects.update(lease_owner=None, lease_until=None)
            sent.refresh_from_db()

        told = announcements.how_far(sent)
        assert (told.done, told.rate, told.left) == (6, 0.5, 4)


class TestEstimate:
    def test_it_is_made_by_a_task_and_shows_its_age(
        self, time_machine: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        monkeypatch.setattr(tasks, "_queue", lambda *args: None)
        draft = AnnouncementFactory()
        BrowserFactory()
        BrowserFactory(paused_at=NOON)
        announcements.ask_for_estimate(draft)
        assert (draft.estimate, draft.estimated_at) == (None, None)
        time_machine.shift(5)
        tasks.make_estimates()

        draft.refresh_from_db()
        assert draft.estimate == {
            "installations": 1,
            "accounts": 1,
            "left_out": {"paused": 1},
        }
        assert draft.estimated_at == NOON + timedelta(seconds=5)
        # It was planned and taken back: nothing is left of it.
        assert not Notification.objects.exists()

    def test_of_another_scope_meanwhile_it_is_not_told(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "_queue", lambda *args: None)
        draft = AnnouncementFactory(scope__default="off")
        other = ScopeFactory()
        BrowserFactory()
        count = estimates.estimate

        def slowly(announcement: Announcement) -> Any:
            found = count(announcement)
            Announcement.objects.update(scope=other, estimate=None, estimated_at=None)
            return found

        announcements.ask_for_estimate(draft)
        monkeypatch.setattr(estimates, "estimate", slowly)
        tasks.make_estimates()
        draft.refresh_from_db()
        assert (draft.estimate, draft.estimated_at) == (None, None)

        monkeypatch.setattr(estimates, "estimate", count)
        tasks.make_estimates()
        draft.refresh_from_db()
        assert draft.estimate["installations"] == 1

    def test_one_that_fails_keeps_no_other_from_being_made(
        self, accounts: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "_queue", lambda *args: None)
        accounts.named = {"business": []}
        bad = AnnouncementFactory(audience="business")
        good = AnnouncementFactory()
        for draft in (bad, good):
            announcements.ask_for_estimate(draft)
        accounts.named = {}

        tasks.make_estimates()

        bad.refresh_from_db()
        good.refresh_from_db()
        assert bad.estimate is None
        assert good.estimate == {"installations": 0, "accounts": 0, "left_out": {}}
        # Nobody asks for it again but an editor.
        assert bad.estimated_at is not None


#: One browser: its installation, account and login, by small numbers that meet often.
browsers = st.fixed_dictionaries(
    {
        "installation": st.integers(0, 4),
        "account": st.integers(0, 3),
        "login": st.integers(0, 2),
        "language": st.sampled_from(["", "en", "pl", "cs"]),
        "paused": st.booleans(),
        "signed_out": st.sampled_from([False, False, True]),
        "removed": st.sampled_from([False, False, False, True]),
        "choice": st.sampled_from([None, True, False]),
    }
)
populations = st.fixed_dictionaries(
    {
        "browsers": st.lists(
            browsers,
            min_size=1,
            max_size=8,
            unique_by=lambda one: (one["installation"], one["account"]),
        ),
        "off": st.sets(st.integers(0, 3), max_size=2),
        "forbidden": st.sets(st.integers(0, 3), max_size=1),
        "inactive": st.sets(st.integers(0, 2), max_size=1),
        "revoked": st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=3),
        "default": st.sampled_from(["on", "off", "always"]),
        "retired": st.sampled_from([False] * 7 + [True]),
        "audience": st.sampled_from(["", "", "some"]),
        "everyone": st.sampled_from([None, None, [0, 1, 2], []]),
    }
)


def populate(given: dict[str, Any], accounts: Any) -> Announcement:
    """Write a population; return an announcement to it."""
    made = [
        AccountFactory(
            key=f"C-{n}",
            enabled=n not in given["off"],
            forbidden=n in given["forbidden"],
        )
        for n in range(4)
    ]
    logins = [
        LoginFactory(username=f"login-{n}", is_active=n not in given["inactive"])
        for n in range(3)
    ]
    installations = [InstallationFactory(fid=f"c{n:021d}") for n in range(5)]
    scope = ScopeFactory(
        key="news", default=given["default"], audience=given["audience"]
    )
    now = timezone.now()
    for one in given["browsers"]:
        browser = BrowserFactory(
            installation=installations[one["installation"]],
            account=made[one["account"]],
            login=logins[one["login"]],
            language=one["language"],
            paused_at=now if one["paused"] else None,
            signed_out_at=now if one["signed_out"] else None,
            removed_at=now if one["removed"] else None,
        )
        if one["choice"] is not None:
            ScopeChoiceFactory(browser=browser, scope=scope, wanted=one["choice"])
    accounts.revoked = {(logins[n].pk, f"C-{key}") for n, key in given["revoked"]}
    keys = given["everyone"]
    accounts.keys = None if keys is None else [f"C-{n}" for n in keys]
    accounts.named = {"some": ["C-1", "C-3", "C-nobody"]}
    return AnnouncementFactory(scope=scope)


@example(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(given=populations)
def test_the_estimate_equals_what_is_sent(
    given: dict[str, Any], accounts: Any, locmem: Outbox, work: Work
) -> None:
    locmem.clear()
    with transaction.atomic():
        draft = populate(given, accounts)
        if given["retired"]:
            NotificationScope.objects.update(retired=True)
            draft.scope.refresh_from_db()
        estimated = estimates.estimate(draft)
        # A scope can be retired after its announcement was sent.
        NotificationScope.objects.update(retired=False)
        sent = announcements.send(draft)
        NotificationScope.objects.update(retired=given["retired"])
        work()
        sent.refresh_from_db()
        left_out = Counter(sent.left_out)
        transaction.set_rollback(True)

    assert sent.status == Notification.Status.DONE
    assert estimated.installations == len(locmem) == sent.accepted == sent.targeted
    assert Counter(estimated.left_out) == left_out
