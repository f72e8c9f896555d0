"""The table: an answer of FCM → what happens to delivery and browser.

Nothing but an answer that blames the target ends a registration
(https://firebase.google.com/docs/cloud-messaging/error-codes).
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from wagtail_push.messages import Answer, DeliveryResult
from wagtail_push.models import Browser, Delivery


#: Seconds before the first retry; Google asks for at least ten.
FIRST_RETRY = 10
#: Seconds to wait on "too many requests" that names no time.
BUSY_RETRY = 60
#: Seconds between two attempts, at most.
LONGEST_RETRY = 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one answer means.

    ``reason`` ends the registration; ``trouble`` is a fault of ours or of the set-up
    that is shown to operators. When more than the part ``hold`` of a page has it, every
    other target would meet with the same: then the project is held.
    """

    status: Delivery.Status
    reason: Browser.Reason | None = None
    trouble: bool = False
    hold: float = 1.0


OUTCOMES: Mapping[Answer, Outcome] = MappingProxyType(
    {
        Answer.ACCEPTED: Outcome(Delivery.Status.ACCEPTED),
        Answer.UNREGISTERED: Outcome(
            Delivery.Status.FAILED, Browser.Reason.UNREGISTERED
        ),
        Answer.SENDER_MISMATCH: Outcome(
            Delivery.Status.FAILED, Browser.Reason.SENDER_MISMATCH
        ),
        Answer.BAD_TARGET: Outcome(Delivery.Status.FAILED, Browser.Reason.BAD_TARGET),
        Answer.BAD_MESSAGE: Outcome(Delivery.Status.FAILED, trouble=True),
        Answer.BUSY: Outcome(Delivery.Status.RETRY, hold=0.1),
        Answer.UNAVAILABLE: Outcome(Delivery.Status.RETRY, hold=0.5),
        Answer.MISCONFIGURED: Outcome(Delivery.Status.RETRY, trouble=True, hold=0.5),
    }
)

#: What is shown to operators.
TROUBLE = frozenset(
    answer.value for answer, outcome in OUTCOMES.items() if outcome.trouble
)

#: A mismatch of the sender is the set-up's fault when most of at least so many have it.
MISMATCH_PAGE = 3


def judge(results: Sequence[DeliveryResult]) -> list[DeliveryResult]:
    """Return the results of one page with the blame where it belongs.

    When most of a page belongs to another sender, the portal's own project is wrong:
    then no browser is blamed.
    """
    mismatched = sum(result.answer is Answer.SENDER_MISMATCH for result in results)
    if len(results) < MISMATCH_PAGE or mismatched * 2 <= len(results):
        return list(results)
    return [
        replace(result, answer=Answer.MISCONFIGURED)
        if result.answer is Answer.SENDER_MISMATCH
        else result
        for result in results
    ]


def holding(results: Sequence[DeliveryResult]) -> DeliveryResult | None:
    """Return a result that every other target would meet with, or None.

    Of several, the one that asks for the longest wait. One answer alone may be that of its
    target, however small the page is; a fault of the set-up never is.
    """
    counted = Counter(result.answer for result in results)
    held = [
        result
        for result in results
        if counted[result.answer] > OUTCOMES[result.answer].hold * len(results)
        and (counted[result.answer] > 1 or result.answer is Answer.MISCONFIGURED)
    ]
    return max(held, key=lambda result: result.retry_after or 0, default=None)


def retry_at(now: datetime, attempt: int, result: DeliveryResult) -> datetime:
    """Return when to try again after this many attempts: backoff with full jitter."""
    least = BUSY_RETRY if result.answer is Answer.BUSY else FIRST_RETRY
    if result.retry_after is not None:
        least = max(FIRST_RETRY, result.retry_after)
    return now + timedelta(seconds=least) + _spread(attempt)


def backoff(attempt: int) -> timedelta:
    """Return how long to wait after this many attempts that came to nothing."""
    return timedelta(seconds=FIRST_RETRY) + _spread(attempt)


def _spread(attempt: int) -> timedelta:
    most = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(attempt - 1, 12))
    # Not for secrets: only to keep many retries from coming at one moment.
    return timedelta(seconds=random.uniform(0, most))  # noqa: S311  # nosec B311
