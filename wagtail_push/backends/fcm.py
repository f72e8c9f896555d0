"""Sends through Firebase Cloud Messaging with firebase-admin.

The only file that knows ``firebase_admin``. The package is imported when the first
envelope is sent, which keeps it out of web processes.
"""

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from wagtail_push.backends.base import Backend
from wagtail_push.conf import settings
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.messages import (
    Answer,
    DeliveryResult,
    Envelope,
    Target,
    TargetKind,
)


FCM = "https://fcm.googleapis.com/"

#: The emulator's project; Firebase keeps "demo-" for projects that do not exist.
EMULATOR_PROJECT = "demo-project"

#: Seconds that one request may take; a task's timeout must be longer.
REQUEST_TIMEOUT = 10

#: Messages that send_each takes in one call; with more it raises.
MOST_AT_ONCE = 500

#: The name of our firebase-admin app: the default one may belong to the host.
APP_NAME = "wagtail_push"

#: The ``details`` of an error answer
#: (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode).
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

#: How FCM words a malformed token where it names no field.
BAD_TARGET_TEXT = "not a valid FCM registration token"


class FCMBackend(Backend):
    """Hands envelopes to FCM, or to the emulator where one is configured."""

    def __init__(self) -> None:
        """Prepare nothing: the app is made in the process that sends."""
        self._app: Any = None
        self._lock = threading.Lock()

    def send(self, envelopes: Sequence[Envelope]) -> list[DeliveryResult]:
        """Send them; one request each, in parallel."""
        from firebase_admin import exceptions, messaging
        from google.auth.exceptions import GoogleAuthError, TransportError

        if not envelopes:
            return []
        app = self._get_app()
        try:
            self._refresh_token(app)
        except (GoogleAuthError, ValueError) as error:
            passing = isinstance(error, TransportError)
            answer = Answer.UNAVAILABLE if passing else Answer.MISCONFIGURED
            return [_failure(answer, f"No access token from Google: {error}")] * len(
                envelopes
            )
        results: list[DeliveryResult | None] = [None] * len(envelopes)
        for dry_run, places in _portions(envelopes):
            messages = [_message(envelopes[i]) for i in places]
            try:
                batch = messaging.send_each(messages, dry_run=dry_run, app=app)
            except exceptions.FirebaseError as error:
                # The SDK loses the whole batch on one foreign exception. Some messages
                # may have left: a repeat carries the same topic and tag.
                failure = _failure(Answer.UNAVAILABLE, str(error))
                for place in places:
                    results[place] = failure
                continue
            for place, response in zip(places, batch.responses, strict=True):
                results[place] = (
                    DeliveryResult(
                        answer=Answer.ACCEPTED, message_id=response.message_id
                    )
                    if response.success
                    else read_error(response.exception, envelopes[place].target)
                )
        return [result for result in results if result is not None]

    def _refresh_token(self, app: Any) -> None:
        # google-auth has no lock: a hundred threads would fetch a hundred tokens.
        from google.auth.transport.requests import Request

        credential = app.credential.get_credential()
        with self._lock:
            if not credential.valid:
                credential.refresh(partial(Request(), timeout=REQUEST_TIMEOUT))

    def _get_app(self) -> Any:
        import firebase_admin
        from firebase_admin import messaging

        with self._lock:
            if self._app is None:
                emulator = settings.emulator
                options: dict[str, Any] = {"httpTimeout": REQUEST_TIMEOUT}
                project = settings.firebase.get("projectId")
                if project and not emulator:
                    options["projectId"] = project
                try:
                    app = firebase_admin.get_app(APP_NAME)
                    firebase_admin.delete_app(app)
                except ValueError:
                    pass
                self._app = firebase_admin.initialize_app(
                    _emulator_credential(emulator) if emulator else _credential(),
                    options,
                    name=APP_NAME,
                )
                # Private names, held by tests/backends/test_fcm.py: the SDK's own
                # adapter sleeps in the worker, up to four times Retry-After.
                service = messaging._get_messaging_service(self._app)
                service._client.session.mount(FCM, _Adapter(emulator))
            return self._app


def _portions(envelopes: Sequence[Envelope]) -> Iterator[tuple[bool, list[int]]]:
    """Yield places of envelopes that the SDK takes in one call."""
    for dry_run in (False, True):
        places = [i for i, e in enumerate(envelopes) if e.dry_run is dry_run]
        for start in range(0, len(places), MOST_AT_ONCE):
            yield dry_run, places[start : start + MOST_AT_ONCE]


class _Adapter(HTTPAdapter):
    """Never retries by itself, and keeps odd answers from ending a whole batch."""

    def __init__(self, emulator: str | None) -> None:
        super().__init__(pool_connections=1, pool_maxsize=100, max_retries=0)
        self._emulator = emulator

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if self._emulator and request.url:
            request.url = request.url.replace("https://", f"{self._emulator}/", 1)
        response = super().send(request, *args, **kwargs)
        try:
            body = response.json()
        except requests.exceptions.JSONDecodeError:
            body = None
        if response.ok and not (isinstance(body, dict) and body.get("name")):
            raise requests.exceptions.InvalidJSONError(
                "The answer is not FCM's.", response=response, request=request
            )
        if not response.ok and not (
            isinstance(body, dict) and isinstance(body.get("error"), dict)
        ):
            # The SDK expects an object here and dies of anything else.
            response._content = b"{}"
        return response


def _credential() -> Any:
    from firebase_admin import credentials

    given = settings.credentials
    try:
        return (
            credentials.Certificate(given)
            if given
            else credentials.ApplicationDefault()
        )
    except (ValueError, OSError) as error:
        # The error's text may quote the key file: say where it is named instead.
        raise PushConfigurationError(
            'WAGTAIL_PUSH["CREDENTIALS"] is not the JSON file of a service account '
            f"({type(error).__name__}). Download one in the Firebase console: Project "
            "settings, Service accounts, Generate new private key."
        ) from None


def _emulator_credential(emulator: str) -> Any:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from firebase_admin import credentials
    from google.oauth2 import service_account

    class Offline(service_account.Credentials):
        def _is_regional_access_boundary_lookup_required(self) -> bool:
            # google-auth would ask another Google host in the background.
            return False

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    offline = Offline.from_service_account_info(
        {
            "type": "service_account",
            "project_id": EMULATOR_PROJECT,
            "client_email": f"portal@{EMULATOR_PROJECT}.invalid",
            "private_key_id": "emulator",
            "private_key": pem.decode(),
            "token_uri": f"{emulator}/oauth2.googleapis.com/token",
        },
        scopes=["https://www.googleapis.com/auth/firebase.messaging"],
    )

    class Emulator(credentials.Base):
        project_id = EMULATOR_PROJECT

        def get_credential(self) -> Any:
            return offline

    return Emulator()


def _message(envelope: Envelope) -> Any:
    from firebase_admin import messaging

    headers = {"TTL": str(envelope.ttl), "Urgency": envelope.urgency.value}
    if envelope.topic:
        headers["Topic"] = envelope.topic
    notification = None
    if envelope.foreign:
        # An older portal's worker shows nothing for data alone.
        content = envelope.content
        notification = messaging.WebpushNotification(
            title=content.title,
            body=content.body,
            icon=content.icon or None,
            tag=content.tag or None,
        )
    return _Message(
        envelope.target,
        webpush=messaging.WebpushConfig(
            headers=headers, data=envelope.content.data(), notification=notification
        ),
    )


def _Message(target: Target, **kwargs: Any) -> Any:  # noqa: N802  stands for a class
    from firebase_admin import messaging

    if target.kind == TargetKind.FID:
        return messaging.Message(fid=target.value, **kwargs)
    # The constructor's DeprecationWarning is for new code; older registries still
    # hold tokens, so the attribute is set without it.
    message = messaging.Message(**kwargs)
    message.token = target.value
    return message


def read_error(error: Any, target: Target) -> DeliveryResult:
    """Return what an exception of firebase-admin says of one envelope.

    FCM tells a malformed target from a malformed message only in the ``details`` of
    the body, so the body is read. Anything unknown is held to be passing.
    """
    from firebase_admin import exceptions, messaging

    detail = str(error).replace(target.value, "…") if target.value else str(error)
    response = error.http_response
    retry_after = _retry_after(response)
    answer = Answer.UNAVAILABLE
    match error:
        case messaging.UnregisteredError():
            answer = Answer.UNREGISTERED
        case messaging.SenderIdMismatchError():
            answer = Answer.SENDER_MISMATCH
        case exceptions.InvalidArgumentError():
            bad_target = _names_target(response, str(error))
            answer = Answer.BAD_TARGET if bad_target else Answer.BAD_MESSAGE
        case (
            messaging.ThirdPartyAuthError()
            | exceptions.UnauthenticatedError()
            | exceptions.PermissionDeniedError()
            | exceptions.NotFoundError()
        ):
            answer = Answer.MISCONFIGURED
        case exceptions.ResourceExhaustedError():
            answer = Answer.BUSY
    return DeliveryResult(answer=answer, detail=detail[:250], retry_after=retry_after)


def _names_target(response: Any, message: str) -> bool:
    try:
        details = response.json()["error"]["details"]
        fields = {
            violation.get("field")
            for detail in details
            if detail.get("@type") == BAD_REQUEST
            for violation in detail.get("fieldViolations", [])
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    if fields:
        return fields <= {"message.token", "message.fid"}
    named = any(detail.get("@type") == FCM_ERROR for detail in details)
    return named and BAD_TARGET_TEXT in message


def _retry_after(response: Any) -> int | None:
    value = response.headers.get("Retry-After", "") if response is not None else ""
    return int(value) if value.isdigit() else None


def _failure(answer: Answer, detail: str) -> DeliveryResult:
    return DeliveryResult(answer=answer, detail=detail[:250])
