"""How the control API writes its answers: JSON that people can read."""

import json
from typing import Any

from aiohttp import web


def answer(value: Any) -> web.Response:
    """Return ``value`` as the body of an answer."""
    return web.json_response(value, dumps=_to_json)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
