"""What the listing of scopes counts: browsers that get one, and what was sent lately."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import (
    Case,
    Count,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext

from wagtail_push.models import Browser, Notification, NotificationScope, ScopeChoice


Counted = TypeVar("Counted")

#: For so long back a notification counts as sent lately.
LATELY = timedelta(days=30)


#: Seconds for which browsers are not counted again: all of them are read for that.
COUNTED_FOR = 300
COUNTS = "wagtail_push.scopes.counts"


def kept(key: str, count: Callable[[], Counted], seconds: int) -> Counted:
    """Return what was counted so many seconds ago at most."""
    found: Counted | None = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, seconds)
    return found


def with_figures(scopes: QuerySet[NotificationScope]) -> Any:
    """Count for each scope: the same number of queries, however many scopes there are.

    Adds ``registered``, ``browsers_on`` and ``lately``. Browsers that paused, and those
    of accounts that are switched off, count with what they chose.
    """
    total, chosen = kept(COUNTS, _count, COUNTED_FOR)
    sent = Notification.objects.filter(
        scope=OuterRef("pk"), started_at__gte=timezone.now() - LATELY
    )
    # One look-up tells all sums.
    sums = JSONObject(
        sent=Count("pk"),
        **{name: Sum(name) for name in ("accepted", "shown", "clicked")},
    )
    return scopes.annotate(
        registered=Value(total),
        # As NotificationScope.wanted() says.
        browsers_on=Case(
            When(default=NotificationScope.Default.ALWAYS, then=Value(total)),
            When(
                default=NotificationScope.Default.ON,
                then=Value(total) - _of_each(chosen, wanted=False),
            ),
            default=_of_each(chosen, wanted=True),
            output_field=IntegerField(),
        ),
        lately=Subquery(
            sent.order_by().values("scope").annotate(told=sums).values("told")
        ),
    )


def _count() -> tuple[int, dict[tuple[int, bool], int]]:
    """Return how many browsers are registered, and by scope and choice who chose so."""
    chosen = ScopeChoice.objects.filter(browser__removed_at=None).order_by()
    counted = chosen.values_list("scope", "wanted").annotate(number=Count("pk"))
    total = Browser.objects.registered().count()
    return total, {(scope, wanted): number for scope, wanted, number in counted}


def _of_each(chosen: dict[tuple[int, bool], int], *, wanted: bool) -> Any:
    numbers = [
        When(pk=scope, then=Value(number))
        for (scope, choice), number in chosen.items()
        if choice == wanted
    ]
    return Case(*numbers, default=Value(0), output_field=IntegerField())


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def percent(scope: Any) -> int | None:
    """Return which part of the registered browsers gets it, if there are any."""
    return None if scope.audience else _percent(scope.browsers_on, scope.registered)


def clicked_percent(scope: Any) -> int | None:
    """Return which part of those that browsers reported as shown lately was clicked."""
    told = sums(scope)
    return _percent(told["clicked"], told["shown"])


def click_rate(scope: Any) -> str:
    """Return it in words; a dash where nothing was reported as shown."""
    part = clicked_percent(scope)
    return "–" if part is None else gettext("%(percent)d %%") % {"percent": part}


def sums(scope: Any) -> dict[str, int]:
    """Return how many notifications were sent lately, and what became of them."""
    return scope.lately or {"sent": 0, "accepted": 0, "shown": 0, "clicked": 0}


def browsers_on(scope: Any) -> str:
    """Return how many browsers get it, and which part of all that is; a dash for some."""
    if scope.audience:
        # How many of those in the audience it is, only the adapter could tell.
        return "–"
    number = number_format(scope.browsers_on, force_grouping=True)
    part = percent(scope)
    if part is None:
        return number
    return gettext("%(number)s (%(percent)d %%)") % {"number": number, "percent": part}


def sent_lately(scope: Any) -> str:
    """Return how many notifications were sent lately, and how often FCM accepted one."""
    told = sums(scope)
    if not told["sent"]:
        return "0"
    words = gettext("%(sent)s, accepted: %(accepted)s")
    return words % {
        name: number_format(number, force_grouping=True)
        for name, number in told.items()
    }
