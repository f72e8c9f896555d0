"""Send a notification by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from wagtail_push import recipients
from wagtail_push.exceptions import InvalidNotification
from wagtail_push.messages import EVERYONE, Audience
from wagtail_push.models import Account, Notification
from wagtail_push.notify import notify


class Command(BaseCommand):
    """Call ``notify()``, or only say whom it would reach."""

    help = (
        "Sends a notification in a scope: to accounts, to an audience, or to everyone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what ``notify()`` takes."""
        parser.add_argument("scope", help="The key of a notification scope.")
        to = parser.add_mutually_exclusive_group(required=True)
        to.add_argument(
            "--account",
            action="append",
            metavar="KEY",
            help="An account; may be given several times.",
        )
        to.add_argument("--audience", help="One of the adapter's audiences.")
        to.add_argument(
            "--everyone", action="store_true", help="All that want this scope."
        )
        parser.add_argument("--title", help="The title, in no particular language.")
        parser.add_argument("--body", help="The text, likewise.")
        parser.add_argument(
            "--text",
            action="append",
            nargs=3,
            metavar=("LANGUAGE", "TITLE", "BODY"),
            help="Both in one language; may be given several times.",
        )
        parser.add_argument("--url", default="", help="What a click opens.")
        parser.add_argument("--ttl", type=int, help="Validity in seconds.")
        parser.add_argument(
            "--key", help="A second call with the same key sends nothing more."
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Only say whom it would reach, and send nothing.",
        )

    def handle(
        self, *args: Any, scope: str, dry_run: bool, verbosity: int, **options: Any
    ) -> None:
        """Send, or count."""
        words = _words(options)
        to = _to(options)
        more = {name: options[name] for name in ("url", "ttl", "key")}
        before = Notification.objects.filter(
            scope__key=scope, key__isnull=False, key=options["key"]
        ).first()
        try:
            with transaction.atomic():
                sent = notify(scope, to, **words, **more)
                if dry_run:
                    found = recipients.estimate(sent)
                    transaction.set_rollback(True)
        except InvalidNotification as error:
            raise CommandError(f"Nothing was sent. {error}") from error
        if sent == before:
            if verbosity:
                self.stdout.write(
                    f"Nothing more is sent: notification {sent.public_id} has the key "
                    f"{sent.key!r} already."
                )
        elif dry_run:
            self.stdout.write(
                f"Would reach {found.installations} browsers of {found.accounts} accounts."
            )
            for reason, number in sorted(found.left_out.items()):
                self.stdout.write(f"  left out, {reason}: {number}")
        elif verbosity:
            self.stdout.write(f"Handed to the queue as notification {sent.public_id}.")


def _words(options: dict[str, Any]) -> dict[str, Any]:
    title, body, texts = options["title"], options["body"], options["text"]
    plain = title is not None and body is not None
    if plain is bool(texts) or (texts and (title or body)):
        raise CommandError(
            "What is to be sent? Give --title and --body, or --text LANGUAGE TITLE BODY "
            "for each language."
        )
    if plain:
        return {"title": title, "body": body}
    return {
        "title": {language: title for language, title, _ in texts},
        "body": {language: body for language, _, body in texts},
    }


def _to(options: dict[str, Any]) -> Any:
    if options["everyone"]:
        return EVERYONE
    if options["audience"] is not None:
        return Audience(options["audience"])
    keys: list[str] = options["account"]
    known = Account.objects.filter(key__in=keys).values_list("key", flat=True)
    if unknown := sorted(set(keys) - set(known)):
        raise CommandError(
            f"Nothing was sent. No browser was ever registered for the account "
            f"{', '.join(unknown)}: give the key as the adapter has it."
        )
    return keys
