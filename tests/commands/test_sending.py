"""push_send, push_verify, push_prune and push_keys."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from tests.commands.running import Said, run
from wagtail_push import retention
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.management.commands import push_verify
from wagtail_push.messages import Answer, DeliveryResult
from wagtail_push.models import (
    Batch,
    Browser,
    Delivery,
    Heartbeat,
    Notification,
    Project,
)
from wagtail_push.notify import notify
from wagtail_push.test.factories import (
    AnnouncementFactory,
    BrowserFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "locmem")]

Work = Callable[[], None]
WORDS = {"title": "New invoice", "body": "Number 7"}


class TestSend:
    @pytest.fixture(autouse=True)
    def _scopes(self) -> None:
        ScopeFactory(key="invoices")
        ScopeFactory(key="old", retired=True)

    def test_to_an_account(self, work: Work, locmem: list[Any]) -> None:
        one, _ = BrowserFactory.create_batch(2)

        said = run("push_send", "invoices", account=[one.account.key], **WORDS)

        sent = Notification.objects.get()
        assert said == Said(f"Handed to the queue as notification {sent.public_id}.\n")
        work()
        assert [(e.target.value, e.content.title) for e in locmem] == [
            (one.installation.target, "New invoice")
        ]

    def test_to_everyone_in_every_language(self, work: Work, locmem: list[Any]) -> None:
        BrowserFactory(language="en")
        BrowserFactory(language="pl")

        text = [["en", "Invoice", "One"], ["pl", "Faktura", "Jedna"]]
        options = {"everyone": True, "url": "/invoices/", "ttl": 60, "key": "k-1"}
        run("push_send", "invoices", text=text, **options)
        run("push_send", "invoices", text=text, **options)

        work()
        assert [(e.content.title, e.content.body, e.content.url) for e in locmem] == [
            ("Invoice", "One", "/invoices/"),
            ("Faktura", "Jedna", "/invoices/"),
        ]
        sent = Notification.objects.get()
        assert sent.expires_at - sent.send_at == timedelta(seconds=60)

    def test_to_an_audience(self, accounts: Any, work: Work, locmem: list[Any]) -> None:
        one, _ = BrowserFactory.create_batch(2)
        accounts.named = {"business": {one.account.key}}

        run("push_send", "invoices", audience="business", **WORDS)

        work()
        assert [e.target.value for e in locmem] == [one.installation.target]

    def test_a_dry_run_counts_and_sends_nothing(self, accounts: Any) -> None:
        BrowserFactory.create_batch(2)
        BrowserFactory(paused_at=timezone.now())
        accounts.keys = [b.account.key for b in Browser.objects.all()]

        said = run("push_send", "invoices", everyone=True, dry_run=True, **WORDS)

        assert said == Said(
            "Would reach 2 browsers of 2 accounts.\n  left out, paused: 1\n"
        )
        assert not Notification.objects.exists()

    @pytest.mark.parametrize("dry_run", [False, True])
    def test_that_a_key_was_sent_already_is_said(
        self, dry_run: bool, locmem: list[Any], work: Work
    ) -> None:
        BrowserFactory()
        options = {"everyone": True, "key": "k-1", **WORDS}
        run("push_send", "invoices", **options)
        sent = Notification.objects.get()
        work()

        said = run("push_send", "invoices", dry_run=dry_run, **options)

        assert said == Said(
            f"Nothing more is sent: notification {sent.public_id} has the key 'k-1' "
            "already.\n"
        )
        work()
        assert len(locmem) == 1

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            (
                {"everyone": True, "scope": "news", **WORDS},
                "Nothing was sent. There is no notification scope 'news'.",
            ),
            (
                {"everyone": True, "scope": "old", **WORDS},
                "Nothing was sent. The notification scope “old” is retired",
            ),
            (
                {"account": ["C-404"], **WORDS},
                "Nothing was sent. No browser was ever registered for the account C-404:",
            ),
            (
                {"audience": "", **WORDS},
                "Nothing was sent. There is no audience ''. Known audiences: none.",
            ),
            ({"everyone": True}, "What is to be sent? Give --title and --body, or"),
            (
                {"everyone": True, "title": "T", "text": [["en", "T", "B"]]},
                "What is to be sent? Give",
            ),
            (
                {"everyone": True, "ttl": 9**9, **WORDS},
                "Nothing was sent. The ttl is 387420489 seconds",
            ),
        ],
    )
    def test_what_is_wrong_is_said(self, args: dict[str, Any], says: str) -> None:
        scope = args.pop("scope", "invoices")

        assert run("push_send", scope, **args).error.startswith(says)
        assert not Notification.objects.exists()

    def test_it_can_be_silent(self) -> None:
        options = {"everyone": True, "verbosity": 0, **WORDS}
        assert run("push_send", "invoices", **options) == Said("")


class Picky(LocMemBackend):
    """Answers by the target's name, and keeps what it was asked."""

    asked: list[Any] = []

    def send(self, envelopes: Any) -> list[DeliveryResult]:
        Picky.asked += envelopes
        return [
            DeliveryResult(answer=Answer(e.target.value.partition("/")[0]))
            for e in envelopes
        ]


class TestVerify:
    @pytest.fixture(autouse=True)
    def _picky(self, settings: Any, accounts: Any, locmem: list[Any]) -> None:
        settings.WAGTAIL_PUSH = {
            **settings.WAGTAIL_PUSH,
            "BACKEND": "tests.commands.test_sending.Picky",
        }
        Picky.asked = []

    @pytest.fixture
    def working(self, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a worker do what is due while the command waits."""
        monkeypatch.setattr(push_verify.time, "sleep", lambda seconds: work())

    def browser(self, answer: str, number: int = 0, **values: Any) -> Browser:
        return BrowserFactory(installation__fid=f"{answer}/{number}", **values)

    @pytest.mark.usefixtures("working")
    def test_dead_ones_are_removed_and_all_are_asked(self, accounts: Any) -> None:
        # Not even those behind EVERYONE are left out.
        accounts.keys = []
        alive = self.browser("accepted")
        paused = self.browser("accepted", 1, paused_at=timezone.now())
        off = self.browser("accepted", 2, account__enabled=False)
        dead = [self.browser("unregistered", n) for n in range(2)]
        self.browser("bad-message")

        said = run("push_verify", verbosity=2)

        assert said == Said(
            "0 of 0 …\nAccepted by FCM: 3\nRefused, bad-message: 1\n"
            "Refused, unregistered: 2\n"
        )
        assert {e.dry_run for e in Picky.asked} == {True}
        assert len(Picky.asked) == 6
        for browser in (alive, paused, off, *dead):
            browser.refresh_from_db()
        assert [b.removed_reason for b in (alive, paused, off)] == ["", "", ""]
        assert [b.removed_reason for b in dead] == ["unregistered"] * 2

    def test_it_goes_at_the_pace_of_bulk(self, work: Work, settings: Any) -> None:
        settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "PACE": 60}
        for number in range(5):
            self.browser("accepted", number)

        run("push_verify", no_wait=True)
        from wagtail_push import delivery, tasks

        assert [batch.interactive for batch in tasks.plan() or ()] == [False]
        assert delivery.claim(most_bulk=0) is None, "a confirmation goes first"
        batch = delivery.claim()
        assert batch is not None
        delivery.deliver(batch)
        # A message a second at most, and a tenth of that after a rest.
        assert Delivery.objects.count() == 1
        assert Project.objects.get().free_at > timezone.now() + timedelta(seconds=9)

    def test_one_that_is_under_way_is_watched(self) -> None:
        first = run("push_verify", no_wait=True)
        pk = Notification.objects.get().public_id

        assert run("push_verify", no_wait=True) == first
        assert first == Said(f"Begun as notification {pk}.\n")

    def test_that_nobody_asks_is_said(
        self, time_machine: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
        self.browser("accepted")
        monkeypatch.setattr(push_verify.time, "sleep", time_machine.shift)

        said = run("push_verify")

        assert said.error == (
            "Nobody asks: no worker was at work since 13:00:00. Run manage.py qcluster. "
            "It goes on as soon as that is mended; run the command again to watch it."
        )

    @pytest.mark.usefixtures("working")
    def test_that_fcm_can_not_be_asked_is_said_and_removes_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = self.browser("accepted")

        def refuse(self: Any, envelopes: Any) -> Any:
            raise PushConfigurationError("CREDENTIALS is not a file.")

        monkeypatch.setattr(Picky, "send", refuse)

        said = run("push_verify")

        assert said.error.startswith(
            "FCM can't be asked: CREDENTIALS is not a file. It"
        )
        browser.refresh_from_db()
        assert browser.status == "active"


class TestPrune:
    @pytest.fixture(autouse=True)
    def _old(
        self, accounts: Any, locmem: list[Any], work: Work, time_machine: Any
    ) -> None:
        time_machine.move_to("2026-08-01 12:00:00+00:00", tick=False)
        ScopeFactory(key="invoices")
        browser = BrowserFactory()
        notify("invoices", browser.account.key, title="Private", body="B", url="/7/")
        notify("invoices", [browser.account.key], title="Keyed", body="B", key="k-7")
        work()
        BrowserFactory(removed_at=timezone.now())
        time_machine.shift(timedelta(days=70))
        self.kept = browser

    def test_a_dry_run_only_counts(self) -> None:
        said = run("push_prune", days=30, dry_run=True)

        assert said == Said(
            "Would be removed (rows of notifications: 30 days):\n"
            "  2 notifications, of which only the sums stay\n"
            "  0 browsers that gave no sign for nine months\n"
            "  1 browsers that the system removed and that did not come back\n"
            "  0 installations without any browser\n"
        )
        assert Delivery.objects.count() == 2
        assert Browser.objects.count() == 2

    def test_days_stand_for_the_setting(self) -> None:
        assert "  0 notifications" in run("push_prune").out, "90 by default"
        assert Delivery.objects.count() == 2

        assert "Removed (rows of notifications: 30 days):\n  2 notifications" in (
            run("push_prune", days=30).out
        )
        assert Delivery.objects.count() == 0
        assert list(Browser.objects.all()) == [self.kept]
        assert set(retention.due(30).values()) == {0}
        assert run("push_prune", days=30, verbosity=0) == Said("")

    def test_words_for_certain_accounts_go_with_the_rows(self) -> None:
        run("push_prune", days=30)

        told = Notification.objects.order_by("pk").values_list(
            "title", "body", "url", "params", "accepted", "key"
        )
        assert list(told) == [
            ({}, {}, "", {}, 1, None),
            ({}, {}, "", {}, 1, "k-7"),
        ]

    def test_an_announcements_words_stay(self) -> None:
        first = Notification.objects.order_by("pk")[0]
        AnnouncementFactory(notification=first)

        run("push_prune", days=30)

        titles = Notification.objects.order_by("pk").values_list("title", flat=True)
        assert list(titles) == [{"": "Private"}, {}]

    def test_too_few_days_are_refused(self) -> None:
        assert run("push_prune", days=27).error == (
            "--days is 27, but a notification may be on its way for four weeks: give at "
            "least 28."
        )
        assert Batch.objects.count() == 2

    def test_more_days_than_a_date_can_count_are_refused(self) -> None:
        assert run("push_prune", days=36_501).error == (
            "--days is 36501: give at most 36500."
        )
        assert run("push_prune", days=36_500).error == ""
        assert Batch.objects.count() == 2


def test_keys_are_a_pair() -> None:
    said = run("push_keys")

    first, second = said.out.splitlines()
    public = first.removeprefix('"VAPID_KEY": "').removesuffix('",')
    private = second.removeprefix("Private key: ")
    number = int.from_bytes(base64.urlsafe_b64decode(f"{private}="), "big")
    numbers = (
        ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers()
    )
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    assert base64.urlsafe_b64decode(f"{public}=") == point
    assert "Import both in the Firebase console" in said.err
    assert run("push_keys", verbosity=0).err == ""
    assert not Heartbeat.objects.exists()
