"""What FCM's answers say: HTTP in, results out.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
"""

import json
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from django.utils.http import parse_http_date_safe

from wagtail_push.conf import MAX_TTL
from wagtail_push.messages import Answer, DeliveryResult, Target


class Reply(NamedTuple):
    """What came back for one envelope.

    ``status`` is HTTP's, or 0 where no answer came: then ``body`` says why.
    ``retry_after`` is the header as it stands.
    """

    status: int
    body: bytes
    retry_after: str = ""


TOO_LATE = Reply(0, b"FCM did not answer in time.")

#: The ``details`` of an error.
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

#: How FCM words a malformed token where it names no field.
BAD_TARGET_TEXT = "not a valid FCM registration token"

#: FCM's own codes, which go before Google's.
CODES: Mapping[object, Answer] = MappingProxyType(
    {
        "UNREGISTERED": Answer.UNREGISTERED,
        "SENDER_ID_MISMATCH": Answer.SENDER_MISMATCH,
        "QUOTA_EXCEEDED": Answer.BUSY,
        "THIRD_PARTY_AUTH_ERROR": Answer.MISCONFIGURED,
        "APNS_AUTH_ERROR": Answer.MISCONFIGURED,
    }
)

#: Google's codes, and what stands for them where the body has none.
STATUSES: Mapping[object, Answer] = MappingProxyType(
    {
        "INVALID_ARGUMENT": Answer.BAD_MESSAGE,
        "UNAUTHENTICATED": Answer.MISCONFIGURED,
        "PERMISSION_DENIED": Answer.MISCONFIGURED,
        "NOT_FOUND": Answer.MISCONFIGURED,
        "RESOURCE_EXHAUSTED": Answer.BUSY,
        400: Answer.BAD_MESSAGE,
        401: Answer.MISCONFIGURED,
        403: Answer.MISCONFIGURED,
        404: Answer.MISCONFIGURED,
        429: Answer.BUSY,
    }
)


def no_connection(reason: object) -> Reply:
    """Return what stands for an answer that could not come."""
    return Reply(0, f"No connection to FCM, or it broke: {reason}".encode())


def read(reply: Reply, target: Target) -> DeliveryResult:
    """Return what a reply says of one envelope; never raises.

    FCM tells a malformed target from a malformed message only in the ``details``.
    Anything unknown is held to be passing.
    """
    body = _object(reply.body)
    if reply.status == 200 and (name := _text(body.get("name"))):
        return DeliveryResult(answer=Answer.ACCEPTED, message_id=name)
    error = _error(reply)
    answer = (
        CODES.get(_code(error))
        or STATUSES.get(_text(error.get("status")) or reply.status)
        or Answer.UNAVAILABLE
    )
    if answer is Answer.BAD_MESSAGE and _names_target(error):
        answer = Answer.BAD_TARGET
    said = _text(error.get("message")) or _unknown(reply)
    return DeliveryResult(
        answer=answer,
        retry_after=_seconds(reply.retry_after),
        detail=said.replace(target.value, "…")[:250],
    )


def refuses_token(reply: Reply) -> bool:
    """Tell whether it is our access token that was refused, not the web push key."""
    return reply.status == 401 and _code(_error(reply)) not in CODES


def _error(reply: Reply) -> Mapping[str, Any]:
    error = _object(reply.body).get("error") if reply.status >= 400 else None
    return error if isinstance(error, dict) else {}


def _code(error: Mapping[str, Any]) -> str:
    codes = (d.get("errorCode") for d in _details(error, FCM_ERROR))
    return next(map(_text, codes), "")


def _names_target(error: Mapping[str, Any]) -> bool:
    fields = {
        _text(violation.get("field"))
        for detail in _details(error, BAD_REQUEST)
        for violation in _objects(detail.get("fieldViolations"))
    }
    if fields:
        return fields <= {"message.token", "message.fid"}
    return bool(_code(error)) and BAD_TARGET_TEXT in _text(error.get("message"))


def _details(error: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [d for d in _objects(error.get("details")) if d.get("@type") == kind]


def _objects(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _text(value: object) -> str:
    # No database takes half a character, and PostgreSQL no NUL.
    if not isinstance(value, str) or value.isprintable():
        return value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _unknown(reply: Reply) -> str:
    said = _text(reply.body.decode(errors="replace"))
    return f"HTTP {reply.status}: {said}" if reply.status else said


def _seconds(retry_after: str) -> int | None:
    """Return the seconds of a Retry-After: a number, or a date (RFC 9110, 10.2.3).

    More than the longest validity of a message says no more than that.
    """
    if retry_after.isascii() and retry_after.isdigit():
        return MAX_TTL if len(retry_after) > 9 else min(int(retry_after), MAX_TTL)
    moment = parse_http_date_safe(retry_after)
    if moment is None:
        return None
    return min(max(0, moment - int(time.time())), MAX_TTL)
