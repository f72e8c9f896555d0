"""Prints what would be sent."""

import sys
from collections.abc import Sequence

from wagtail_push.backends.base import Backend
from wagtail_push.messages import Answer, DeliveryResult, Envelope


class ConsoleBackend(Backend):
    """Write each notification to standard output instead of sending it."""

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Print the content of each envelope; no target is shown."""
        for envelope in envelopes:
            content = envelope.content
            sys.stdout.write(
                f"Push to {envelope.target!r}, valid for {envelope.ttl} s\n"
                f"  {content.title}\n  {content.body}\n  {content.url}\n"
            )
        return [DeliveryResult(answer=Answer.ACCEPTED) for _ in envelopes]
