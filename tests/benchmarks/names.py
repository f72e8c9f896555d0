"""Leads Google's names to the stand-in, in the process that measures and in its children.

The addresses in the code stay Google's: firebase-admin keeps its pool of 100 connections
for that host alone, and another one would make it slower than it is.
"""

from __future__ import annotations

import importlib.util
import os
import socket
from typing import Any

from tests.benchmarks.standin import FCM, OAUTH


NAMES = (FCM, OAUTH)


def lead_to_stand_in() -> None:
    """Answer for Google's names with the stand-in; no other host is reachable."""
    port = int(os.environ["STAND_IN_PORT"])
    _patch_sockets(port)
    if importlib.util.find_spec("pycurl"):
        _patch_curl(port)


def _patch_sockets(port: int) -> None:
    really = socket.getaddrinfo

    def getaddrinfo(host: Any, service: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in NAMES:
            return really("127.0.0.1", port, *args, **kwargs)
        if name not in {None, "", "localhost", "127.0.0.1", "::1"}:
            raise socket.gaierror(
                socket.EAI_NONAME, f"{name} is not asked by benchmarks"
            )
        return really(host, service, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def _patch_curl(port: int) -> None:
    import pycurl

    there = [f"{name}:443:127.0.0.1:{port}" for name in NAMES]

    class Curl(pycurl.Curl):  # type: ignore[misc]  # pycurl has no types
        """Asks for Google and connects to the stand-in."""

        def __init__(self) -> None:
            super().__init__()
            self.setopt(pycurl.CONNECT_TO, there)

    pycurl.Curl = Curl
