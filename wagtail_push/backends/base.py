"""The interface of backends."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from wagtail_push.messages import DeliveryResult, Envelope


class Backend(ABC):
    """Hands envelopes over to whoever carries them.

    A backend knows no database. One instance serves a whole process, so set-up belongs
    in ``__init__`` or, better, at the first use.
    """

    #: How many envelopes ``send`` is given at once, at most.
    page_size = 100

    @abstractmethod
    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Hand over; return one result per envelope, in the same order.

        Never raises half-way: what went wrong with one envelope is its result's
        ``answer``. An exception means that nothing at all was handed over.
        """
