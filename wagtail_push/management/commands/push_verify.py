"""Ask FCM about every registered browser."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wagtail_push import doctor, registry
from wagtail_push.models import Notification


class Command(BaseCommand):
    """Have the workers check the registry by dry runs, at the pace of bulk."""

    help = (
        "Asks FCM by dry runs whether it still takes every registered browser, and "
        "removes those that it calls dead. Nobody is shown anything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to wait for the answers."""
        parser.add_argument(
            "--no-wait", action="store_true", help="Begin, and do not wait for the end."
        )

    def handle(self, *args: Any, no_wait: bool, verbosity: int, **options: Any) -> None:
        """Begin, or watch the one that is under way, and say what came of it."""
        check = registry.check_registry()
        if no_wait:
            if verbosity:
                self.stdout.write(f"Begun as notification {check.public_id}.")
            return
        over = (Notification.Status.DONE, Notification.Status.CANCELLED)
        told = -1
        while check.status not in over:
            self._look_for_trouble(check)
            done = check.accepted + check.failed
            if verbosity > 1 and done != told:
                self.stdout.write(f"{done} of {check.planned} …")
                told = done
            time.sleep(1)
            check.refresh_from_db()
        asked = check.accepted + check.failed
        if verbosity:
            self.stdout.write(f"Accepted by FCM: {check.accepted}")
            for answer, number in sorted(check.failures.items()):
                self.stdout.write(f"Refused, {answer}: {number}")
        if unknown := check.expired + check.dropped:
            raise CommandError(
                f"{unknown} of {asked + unknown} got no answer in time and stay as they "
                "are: run the command again."
            )

    def _look_for_trouble(self, check: Notification) -> None:
        rest = (
            "It goes on as soon as that is mended; run the command again to watch it."
        )
        trouble = check.trouble or doctor.trouble()
        if trouble:
            raise CommandError(f"FCM can't be asked: {trouble} {rest}")
        # Every page that comes back shows that somebody is at work.
        since = max(check.created_at, check.moved_at or check.created_at)
        if doctor.is_missing(doctor.sender_seen_at(), since):
            raise CommandError(
                f"Nobody asks: no worker was at work since {timezone.localtime(since):%H:%M:%S}. "
                f"Run manage.py qcluster. {rest}"
            )
