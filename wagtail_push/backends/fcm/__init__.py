"""Sends through Firebase Cloud Messaging with firebase-admin.

The only package that knows ``firebase_admin``, which is imported when the first envelope
is sent: that keeps it out of web processes. It holds the credentials and encodes the
messages; what carries them is a transport, and what comes back is read by one function.
"""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from wagtail_push.backends.base import Backend
from wagtail_push.backends.fcm.answers import Reply, read, refuses_token
from wagtail_push.backends.fcm.project import Project
from wagtail_push.messages import Answer, DeliveryResult, Envelope


#: What is public; the rest is for the other rooms.
__all__ = ["FCMBackend"]


class Transport(Protocol):
    """Carries envelopes to one project's FCM; made in the process that sends."""

    #: How many envelopes ``send`` is given at once, at most.
    page_size: int

    def __init__(self, project: Project, timeout: float) -> None:
        """Prepare; ``timeout`` is the most seconds that one request may take."""

    def send(
        self, envelopes: Sequence[Envelope], headers: Mapping[str, str], until: float
    ) -> list[Reply]:
        """Return one reply per envelope, in the same order.

        ``headers`` go with each; ``until`` is on the monotonic clock: what is
        unanswered then has no answer.
        """


class FCMBackend(Backend):
    """Hands envelopes to FCM, or to the emulator where one is configured.

    By HTTP/2 over few connections where the extra ``fast`` is installed, else with
    firebase-admin's own ``send_each``, which is many times slower and does the same.
    """

    #: Seconds that one request, and one call of ``send``, may take: with the time to
    #: notice it on a busy machine, ten and thirty at most.
    request_timeout: float = 9
    page_timeout: float = 29

    def __init__(self, transport: type[Transport] | None = None) -> None:
        """Prepare nothing but the choice: all else is made in the process that sends."""
        self._kind = transport or _fastest()
        self.page_size = self._kind.page_size
        self._lock = threading.Lock()
        self._made: list[tuple[int, Project, Transport]] = []

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Send them; one request each, many at once."""
        if not envelopes:
            return []
        with self._lock:
            return self._send(envelopes, time.monotonic() + self.page_timeout)

    def _send(
        self, envelopes: Sequence[Envelope], until: float
    ) -> list[DeliveryResult]:
        from google.auth.exceptions import GoogleAuthError

        project, transport = self._ready()
        results: dict[int, DeliveryResult] = {}
        places = list(range(len(envelopes)))
        # A token may end before its time: then what it was refused for goes once more.
        for renew in (False, True):
            soon = min(until, time.monotonic() + self.request_timeout)
            try:
                headers = project.authorize(soon, renew=renew)
            except (GoogleAuthError, ValueError) as error:
                results |= dict.fromkeys(places, _no_token(error))
                break
            replies = transport.send([envelopes[i] for i in places], headers, until)
            for place, reply in zip(places, replies, strict=True):
                results[place] = read(reply, envelopes[place].target)
            places = [
                place
                for place, reply in zip(places, replies, strict=True)
                if refuses_token(reply)
            ]
            if not places:
                break
        return [results[place] for place in range(len(envelopes))]

    def _ready(self) -> tuple[Project, Transport]:
        # What was made before a fork stays in the list: to let go of it here would
        # end the parent's connections.
        if not self._made or self._made[-1][0] != os.getpid():
            project = Project()
            transport = self._kind(project, self.request_timeout)
            self._made.append((os.getpid(), project, transport))
        _, project, transport = self._made[-1]
        return project, transport


def _fastest() -> type[Transport]:
    try:
        from wagtail_push.backends.fcm.multiplexed import Multiplexed
    except ImportError:
        from wagtail_push.backends.fcm.send_each import SendEach

        return SendEach
    return Multiplexed


def _no_token(error: Exception) -> DeliveryResult:
    from google.auth.exceptions import TransportError

    passing = isinstance(error, TransportError)
    return DeliveryResult(
        answer=Answer.UNAVAILABLE if passing else Answer.MISCONFIGURED,
        detail=f"No access token from Google: {error}"[:250],
    )
