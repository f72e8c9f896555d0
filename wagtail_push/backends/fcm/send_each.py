"""firebase-admin's own ``send_each``: one thread and one HTTP/1.1 request per message."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Timeout

from wagtail_push.backends.fcm.answers import TOO_LATE, Reply, no_connection
from wagtail_push.backends.fcm.encoding import message
from wagtail_push.backends.fcm.project import Project
from wagtail_push.messages import Envelope


#: Messages that send_each takes in one call; with more it raises.
MOST_AT_ONCE = 500


class SendEach:
    """The transport where the extra ``fast`` is not installed."""

    page_size = 100

    def __init__(self, project: Project, timeout: float) -> None:
        """Take the answers away from the SDK."""
        self._app = project.app
        self._adapter = _Adapter(timeout)
        project.service._client.session.mount(project.url, self._adapter)

    def send(
        self, envelopes: Sequence[Envelope], headers: Mapping[str, str], until: float
    ) -> list[Reply]:
        """Send each in a thread of its own; the SDK makes the headers itself."""
        from firebase_admin import exceptions, messaging

        self._adapter.until = until
        replies: dict[int, Reply] = {}
        for dry_run, places in _portions(envelopes):
            messages = [message(envelopes[place]) for place in places]
            try:
                batch = messaging.send_each(messages, dry_run=dry_run, app=self._app)
            except exceptions.FirebaseError as error:
                # The SDK loses the whole batch on one foreign exception. Some messages
                # may have left: a repeat carries the same topic and tag.
                replies |= dict.fromkeys(places, no_connection(error))
                continue
            for place, response in zip(places, batch.responses, strict=True):
                replies[place] = response.exception.cause.reply
        return [replies[place] for place in range(len(envelopes))]


def _portions(envelopes: Sequence[Envelope]) -> Iterator[tuple[bool, list[int]]]:
    """Yield places of envelopes that the SDK takes in one call."""
    for dry_run in (False, True):
        places = [i for i, e in enumerate(envelopes) if e.dry_run is dry_run]
        for start in range(0, len(places), MOST_AT_ONCE):
            yield dry_run, places[start : start + MOST_AT_ONCE]


class _Answered(requests.RequestException):
    """Carries a reply through the SDK."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class _Adapter(HTTPAdapter):
    """Raises whatever the answer is: an exception is what the SDK hands on unread.

    Left to itself it sleeps as long as Retry-After says, up to four times; follows
    redirects; fetches a new token in every thread whose message was refused for the old
    one; and dies of an odd answer with all the others of the batch.
    """

    def __init__(self, timeout: float) -> None:
        super().__init__(pool_connections=1, pool_maxsize=SendEach.page_size)
        self._timeout = timeout
        self.until = 0.0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        left = min(self._timeout, self.until - time.monotonic())
        try:
            response = super().send(
                *args, **kwargs | {"timeout": Timeout(total=max(left, 0.001))}
            )
            reply = Reply(
                response.status_code,
                response.content,
                response.headers.get("Retry-After", ""),
            )
        except requests.Timeout:
            reply = TOO_LATE
        except requests.RequestException as error:
            reply = no_connection(error)
        raise _Answered(reply)
