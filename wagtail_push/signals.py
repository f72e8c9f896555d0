"""What hosts can listen to.

Receivers run in the process that caused the event (a worker for sends); send their own
slow work to their own queue.
"""

from django.dispatch import Signal


#: A browser was registered. Provides ``browser``, ``created`` (False: renewed).
browser_registered = Signal()

#: A registration ended. Provides ``browser`` (its row may be gone afterwards), ``reason``.
browser_removed = Signal()

#: The service worker reported an event. Provides ``receipt``.
receipt_recorded = Signal()
