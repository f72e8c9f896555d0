"""Around every answer: CORS, errors in Google's form, and the list of requests."""

import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from wagtail_push.emulator import oauth, push_http
from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.fault_board import MET
from wagtail_push.emulator.guard import is_loopback
from wagtail_push.emulator.wire import GoogleError, parse_json


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTROL = "/emulator/"
CONFIG = CONTROL + "config"
FOR_PAGES = (
    "/firebaseinstallations.googleapis.com/",
    "/fcmregistrations.googleapis.com/",
    CONFIG,
)
REMEMBERED = 1000

log = logging.getLogger("emulator.http")


class RequestLog:
    """Remember the latest requests, without anything that proves an identity."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    async def add(self, request: web.Request, status: int) -> None:
        """Remember a request that was answered with ``status``."""
        self._entries.append(
            {
                "time": self._clock.real(),
                "method": request.method,
                "path": request.path,
                "status": status,
                "fault": request.get(MET),
                "body": await self._body(request),
            }
        )

    async def _body(self, request: web.Request) -> Any:
        if request.path == oauth.PATH:
            return None
        try:
            body = await request.read()
        except (web.HTTPException, ConnectionError):
            return None
        if not body:
            return None
        if request.path.startswith(push_http.PATH):
            return f"{len(body)} bytes"
        try:
            return parse_json(body)
        except ValueError:
            return body.decode(errors="replace")

    def forget(self) -> None:
        """Forget every request."""
        self._entries.clear()

    def listing(self) -> list[dict[str, Any]]:
        """Return what ``/emulator/requests`` shows, newest last."""
        return list(self._entries)

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """Return the latest requests, newest first."""
        return list(itertools.islice(reversed(self._entries), limit))


def around(requests: RequestLog) -> Middleware:
    """Return the middleware."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        for_pages = request.path.startswith(FOR_PAGES)
        if for_pages and request.method == "OPTIONS":
            return _preflight(request)
        response = await _answer(request, handler)
        if for_pages:
            response.headers["Access-Control-Allow-Origin"] = "*"
        if not request.path.startswith(CONTROL) and request.path != "/":
            await requests.add(request, response.status)
            route = request.match_info.route.resource
            name = route.canonical if route else "an unknown path"
            fault = f" ({request[MET]})" if MET in request else ""
            log.info("%s %s %d%s", request.method, name, response.status, fault)
        return response

    return middleware


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if request.path.startswith(CONTROL):
            _check_caller(request)
        return await handler(request)
    except GoogleError as error:
        return error.response()
    except web.HTTPException as error:
        status = (error.reason or "").upper().replace(" ", "_")
        message = f"{request.method} {request.path}: {error.reason}"
        return GoogleError(error.status, status, message).response()
    except Exception:
        log.exception("%s %s", request.method, request.path)
        message = "Internal error encountered; the emulator's log has more."
        return GoogleError(500, "INTERNAL", message).response()


def _check_caller(request: web.Request) -> None:
    """Refuse foreign pages, which DNS rebinding gives this address under a name."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and request.path != CONFIG and not _is_local(origin)
    if foreign or not _is_local(f"//{request.headers.get('Host', '')}"):
        raise GoogleError(
            403,
            "PERMISSION_DENIED",
            "/emulator/ answers only to localhost and loopback addresses.",
        )


def _is_local(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname)
    except ValueError:
        return False


def _preflight(request: web.Request) -> web.Response:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
        # An asterisk would not cover Authorization.
        "Access-Control-Allow-Headers": request.headers.get(
            "Access-Control-Request-Headers", "*"
        ),
        "Access-Control-Max-Age": "600",
    }
    if "Access-Control-Request-Private-Network" in request.headers:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=204, headers=headers)
