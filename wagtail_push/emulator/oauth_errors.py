"""How a token endpoint refuses (RFC 6749, section 5.2)."""

from aiohttp import web


def refused(error: str, description: str, status: int = 400) -> web.Response:
    """Return the answer to an exchange that is refused."""
    body = {"error": error, "error_description": description}
    return web.json_response(body, status=status)
