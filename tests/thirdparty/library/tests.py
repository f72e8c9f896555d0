"""The same with Django's own test runner."""

from datetime import date

from django.test import TestCase

from library.models import Loan, Reader
from library.reminders import remind
from wagtail_push.test import PushTestMixin, assert_not_pushed, assert_pushed
from wagtail_push.test.factories import BrowserFactory, ScopeFactory


class ReminderTests(PushTestMixin, TestCase):
    """Reminders."""

    def test_all_books_of_a_day_are_one_notification(self) -> None:
        """Name them in one line."""
        ScopeFactory.create(key="loans")
        reader = Reader.objects.create(email="anna@town.example")
        BrowserFactory.create(login=reader)
        for book, day in (("Solaris", 26), ("Eden", 26), ("Fiasco", 27)):
            Loan.objects.create(reader=reader, book=book, due=date(2026, 11, day))

        remind(date(2026, 11, 24))

        assert_pushed(reader, body="Eden, Solaris", count=1)

    def test_nothing_is_due(self) -> None:
        """Tell nobody."""
        remind(date(2026, 11, 24))

        assert_not_pushed()
