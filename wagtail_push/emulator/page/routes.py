"""Answer for the page: show it, and redirect after each form."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from wagtail_push.emulator.middleware import CONTROL
from wagtail_push.emulator.page.deeds import Deeds, Values, is_number
from wagtail_push.emulator.page.layout import page
from wagtail_push.emulator.page.showing import Showing
from wagtail_push.emulator.wire import GoogleError


HERE = Path(__file__).parent
ASSETS = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Without any referrer a browser would hide the origin of our own forms, too.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page:
    """Answer under ``/emulator/`` for people."""

    def __init__(self, showing: Showing, deeds: Deeds) -> None:
        self._showing = showing
        self._deeds = deeds

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        base = CONTROL + "page/"
        return [
            web.get(CONTROL.rstrip("/"), self.lead),
            web.get(CONTROL, self.show),
            *(web.get(base + name, self.asset) for name in ASSETS),
            web.post(base + "push", self._form(self._deeds.push)),
            web.post(base + "kill", self._form(self._deeds.kill)),
            web.post(base + "fault", self._form(self._deeds.fault)),
            web.post(base + "clear", self._form(self._deeds.clear)),
        ]

    async def lead(self, request: web.Request) -> web.Response:
        """Lead to the page."""
        return web.Response(status=303, headers={"Location": CONTROL})

    async def asset(self, request: web.Request) -> web.Response:
        """Answer with a file of the page."""
        name = request.path.rpartition("/")[2]
        return web.Response(
            text=(HERE / name).read_text(encoding="utf-8"),
            content_type=ASSETS[name],
            charset="utf-8",
            headers=HEADERS,
        )

    async def show(self, request: web.Request) -> web.Response:
        """Answer with the page."""
        return self._page(request, dict(request.query))

    def _page(
        self, request: web.Request, values: Values, error: GoogleError | None = None
    ) -> web.Response:
        origin = f"http://{request.host}"
        view = self._showing.view(origin, values, error.message if error else "")
        return web.Response(
            text=page(view),
            status=error.code if error else 200,
            content_type="text/html",
            charset="utf-8",
            headers=HEADERS,
        )

    def _form(
        self, deed: Callable[[Values], Awaitable[str]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            form = await request.post()
            values = {
                name: text for name, text in form.items() if isinstance(text, str)
            }
            try:
                done = await deed(values)
            except GoogleError as error:
                return self._page(request, values, error)
            location = f"{CONTROL}?done={done}"
            chosen = values.get("registration", "")
            if is_number(chosen):
                location += f"&registration={chosen}"
            return web.Response(status=303, headers={"Location": location})

        return handle
