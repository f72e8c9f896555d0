"""A backend whose answers a race decides, and that lets others in before it answers."""

import threading
from collections.abc import Callable, Sequence
from typing import ClassVar

from wagtail_push.backends.base import Backend
from wagtail_push.messages import Answer, DeliveryResult, Envelope


class Answering(Backend):
    """Give the answers of ``answers``, and accept all else."""

    #: Each target that was sent to, and the thread that did it.
    sent: ClassVar[list[tuple[str, int]]] = []
    #: By notification and target.
    answers: ClassVar[dict[tuple[str, str], Answer]] = {}
    #: What happens between sending and recording.
    meanwhile: ClassVar[list[Callable[[], object]]] = []

    @classmethod
    def reset(cls, page_size: int = 100) -> None:
        """Forget what a race has set."""
        cls.sent.clear()
        cls.answers.clear()
        cls.meanwhile.clear()
        cls.page_size = page_size

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Answer, once whatever is to happen meanwhile has happened."""
        sent = [(envelope.content.id, envelope.target.value) for envelope in envelopes]
        self.sent.extend((target, threading.get_ident()) for _, target in sent)
        for wait in self.meanwhile:
            wait()
        return [
            DeliveryResult(answer=self.answers.get(each, Answer.ACCEPTED))
            for each in sent
        ]
