"""The adapter: the host's side of accounts, named by ``WAGTAIL_PUSH["ACCOUNTS"]``."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.signals import setting_changed
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.module_loading import import_string

from wagtail_push.conf import settings
from wagtail_push.exceptions import InvalidNotification, PushConfigurationError


#: What is public; the rest is for the other rooms.
__all__ = [
    "AccountAdapter",
    "LoginAccounts",
    "LoginAndKey",
    "get_adapter",
    "login_key",
]

#: The primary key of a login (``AUTH_USER_MODEL``) and the key of an account.
LoginAndKey = tuple[Any, str]


class AccountAdapter:
    """What a host tells wagtail_push of its customer accounts.

    An account is known by its *key*: text, unique, at most 255 characters, never
    changing. Subclass this, or ``LoginAccounts`` where the login is the account.
    """

    def current(self, request: HttpRequest) -> str | None:
        """Return the key of the account that this request acts for, or None."""
        raise NotImplementedError

    def key(self, account: Any) -> str:
        """Return the key of a host's account object; a key is returned as it is."""
        raise NotImplementedError

    def label(self, key: str) -> str:
        """Return what the page and notifications call the account."""
        return key

    def labels(self, keys: Collection[str]) -> dict[str, str]:
        """Return the labels of several accounts: answer with one query.

        Asked for a page of messages at once; by default, one after the other.
        """
        return {key: self.label(key) for key in keys}

    def language(self, key: str) -> str:
        """Return the account's language code, or ``""`` where it is not known."""
        return ""

    def languages(self, keys: Collection[str]) -> dict[str, str]:
        """Return the languages of several accounts, likewise."""
        return {key: self.language(key) for key in keys}

    def allowed(self, pairs: Collection[LoginAndKey]) -> set[LoginAndKey]:
        """Return those pairs of login and account in which the login may act.

        Asked in bulk, for a page of a broadcast at once: answer with one query.
        Deactivated logins are left out without asking.
        """
        raise NotImplementedError

    def everyone(self) -> Iterable[str] | None:
        """Return the keys behind ``EVERYONE``; None means all that have a browser."""
        return None

    def audiences(self) -> Mapping[str, str]:
        """Return the names of audiences, each with the words that editors read."""
        return {}

    def audience(self, name: str) -> Iterable[str]:
        """Return the keys of the accounts in a named audience."""
        raise NotImplementedError

    def audiences_of(self, key: str) -> set[str]:
        """Return the names of the audiences that an account belongs to."""
        return {name for name in self.audiences() if key in set(self.audience(name))}

    def link(self, url: str, key: str) -> str:
        """Return the URL that opens ``url`` in the right account."""
        return url


class LoginAccounts(AccountAdapter):
    """The default adapter: the login is the account."""

    def current(self, request: HttpRequest) -> str | None:
        """Return the signed-in user's primary key as text."""
        return str(request.user.pk) if request.user.is_authenticated else None

    def key(self, account: Any) -> str:
        """Return the primary key of a user, or the text itself.

        :raises InvalidNotification: it is a row of another model, whose number would be
            that of somebody else's login, or no primary key.
        """
        if isinstance(account, Model) and not isinstance(account, get_user_model()):
            name = type(account).__name__
            raise InvalidNotification(
                f"A {name} is no account here: without an adapter, the login is the "
                "account. Give a user, or its primary key as text; or write an adapter "
                f'whose key() takes a {name}, and name it in WAGTAIL_PUSH["ACCOUNTS"].'
            )
        key = str(getattr(account, "pk", account))
        try:
            login_key(key)
        except ValidationError:
            raise InvalidNotification(
                f"{key!r} is no account here: without an adapter, the login is the "
                "account. Give a user, or its primary key as text."
            ) from None
        return key

    def label(self, key: str) -> str:
        """Return the user's name as the user model tells it."""
        return self.labels({key})[key]

    def labels(self, keys: Collection[str]) -> dict[str, str]:
        """Return the users' names, by one query."""
        known = []
        for key in keys:
            # An account may have come from an adapter that the portal had before.
            with suppress(ValidationError):
                known.append(login_key(key))
        users = get_user_model()._default_manager.filter(pk__in=known)
        names = {str(user.pk): str(user) for user in users}
        return {key: names.get(key, key) for key in keys}

    def allowed(self, pairs: Collection[LoginAndKey]) -> set[LoginAndKey]:
        """Return the pairs in which a login acts for itself."""
        return {(login, key) for login, key in pairs if str(login) == key}


def login_key(value: Any) -> Any:
    """Return the primary key of a login that this stands for.

    :raises django.core.exceptions.ValidationError: no login could have it. A number that
        is too long for the column would end whatever asks the database for it.
    """
    field = get_user_model()._meta.pk
    key = field.to_python(value)
    field.run_validators(key)
    return key


def as_key(answer: Any, method: str) -> str:
    """Return what a method of the adapter answered, where it is a key.

    :raises PushConfigurationError: it is no text; what is stored and compared is.
    """
    if isinstance(answer, str):
        return answer
    raise PushConfigurationError(
        f"{settings.accounts}.{method}() returned {answer!r}, but the key of an account "
        "is text: return str(…)."
    )


@cache
def get_adapter() -> AccountAdapter:
    """Return the adapter that the settings name."""
    try:
        adapter = import_string(settings.accounts)()
    except ImportError as error:
        raise PushConfigurationError(
            f'WAGTAIL_PUSH["ACCOUNTS"] names {settings.accounts!r}, which cannot be '
            f"imported ({error}). Name a subclass of "
            "wagtail_push.accounts.AccountAdapter by its dotted path."
        ) from error
    except TypeError as error:
        raise PushConfigurationError(
            f'WAGTAIL_PUSH["ACCOUNTS"] names {settings.accounts!r}, which cannot be made '
            f"({error})."
        ) from error
    if not isinstance(adapter, AccountAdapter):
        raise PushConfigurationError(
            f'WAGTAIL_PUSH["ACCOUNTS"] names {settings.accounts!r}, which is not a '
            "subclass of wagtail_push.accounts.AccountAdapter."
        )
    return adapter


@receiver(setting_changed, dispatch_uid="wagtail_push.accounts")
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "WAGTAIL_PUSH":
        get_adapter.cache_clear()
