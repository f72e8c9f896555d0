"""JSON in, JSON out: what all of Google's REST interfaces have in common.

Error bodies follow https://cloud.google.com/apis/design/errors and, for messages,
https://firebase.google.com/docs/cloud-messaging/error-codes.
"""

import json
from typing import Any

from aiohttp import web


FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
MALFORMED_TARGET = "The registration token is not a valid FCM registration token"

type_names = {dict: "an object", str: "a string"}


class GoogleError(Exception):
    """Carry the status and the body of an error answer of a Google API."""

    def __init__(
        self, code: int, status: str, message: str, *details: dict[str, Any]
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = details

    def response(self) -> web.Response:
        """Return the answer as Google writes it."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        if self.details:
            error["details"] = list(self.details)
        return web.json_response({"error": error}, status=self.code)


def invalid(message: str) -> GoogleError:
    """Return the answer to a request that cannot be understood."""
    return GoogleError(400, "INVALID_ARGUMENT", message)


def invalid_field(field: str, message: str) -> GoogleError:
    """Return FCM's answer to a message whose ``field`` is wrong."""
    return GoogleError(400, "INVALID_ARGUMENT", message, _violation(field, message))


def invalid_target(field: str, message: str) -> GoogleError:
    """Return the answer to a target that cannot be one.

    Google's example of this answer has the ``FcmError`` alone; that a field may be
    named beside it is an assumption, kept so that clients meet both.
    """
    return GoogleError(
        400,
        "INVALID_ARGUMENT",
        message,
        {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
        _violation(field, message),
    )


def _violation(field: str, message: str) -> dict[str, Any]:
    violations = [{"field": field, "description": message}]
    return {"@type": BAD_REQUEST, "fieldViolations": violations}


def fcm_error(code: int, status: str, error_code: str, message: str) -> GoogleError:
    """Return an answer whose reason stands in an ``FcmError`` detail."""
    return GoogleError(
        code, status, message, {"@type": FCM_ERROR, "errorCode": error_code}
    )


def unregistered() -> GoogleError:
    """Return FCM's answer to a target that is dead."""
    return fcm_error(
        404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."
    )


def sender_id_mismatch() -> GoogleError:
    """Return FCM's answer to a target of another project."""
    return fcm_error(
        403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"
    )


def unauthenticated() -> GoogleError:
    """Return Google's answer to an access token that it did not issue."""
    return GoogleError(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 "
        "access token, login cookie or other valid authentication credential.",
    )


def parse_json(text: str | bytes) -> Any:
    """Return the value that ``text`` stands for, or raise ValueError."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        # Half a surrogate pair is legal in JSON and cannot be stored or encrypted.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in the body of ``request``."""
    try:
        value = parse_json(await request.read())
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
    if not isinstance(value, dict):
        raise invalid("Invalid JSON payload received. Expected an object.")
    return value


def take(
    body: dict[str, Any], name: str, kind: type[dict[str, Any]] | type[str]
) -> Any:
    """Return ``body[name]``, or raise the answer to a body without it."""
    value = body.get(name)
    if not isinstance(value, kind) or not value:
        raise invalid(f"{name} is missing or not {type_names[kind]}.")
    return value
