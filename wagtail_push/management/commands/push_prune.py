"""Remove what is old."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_push import retention
from wagtail_push.conf import LEAST_RETENTION, settings


#: A hundred years: what is kept for longer is kept for ever.
MOST_DAYS = 36_500

WORDS = {
    "notifications": "notifications, of which only the sums stay",
    "unseen": "browsers that gave no sign for nine months",
    "removed": "browsers that the system removed and that did not come back",
    "bare": "installations without any browser",
}


class Command(BaseCommand):
    """Do at once what a task does every hour."""

    help = "Removes what is old, as a task does every hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how old, and whether only to count."""
        parser.add_argument(
            "--days",
            type=int,
            help="Days that rows of notifications are kept (default: RETENTION).",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Only count, and remove nothing."
        )

    def handle(
        self,
        *args: Any,
        days: int | None,
        dry_run: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        """Count, and remove step by step."""
        if days is not None and days < LEAST_RETENTION:
            raise CommandError(
                f"--days is {days}, but a notification may be on its way for four weeks: "
                f"give at least {LEAST_RETENTION}."
            )
        if days is not None and days > MOST_DAYS:
            raise CommandError(f"--days is {days}: give at most {MOST_DAYS}.")
        days = days or settings.retention
        due = retention.due(days)
        if not dry_run:
            while retention.prune(days):
                pass
        if verbosity:
            done = "Would be removed" if dry_run else "Removed"
            self.stdout.write(f"{done} (rows of notifications: {days} days):")
            for what, number in due.items():
                self.stdout.write(f"  {number} {WORDS[what]}")
