"""Every error is a problem document (RFC 9457) with a stable code."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    NotFound,
    ValidationError,
)
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from wagtail_push.exceptions import Refused


class ProblemRenderer(JSONRenderer):
    """JSON under the media type that says it is a problem document."""

    media_type = "application/problem+json"


class Conflict(APIException):
    """What cannot be, with the reason as code."""

    status_code = status.HTTP_409_CONFLICT


def handle_exception(error: Exception, context: Any) -> Response | None:
    """Return the problem document of an exception, or None to let it through."""
    if isinstance(error, Refused):
        error = Conflict(str(error), code=error.code)
    elif isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = ApiPermissionDenied()
    if not isinstance(error, APIException):
        return None
    codes = error.get_codes()
    fields = error.detail if isinstance(error, ValidationError) else None
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": _sentence(error.detail),
        "code": codes if isinstance(codes, str) else "invalid",
    }
    if fields is not None:
        problem["fields"] = fields
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    response = Response(
        problem,
        status=error.status_code,
        headers=headers,
        content_type=ProblemRenderer.media_type,
    )
    response.exception = True
    return response


def _sentence(detail: Any) -> str:
    while isinstance(detail, dict | list):
        if not detail:
            return ""
        detail = next(iter(detail.values())) if isinstance(detail, dict) else detail[0]
    return str(detail)
