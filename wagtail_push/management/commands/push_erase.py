"""Erase all that is kept of one customer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_push import personal
from wagtail_push.management.customers import add_customer, read_customer


class Command(BaseCommand):
    """Erase the personal data of one customer, once that is confirmed."""

    help = "Erases all that wagtail-push keeps of one customer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom it is about, and whether to ask."""
        add_customer(parser)
        parser.add_argument(
            "--no-input",
            "--noinput",
            action="store_false",
            dest="interactive",
            help="Do not ask for confirmation.",
        )

    def handle(
        self, *args: Any, interactive: bool, verbosity: int, **options: Any
    ) -> None:
        """Say what is kept, ask, and erase it."""
        rows = personal.kept(**read_customer(options))
        if interactive:
            self._tell({m._meta.model_name or "": q.count() for m, q in rows.items()})
            try:
                said = input("Erase all this? It can't be undone. Type yes: ")
            except EOFError:
                said = ""
            if said != "yes":
                raise CommandError(
                    "Nothing was erased: it was not confirmed. Where nobody can type, "
                    "give --no-input."
                )
        try:
            erased = personal.erase(rows)
        except personal.BeingSent as error:
            raise CommandError(
                f"{error} Nothing was erased: run the command again in a minute."
            ) from error
        if verbosity:
            self.stdout.write("Erased:" if any(erased.values()) else "Nothing is kept.")
            self._tell(erased)

    def _tell(self, counted: dict[str, int]) -> None:
        for name, number in counted.items():
            if number:
                self.stdout.write(f"  {name}: {number}")
