"""What can be made to go wrong, by name: the one table of faults.

The control API, the page, the manual and the tests all follow from it.
"""

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from wagtail_push.emulator import fault_acts, oauth_errors
from wagtail_push.emulator.fault_acts import Act, answers, says
from wagtail_push.emulator.wire import (
    MALFORMED_TARGET,
    GoogleError,
    fcm_error,
    invalid_field,
    sender_id_mismatch,
    unauthenticated,
    unregistered,
)


Service = Literal["messages:send", "token", "registrations"]
Option = Literal["retry_after", "seconds"]


@dataclass(frozen=True)
class Fault:
    """One way to fail: its name, one line of documentation, and what it does."""

    name: str
    says: str
    act: Act
    options: tuple[Option, ...] = ()
    service: Service = "messages:send"

    @property
    def has_target(self) -> bool:
        """Tell whether it can be set for one target."""
        return self.service == "messages:send"


def _plain(code: int, status: str, message: str) -> Act:
    return answers(lambda case: GoogleError(code, status, message))


def _with_reason(code: int, status: str, reason: str, message: str) -> Act:
    return answers(lambda case: fcm_error(code, status, reason, message))


def _refused(status: int, error: str, description: str) -> Act:
    async def act(case: fault_acts.Case) -> web.StreamResponse:
        return oauth_errors.refused(error, description, status)

    return act


PORTAL = "<!doctype html><title>Wi-Fi</title><p>Sign in to use this network."
GATEWAY = "<!doctype html><title>502</title><p>Bad gateway."
NOT_FOUND = "Requested entity was not found."
PAYLOAD = "message.data"
REGISTRATION_API_OFF = "FCM Registration API has not been used in this project."

_TABLE = (
    Fault(
        "unregistered",
        "404 with UNREGISTERED: the browser is no longer registered",
        answers(lambda case: unregistered()),
    ),
    Fault(
        "invalid-target-text",
        "400 with INVALID_ARGUMENT: only the text says that the target is malformed",
        _with_reason(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", MALFORMED_TARGET),
    ),
    Fault(
        "invalid-target-field",
        "400 with a field violation that names message.fid or message.token",
        answers(lambda case: invalid_field(f"message.{case.field}", MALFORMED_TARGET)),
    ),
    Fault(
        "invalid-payload",
        "400 with a field violation that names message.data",
        answers(lambda case: invalid_field(PAYLOAD, "The payload is malformed.")),
    ),
    Fault(
        "sender-id-mismatch",
        "403 with SENDER_ID_MISMATCH: the browser belongs to another project",
        answers(lambda case: sender_id_mismatch()),
    ),
    Fault(
        "third-party-auth-error",
        "401 with THIRD_PARTY_AUTH_ERROR: the web push certificate is wrong",
        _with_reason(
            401,
            "UNAUTHENTICATED",
            "THIRD_PARTY_AUTH_ERROR",
            "Auth error from APNS or Web Push Service",
        ),
    ),
    Fault(
        "unauthenticated",
        "401 without details: the access token is not taken",
        answers(lambda case: unauthenticated()),
    ),
    Fault(
        "permission-denied",
        "403 without details: the account may not send, or the API is off",
        _plain(403, "PERMISSION_DENIED", "The caller does not have permission."),
    ),
    Fault(
        "not-found",
        "404 without details: no such project",
        _plain(404, "NOT_FOUND", NOT_FOUND),
    ),
    Fault(
        "quota-exceeded",
        "429 with QUOTA_EXCEEDED: too many messages",
        _with_reason(
            429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Quota exceeded for messages."
        ),
        options=("retry_after",),
    ),
    Fault(
        "internal",
        "500 with INTERNAL: FCM broke",
        _with_reason(500, "INTERNAL", "INTERNAL", "Internal error encountered."),
    ),
    Fault(
        "bad-gateway",
        "502 with a page of HTML: something before FCM broke",
        says(502, "text/html", GATEWAY),
    ),
    Fault(
        "unavailable",
        "503 with UNAVAILABLE: FCM is overloaded or down",
        _with_reason(
            503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable."
        ),
        options=("retry_after",),
    ),
    Fault(
        "slow",
        "the right answer, after 5 seconds or as many as are given",
        fault_acts.slow,
        options=("seconds",),
    ),
    Fault(
        "hang",
        "no answer until the fault is cleared; then the right one",
        fault_acts.hang,
    ),
    Fault(
        "reset",
        "no answer: the connection is reset",
        fault_acts.reset,
    ),
    Fault(
        "garbage",
        "200 with a page of HTML: a network that wants a sign-in",
        says(200, "text/html", PORTAL),
    ),
    Fault(
        "refused-grant",
        "400 with invalid_grant for every exchange of an access token",
        _refused(400, "invalid_grant", "Invalid JWT Signature."),
        service="token",
    ),
    Fault(
        "refused-client",
        "401 with invalid_client for every exchange of an access token",
        _refused(401, "invalid_client", "The OAuth client was not found."),
        service="token",
    ),
    Fault(
        "refused-registration",
        "403 for every browser that registers: the registration API is off",
        _plain(403, "PERMISSION_DENIED", REGISTRATION_API_OFF),
        service="registrations",
    ),
)
FAULTS = {fault.name: fault for fault in _TABLE}
