"""Keeps what would be sent, for tests."""

from collections.abc import Sequence

from wagtail_push.backends.base import Backend
from wagtail_push.messages import Answer, DeliveryResult, Envelope


#: Every envelope that a ``LocMemBackend`` of this process was given.
outbox: list[Envelope] = []


class LocMemBackend(Backend):
    """Append each envelope to ``outbox`` and call it accepted."""

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Keep the envelopes."""
        outbox.extend(envelopes)
        return [DeliveryResult(answer=Answer.ACCEPTED) for _ in envelopes]
