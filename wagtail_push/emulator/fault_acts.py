"""How a fault meets a request: with a wrong answer, a late one, or none."""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from wagtail_push.emulator.wire import GoogleError


# A handler is not told that its client has gone, so it has to look.
LOOK_EVERY = 0.1
DEFAULT_SECONDS = 5


@dataclass
class Case:
    """One request that a fault meets, and how the fault was set."""

    request: web.Request
    field: str
    retry_after: int | None
    seconds: float | None
    cleared: asyncio.Event


# None lets the request go on, to the answer that it gets without a fault.
Act = Callable[[Case], Awaitable[web.StreamResponse | None]]


def answers(error: Callable[[Case], GoogleError]) -> Act:
    """Return what answers with an error, and with Retry-After if that was asked for."""

    async def act(case: Case) -> web.StreamResponse:
        response = error(case).response()
        if case.retry_after is not None:
            response.headers["Retry-After"] = str(case.retry_after)
        return response

    return act


def says(status: int, content_type: str, text: str) -> Act:
    """Return what answers with a body that is not FCM's."""

    async def act(case: Case) -> web.StreamResponse:
        return web.Response(status=status, content_type=content_type, text=text)

    return act


async def slow(case: Case) -> web.StreamResponse | None:
    """Wait, then go on: a client that gave up meanwhile has still sent."""
    seconds = DEFAULT_SECONDS if case.seconds is None else case.seconds
    await _wait(case.cleared, seconds)
    return None


async def hang(case: Case) -> web.StreamResponse | None:
    """Wait until the fault is cleared, then go on; end when the client has gone."""
    while not await _wait(case.cleared, LOOK_EVERY):
        transport = case.request.transport
        if transport is None or transport.is_closing():
            return no_answer()
    return None


async def reset(case: Case) -> web.StreamResponse:
    """Break the connection off with a TCP reset."""
    transport = case.request.transport
    if transport is not None:
        # Without lingering, closing sends RST where it would send FIN; the structure
        # is one of shorts on Windows.
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return no_answer()


def no_answer() -> web.StreamResponse:
    """Return what stands for an answer that nobody gets; its status is 0."""
    return web.Response(status=0)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
