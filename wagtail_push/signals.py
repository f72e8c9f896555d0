"""What hosts can listen to.

Receivers run in the process that caused the event (a worker for sends); send their own
slow work to their own queue. One that raises is logged, and harms nothing else. All but
``browser_registered``, which belongs to the transaction of the registration, are sent
when the row is committed. What its receivers wrote is taken back where an error of the
database meets one of them.
"""

from django.dispatch import Signal


#: A browser was registered. Provides ``browser``, ``created`` (False: renewed).
browser_registered = Signal()

#: A registration ended. Provides ``browser`` (its row may be gone afterwards), ``reason``.
browser_removed = Signal()

#: FCM took messages over; sent once for each page. Provides ``notification`` and
#: ``answers``: by the primary key of a browser, what FCM said.
messages_accepted = Signal()

#: Messages failed for good; likewise.
messages_failed = Signal()

#: The service worker reported an event. Provides ``receipt``.
receipt_recorded = Signal()
