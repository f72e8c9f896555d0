"""The cookie by which the portal recognises a physical browser."""

import uuid

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase


#: "KEY" is what makes Django hide its value in reports of errors.
COOKIE = "wagtail_push_device_key"
SALT = "wagtail_push.device"

#: Seconds: what browsers allow at most (RFC 6265bis, 400 days).
MAX_AGE = 400 * 24 * 3600


def read_device(request: HttpRequest) -> uuid.UUID | None:
    """Return the device id that this browser's cookie holds, if we signed it."""
    try:
        value = request.get_signed_cookie(COOKIE, salt=SALT, max_age=MAX_AGE)
        return uuid.UUID(value)
    except (KeyError, signing.BadSignature, ValueError):
        return None


def write_device(
    request: HttpRequest, response: HttpResponseBase, device_id: uuid.UUID
) -> None:
    """Make this browser recognisable: HttpOnly, signed, for this portal alone."""
    response.set_signed_cookie(
        COOKIE,
        str(device_id),
        salt=SALT,
        max_age=MAX_AGE,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
