"""Take over what an older registry holds: a batch at a time, and nothing twice."""

import re
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext, override

from wagtail_push.accounts import get_adapter, login_key
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import Account, Browser, Installation
from wagtail_push.models.browsers import NAME_LENGTH


#: Rows of one transaction.
BATCH = 1000

#: What a target is made of, at most as long as the API takes it. A token begins with the
#: FID and a colon: https://firebase.google.com/docs/cloud-messaging/manage-tokens
TARGET = re.compile(r"[\w:.-]{10,4096}", re.ASCII)
FID = re.compile(r"[\w-]{22}", re.ASCII)

#: Characters of an account's key, at most.
LONGEST_KEY = 255

#: By this and its first target, an imported installation is found again whatever became
#: of it since: renewed, merged, or removed by its customer.
IMPORTED = uuid.UUID("6f0d7c0e-3f5b-4f0e-9d0a-6d8d5a3a9b54")

#: Accounts of these logins, by their primary keys: ``{login: key}``.
AccountsOf = Callable[[Collection[Any]], Mapping[Any, str]]


class Unusable(Exception):
    """A row can't be imported; the text says why and holds nothing of a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One registration of an older registry.

    ``place`` says where it stands (``line 7``); ``login`` is a primary key, or text of
    one, and ``username`` is asked instead where it is given; without ``account``, the
    login's own is looked up. ``wrong`` says why nothing of it can be used, ``left_out``
    why it is no matter.
    """

    place: str
    value: str = field(default="", repr=False)
    login: Any = None
    username: str = ""
    account: str = ""
    name: str = ""
    language: str = ""
    since: str = ""
    wrong: str = ""
    left_out: str = ""

    @property
    def target(self) -> Target:
        """Return the target.

        :raises Unusable: when it is none.
        """
        if not self.value:
            raise Unusable("it has no registration")
        if TARGET.fullmatch(self.value):
            if ":" in self.value:
                return Target(TargetKind.TOKEN, self.value)
            if FID.fullmatch(self.value):
                return Target(TargetKind.FID, self.value)
        raise Unusable(
            "what it holds is neither a registration token nor a Firebase installation ID"
        )


@dataclass(slots=True)
class Imported:
    """What came of some rows: numbers, and the places and reasons of unusable ones."""

    new: int = 0
    known: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    """A row that can be used."""

    row: Row
    target: Target
    login: Any
    account: str

    @property
    def device_id(self) -> uuid.UUID:
        return uuid.uuid5(IMPORTED, self.target.digest)


def import_rows(
    rows: Iterable[Row], accounts_of: AccountsOf | None = None, *, dry_run: bool = False
) -> Iterator[Imported]:
    """Import the rows of an older registry; yield what came of each thousand.

    Each thousand is one transaction, so what breaks off is begun again and goes on.
    What is there already stays as it is, also what a customer has removed since.

    :param accounts_of: what finds the accounts of logins, where rows name none.
    :param dry_run: whether only to look.
    """
    rest = iter(rows)
    while some := list(islice(rest, BATCH)):
        done = Imported()
        found = _usable(some, accounts_of, done)
        with transaction.atomic():
            new = _unknown(found)
            done.known = len(found) - len(new)
            done.new = len(new) if dry_run else _write(new)
            done.known += len(new) - done.new
        yield done


def _usable(
    rows: Collection[Row], accounts_of: AccountsOf | None, done: Imported
) -> list[_Found]:
    """Return what can be used, and note of the rest why not."""
    parsed: list[tuple[Row, Target, Any]] = []
    by_name = _by_name({row.username for row in rows if row.username})
    for row in rows:
        if row.wrong:
            done.wrong.append((row.place, row.wrong))
        elif row.left_out:
            done.left_out[row.left_out] += 1
        else:
            try:
                parsed.append((row, row.target, _login(row, by_name)))
            except Unusable as error:
                done.wrong.append((row.place, str(error)))
    logins = {login for _, _, login in parsed}
    users = get_user_model()._default_manager.filter(pk__in=logins)
    there = set(users.values_list("pk", flat=True))
    unnamed = {login for row, _, login in parsed if not row.account} & there
    own = accounts_of(unnamed) if accounts_of and unnamed else {}
    named = [
        _Found(row, target, login, row.account or str(own.get(login) or ""))
        for row, target, login in parsed
    ]
    pairs = {(one.login, one.account) for one in named if one.account}
    allowed = get_adapter().allowed(pairs) if pairs else set()
    found = []
    for one in named:
        if one.login not in there:
            wrong = f"there is no login {one.login}"
        elif not one.account:
            wrong = f"login {one.login} has no account"
        elif len(one.account) > LONGEST_KEY:
            wrong = f"the key of its account is longer than {LONGEST_KEY} characters"
        elif (one.login, one.account) not in allowed:
            wrong = f"login {one.login} may not act for account {one.account}"
        else:
            found.append(one)
            continue
        done.wrong.append((one.row.place, wrong))
    return found


def _by_name(names: Collection[str]) -> dict[str, Any]:
    model = get_user_model()
    found = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__in": names})
    return dict(found.values_list(model.USERNAME_FIELD, "pk")) if names else {}


def _login(row: Row, by_name: Mapping[str, Any]) -> Any:
    if row.username:
        if row.username not in by_name:
            raise Unusable(f"there is no login {row.username!r}")
        return by_name[row.username]
    if row.login is None or row.login == "":
        raise Unusable("it has no login")
    try:
        return login_key(row.login)
    except ValidationError:
        raise Unusable(f"{row.login!r} is no primary key of a login") from None


def _unknown(found: Collection[_Found]) -> list[_Found]:
    """Return the first of each registration that we do not have in any form."""
    first: dict[uuid.UUID, _Found] = {}
    for one in found:
        first.setdefault(one.device_id, one)
    targets = {one.target.digest for one in first.values()}
    fids = {one.target.fid_digest for one in first.values()}
    # One query for each index.
    known: set[Any] = set()
    for which, column in (
        (Q(device_id__in=list(first)), "device_id"),
        (Q(target_hash__in=targets), "target_hash"),
        (Q(fid_hash__in=fids, worker=Installation.Worker.OWN), "fid_hash"),
    ):
        known |= set(Installation.objects.filter(which).values_list(column, flat=True))
    return [
        one
        for device_id, one in first.items()
        if known.isdisjoint({device_id, one.target.digest, one.target.fid_digest})
    ]


def _write(new: Collection[_Found]) -> int:
    """Write them; return how many, without those that were registered at this moment."""
    keys = sorted({one.account for one in new})
    Account.objects.bulk_create(
        [Account(key=key) for key in keys], ignore_conflicts=True
    )
    accounts = dict(Account.objects.filter(key__in=keys).values_list("key", "pk"))
    installations = []
    for one in new:
        made = Installation(device_id=one.device_id, worker=Installation.Worker.FOREIGN)
        made.set_target(one.target)
        installations.append(made)
    Installation.objects.bulk_create(installations, ignore_conflicts=True)
    written = Installation.objects.filter(device_id__in=[one.device_id for one in new])
    pks = dict(written.values_list("device_id", "pk"))
    languages = get_adapter().languages(keys)
    made_for = [one for one in new if one.device_id in pks]
    Browser.objects.bulk_create(
        Browser(
            installation_id=pks[one.device_id],
            account_id=accounts[one.account],
            login_id=one.login,
            name=_name(one.row, languages.get(one.account, "")),
            language=(one.row.language or languages.get(one.account, ""))[:16],
        )
        for one in made_for
    )
    return len(made_for)


def _name(row: Row, language: str) -> str:
    """Return its name, or "Browser" and the day when it was registered."""
    if name := row.name.strip():
        return name[:NAME_LENGTH]
    with override(row.language or language or None):
        return f"{capfirst(gettext('browser'))} {row.since}".strip()[:NAME_LENGTH]
