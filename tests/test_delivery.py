"""One notification's way from the ledger to the backend and back."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wagtail_push import conf, delivery, registry, tasks
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.messages import (
    EVERYONE,
    Answer,
    Audience,
    DeliveryResult,
    Envelope,
    Personal,
)
from wagtail_push.models import (
    Batch,
    Browser,
    Delivery,
    Installation,
    Notification,
    Project,
)
from wagtail_push.models.appending import append
from wagtail_push.notify import notify
from wagtail_push.signals import browser_removed, messages_accepted, messages_failed
from wagtail_push.test.factories import (
    BatchFactory,
    BrowserFactory,
    NotificationFactory,
    ScopeFactory,
)
from wagtail_push.translated import in_language


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

Work = Callable[[], None]
Outbox = list[Envelope]


@pytest.fixture(autouse=True)
def _scope() -> None:
    ScopeFactory(key="invoices")


def rows(notification: Notification) -> list[tuple[str, str, int]]:
    found = notification.deliveries.order_by("installation_id")
    return [(row.status, row.answer, row.attempt) for row in found]


def counters(notification: Notification) -> dict[str, Any]:
    notification.refresh_from_db()
    names = ("status", "targeted", "accepted", "failed", "expired", "dropped")
    found = {name: getattr(notification, name) for name in names}
    if not found["dropped"]:
        del found["dropped"]
    return found


def test_from_notify_to_the_envelope(
    locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    browser = BrowserFactory(account__key="C-1", language="pl")
    sent = notify(
        "invoices",
        "C-1",
        title={"en": "New invoice", "pl": "Nowa faktura"},
        body={"en": "No. {number}", "pl": "Nr {number} {other}"},
        url="/invoices/{number}/",
        ttl=600,
        params={"number": 7},
    )
    time_machine.move_to("2026-11-23 12:01:00+00:00", tick=False)
    work()

    [envelope] = locmem
    assert envelope.target.value == browser.installation.target
    assert (envelope.ttl, envelope.urgency, envelope.topic, envelope.foreign) == (
        540,
        "normal",
        envelope.content.topic,
        False,
    )
    assert envelope.content.data() == {
        "v": "1",
        "id": str(sent.public_id),
        "title": "Nowa faktura",
        "body": "Nr 7 {other}",
        "url": "/account/C-1/?next=/invoices/7/",
        "tag": str(sent.public_id),
        "icon": "/static/wagtail_push/img/icon.png",
        "badge": "/static/wagtail_push/img/badge.png",
        "lang": "pl",
        "dir": "auto",
        "off": "/account/C-1/?next=/push/turn-off/invoices/",
        "off_label": in_language("pl", "Turn off this kind"),
    }
    assert counters(sent) == {
        "status": "done",
        "targeted": 1,
        "accepted": 1,
        "failed": 0,
        "expired": 0,
    }
    assert rows(sent) == [("accepted", "accepted", 1)]


def test_personal_words(locmem: Outbox, work: Work) -> None:
    for key in ("C-1", "C-2"):
        BrowserFactory(account__key=key)
    notify(
        "invoices",
        [Personal("C-1", sum="1 €"), Personal("C-2", sum="{sum}")],
        title="T",
        body="Pay {sum}",
    )
    work()

    assert [e.content.body for e in locmem] == ["Pay 1 €", "Pay {sum}"]


def test_a_browser_of_several_accounts_is_told_which(
    locmem: Outbox, work: Work
) -> None:
    one = BrowserFactory(account__key="C-1")
    BrowserFactory(account__key="C-2", installation=one.installation)
    notify("invoices", "C-2", title="T", body="B", url="/i/")
    notify("invoices", EVERYONE, title="T", body="B", url="/news/")
    work()

    assert [(e.content.body, e.content.url) for e in locmem] == [
        ("Customer C-2: B", "/account/C-2/?next=/i/"),
        ("B", "/news/"),
    ]


@pytest.mark.parametrize(
    ("browser", "account", "language"),
    [("cs", "C-1", "cs"), ("", "C-PL", "pl"), ("", "C-1", "en"), ("de", "C-1", "en")],
)
def test_language(
    browser: str, account: str, language: str, locmem: Outbox, work: Work
) -> None:
    BrowserFactory(account__key=account, language=browser)
    words = {code: code for code in ("cs", "pl", "en")}
    notify("invoices", EVERYONE, title=words, body=words)
    work()

    assert [(e.content.title, e.content.lang) for e in locmem] == [(language, language)]


def test_the_button_speaks_the_browsers_language_where_the_text_has_none(
    locmem: Outbox, work: Work
) -> None:
    for language in ("cs", "pl"):
        BrowserFactory(account__key="C-1", language=language)
    notify("invoices", "C-1", title="T", body="B")
    work()

    assert [(e.content.lang, e.content.off_label) for e in locmem] == [
        ("", in_language("cs", "Turn off this kind")),
        ("", in_language("pl", "Turn off this kind")),
    ]


def test_what_is_always_on_has_no_button(locmem: Outbox, work: Work) -> None:
    ScopeFactory(key="outages", default="always")
    browser = BrowserFactory(account__key="C-1")
    notify("outages", EVERYONE, title="T", body="B")
    registry.confirm(browser)
    registry.send_tests(browser.account, [browser])
    registry.check(browser)
    work()

    assert len(locmem) == 4
    assert not [e for e in locmem if {"off", "off_label"} & e.content.data().keys()]


def test_hidden_details_carry_nothing_of_the_message(
    locmem: Outbox, work: Work, settings: Any
) -> None:
    one = BrowserFactory(account__key="C-1", language="pl", hide_details=True)
    BrowserFactory(account__key="C-2", installation=one.installation)
    seen = BrowserFactory(account__key="C-1")
    sent = notify(
        "invoices",
        [Personal("C-1", number="4711")],
        title="Invoice {number}",
        body="Pay {sum}",
        url="/invoices/{number}/",
        tag="invoice-4711",
        params={"sum": "1 €"},
    )
    work()

    hidden, plain = (envelope.content for envelope in locmem)
    assert hidden.data() == {
        "v": "1",
        "id": str(sent.public_id),
        "title": "Nordhost",
        "body": in_language("pl", "You have a new message"),
        "url": f"/account/C-1/?next=/push/open/{sent.public_id}/",
        "tag": hidden.tag,
        "icon": "/static/wagtail_push/img/icon.png",
        "badge": "/static/wagtail_push/img/badge.png",
        "lang": "pl",
        "dir": "auto",
    }
    assert re.fullmatch(r"[\w-]{32}", hidden.tag)
    assert "4711" not in str(hidden)
    assert (plain.title, plain.url) == (
        "Invoice 4711",
        "/account/C-1/?next=/invoices/4711/",
    )
    assert seen.installation.target == locmem[1].target.value


@pytest.mark.parametrize("sensitive", [None, False], ids=["by default", "harmless"])
def test_what_anybody_may_read_is_shown_where_details_are_hidden(
    sensitive: bool | None, locmem: Outbox, work: Work
) -> None:
    ScopeFactory(key="news", **({} if sensitive is None else {"sensitive": sensitive}))
    BrowserFactory(account__key="C-1", hide_details=True)
    sent = notify("news", "C-1", title="New prices", body="See inside", url="/prices/")
    work()

    [content] = [e.content for e in locmem]
    hidden = ("Nordhost", "You have a new message", f"/push/open/{sent.public_id}/")
    shown = ("New prices", "See inside", "/prices/")
    assert (content.title, content.body, content.url) == tuple(
        f"/account/C-1/?next={word}" if word.startswith("/") else word
        for word in (shown if sensitive is False else hidden)
    )


def test_hidden_details_without_a_name_of_the_portal(
    locmem: Outbox, work: Work, settings: Any
) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "NAME": ""}
    BrowserFactory(account__key="C-1", hide_details=True)
    notify("invoices", "C-1", title="T", body="B")
    work()

    [content] = [e.content for e in locmem]
    assert (content.title, content.body) == ("You have a new message", "")


def test_what_one_account_of_a_browser_hides_a_broadcast_hides(
    locmem: Outbox, work: Work
) -> None:
    one = BrowserFactory(account__key="C-1")
    BrowserFactory(account__key="C-2", installation=one.installation, hide_details=True)
    sent = notify("invoices", EVERYONE, title="T", body="B", url="/news/")
    work()

    [content] = [e.content for e in locmem]
    assert (content.title, content.url) == (
        "Nordhost",
        f"/push/open/{sent.public_id}/",
    )


def test_hidden_repeats_under_one_tag_still_replace_each_other(
    locmem: Outbox, work: Work
) -> None:
    BrowserFactory(account__key="C-1", hide_details=True)
    for tag in ("disk", "disk", "mail"):
        notify("invoices", "C-1", title="T", body="B", tag=tag)
    work()

    first, second, third = (e.content.tag for e in locmem)
    assert first == second != third


def test_what_a_customer_waits_for_is_never_hidden(locmem: Outbox, work: Work) -> None:
    browser = BrowserFactory(account__key="C-1", hide_details=True)
    registry.confirm(browser)
    registry.send_tests(browser.account, [browser])
    work()

    assert [e.content.title for e in locmem] == [
        "Notifications are on",
        "Test notification",
    ]


def test_everyone_can_be_the_adapters_to_say(
    accounts: Any, locmem: Outbox, work: Work
) -> None:
    BrowserFactory(account__key="C-1")
    BrowserFactory(account__key="C-2", name="two")
    accounts.keys = ["C-2", "C-unknown"]
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()

    assert [e.target.value for e in locmem] == [
        Browser.objects.get(name="two").installation.target
    ]
    assert counters(sent)["targeted"] == 1


@pytest.mark.parametrize(
    ("to", "reached"),
    [(EVERYONE, ["C-2"]), (["C-1", "C-2"], ["C-1", "C-2"]), ("C-1", ["C-1"])],
    ids=["everyone", "several", "one"],
)
def test_a_scopes_audience_restricts_what_is_sent_to_everyone(
    to: Any, reached: list[str], accounts: Any, locmem: Outbox, work: Work
) -> None:
    accounts.named = {"business": ["C-2", "C-4"]}
    ScopeFactory(key="offers", audience="business")
    browsers = {key: BrowserFactory(account__key=key) for key in ("C-1", "C-2", "C-3")}
    notify("offers", to, title="T", body="B")
    work()

    targets = [envelope.target.value for envelope in locmem]
    assert targets == [browsers[key].installation.target for key in reached]


def test_nobody_to_send_to_is_done_at_once(locmem: Outbox, work: Work) -> None:
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()

    assert locmem == []
    assert counters(sent)["status"] == "done"


def test_many_go_page_by_page_and_batch_by_batch(
    monkeypatch: pytest.MonkeyPatch, locmem: Outbox, work: Work
) -> None:
    monkeypatch.setattr(tasks, "BATCH_SIZE", 7)
    monkeypatch.setattr(LocMemBackend, "page_size", 3)
    browsers = BrowserFactory.create_batch(20)
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()

    targets = [browser.installation.target for browser in browsers]
    assert sorted(e.target.value for e in locmem) == targets
    assert Batch.objects.filter(notification=sent).count() == 3
    assert counters(sent)["accepted"] == 20


@pytest.mark.promise("M-22")
@pytest.mark.parametrize("answer", ["unregistered", "sender-mismatch", "bad-target"])
def test_a_dead_target_is_removed_for_every_account(
    answer: str, answers: dict[str, Any], work: Work
) -> None:
    dead = BrowserFactory(name="dead")
    BrowserFactory(name="dead, other account", installation=dead.installation)
    alive = BrowserFactory(name="alive")
    answers[dead.installation.target] = DeliveryResult(answer=Answer(answer))
    told = []

    def listen(browser: Browser, reason: str, **kwargs: Any) -> None:
        told.append((browser.name, reason))

    browser_removed.connect(listen)
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()

    left = Browser.objects.order_by("pk").values_list("name", "removed_reason")
    assert list(left) == [
        ("dead", answer),
        ("dead, other account", answer),
        ("alive", ""),
    ]
    dead.installation.refresh_from_db()
    assert (dead.installation.target, dead.installation.target_hash) == ("", None)
    alive.installation.refresh_from_db()
    assert alive.installation.target
    assert told == [("dead", answer), ("dead, other account", answer)]
    assert counters(sent) == {
        "status": "done",
        "targeted": 2,
        "accepted": 1,
        "failed": 1,
        "expired": 0,
    }


def test_a_target_that_was_renewed_meanwhile_survives(
    monkeypatch: pytest.MonkeyPatch, locmem: Outbox, work: Work
) -> None:
    browser = BrowserFactory()

    def send(self: Any, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        Installation.objects.update(target="new", target_hash="n" * 64)
        return [DeliveryResult(answer=Answer.UNREGISTERED) for _ in envelopes]

    monkeypatch.setattr(LocMemBackend, "send", send)
    notify("invoices", EVERYONE, title="T", body="B")
    work()

    browser.refresh_from_db()
    assert browser.removed_at is None
    assert browser.installation.target == "new"


@pytest.mark.parametrize("answer", ["bad-message", "busy", "unavailable"])
def test_what_is_not_the_targets_fault_removes_nothing(
    answer: str, answers: dict[str, Any], work: Work
) -> None:
    browser = BrowserFactory()
    answers[browser.installation.target] = DeliveryResult(answer=Answer(answer))
    notify("invoices", EVERYONE, title="T", body="B")
    work()

    browser.refresh_from_db()
    assert browser.removed_at is None


def test_it_is_tried_again_until_it_is_accepted(
    answers: dict[str, Any], locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    busy, well = BrowserFactory(), BrowserFactory()
    answers[busy.installation.target] = DeliveryResult(
        answer=Answer.BUSY, retry_after=90
    )
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()
    assert rows(sent) == [("retry", "busy", 1), ("accepted", "accepted", 1)]
    assert counters(sent)["status"] == "sending"

    work()
    assert len(locmem) == 2  # not before its time
    time_machine.shift(101)
    work()
    assert rows(sent) == [("retry", "busy", 2), ("accepted", "accepted", 1)]
    answers.clear()
    time_machine.shift(3700)
    work()

    assert rows(sent) == [("accepted", "accepted", 3), ("accepted", "accepted", 1)]
    assert [e.target.value for e in locmem].count(well.installation.target) == 1
    assert counters(sent) == {
        "status": "done",
        "targeted": 2,
        "accepted": 2,
        "failed": 0,
        "expired": 0,
    }


@pytest.mark.promise("M-06")
def test_an_expired_notification_is_never_sent_not_even_by_a_late_retry(
    answers: dict[str, Any], locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    browser = BrowserFactory()
    answers[browser.installation.target] = DeliveryResult(answer=Answer.UNAVAILABLE)
    retried = notify("invoices", EVERYONE, title="T", body="B", ttl=60)
    work()
    assert len(locmem) == 1
    late = notify("invoices", EVERYONE, title="T", body="B", ttl=59)
    time_machine.shift(60)
    work()

    assert len(locmem) == 1
    for notification, deliveries in ((retried, 1), (late, 0)):
        assert counters(notification) == {
            "status": "done",
            "targeted": 1,
            "accepted": 0,
            "failed": 0,
            "expired": 1,
        }
        assert notification.deliveries.count() == deliveries


def test_every_attempt_carries_what_is_left(
    answers: dict[str, Any], locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    browser = BrowserFactory()
    answers[browser.installation.target] = DeliveryResult(answer=Answer.UNAVAILABLE)
    notify("invoices", EVERYONE, title="T", body="B", ttl=600)
    work()
    time_machine.shift(100)
    work()

    assert [e.ttl for e in locmem] == [600, 500]


def test_whoever_paused_before_the_retry_is_left_out(
    answers: dict[str, Any], locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    browser = BrowserFactory()
    answers[browser.installation.target] = DeliveryResult(answer=Answer.UNAVAILABLE)
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()
    Browser.objects.update(paused_at=timezone.now())
    time_machine.shift(60)
    work()

    assert len(locmem) == 1
    assert rows(sent) == [("dropped", "unavailable", 1)]
    assert counters(sent) == {
        "status": "done",
        "targeted": 1,
        "accepted": 0,
        "failed": 0,
        "expired": 0,
        "dropped": 1,
    }


def test_one_that_cannot_be_planned_keeps_no_other_from_being_sent(
    monkeypatch: pytest.MonkeyPatch,
    accounts: Any,
    locmem: Outbox,
    work: Work,
    time_machine: Any,
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    BrowserFactory(account__key="C-1")
    bad = notify("invoices", EVERYONE, title="bad", body="B")
    good = notify("invoices", "C-1", title="good", body="B")

    def broken(self: Any) -> list[str]:
        raise ConnectionError("secret host")

    with monkeypatch.context() as patched:
        patched.setattr(accounts, "everyone", broken)
        work()

    assert [e.content.title for e in locmem] == ["good"]
    assert counters(good)["status"] == "done"
    bad.refresh_from_db()
    assert (bad.status, bad.trouble) == ("pending", "ConnectionError")
    time_machine.shift(61)
    work()
    assert [e.content.title for e in locmem] == ["good", "bad"]


def test_one_that_can_never_be_planned_ends_with_its_validity(
    accounts: Any, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    accounts.named = {"business": ["C-1"]}
    BrowserFactory(account__key="C-1")
    sent = notify("invoices", Audience("business"), title="T", body="B", ttl=90)
    accounts.named = {}
    work()
    sent.refresh_from_db()
    assert (sent.status, sent.trouble) == ("pending", "KeyError")
    time_machine.shift(60)
    work()

    sent.refresh_from_db()
    assert (sent.status, sent.trouble) == ("done", "KeyError")
    assert sent.finished_at == timezone.now()


def test_what_expired_is_counted_like_what_is_sent(
    locmem: Outbox, work: Work, time_machine: Any
) -> None:
    """Own words go once to each account of a browser, others once to the browser."""
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    one = BrowserFactory(account__key="C-1")
    for key in ("C-2", "C-3", "C-4"):
        BrowserFactory(account__key=key, installation=one.installation)
    words = [Personal("C-1", n=1), Personal("C-2", n=2)]

    def send() -> Notification:
        rows = [*words, "C-3", "C-4"]
        return notify("invoices", rows, title="T", body="{n}", ttl=60)

    accepted = send()
    work()
    expired = send()
    tasks.plan()
    time_machine.shift(61)
    work()

    now = counters(accepted)
    assert (now["targeted"], now["accepted"]) == (3, 3)
    now = counters(expired)
    assert (now["targeted"], now["expired"]) == (3, 3)


def test_a_broker_that_is_away_holds_no_claimed_page(
    monkeypatch: pytest.MonkeyPatch, locmem: Outbox
) -> None:
    BrowserFactory(account__key="C-1")
    BrowserFactory(account__key="C-2")
    for _ in range(2):
        notify("invoices", ["C-1", "C-2"], title="T", body="B")
    for _ in range(2):
        tasks.plan()

    def away(*args: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks, "_queue", away)
    tasks.work()

    assert len(locmem) == 4


def test_a_backend_that_cannot_be_set_up_says_so_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    BrowserFactory()
    sent = notify("invoices", EVERYONE, title="T", body="B")

    def broken(self: Any, envelopes: Any) -> list[DeliveryResult]:
        raise PushConfigurationError("CREDENTIALS is wrong")

    with monkeypatch.context() as patched:
        patched.setattr(LocMemBackend, "send", broken)
        work()

    sent.refresh_from_db()
    assert (sent.status, sent.trouble) == ("sending", "CREDENTIALS is wrong")
    assert Batch.objects.get().claims == 1
    time_machine.shift(60)
    work()
    assert len(locmem) == 1
    assert counters(sent)["status"] == "done"


def test_everyone_may_name_an_account_twice(
    accounts: Any, locmem: Outbox, work: Work
) -> None:
    BrowserFactory(account__key="C-1")
    accounts.keys = ["C-1", *(f"C-x{n}" for n in range(1500)), "C-1"]
    notify("invoices", EVERYONE, title="T", body="B")
    work()

    assert len(locmem) == 1


def test_each_account_of_a_browser_gets_its_own_words(
    answers: dict[str, Any], locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    one = BrowserFactory(account__key="C-1")
    two = BrowserFactory(account__key="C-2", installation=one.installation)
    answers[one.installation.target] = DeliveryResult(answer=Answer.UNAVAILABLE)
    rows_of = [Personal("C-1", number=7), Personal("C-2", number=8)]
    sent = notify("invoices", rows_of, title="Invoice {number}", body="B")
    work()
    answers.clear()
    Browser.objects.filter(pk=two.pk).update(paused_at=timezone.now())
    time_machine.shift(60)
    work()

    shown = [(e.content.title, e.content.body) for e in locmem]
    assert shown == [
        ("Invoice 7", "Customer C-1: B"),
        ("Invoice 8", "Customer C-2: B"),
        ("Invoice 7", "Customer C-1: B"),
    ]
    first, second, _ = locmem
    assert first.content.tag != second.content.tag
    assert first.topic != second.topic
    assert counters(sent)["targeted"] == 2
    found = sent.deliveries.order_by("account__key")
    assert [(d.account.key, d.status) for d in found] == [
        ("C-1", "accepted"),
        ("C-2", "dropped"),
    ]


def test_a_plain_title_goes_with_a_translated_text(locmem: Outbox, work: Work) -> None:
    BrowserFactory(language="pl")
    notify("invoices", EVERYONE, title="Nordhost", body={"en": "New", "pl": "Nowe"})
    work()

    [envelope] = locmem
    content = envelope.content
    assert (content.title, content.body, content.lang) == ("Nordhost", "Nowe", "pl")


def test_confirmations_are_planned_first(locmem: Outbox, work: Work) -> None:
    browser = BrowserFactory(account__key="C-1")
    for _ in range(5):
        notify("invoices", "C-nobody", title="T", body="B")
    notify("invoices", "C-1", title="message", body="B")
    registry.confirm(browser)
    work()

    assert locmem[0].content.tag == "wagtail-push-confirmation"
    assert [e.content.title for e in locmem][1:] == ["message"]
    assert not Notification.objects.filter(status="pending").exists()


def test_a_broker_that_is_down_does_not_fail_the_host(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("django_q.tasks.async_task", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        sent = notify("invoices", "C-1", title="T", body="B")

    assert sent.pk


def test_a_wrong_set_up_keeps_every_browser_and_says_so(
    answers: dict[str, Any], work: Work
) -> None:
    browser = BrowserFactory()
    answers[browser.installation.target] = DeliveryResult(
        answer=Answer.MISCONFIGURED, detail="The API is disabled."
    )
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()

    browser.refresh_from_db()
    assert browser.removed_at is None
    sent.refresh_from_db()
    assert (sent.status, sent.trouble) == ("sending", "The API is disabled.")


def test_interactive_work_goes_before_bulk(
    monkeypatch: pytest.MonkeyPatch, locmem: Outbox, work: Work
) -> None:
    monkeypatch.setattr(LocMemBackend, "page_size", 1)
    for _ in range(3):
        BrowserFactory()
    one = BrowserFactory(account__key="C-one")
    bulk = notify("invoices", EVERYONE, title="bulk", body="B")
    tasks.plan()
    notify("invoices", "C-one", title="single", body="B")
    first = delivery.claim()
    assert first is not None
    delivery.deliver(first)
    work()

    assert [e.content.title for e in locmem] == [
        "bulk",
        "single",
        "bulk",
        "bulk",
        "bulk",
    ]
    assert counters(bulk)["accepted"] == 4
    assert one.installation.target == locmem[1].target.value


def test_planning_waits_for_the_planned_time(
    locmem: Outbox, work: Work, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    BrowserFactory()
    later = timezone.now() + timedelta(hours=1)
    notify("invoices", EVERYONE, title="T", body="B", send_at=later)
    work()
    assert locmem == []
    time_machine.shift(3600)
    work()

    assert len(locmem) == 1


class TestLease:
    def test_a_claimed_batch_is_nobody_elses(self) -> None:
        batch = BatchFactory()

        claimed = delivery.claim()

        assert claimed == batch
        assert delivery.claim() is None

    def test_a_page_that_was_sent_meanwhile_is_not_sent_again(
        self, locmem: Outbox, monkeypatch: pytest.MonkeyPatch, time_machine: Any
    ) -> None:
        # The clocks of two machines need not agree: no time passes between them.
        time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
        monkeypatch.setattr(LocMemBackend, "page_size", 1)
        notification = NotificationFactory(status="sending", to_everyone=True)
        browsers = BrowserFactory.create_batch(2)
        BatchFactory(notification=notification)

        def work() -> None:
            claimed = delivery.claim()
            assert claimed
            delivery.deliver(claimed)

        others = iter([work])

        def meanwhile(execute: Any, sql: str, *args: Any) -> Any:
            # Another worker comes between finding the batch and claiming it.
            if sql.startswith("UPDATE") and (other := next(others, None)):
                other()
            return execute(sql, *args)

        with connection.execute_wrapper(meanwhile):
            work()

        assert [envelope.target.value for envelope in locmem] == [
            browser.installation.target for browser in browsers
        ]

    def test_an_expired_lease_can_be_claimed_again(self, time_machine: Any) -> None:
        time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
        BatchFactory()
        first = delivery.claim()
        time_machine.shift(conf.settings.lease + 1)
        second = delivery.claim()

        assert first is not None
        assert second is not None
        assert first.lease_owner != second.lease_owner
        assert Batch.objects.get().claims == second.claims == 2

    def test_whoever_lost_the_lease_records_nothing(
        self, locmem: Outbox, time_machine: Any
    ) -> None:
        time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
        BrowserFactory()
        BatchFactory(
            notification=NotificationFactory(to_everyone=True, status="sending")
        )
        slow = delivery.claim()
        time_machine.shift(conf.settings.lease + 1)
        quick = delivery.claim()
        assert slow is not None
        assert quick is not None
        delivery.deliver(quick)
        delivery.deliver(slow)

        assert Delivery.objects.count() == 1
        assert Notification.objects.get().accepted == 1


@pytest.mark.parametrize("answer", [Answer.BUSY, Answer.MISCONFIGURED])
def test_what_every_target_would_meet_holds_the_rest_back(
    answers: dict[str, Any],
    locmem: Outbox,
    work: Work,
    time_machine: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    monkeypatch.setattr(LocMemBackend, "page_size", 2)
    browsers = BrowserFactory.create_batch(5)
    targets = [browser.installation.target for browser in browsers]
    answers.update(
        {t: DeliveryResult(answer=answer, retry_after=100) for t in targets[:2]}
    )
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()
    assert [e.target.value for e in locmem] == targets[:2]
    time_machine.shift(99)
    work()
    assert len(locmem) == 2

    # Then those come first, and the rest follows.
    answers.clear()
    time_machine.shift(12)
    work()
    assert [e.target.value for e in locmem[2:]] == targets
    assert counters(sent)["accepted"] == 5


def test_the_host_is_asked_for_a_page_at_once(
    accounts: Any, monkeypatch: pytest.MonkeyPatch, locmem: Outbox, work: Work
) -> None:
    shared = [BrowserFactory(account__key=f"C-{n}", language="") for n in range(3)]
    for browser in shared:
        BrowserFactory(account__key="C-other", installation=browser.installation)
    asked: list[tuple[str, list[str]]] = []

    def labels(self: Any, keys: Any) -> dict[str, str]:
        asked.append(("labels", sorted(keys)))
        return {key: f"Label {key}" for key in keys}

    def languages(self: Any, keys: Any) -> dict[str, str]:
        asked.append(("languages", sorted(keys)))
        return dict.fromkeys(keys, "pl")

    monkeypatch.setattr(accounts, "labels", labels)
    monkeypatch.setattr(accounts, "languages", languages)
    keys = ["C-0", "C-1", "C-2"]
    rows_of = [Personal(key, number=n) for n, key in enumerate(keys)]
    texts = {"en": "Invoice {number}", "pl": "Faktura {number}"}
    notify("invoices", rows_of, title="T", body=texts)
    work()

    assert [e.content.body for e in locmem] == [
        f"Label C-{n}: Faktura {n}" for n in range(3)
    ]
    assert asked == [("languages", keys), ("labels", keys)]


@pytest.mark.parametrize(
    ("addressed", "walks"),
    [(6, True), (3, False), (None, False)],
    ids=["many", "few", "everyone"],
)
def test_many_addressed_accounts_are_read_browser_by_browser(
    addressed: int | None,
    walks: bool,
    monkeypatch: pytest.MonkeyPatch,
    locmem: Outbox,
    work: Work,
) -> None:
    monkeypatch.setattr(tasks, "BATCH_SIZE", 4)
    browsers = BrowserFactory.create_batch(6)
    keys = [browser.account.key for browser in browsers][:addressed]
    rows_of = [Personal(key, number=n) for n, key in enumerate(keys)]
    to: Any = rows_of if addressed else EVERYONE
    sent = notify("invoices", to, title="Invoice {number}", body="B")
    work()

    assert sent.batches.latest("pk").walk is walks
    if addressed:
        titles = [f"Invoice {n}" for n in range(addressed)]
        assert sorted(e.content.title for e in locmem) == titles


def test_of_few_among_very_many_only_those_are_read(
    monkeypatch: pytest.MonkeyPatch, locmem: Outbox, work: Work
) -> None:
    monkeypatch.setattr(tasks, "BATCH_SIZE", 1)
    first = BrowserFactory()
    last = BrowserFactory(installation__pk=first.installation_id + 1000)
    keys = [first.account.key, last.account.key]
    sent = notify("invoices", keys, title="T", body="B")
    work()

    assert not sent.batches.latest("pk").walk
    assert len(locmem) == 2


class TestLedger:
    """What a page costs, and what is written of it."""

    def queries(self, number: int) -> int:
        BrowserFactory.create_batch(number)
        notify("invoices", EVERYONE, title="T", body="B")
        tasks.plan()
        batch = delivery.claim()
        assert batch
        with CaptureQueriesContext(connection) as captured:
            delivery.deliver(batch)
        assert batch.deliveries.count() == Browser.objects.count()
        return len(captured)

    def test_a_page_costs_the_same_however_many_are_on_it(self, locmem: Outbox) -> None:
        # Notification, project, retries and page; budget; then the transaction: lease,
        # rows, counters, next retry, batch, and whether it was the last.
        most = 15

        assert self.queries(1) == self.queries(40)
        assert self.queries(10) <= most

    def test_rows_are_copied_where_the_database_can(self, locmem: Outbox) -> None:
        batch = BatchFactory()
        installation = BrowserFactory().installation
        values = {
            "notification_id": batch.notification_id,
            "installation_id": installation.pk,
            "account_id": None,
            "batch_id": batch.pk,
            "status": "failed",
            "answer": "bad-message",
            "attempt": 3,
            "due_at": None,
            "message_id": "",
            "detail": "a\tb\\N\n„c“",
            "at": timezone.now(),
        }

        with CaptureQueriesContext(connection) as captured:
            added = append(Delivery, delivery.Row._fields, [delivery.Row(**values)])

        assert added == 1
        assert Delivery.objects.values(*values).get() == values
        # COPY goes past what Django logs as a statement.
        assert len(captured) == (0 if connection.vendor == "postgresql" else 1)

    def test_a_page_that_was_sent_but_not_recorded_repeats_with_tag_and_topic(
        self, locmem: Outbox, work: Work, time_machine: Any
    ) -> None:
        time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
        BrowserFactory.create_batch(3)
        sent = notify("invoices", EVERYONE, title="T", body="B")
        tasks.plan()
        batch = delivery.claim()
        assert batch

        def dies(execute: Any, sql: str, *args: Any) -> Any:
            if sql.startswith('UPDATE "wagtail_push_notification"'):
                raise InterruptedError
            return execute(sql, *args)

        with connection.execute_wrapper(dies), pytest.raises(InterruptedError):
            delivery.deliver(batch)
        assert sent.deliveries.count() == 0
        work()
        assert len(locmem) == 3  # its lease has not ended
        time_machine.shift(conf.settings.lease + 1)
        work()

        first, again = locmem[:3], locmem[3:]
        assert [(e.target, e.content.tag, e.topic) for e in again] == [
            (e.target, e.content.tag, e.topic) for e in first
        ]
        assert counters(sent)["accepted"] == 3

    def test_failures_are_counted_by_answer(
        self, answers: dict[str, Any], work: Work
    ) -> None:
        told = ["unregistered", "unregistered", "bad-target", "bad-message", "accepted"]
        for answer in told:
            target = BrowserFactory().installation.target
            answers[target] = DeliveryResult(answer=Answer(answer))
        sent = notify("invoices", EVERYONE, title="T", body="B")
        work()

        sent.refresh_from_db()
        assert sent.failures == {"unregistered": 2, "bad-target": 1, "bad-message": 1}
        assert sent.failed == 4

    def test_whoever_is_left_out_is_counted(
        self,
        accounts: Any,
        monkeypatch: pytest.MonkeyPatch,
        locmem: Outbox,
        work: Work,
    ) -> None:
        monkeypatch.setattr(LocMemBackend, "page_size", 1)
        BrowserFactory(paused_at=timezone.now())
        BrowserFactory(login__is_active=False)
        BrowserFactory()
        for _ in range(2):
            gone = BrowserFactory()
            accounts.revoked.add((gone.login_id, gone.account.key))
        sent = notify("invoices", EVERYONE, title="T", body="B")
        work()

        sent.refresh_from_db()
        # Two of the three logins are the adapter's to say, which is asked with each page.
        assert sent.left_out == {"paused": 1, "login": 3}
        assert (sent.targeted, sent.accepted) == (1, 1)

    @pytest.mark.parametrize("ttl", [60, 1], ids=["sent", "expired"])
    def test_so_is_whoever_one_account_has_left_out(
        self, ttl: int, locmem: Outbox, work: Work, time_machine: Any
    ) -> None:
        time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
        BrowserFactory(account__key="C-1")
        BrowserFactory(account__key="C-1", paused_at=timezone.now())
        sent = notify("invoices", "C-1", title="T", body="B", ttl=ttl)
        time_machine.shift(1)
        work()
        work()

        sent.refresh_from_db()
        assert sent.left_out == {"paused": 1}
        assert (sent.targeted, sent.status) == (1, "done")
        assert len(locmem) == (ttl > 1)

    def test_a_batch_that_was_put_off_once_does_not_wait_long(
        self,
        monkeypatch: pytest.MonkeyPatch,
        locmem: Outbox,
        work: Work,
        time_machine: Any,
    ) -> None:
        time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
        BrowserFactory()
        sent = notify("invoices", EVERYONE, title="T", body="B")
        tasks.plan()
        Batch.objects.update(claims=500)  # so many pages were sent before

        def broken(self: Any, envelopes: Any) -> list[DeliveryResult]:
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr(LocMemBackend, "send", broken)
            work()
        sent.refresh_from_db()
        assert sent.trouble == "ConnectionError"
        time_machine.shift(20)
        work()

        assert counters(sent)["accepted"] == 1
        assert Batch.objects.get().put_off == 0


class TestSignals:
    def test_hosts_hear_of_a_page_once(
        self, answers: dict[str, Any], work: Work
    ) -> None:
        good, shared, bad = BrowserFactory.create_batch(3)
        twin = BrowserFactory(installation=shared.installation)
        answers[bad.installation.target] = DeliveryResult(answer=Answer.BAD_MESSAGE)
        heard: list[tuple[str, Any, dict[int, str]]] = []

        def accepted(notification: Any, answers: dict[int, str], **kwargs: Any) -> None:
            heard.append(("accepted", notification, answers))
            raise RuntimeError  # and harms nobody else

        def failed(notification: Any, answers: dict[int, str], **kwargs: Any) -> None:
            heard.append(("failed", notification, answers))

        messages_accepted.connect(accepted)
        messages_failed.connect(failed)
        sent = notify("invoices", EVERYONE, title="T", body="B")
        work()

        assert heard == [
            (
                "accepted",
                sent,
                dict.fromkeys([good.pk, shared.pk, twin.pk], "accepted"),
            ),
            ("failed", sent, {bad.pk: "bad-message"}),
        ]
        assert counters(sent)["accepted"] == 2


def test_no_log_line_holds_a_target(
    answers: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    work: Work,
) -> None:
    caplog.set_level("DEBUG")
    browsers = BrowserFactory.create_batch(len(Answer))
    targets = [browser.installation.target for browser in browsers]
    for target, answer in zip(targets, Answer, strict=True):
        answers[target] = DeliveryResult(answer=answer, detail=str(answer))
    sent = notify("invoices", EVERYONE, title="T", body="B")
    work()

    def broken(self: Any, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        raise ConnectionError(envelopes[0].target.value)

    monkeypatch.setattr(LocMemBackend, "send", broken)
    left = Installation.objects.exclude(target="").order_by("pk")
    assert left.count() == len(Answer) - 3
    Project.objects.all().delete()
    notify("invoices", EVERYONE, title="T", body="B")
    work()

    logged = "\n".join(
        f"{caplog.handler.format(record)} {vars(record)}" for record in caplog.records
    )
    assert f"page notification={sent.public_id}" in logged
    assert "unregistered=1" in logged
    assert "ConnectionError" in logged
    hidden = [*targets, *(browser.installation.target_hash for browser in browsers)]
    assert not [text for text in hidden if text in logged]
