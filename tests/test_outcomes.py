"""The table: what each answer of FCM does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from wagtail_push.messages import Answer, DeliveryResult
from wagtail_push.models import Browser, Delivery
from wagtail_push.outcomes import OUTCOMES, Outcome, judge, retry_at


STATUS, REASON = Delivery.Status, Browser.Reason


def test_the_whole_table() -> None:
    assert dict(OUTCOMES) == {
        Answer.ACCEPTED: Outcome(STATUS.ACCEPTED),
        Answer.UNREGISTERED: Outcome(STATUS.FAILED, REASON.UNREGISTERED),
        Answer.SENDER_MISMATCH: Outcome(STATUS.FAILED, REASON.SENDER_MISMATCH),
        Answer.BAD_TARGET: Outcome(STATUS.FAILED, REASON.BAD_TARGET),
        Answer.BAD_MESSAGE: Outcome(STATUS.FAILED, trouble=True),
        Answer.BUSY: Outcome(STATUS.RETRY, hold=True),
        Answer.UNAVAILABLE: Outcome(STATUS.RETRY),
        Answer.MISCONFIGURED: Outcome(STATUS.RETRY, trouble=True, hold=True),
    }
    assert set(OUTCOMES) == set(Answer)


@pytest.mark.parametrize(
    ("answers", "blamed"),
    [
        ("M", 1),  # one alone: this browser is another sender's
        ("MAA", 1),
        ("MMA", 0),  # most of a page: our own project is wrong
        ("MMM", 0),
        ("MMAA", 2),
    ],
)
def test_whom_a_sender_mismatch_blames(answers: str, blamed: int) -> None:
    letters = {"M": Answer.SENDER_MISMATCH, "A": Answer.ACCEPTED}
    outcomes = judge([DeliveryResult(answer=letters[a]) for a in answers])

    assert sum(outcome.reason is not None for outcome in outcomes) == blamed
    assert sum(outcome.trouble for outcome in outcomes) == (
        0 if blamed else answers.count("M")
    )


@pytest.mark.parametrize(
    ("answer", "retry_after", "attempt", "least", "most"),
    [
        (Answer.UNAVAILABLE, None, 1, 10, 20),
        (Answer.UNAVAILABLE, None, 3, 10, 50),
        (Answer.UNAVAILABLE, None, 99, 10, 3610),
        (Answer.UNAVAILABLE, 7, 1, 10, 20),
        (Answer.BUSY, None, 1, 60, 70),
        (Answer.BUSY, 30, 1, 30, 40),
        (Answer.BUSY, 300, 1, 300, 310),
    ],
)
def test_when_it_is_tried_again(
    answer: Answer, retry_after: int | None, attempt: int, least: int, most: int
) -> None:
    now = timezone.now()
    result = DeliveryResult(answer=answer, retry_after=retry_after)

    waits = {retry_at(now, attempt, result) - now for _ in range(200)}

    assert timedelta(seconds=least) <= min(waits)
    assert max(waits) <= timedelta(seconds=most)
    assert len(waits) > 100
