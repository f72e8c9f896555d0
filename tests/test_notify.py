"""The one public verb: what it writes, and what it refuses in words."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy

from wagtail_push import delivery, tasks
from wagtail_push.accounts import LoginAccounts
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.exceptions import InvalidNotification, PushConfigurationError
from wagtail_push.messages import EVERYONE, Personal
from wagtail_push.models import Account, Batch, Notification, Recipient
from wagtail_push.notify import cancel, notify
from wagtail_push.test import failing
from wagtail_push.test.factories import BrowserFactory, LoginFactory, ScopeFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

FOUR_WEEKS = timedelta(weeks=4)


@pytest.fixture(autouse=True)
def _scopes() -> None:
    ScopeFactory(key="invoices")
    ScopeFactory(key="outages", max_ttl=3600, urgency="high")
    ScopeFactory(key="fax", retired=True)


@pytest.fixture(autouse=True)
def now(time_machine):  # type: ignore[no-untyped-def]
    time_machine.move_to("2026-11-23 12:00:00+00:00", tick=False)
    return timezone.now()


def test_one_account() -> None:
    sent = notify("invoices", "C-1", title="New invoice", body="No. 7", url="/i/7/")

    assert Notification.objects.get() == sent
    assert (sent.title, sent.body, sent.url) == (
        {"": "New invoice"},
        {"": "No. 7"},
        "/i/7/",
    )
    assert [r.account.key for r in sent.recipients.all()] == ["C-1"]
    assert (sent.status, sent.urgency, sent.to_everyone) == ("pending", "normal", False)


def test_several_accounts_once_each() -> None:
    notify("invoices", ["C-1", "C-2", "C-1"], title="T", body="B")

    keys = Account.objects.values_list("key", flat=True)
    assert sorted(keys) == ["C-1", "C-2"]
    assert Recipient.objects.count() == 2


def test_everyone_has_no_recipient_rows() -> None:
    sent = notify("invoices", EVERYONE, title="T", body="B")

    assert sent.to_everyone
    assert Recipient.objects.count() == 0


def test_personal_rows_keep_their_parameters() -> None:
    sent = notify(
        "invoices",
        (Personal(f"C-{n}", number=n) for n in range(3)),
        title="Invoice {number}",
        body="B",
    )

    rows = sent.recipients.order_by("account__key")
    assert [(r.account.key, r.params) for r in rows] == [
        ("C-0", {"number": "0"}),
        ("C-1", {"number": "1"}),
        ("C-2", {"number": "2"}),
    ]


def test_lazy_text_is_rendered_in_every_language() -> None:
    sent = notify("invoices", "C-1", title=gettext_lazy("Yes"), body={"en": "B"})

    assert sent.title == {"en": "Yes", "pl": "Tak", "cs": "Ano"}


class Numbers(LoginAccounts):
    """Forgets that a key is text."""

    def key(self, account: Any) -> str:
        return account.pk  # type: ignore[no-any-return]


def test_an_adapter_whose_keys_are_no_text_is_named(settings: Any) -> None:
    name = f"{__name__}.Numbers"
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "ACCOUNTS": name}
    login = LoginFactory()

    words = re.escape(
        f"{name}.key() returned {login.pk}, but the key of an account is "
    )
    with pytest.raises(PushConfigurationError, match=words):
        notify("invoices", login, title="T", body="B")


@pytest.mark.parametrize(
    ("given", "url"), [(reverse_lazy("wagtail_push:settings"), "/push/"), (None, "")]
)
def test_a_link_is_lazy_or_there_is_none(given: Any, url: str) -> None:
    sent = notify("invoices", "C-1", title="T", body="B", url=given)

    assert sent.url == url


def test_the_key_makes_it_happen_once() -> None:
    first = notify("invoices", "C-1", title="T", body="B", key="i-7")
    again = notify("invoices", "C-2", title="Other", body="B", key="i-7")
    elsewhere = notify("outages", "C-1", title="T", body="B", key="i-7")

    assert again == first
    assert elsewhere != first
    assert Notification.objects.count() == 2


@pytest.mark.promise("M-06")
@pytest.mark.parametrize(
    ("scope", "given", "validity"),
    [
        ("invoices", {}, FOUR_WEEKS),
        ("invoices", {"ttl": 60}, timedelta(seconds=60)),
        ("invoices", {"ttl": 2_419_200}, FOUR_WEEKS),
        ("outages", {}, timedelta(hours=1)),
        ("outages", {"ttl": 7200}, timedelta(hours=1)),
        ("outages", {"ttl": 60}, timedelta(minutes=1)),
    ],
)
def test_validity(scope, given, validity, now) -> None:  # type: ignore[no-untyped-def]
    assert notify(scope, "C-1", title="T", body="B", **given).expires_at == (
        now + validity
    )


def test_validity_ends_when_the_content_goes_out_of_date(now) -> None:  # type: ignore[no-untyped-def]
    end = now + timedelta(minutes=5)

    sent = notify("invoices", "C-1", title="T", body="B", expires_at=end)

    assert sent.expires_at == end


def test_validity_starts_at_the_planned_time(now) -> None:  # type: ignore[no-untyped-def]
    later = now + timedelta(days=7)

    sent = notify("invoices", "C-1", title="T", body="B", send_at=later)

    assert (sent.send_at, sent.expires_at) == (later, later + FOUR_WEEKS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scope": "nope"}, "no notification scope 'nope'. Known scopes: "),
        ({"scope": "fax"}, "“fax” is retired"),
        ({"title": " "}, "The title is empty"),
        ({"title": None}, "The title is empty"),
        ({"url": "//evil.example/"}, "neither a path that begins with /"),
        (
            {"send_at": timezone.now().replace(tzinfo=None)},
            "send_at has no time zone",
        ),
        (
            {"title": "x" * 3000, "body": {"en": "y" * 3000}},
            "bytes long in language “en”",
        ),
        ({"body": {}}, "The body is empty"),
        ({"ttl": 0}, "The ttl is 0 seconds; it must be between 1 and 2419200"),
        ({"ttl": 2_419_201}, "The ttl is 2419201 seconds"),
        ({"expires_at": timezone.now().replace(year=2020)}, "not after the moment"),
        ({"expires_at": timezone.now().replace(year=2030)}, "more than four weeks"),
        (
            {"expires_at": timezone.now().replace(tzinfo=None)},
            "expires_at has no time zone",
        ),
        (
            {"send_at": date(2026, 12, 24)},
            "send_at is datetime.date(2026, 12, 24), which",
        ),
        (
            {"expires_at": "2026-12-24"},
            "expires_at is '2026-12-24', which is no moment",
        ),
        ({"url": "javascript:alert(1)"}, "neither a path that begins with /"),
        ({"urgency": "urgent"}, "use one of very-low, low, normal, high"),
        ({"body": "x" * 4000}, "bytes long in language “as given”; at most 3600"),
        ({"tag": "x" * 256}, "The tag is 256 characters long; at most 255"),
        ({"key": "x" * 256}, "The key is 256 characters long"),
        ({"to": "C" * 256}, "The key of an account, 'CCCCCCCCCCCCCCCCCCCC'…, is 256"),
        ({"key": 7}, "The key is 7, which is no text"),
        ({"tag": None}, "The tag is None, which is no text"),
        ({"image": None}, "The image is None, which is no text"),
        ({"to": None}, "One of the accounts that it goes to is None"),
        (
            {"to": ["C-1", Personal(None)]},
            "One of the accounts that it goes to is None",
        ),
        ({"ttl": "60"}, "The ttl is '60' seconds"),
        (
            {
                "to": [Personal("C-1", n="1"), Personal("C-2", n="x" * 1800)],
                "body": "{n} {n}",
            },
            "bytes long in language “as given” (C-2); at most 3600",
        ),
        # The link that opens it in the account is longer yet.
        ({"url": "/" + "x" * 3100, "to": "C" * 200}, "bytes long"),
        (
            {"to": [Personal("C-1", n=1), Personal("C-1", n=2)]},
            "Two Personal rows are for the same account",
        ),
        ({"title": "a\0"}, r"In title stands '\x00'"),
        ({"body": {"en": "a\ud83d"}}, r"In body stands '\ud83d'"),
        ({"url": "/a\0"}, "In url stands"),
        ({"image": "/a\0"}, "In image stands"),
        ({"tag": "a\0"}, "In tag stands"),
        ({"key": "a\0"}, "In key stands"),
        ({"params": {"n": "a\0"}}, "In params stands"),
        ({"to": [Personal("C-1", n=1), Personal("C-2", n="a\0")]}, "In params stands"),
    ],
)
def test_what_it_refuses(change, words) -> None:  # type: ignore[no-untyped-def]
    given = {"scope": "invoices", "to": "C-1", "title": "T", "body": "B", **change}

    with pytest.raises(InvalidNotification, match=re.escape(words)):
        notify(given.pop("scope"), given.pop("to"), **given)

    assert not Notification.objects.exists()
    assert not Recipient.objects.exists()


@pytest.mark.promise("M-27")
def test_a_worker_is_woken_only_when_the_transaction_is_committed(
    monkeypatch, django_capture_on_commit_callbacks
) -> None:  # type: ignore[no-untyped-def]
    woken = []
    monkeypatch.setattr("wagtail_push.tasks._enqueue", lambda: woken.append(1))

    with django_capture_on_commit_callbacks() as callbacks:
        notify("invoices", "C-1", title="T", body="B")
        assert woken == []
    for callback in callbacks:
        callback()

    assert woken == [1]


def test_a_night_of_invoices_is_written_in_bulk(locmem: list[Any], work: Any) -> None:
    rows = [Personal(f"C-{n}", number=n) for n in range(2500)]

    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            notify("invoices", rows[:count], title="Invoice {number}", body="B")
        return len(captured)

    # Some for each portion of accounts; none for an account.
    assert queries(2500) - queries(500) <= 20
    assert Recipient.objects.count() == 3000


class TestCancel:
    def test_before_it_was_planned(self, locmem: list[Any], work: Any) -> None:
        BrowserFactory(account__key="C-1")
        sent = notify("invoices", "C-1", title="T", body="B")

        cancelled = cancel(sent)
        work()

        assert locmem == []
        assert (cancelled.status, cancelled.targeted) == ("cancelled", 0)
        assert cancelled.finished_at == timezone.now()

    def test_in_the_middle_of_a_batch(
        self, monkeypatch: pytest.MonkeyPatch, locmem: list[Any], work: Any
    ) -> None:
        monkeypatch.setattr(LocMemBackend, "page_size", 2)
        BrowserFactory.create_batch(5)
        sent = notify("invoices", EVERYONE, title="T", body="B")
        tasks.plan()
        first = delivery.claim()
        assert first
        delivery.deliver(first)

        cancelled = cancel(sent)
        assert (cancelled.status, cancelled.accepted) == ("cancelled", 2)
        work()

        assert len(locmem) == 2
        sent.refresh_from_db()
        assert (sent.status, sent.targeted, sent.accepted, sent.dropped) == (
            "cancelled",
            5,
            2,
            3,
        )
        assert not sent.batches.filter(finished_at=None).exists()

    def test_what_waits_for_a_retry(self, locmem: list[Any], work: Any) -> None:
        BrowserFactory(account__key="C-1")
        sent = notify("invoices", "C-1", title="T", body="B")
        with failing("timeout"):
            work()
        cancel(sent)
        Batch.objects.update(due_at=timezone.now())
        work()

        assert len(locmem) == 1
        sent.refresh_from_db()
        assert (sent.targeted, sent.dropped, sent.expired) == (1, 1, 0)
        assert sent.deliveries.get().status == "dropped"

    def test_what_is_done_stays_done(self, locmem: list[Any], work: Any) -> None:
        BrowserFactory(account__key="C-1")
        sent = notify("invoices", "C-1", title="T", body="B")
        work()

        assert cancel(sent).status == "done"
