"""Envelopes as firebase-admin's messages, and as the bodies of requests."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wagtail_push.messages import Envelope, Target, TargetKind


#: Stands for a target while a message is encoded that is the same for many.
MARKER = uuid.uuid4().hex


def message(envelope: Envelope) -> Any:
    """Return firebase-admin's message."""
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
    webpush = messaging.WebpushConfig(
        headers=headers, data=envelope.content.data(), notification=notification
    )
    if envelope.target.kind == TargetKind.FID:
        return messaging.Message(fid=envelope.target.value, webpush=webpush)
    # The constructor's DeprecationWarning is for new code; older registries still
    # hold tokens, so the attribute is set without it.
    made = messaging.Message(webpush=webpush)
    made.token = envelope.target.value
    return made


def bodies(service: Any, envelopes: Sequence[Envelope]) -> list[bytes]:
    """Return what is posted for each; what differs in its target alone is encoded once.

    Everything is encoded before anything is sent.
    """
    encoded: dict[tuple[Any, ...], tuple[str, str]] = {}
    made = []
    for envelope in envelopes:
        variant = (
            # The same object for all that are shown the same, and much faster to hash.
            id(envelope.content),
            envelope.target.kind,
            envelope.ttl,
            envelope.urgency,
            envelope.topic,
            envelope.foreign,
            envelope.dry_run,
        )
        if variant not in encoded:
            encoded[variant] = _around_target(service, envelope)
        before, after = encoded[variant]
        made.append(f"{before}{json.dumps(envelope.target.value)}{after}".encode())
    return made


def _around_target(service: Any, envelope: Envelope) -> tuple[str, str]:
    marked = replace(envelope, target=Target(envelope.target.kind, MARKER))
    data = service._message_data(message(marked), envelope.dry_run)
    text = json.dumps(data, separators=(",", ":"))
    before, after = text.split(json.dumps(MARKER))
    return before, after
