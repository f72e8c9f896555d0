"""Every error is a problem document (RFC 9457) with a stable code."""

import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    NotFound,
    ValidationError,
)
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.response import Response

from wagtail_push.exceptions import Refused, TooOften


#: By code, what the page may show. REST framework's own sentences are translated only
#: where it stands in INSTALLED_APPS, which a host need not do.
SENTENCES = {
    "not_authenticated": _("You have been signed out. Sign in and try again."),
    "permission_denied": _("You may not do this."),
    "no_account": _("You may not act for this customer account."),
    "not_found": _("This does not exist any more. Reload the page."),
    "throttled": _("That was too often. Wait a moment and try again."),
    "parse_error": _("The request could not be read."),
    "too_large": _("The request could not be read."),
    "unsupported_media_type": _("The request could not be read."),
    "invalid": _("Something in the request is not right."),
}


#: The media type of a problem document.
PROBLEM = "application/problem+json"


class Conflict(APIException):
    """What cannot be, with the reason as code."""

    status_code = status.HTTP_409_CONFLICT


class Busy(APIException):
    """Asked for again too soon; the answer says when it may be tried again."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = TooOften.code

    def __init__(self, detail: str, wait: int) -> None:
        """Keep the seconds to wait."""
        super().__init__(detail)
        self.wait = wait


def handle_exception(error: Exception, context: Any) -> Response | None:
    """Return the problem document of an exception, or None to let it through."""
    if isinstance(error, TooOften):
        error = Busy(str(error), error.wait)
    elif isinstance(error, Refused):
        error = Conflict(str(error), code=error.code)
    elif isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = ApiPermissionDenied()
    if not isinstance(error, APIException):
        return None
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    fields = error.detail if isinstance(error, ValidationError) else None
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": str(SENTENCES.get(code, error.detail)),
        "code": code,
    }
    if fields is not None:
        problem["fields"] = fields
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    response = Response(
        problem,
        status=error.status_code,
        headers=headers,
        content_type=PROBLEM,
    )
    response.exception = True
    return response
