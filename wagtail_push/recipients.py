"""Who gets a notification: one query, for planning, sending and counting alike."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby, islice
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import DenseRank
from wagtail import hooks

from wagtail_push.accounts import get_adapter
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.models import Browser, Installation, Notification, Recipient


LeftOut = Notification.LeftOut

#: The hook by which a host narrows who gets a message.
HOOK = "construct_push_recipients"

#: The end of a range that holds every installation: the largest primary key there is.
ALL = 2**63 - 1

#: Browsers that an estimate reads at once.
ESTIMATE_STEP = 5000

#: One installation: those of its browsers that want a notification, as rows.
Installed = list[dict[str, Any]]

#: The names of two fields: what a row is grouped by, and the words of its account.
KEY = "installation_id"
PARAMS = "params"

#: Whether the installation serves another account as well.
SHARED = "shared"

#: What delivery needs to know of one browser; the installation comes first.
FIELDS = (
    KEY,
    "pk",
    "account_id",
    "account__key",
    "login_id",
    "name",
    "language",
    "hide_details",
)

#: And of its installation.
TARGET = ("target_kind", "target", "worker")


class Page(NamedTuple):
    """One page: where it ends, its installations, and how many browsers' logins lost
    the right to act for their account.
    """

    cursor: int
    installed: list[Installed]
    revoked: int


def of(notification: Notification, *, walk: bool = False) -> Any:
    """Return the browsers that want this notification now.

    What was paused, signed out, removed, switched off or retired since it was written drops out.
    Whether a login may still act for its account is the adapter's to say: ``page``
    and ``at`` ask it. One about the target alone asks nobody.

    :param walk: go from browser to browser, and look up whether its account is
        addressed, instead of beginning with those that are.
    """
    wants = Q()
    if not notification.about_target:
        wants &= Q(
            paused_at=None,
            signed_out_at=None,
            account__enabled=True,
            account__forbidden=False,
        ) & login_is_active("login__")
    if notification.scope is not None:
        if notification.scope.retired:
            return Browser.objects.none()
        wants &= notification.scope.wanted()
    browsers = _addressed(notification, walk=walk).filter(wants)
    return _ruled(browsers, notification)


def _addressed(notification: Notification, *, walk: bool = False) -> Any:
    browsers = Browser.objects.registered()
    if notification.to_everyone:
        return browsers
    if walk:
        found = Subquery(_recipient(notification).values("pk")[:1])
        # A value and no EXISTS: the database must not turn it round into a join.
        return browsers.alias(recipient=found).filter(recipient__isnull=False)
    return browsers.filter(
        Q(account__recipients__browser=None) | Q(account__recipients__browser=F("pk")),
        account__recipients__notification=notification,
    )


def _recipient(notification: Notification) -> Any:
    """Return what addresses a notification to the browser of the outer query."""
    return notification.recipients.filter(
        Q(browser=None) | Q(browser=OuterRef("pk")), account=OuterRef("account")
    )


def _ruled(browsers: Any, notification: Notification) -> Any:
    """Return those that the host's rules leave, for what nobody waits for."""
    if notification.interactive:
        return browsers
    for rule in hooks.get_hooks(HOOK):
        browsers = rule(browsers, notification)
        if getattr(browsers, "model", None) is not Browser:
            raise PushConfigurationError(
                f"The hook {HOOK} {rule.__module__}.{rule.__qualname__} returned "
                f"{type(browsers).__name__}: return the queryset of browsers that it is "
                "given, narrowed by filter() or exclude()."
            )
    return browsers


def address(notification: Notification) -> None:
    """Write the recipients of one to everyone, where the adapter names their accounts.

    One to a named audience, or in a scope that has one, is for nobody else.
    """
    scope = notification.scope
    name = notification.audience or (scope.audience if scope else "")
    adapter = get_adapter()
    keys = adapter.audience(name) if name else adapter.everyone()
    if keys is not None:
        notification.to_everyone = False
        Recipient.objects.address(notification, keys)


class Ranges(NamedTuple):
    """Ranges of installations: after which, and the last one; and how many in all."""

    ends: list[tuple[int, int]]
    number: int


def ranges(notification: Notification, size: int) -> Ranges:
    """Return ranges of this many installations each.

    One pass in the database, of which only the ends of ranges come back.
    """
    wanted = of(notification).order_by()
    # Several browsers of one installation have one rank.
    rank = Window(DenseRank(), order_by=F(KEY).asc())
    full = wanted.annotate(rest=rank % size).filter(rest=0)
    ends = sorted(set(full.values_list(KEY, flat=True)))
    after = ends[-1] if ends else 0
    rest = wanted.filter(installation_id__gt=after).aggregate(
        last=Max(KEY), number=Count(KEY, distinct=True)
    )
    number = len(ends) * size + rest["number"]
    if rest["last"] is not None:
        ends.append(rest["last"])
    return Ranges(list(zip([0, *ends], ends, strict=False)), number)


def left_out(notification: Notification) -> dict[str, int]:
    """Count by reason the registered browsers that do not get it: the first that holds.

    Of those that it is addressed to; and the addressed accounts without any browser.
    """
    scope = notification.scope
    reasons = [
        (LeftOut.FORBIDDEN, Q(account__forbidden=True)),
        (LeftOut.ACCOUNT_OFF, Q(account__enabled=False)),
        (LeftOut.LOGIN, ~login_is_active("login__")),
        (LeftOut.PAUSED, Q(paused_at__isnull=False)),
        (LeftOut.SIGNED_OUT, Q(signed_out_at__isnull=False)),
        (LeftOut.RETIRED, Q(pk__isnull=not (scope and scope.retired))),
        (LeftOut.SCOPE_OFF, ~scope.wanted() if scope else Q()),
    ]
    cases = [
        When(holds, then=Value(reason.value)) for reason, holds in reasons if holds
    ]
    counted = dict(
        _addressed(notification)
        .order_by()
        .values_list(Case(*cases, default=Value("")))
        .annotate(number=Count("pk"))
    )
    wanting = counted.pop("", 0)
    if hooks.get_hooks(HOOK):
        counted[LeftOut.RULE] = wanting - of(notification).distinct().count()
    if not notification.to_everyone:
        mine = Browser.objects.registered().filter(account=OuterRef("account"))
        alone = notification.recipients.filter(~Exists(mine))
        counted[LeftOut.NO_BROWSER] = alone.count()
    return {str(reason): number for reason, number in counted.items() if number}


class Estimate(NamedTuple):
    """Whom a notification would reach: installations, their accounts, and who is left
    out, by reason.
    """

    installations: int
    accounts: int
    left_out: dict[str, int]


def estimate(notification: Notification) -> Estimate:
    """Count whom it would reach, by the query that sends, and ask the adapter as well.

    It is addressed for that: take it back with the transaction. A million browsers take
    some ten seconds: this is for a task.
    """
    if notification.to_everyone:
        address(notification)
    rows = (
        of(notification)
        .order_by(KEY, "account_id")
        .values(KEY, "account_id", "login_id", "account__key")
    )
    installations, last, revoked = 0, None, 0
    accounts: set[int] = set()
    found = rows.iterator(chunk_size=ESTIMATE_STEP)
    while some := list(islice(found, ESTIMATE_STEP)):
        kept = allowed(some)
        revoked += len(some) - len(kept)
        for row in kept:
            accounts.add(row["account_id"])
            # In order: the rows of one installation follow each other.
            installations += row[KEY] != last
            last = row[KEY]
    reasons = Counter(left_out(notification)) + Counter({str(LeftOut.LOGIN): revoked})
    return Estimate(installations, len(accounts), dict(reasons))


def page(
    notification: Notification, *, after: int, last: int, size: int, walk: bool = False
) -> Page:
    """Return the next page of a range of installations, read by one query.

    Each installation is the list of those of its browsers that want the notification:
    it is sent to once, whatever accounts it serves. Past the end it is ``last``, [], 0.

    :param size: how many browsers at most; an installation that has more comes alone.
    :param walk: see ``of``.
    """
    rows = _rows(notification, walk=walk, gt=after, lte=last)
    found = list(rows[: size + 1])
    if len(found) <= size:
        return Page(last, *_allowed(notification, found))
    # The last installation may go on behind the end: it begins the next page.
    beyond = found[-1][KEY]
    whole = [row for row in found if row[KEY] != beyond]
    if not whole:
        whole = list(_rows(notification, exact=beyond))
    return Page(whole[-1][KEY], *_allowed(notification, whole))


def at(notification: Notification, installations: Iterable[int]) -> list[Installed]:
    """Return the same for these installations: those that still want it."""
    where: dict[str, Any] = {"in": list(installations)}
    rows = _rows(notification, **where)
    return _allowed(notification, list(rows))[0]


def count(
    notification: Notification, *, after: int, last: int, walk: bool = False
) -> int:
    """Return how many messages a range has, as ``place`` counts them; asks no adapter."""
    within = {f"{KEY}__gt": after, f"{KEY}__lte": last}
    browsers = of(notification, walk=walk).filter(**within).order_by()
    if notification.to_everyone:
        number: int = browsers.values(KEY).distinct().count()
        return number
    told = browsers.annotate(**{PARAMS: _params(notification, walk)})
    together = told.filter(**{PARAMS: {}}).values(KEY).distinct()
    apart = told.exclude(**{PARAMS: {}}).values(KEY, "account_id").distinct()
    return int(together.count() + apart.count())


def _params(notification: Notification, walk: bool) -> Any:
    """Return the words of the account of each row."""
    if walk:
        return Subquery(_recipient(notification).values("params")[:1])
    return F("account__recipients__params")


def _rows(notification: Notification, *, walk: bool = False, **where: Any) -> Any:
    """Return the rows of those installations whose key is as ``where`` says.

    Targets are looked up row by row: joined with so large a table, PostgreSQL would
    rather read the whole range for every page of it.
    """
    there = Installation.objects.filter(pk=OuterRef(KEY))
    more: dict[str, Any] = {name: Subquery(there.values(name)) for name in TARGET}
    if not notification.to_everyone:
        more[PARAMS] = _params(notification, walk)
        same = Browser.objects.registered().filter(installation=OuterRef(KEY))
        more[SHARED] = Exists(same.exclude(pk=OuterRef("pk")))
    return (
        of(notification, walk=walk)
        .filter(**{f"{KEY}__{lookup}": value for lookup, value in where.items()})
        # In the order of the index: no page is sorted.
        .order_by("installation_id", "account_id")
        .values(*FIELDS, **more)
    )


def _allowed(
    notification: Notification, rows: list[dict[str, Any]]
) -> tuple[list[Installed], int]:
    rows = [row for row in rows if row["target"]]
    kept = rows if notification.about_target else allowed(rows)
    kept.sort(key=place)
    return [list(group) for _, group in groupby(kept, key=place)], len(rows) - len(kept)


def allowed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those rows whose login may still act for its account."""
    pairs = {(row["login_id"], row["account__key"]) for row in rows}
    may_act = get_adapter().allowed(pairs) if pairs else set()
    return [row for row in rows if (row["login_id"], row["account__key"]) in may_act]


def place(row: Mapping[str, Any]) -> tuple[int, int]:
    """Return where a row's message goes: an installation, and 0 or an account.

    A message comes to an installation once. Only one with words for each account comes
    for each of its accounts.
    """
    return row[KEY], row["account_id"] if row.get(PARAMS) else 0


def login_is_active(prefix: str = "") -> Q:
    """Return the condition on logins that were not deactivated, where they can be."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return Q()
    return Q(**{f"{prefix}is_active": True})
