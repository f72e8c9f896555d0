"""Many requests at once over few connections: HTTP/2 by libcurl.

Needs ``pycurl``, which the extra ``fast`` installs.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pycurl
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from wagtail_push.backends.fcm.answers import TOO_LATE, Reply, no_connection
from wagtail_push.backends.fcm.encoding import bodies
from wagtail_push.backends.fcm.project import Project
from wagtail_push.messages import Envelope


if not pycurl.version_info()[4] & pycurl.VERSION_HTTP2:
    # Without streams it would be slower than send_each.
    raise ImportError("This libcurl knows no HTTP/2.")

#: Requests that one connection carries at once: FCM ends one that has more.
STREAMS = 100

#: Connections at most: ten of HTTP/2 carry a page, and HTTP/1.1 has no streams.
CONNECTIONS = 100


class Multiplexed:
    """The transport that reaches FCM's quota.

    One request per envelope; connections are kept from page to page. By itself libcurl
    obeys the environment's proxies, follows no redirect, and repeats only what met a
    connection that had ended meanwhile, or what the server says it did not process.
    """

    page_size = 1000

    def __init__(self, project: Project, timeout: float) -> None:
        """Connect at the first use."""
        self._project = project
        self._timeout = timeout
        secure = project.url.startswith("https://")
        self._at_once = self.page_size if secure else CONNECTIONS
        self._authorities = _authorities(project)
        self._idle: list[Any] = []
        self._multi = _multi()

    def send(
        self, envelopes: Sequence[Envelope], headers: Mapping[str, str], until: float
    ) -> list[Reply]:
        """Post them all, and wait for the last answer."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        waiting = enumerate(bodies(self._project.service, envelopes))
        replies = [TOO_LATE] * len(envelopes)
        flying: set[Any] = set()
        try:
            while (left := until - time.monotonic()) > 0:
                for place, body in islice(waiting, self._at_once - len(flying)):
                    flying.add(self._start(place, body, lines))
                if not flying:
                    break
                self._multi.perform()
                landed = len(flying)
                for curl, reply in self._ended():
                    replies[curl.place] = reply
                    self._multi.remove_handle(curl)
                    flying.remove(curl)
                    self._idle.append(curl)
                if landed == len(flying):
                    self._wait(left)
        finally:
            if flying or TOO_LATE in replies:
                # A connection on which nothing comes back may be dead.
                for curl in flying:
                    self._multi.remove_handle(curl)
                self._multi.close()
                self._multi = _multi()
        return replies

    def _start(self, place: int, body: bytes, lines: list[str]) -> Any:
        curl = self._idle.pop() if self._idle else self._handle()
        curl.place = place
        curl.head.clear()
        curl.body.clear()
        if curl.lines != lines:
            curl.lines = lines
            curl.setopt(pycurl.HTTPHEADER, lines)
        curl.setopt(pycurl.POSTFIELDS, body)
        self._multi.add_handle(curl)
        return curl

    def _ended(self) -> Iterator[tuple[Any, Reply]]:
        more = 1
        while more:
            more, answered, failed = self._multi.info_read()
            for curl in answered:
                status = curl.getinfo(pycurl.RESPONSE_CODE)
                retry_after = _retry_after(curl.head) if status >= 400 else ""
                yield curl, Reply(status, b"".join(curl.body), retry_after)
            for curl, code, reason in failed:
                late = code == pycurl.E_OPERATION_TIMEDOUT
                yield curl, TOO_LATE if late else no_connection(reason)

    def _wait(self, most: float) -> None:
        soon = self._multi.timeout() / 1000
        self._multi.select(min(most, soon) if soon >= 0 else most)

    def _handle(self) -> Any:
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, self._project.url)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        # Rather wait for a stream than open a connection for each.
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.TIMEOUT_MS, int(self._timeout * 1000))
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(*self._authorities)
        # The least there is: messages are short, and there are a thousand handles.
        curl.setopt(pycurl.UPLOAD_BUFFERSIZE, 16_384)
        curl.lines, curl.head, curl.body = [], [], []
        curl.setopt(pycurl.HEADERFUNCTION, curl.head.append)
        curl.setopt(pycurl.WRITEFUNCTION, curl.body.append)
        return curl


def _multi() -> Any:
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, STREAMS)
    multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
    multi.setopt(pycurl.M_MAXCONNECTS, CONNECTIONS)
    return multi


def _authorities(project: Project) -> tuple[int, str]:
    """Return the option that makes libcurl trust whom requests trusts."""
    session = project.service._client.session
    found = session.merge_environment_settings(project.url, {}, None, None, None)
    path = DEFAULT_CA_BUNDLE_PATH if found["verify"] is True else found["verify"]
    return pycurl.CAPATH if Path(path).is_dir() else pycurl.CAINFO, str(path)


def _retry_after(head: Sequence[bytes]) -> str:
    for line in head:
        name, _, value = line.partition(b":")
        if name.lower() == b"retry-after":
            return value.strip().decode("latin-1")
    return ""
