"""The backend as it is, with a note of how long each page took."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.messages import DeliveryResult, Envelope


FILE = "pages.log"


class Watched(FCMBackend):
    """Write one line for each page: when it began, how long it took, how many it had."""

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Send, and note it."""
        at, begun = time.time(), time.monotonic()
        results = super().send(envelopes)
        line = {"at": at, "took": time.monotonic() - begun, "number": len(envelopes)}
        # Short lines that are appended do not mix, whichever process writes them.
        with Path(settings.DATA_DIR, FILE).open("a") as log:
            log.write(json.dumps(line) + "\n")
        return results
