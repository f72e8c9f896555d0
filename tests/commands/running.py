"""Call a management command as its user does."""

import io
from typing import Any, NamedTuple

from django.core.management import CommandError, call_command


class Said(NamedTuple):
    """What a command wrote, what it complained of, and the error that it ended with."""

    out: str
    err: str = ""
    error: str = ""


def run(name: str, *args: Any, **options: Any) -> Said:
    """Run a command."""
    out, err = io.StringIO(), io.StringIO()
    error = ""
    try:
        call_command(name, *args, stdout=out, stderr=err, **options)
    except CommandError as raised:
        error = str(raised)
    return Said(out.getvalue(), err.getvalue(), error)
