"""The nightly job about domains."""

from typing import Any

from django.core.management.base import BaseCommand

from example_site.portal.events import remind_of_domains


class Command(BaseCommand):
    """Tell customers which of their domains will expire soon."""

    help = "Tell customers which of their domains will expire within 30 days."

    def handle(self, *args: Any, **options: Any) -> None:
        """Send the reminders of today, once."""
        self.stdout.write(f"Customers with such domains: {remind_of_domains()}")
