"""Import the registrations of an older registry."""

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from wagtail_push.accounts import LoginAccounts, get_adapter
from wagtail_push.registry.importing import AccountsOf, Row, import_rows


FCM_DJANGO = "fcm_django.FCMDevice"

#: The columns of fcm-django's table that are read.
FIELDS = ("pk", "registration_id", "user_id", "name", "type", "active", "date_created")

#: How a file may write that a registration is active, or not.
ACTIVE = {"": True, "1": True, "true": True, "t": True, "yes": True}
ACTIVE |= {"0": False, "false": False, "f": False, "no": False}

INACTIVE = "inactive"
NO_BROWSER = "not a browser"


class Command(BaseCommand):
    """Read fcm-django's table, or a CSV file, and write what the registry lacks."""

    help = (
        "Imports registrations from fcm-django's table in the same database, or from a "
        "CSV file. What is there already stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, or the model; and who finds the accounts of logins."""
        parser.add_argument("file", nargs="?", type=Path, help="A CSV file in UTF-8.")
        parser.add_argument(
            "--model",
            default=FCM_DJANGO,
            help="The model to read without a file (default: %(default)s).",
        )
        parser.add_argument(
            "--accounts-of",
            metavar="PATH",
            help="The dotted path of a function that is given the primary keys of logins "
            "and returns {login: key of its account}.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Only look, and write nothing."
        )

    def handle(
        self,
        *args: Any,
        file: Path | None,
        model: str,
        accounts_of: str | None,
        dry_run: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        """Import, report each row that can't be, and say how many of which there were."""
        finder = _finder(accounts_of, needed=file is None)
        rows = _table(model) if file is None else _file(file, finder)
        new = known = wrong = 0
        left_out: Counter[str] = Counter()
        for done in import_rows(rows, finder, dry_run=dry_run):
            new, known = new + done.new, known + done.known
            left_out += done.left_out
            wrong += len(done.wrong)
            for place, reason in done.wrong:
                self.stderr.write(f"{place}: {reason}")
            if verbosity > 1:
                self.stdout.write(f"{new + known + left_out.total() + wrong} rows …")
        if verbosity:
            self.stdout.write(f"{'To import' if dry_run else 'Imported'}: {new}")
            self.stdout.write(f"There already: {known}")
            for reason, number in sorted(left_out.items()):
                self.stdout.write(f"Left out, {reason}: {number}")
        if wrong:
            raise CommandError(
                f"{wrong} rows can't be imported, for the reasons above; all others "
                f"{'can' if dry_run else 'are'}. Mend them and run the command again: "
                "what is there already is left alone."
            )


def _finder(path: str | None, *, needed: bool) -> AccountsOf | None:
    if path:
        try:
            found: AccountsOf = import_string(path)
        except ImportError as error:
            raise CommandError(
                f"--accounts-of names {path!r}, which cannot be imported ({error}). Name "
                "a function by its dotted path, such as portal.accounts.accounts_of."
            ) from error
        return found
    if isinstance(get_adapter(), LoginAccounts):
        return lambda logins: {login: str(login) for login in logins}
    if needed:
        raise CommandError(
            "Whose account a registration belongs to is not known: the older registry "
            "knows logins only, and WAGTAIL_PUSH['ACCOUNTS'] names an adapter. Add "
            "--accounts-of with the dotted path of a function that is given primary keys "
            "of logins and returns {login: key of its account}."
        )
    return None


def _table(label: str) -> Iterator[Row]:
    try:
        model = apps.get_model(label)
        # A project may have put its own model in the place of fcm-django's.
        model = apps.get_model(model._meta.swapped or label)
        for name in FIELDS:
            if name != "pk":
                model._meta.get_field(
                    name.removesuffix("_id") if name == "user_id" else name
                )
    except (LookupError, ValueError, FieldDoesNotExist) as error:
        raise CommandError(
            f"There is no table of fcm-django to read: {error} Keep fcm_django in "
            "INSTALLED_APPS until the import is done, name another model with --model, "
            "or give a CSV file."
        ) from error
    found = model._default_manager.order_by("pk").values_list(*FIELDS)
    return (_device(*row) for row in found.iterator(chunk_size=2000))


def _device(
    pk: Any,
    token: str,
    user: Any,
    name: str | None,
    kind: str,
    active: bool,
    since: Any,
) -> Row:
    return Row(
        place=f"row {pk}",
        value=token,
        login=user,
        name=name or "",
        since=since.date().isoformat() if since else "",
        left_out=_left_out(kind, active),
    )


def _left_out(kind: str, active: bool) -> str:
    if kind != "web":
        return NO_BROWSER
    return "" if active else INACTIVE


def _file(path: Path, finder: AccountsOf | None) -> Iterator[Row]:
    username = get_user_model().USERNAME_FIELD
    try:
        # What is not UTF-8 is kept apart, so that only its own line is refused.
        file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise CommandError(
            f"{path} can't be read: {error.strerror}. Give the path of a CSV file."
        ) from error
    with file:
        reader = csv.DictReader(file)
        columns = set(reader.fieldnames or ())
        missing = [] if "registration_id" in columns else ["registration_id"]
        if not columns & {"user_id", "user", username}:
            missing.append(f"user_id or {username}")
        if finder is None and "account" not in columns:
            missing.append("account (or give --accounts-of)")
        if missing:
            raise CommandError(
                f"{path} has no column {' and no column '.join(missing)}. Its first line "
                "must name the columns, separated by commas."
            )
        yield from _lines(reader, username)


def _lines(reader: "csv.DictReader[str]", username: str) -> Iterator[Row]:
    """Yield the rows of a file, also those that no parser understands."""
    while True:
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(place=f"line {reader.line_num}", wrong=str(error))
            continue
        yield _line(f"line {reader.line_num}", line, username)


def _line(place: str, line: dict[str | Any, Any], username: str) -> Row:
    if None in line:
        return Row(
            place=place, wrong="it has more values than the first line has names"
        )
    values = {name: (value or "").strip() for name, value in line.items()}
    if any("\udc80" <= letter <= "\udcff" for v in values.values() for letter in v):
        return Row(place=place, wrong="it is not UTF-8")
    if any("\0" in value for value in values.values()):
        return Row(place=place, wrong="it has a zero byte, which is no text")
    active = ACTIVE.get(values.get("active", "").lower())
    if active is None:
        return Row(place=place, wrong=f"active is {values['active']!r}: true or false")
    return Row(
        place=place,
        value=values["registration_id"],
        login=values.get("user_id") or values.get("user"),
        username=values.get(username, ""),
        account=values.get("account", ""),
        name=values.get("name", ""),
        language=values.get("language", ""),
        since=values.get("date_created", "")[:10],
        left_out=_left_out(values.get("type") or "web", active),
    )
