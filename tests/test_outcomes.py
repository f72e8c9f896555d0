"""The table: what each answer of FCM does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from wagtail_push.messages import Answer, DeliveryResult
from wagtail_push.models import Browser, Delivery
from wagtail_push.outcomes import OUTCOMES, Outcome, holding, judge, retry_at


STATUS, REASON = Delivery.Status, Browser.Reason


def test_the_whole_table() -> None:
    assert dict(OUTCOMES) == {
        Answer.ACCEPTED: Outcome(STATUS.ACCEPTED),
        Answer.UNREGISTERED: Outcome(STATUS.FAILED, REASON.UNREGISTERED),
        Answer.SENDER_MISMATCH: Outcome(STATUS.FAILED, REASON.SENDER_MISMATCH),
        Answer.BAD_TARGET: Outcome(STATUS.FAILED, REASON.BAD_TARGET),
        Answer.BAD_MESSAGE: Outcome(STATUS.FAILED, trouble=True),
        Answer.BUSY: Outcome(STATUS.RETRY, hold=0.1),
        Answer.UNAVAILABLE: Outcome(STATUS.RETRY, hold=0.5),
        Answer.MISCONFIGURED: Outcome(STATUS.RETRY, trouble=True, hold=0.5),
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
    judged = judge([DeliveryResult(answer=letters[a], detail=a) for a in answers])

    found = [OUTCOMES[result.answer] for result in judged]
    assert sum(outcome.reason is not None for outcome in found) == blamed
    assert sum(outcome.trouble for outcome in found) == (
        0 if blamed else answers.count("M")
    )
    assert "".join(result.detail for result in judged) == answers


@pytest.mark.parametrize(
    ("answers", "held"),
    [
        ({}, None),
        ({Answer.ACCEPTED: 10}, None),
        ({Answer.UNREGISTERED: 10}, None),
        ({Answer.BUSY: 1, Answer.ACCEPTED: 9}, None),  # that target's own limit
        ({Answer.BUSY: 1, Answer.ACCEPTED: 2}, None),
        ({Answer.BUSY: 1}, None),
        ({Answer.UNAVAILABLE: 1}, None),
        ({Answer.MISCONFIGURED: 1}, Answer.MISCONFIGURED),
        ({Answer.BUSY: 2, Answer.ACCEPTED: 8}, Answer.BUSY),
        ({Answer.UNAVAILABLE: 5, Answer.ACCEPTED: 5}, None),
        ({Answer.UNAVAILABLE: 6, Answer.ACCEPTED: 4}, Answer.UNAVAILABLE),
        ({Answer.MISCONFIGURED: 5, Answer.ACCEPTED: 5}, None),
        ({Answer.MISCONFIGURED: 6, Answer.BAD_TARGET: 4}, Answer.MISCONFIGURED),
    ],
)
def test_what_every_other_target_would_meet(
    answers: dict[Answer, int], held: Answer | None
) -> None:
    results = [
        DeliveryResult(answer=answer, retry_after=number)
        for answer, count in answers.items()
        for number in range(count)
    ]

    found = holding(results)

    assert (found.answer if found else None) is held
    # The longest wait that one of them asks for.
    assert not found or found.retry_after == answers[found.answer] - 1


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
