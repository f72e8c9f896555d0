"""Who is reminded of what, with pytest."""

from datetime import date, timedelta

import pytest
from time_machine import TimeMachineFixture

from library.models import Loan, Reader
from library.reminders import remind
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver
from wagtail_push.models import Browser
from wagtail_push.test import (
    Push,
    assert_not_pushed,
    assert_pushed,
    deliver,
    failing,
    outbox,
)
from wagtail_push.test.factories import (
    BrowserFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)


@pytest.fixture
def reader() -> Reader:
    """Somebody with a book that is due."""
    ScopeFactory.create(key="loans")
    reader = Reader.objects.create(email="anna@town.example")
    Loan.objects.create(reader=reader, book="Solaris", due=TODAY + timedelta(days=2))
    return reader


@pytest.mark.usefixtures("push_outbox")
def test_a_reader_is_reminded_once(reader: Reader) -> None:
    laptop = BrowserFactory.create(login=reader, name="Laptop")
    phone = BrowserFactory.create(login=reader, name="Phone")
    BrowserFactory.create()

    remind(TODAY)
    remind(TODAY)

    pushes = assert_pushed(
        reader,
        scope="loans",
        title="Due in two days",
        body="Solaris",
        url="/loans/",
        count=2,
    )
    assert [push.browsers for push in pushes] == [[laptop], [phone]]
    assert outbox == pushes


@pytest.mark.usefixtures("push_outbox")
def test_who_switched_it_off_is_left_alone(reader: Reader) -> None:
    browser = BrowserFactory.create(login=reader)
    ScopeChoiceFactory.create(browser=browser, scope__key="loans", wanted=False)

    remind(TODAY)

    assert_not_pushed(reader)


def test_a_dead_browser_is_removed(reader: Reader, push_outbox: list[Push]) -> None:
    BrowserFactory.create(login=reader, installation__fid="unregistered-1")

    remind(TODAY)
    deliver()

    assert [push.answer for push in push_outbox] == ["unregistered"]
    assert Browser.objects.get().removed_reason == Browser.Reason.UNREGISTERED


@pytest.mark.usefixtures("push_outbox")
def test_google_is_busy(reader: Reader, time_machine: TimeMachineFixture) -> None:
    BrowserFactory.create(login=reader)
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)

    remind(TODAY)
    with failing("quota"):
        assert_not_pushed(reader)
    time_machine.shift(timedelta(minutes=3))

    assert_pushed(reader, body="Solaris", count=1)


def test_it_reaches_a_browser(reader: Reader, push_emulator: EmulatorProcess) -> None:
    with Receiver(push_emulator.url) as browser:
        BrowserFactory.create(login=reader, installation__fid=browser.target)

        remind(TODAY)
        assert_pushed(reader)

        assert browser.wait_for()["data"]["body"] == "Solaris"
