"""Read the body of ``messages:send``, as strictly as FCM is documented to.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from wagtail_push.emulator.installations import FID
from wagtail_push.emulator.registry import TOKEN, Kind
from wagtail_push.emulator.wire import (
    MALFORMED_TARGET,
    GoogleError,
    invalid,
    invalid_field,
    invalid_target,
)


MAX_TTL = 2_419_200
MAX_PAYLOAD = 4096
URGENCIES = ("very-low", "low", "normal", "high")
TOPIC = re.compile(r"[\w-]{1,32}", re.ASCII)
TARGETS = ("token", "fid", "topic", "condition")

REQUEST_FIELDS = {"message", "validate_only"}
MESSAGE_FIELDS = {
    *TARGETS,
    *("name", "data", "notification", "android", "webpush", "apns", "fcm_options"),
}
WEBPUSH_FIELDS = {"headers", "data", "notification", "fcm_options"}


@dataclass(frozen=True)
class OutgoingMessage:
    """What a valid request asks for."""

    target: str
    field: Kind
    validate_only: bool
    ttl: int
    urgency: str
    topic: str
    payload: dict[str, Any]


def read_message(body: dict[str, Any]) -> OutgoingMessage:
    """Return the message in ``body``, or raise the answer that names its fault."""
    request = _object("", body, REQUEST_FIELDS)
    validate_only = request.get("validate_only", False)
    if not isinstance(validate_only, bool):
        raise invalid("validate_only must be true or false.")
    message = _object("message", request.get("message"), MESSAGE_FIELDS)
    webpush = _object("message.webpush", message.get("webpush", {}), WEBPUSH_FIELDS)
    headers = _strings("message.webpush.headers", webpush.get("headers", {}))
    headers = {name.lower(): value for name, value in headers.items()}
    payload = _payload(message, webpush)
    ttl, urgency, topic = _ttl(headers), _urgency(headers), _topic(headers)
    field, target = _target(message)
    return OutgoingMessage(target, field, validate_only, ttl, urgency, topic, payload)


def _object(path: str, value: object, fields: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid_field(path, f"{path} must be an object.")
    if fields is None:
        return value
    # Protocol buffers' JSON knows each field under two names (fcmOptions).
    named = {re.sub("[A-Z]", _lower, name): item for name, item in value.items()}
    for unknown in named.keys() - fields:
        raise invalid(
            f'Invalid JSON payload received. Unknown name "{unknown}"'
            + (f' at "{path}".' if path else ".")
        )
    return named


def _lower(letter: re.Match[str]) -> str:
    return "_" + letter[0].lower()


def _strings(path: str, value: object) -> dict[str, str]:
    strings = _object(path, value)
    for key, item in strings.items():
        if not isinstance(item, str):
            raise invalid_field(path, f"{path}: the value of {key} must be a string.")
    return strings


def _payload(message: dict[str, Any], webpush: dict[str, Any]) -> dict[str, Any]:
    data = _data("message.data", message.get("data", {}))
    if "data" in webpush:
        data = _data("message.webpush.data", webpush["data"])
    notification = {
        **_object("message.notification", message.get("notification", {})),
        **_object("message.webpush.notification", webpush.get("notification", {})),
    }
    options = _object(
        "message.webpush.fcm_options",
        webpush.get("fcm_options", {}),
        {"link", "analytics_label"},
    )
    size = sum(len(text.encode()) for item in data.items() for text in item)
    if notification:
        size += len(json.dumps(notification, ensure_ascii=False).encode())
    if size > MAX_PAYLOAD:
        field = "message.data" if data else "message.webpush.notification"
        raise invalid_field(field, f"The payload has {size} of {MAX_PAYLOAD} bytes.")
    payload: dict[str, Any] = {}
    if data:
        payload["data"] = data
    if notification:
        payload["notification"] = notification
    if "link" in options:
        payload["fcmOptions"] = {"link": options["link"]}
    return payload


def _data(path: str, value: object) -> dict[str, str]:
    data = _strings(path, value)
    for key in data:
        reserved = key in {"from", "message_type"}
        if reserved or key.startswith(("google.", "gcm.notification.")):
            raise invalid_field(path, f"{path}: {key} is reserved.")
    return data


def _ttl(headers: dict[str, str]) -> int:
    text = headers.get("ttl", str(MAX_TTL))
    if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > MAX_TTL:
        raise invalid_field(
            "message.webpush.headers", f"TTL must be 0 to {MAX_TTL} seconds."
        )
    return int(text)


def _urgency(headers: dict[str, str]) -> str:
    urgency = headers.get("urgency", "normal")
    if urgency not in URGENCIES:
        raise invalid_field(
            "message.webpush.headers", f"Urgency must be one of {', '.join(URGENCIES)}."
        )
    return urgency


def _topic(headers: dict[str, str]) -> str:
    topic = headers.get("topic", "")
    if "topic" in headers and not TOPIC.fullmatch(topic):
        raise invalid_field(
            "message.webpush.headers",
            "Topic must be 1 to 32 characters of the base64url alphabet.",
        )
    return topic


def _target(message: dict[str, Any]) -> tuple[Kind, str]:
    given = [name for name in TARGETS if name in message]
    if len(given) != 1:
        raise invalid_field("message", "Exactly one target must be given.")
    field, target = given[0], message[given[0]]
    if field == "fid":
        if isinstance(target, str) and FID.fullmatch(target):
            return "fid", target
        raise invalid_target("message.fid", "The FID is not a valid installation ID.")
    if field == "token":
        # Google's discovery document lets this field carry a FID as well.
        if isinstance(target, str) and (
            TOKEN.fullmatch(target) or FID.fullmatch(target)
        ):
            return "token", target
        raise invalid_target("message.token", MALFORMED_TARGET)
    raise GoogleError(
        501, "UNIMPLEMENTED", f"The emulator does not send to a {field}, only to a fid."
    )
