"""Makes a running site answer wrongly while a test wants it to.

``tests/settings_failing.py`` puts the middleware before everything else. A test says what
is to go wrong in a file, because the site is another process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse


FILE = "failing.json"
HELD = "held"
#: Seconds after which a request is let go whatever happens.
LONGEST = 30

GetResponse = Callable[[HttpRequest], HttpResponse]


def failing(get_response: GetResponse) -> GetResponse:
    """Answer as the file says; without one, as usual."""
    folder = Path(settings.DATA_DIR)

    def middleware(request: HttpRequest) -> HttpResponse:
        method = "GET" if request.method == "HEAD" else request.method
        wrong = wanted(folder).get(f"{method} {request.path}")
        if wrong is None:
            return get_response(request)
        if wrong.get("held"):
            hold(folder)
            return get_response(request)
        return HttpResponse(
            wrong.get("body", ""),
            status=wrong["status"],
            content_type=wrong.get("type", "text/html"),
            headers=wrong.get("headers", {}),
        )

    return middleware


def wanted(folder: Path) -> dict[str, Any]:
    """Return what is to go wrong, by method and path."""
    try:
        answers: dict[str, Any] = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return {}
    return answers


def hold(folder: Path) -> None:
    """Say that a request is here, and keep it until nothing is to go wrong."""
    (folder / HELD).touch()
    until = time.monotonic() + LONGEST
    while wanted(folder) and time.monotonic() < until:
        time.sleep(0.05)


@contextmanager
def goes_wrong(folder: Path, request: str, **answer: Any) -> Iterator[None]:
    """Make the site in ``folder`` answer one kind of request wrongly.

    ``request`` is a method and a path; ``answer`` is ``status`` and, if it matters,
    ``type``, ``body`` and ``headers``; or ``held=True``, which keeps it waiting.
    """
    draft = folder / f"{FILE}.draft"
    draft.write_text(json.dumps({request: answer}))
    draft.replace(folder / FILE)
    try:
        yield
    finally:
        (folder / FILE).unlink()
        (folder / HELD).unlink(missing_ok=True)
