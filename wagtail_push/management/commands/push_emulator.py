"""Run the FCM emulator where the settings expect it."""

import os
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from wagtail_push.conf import settings


class Command(BaseCommand):
    """Wrap ``python -m wagtail_push.emulator`` with the port from the settings."""

    help = "Runs the local FCM emulator that WAGTAIL_PUSH['EMULATOR'] names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the directory that keeps the emulator's state."""
        parser.add_argument("--state", help="Directory that keeps registrations.")

    def handle(self, *args: Any, state: str | None = None, **options: Any) -> None:
        """Become the emulator's process."""
        if settings.emulator is None:
            raise CommandError(
                'No emulator is configured. Add "EMULATOR": "http://127.0.0.1:8979" '
                "to WAGTAIL_PUSH."
            )
        address = urlsplit(settings.emulator)
        command = [sys.executable, "-m", "wagtail_push.emulator"]
        command += ["--host", str(address.hostname), "--port", str(address.port)]
        command += ["--state", state] if state else []
        os.execv(sys.executable, command)  # noqa: S606  our own module, no shell
