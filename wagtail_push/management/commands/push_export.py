"""Export all that is kept of one customer."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from wagtail_push import personal
from wagtail_push.management.customers import add_customer, read_customer


class Command(BaseCommand):
    """Write the personal data of one customer as JSON."""

    help = "Exports all that wagtail-push keeps of one customer, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom it is about, and where it is written."""
        add_customer(parser)
        parser.add_argument(
            "--output", type=Path, help="The file to write (default: standard output)."
        )

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        """Write it."""
        exported = personal.export(personal.kept(**read_customer(options)))
        text = json.dumps(exported, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        if output is None:
            self.stdout.write(text)
            return
        try:
            output.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"{output} can't be written: {error.strerror}. Give another path."
            ) from error
        if options["verbosity"]:
            self.stdout.write(f"Written to {output}.")
