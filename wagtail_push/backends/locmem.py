"""Keeps what would be sent, for tests; answers as it is told, or as a target is called."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from wagtail_push.backends.base import Backend
from wagtail_push.messages import Answer, DeliveryResult, Envelope


#: The name of a failure.
Failure = Literal["unregistered", "quota", "auth", "timeout"]

#: What ``FCMBackend`` makes of each of them.
FAILURES: Mapping[str, DeliveryResult] = MappingProxyType(
    {
        "unregistered": DeliveryResult(
            answer=Answer.UNREGISTERED, detail="Requested entity was not found."
        ),
        "quota": DeliveryResult(
            answer=Answer.BUSY, detail="Quota exceeded for messages."
        ),
        "auth": DeliveryResult(
            answer=Answer.MISCONFIGURED,
            detail="The caller does not have permission.",
        ),
        "timeout": DeliveryResult(
            answer=Answer.UNAVAILABLE, detail="FCM did not answer in time."
        ),
    }
)

ACCEPTED = DeliveryResult(answer=Answer.ACCEPTED)

#: Stands for every target in ``answers``.
ALL = ""

#: Every envelope that a ``LocMemBackend`` of this process was given.
outbox: list[Envelope] = []

#: What is answered, by target. One that is not there is as its name says:
#: ``quota-7`` meets "quota"; any other is accepted.
answers: dict[str, DeliveryResult] = {}


class LocMemBackend(Backend):
    """Append each envelope to ``outbox``, and answer from ``answers``."""

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Keep the envelopes."""
        outbox.extend(envelopes)
        return [_answer(envelope.target.value) for envelope in envelopes]


def _answer(target: str) -> DeliveryResult:
    return (
        answers.get(target)
        or answers.get(ALL)
        or FAILURES.get(target.partition("-")[0], ACCEPTED)
    )
