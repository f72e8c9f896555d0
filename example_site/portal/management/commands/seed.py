"""Fill the example site."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from example_site.portal.demo_data import PASSWORD, seed_demo
from example_site.portal.scopes import seed_scopes


class Command(BaseCommand):
    """Create the demo's scopes, customers and logins; running it again adds nothing."""

    help = "Create the demo's scopes, customers and logins. Can be run again."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing."""
        seed_scopes()
        seed_demo()
        self.stdout.write(
            "Ready. Logins: anna, piotr, eva (panel), editor, admin (Wagtail). "
            f'The password of each is "{PASSWORD}".'
        )
