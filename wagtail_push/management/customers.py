"""How a command is told which customer it is about."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


def add_customer(parser: ArgumentParser) -> None:
    """Take a login, an account, or both."""
    parser.add_argument("--login", help="What the login signs in with.")
    parser.add_argument("--account", help="The key of the customer account.")


def read_customer(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the login and the key of the account that were given.

    :raises CommandError: when there is no such login, or nothing was given.
    """
    name, account = options["login"], options["account"]
    if not (name or account):
        raise CommandError(
            "Whom is it about? Give --login, or --account, or both of one customer."
        )
    login = None
    if name:
        model = get_user_model()
        try:
            login = model._default_manager.get_by_natural_key(name)
        except model.DoesNotExist:
            raise CommandError(
                f"There is no login {name!r}. Give its {model.USERNAME_FIELD}; if it was "
                "deleted, its browsers went with it: give --account for the rest."
            ) from None
    return {"login": login, "account": account or None}
