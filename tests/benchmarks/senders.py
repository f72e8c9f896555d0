"""One sender in a fresh process: ``python -m tests.benchmarks.senders NAME N``.

The last line is JSON: what it took. Google's token is fetched and connections are opened
while the clock runs; modules are imported before, as in a worker that has run for a while.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django

from tests.benchmarks.measuring import used_by_me
from tests.benchmarks.targets import target
from tests.benchmarks.words import BODY, TITLE, URL


TTL = 2_419_200

Sender = Callable[[], int]


def tokens(number: int) -> list[str]:
    """Return so many targets, as long as Google's registration tokens."""
    return [target(i) for i in range(1, number + 1)]


def message() -> Any:
    """Return firebase-admin's message with the content that ours has."""
    from firebase_admin import messaging

    return messaging.Message(
        webpush=messaging.WebpushConfig(
            headers={"TTL": str(TTL), "Urgency": "normal", "Topic": "t" * 32},
            data={
                "v": "1",
                "id": "00000000-0000-0000-0000-000000000000",
                "title": TITLE["en"],
                "body": BODY["en"],
                "url": URL,
                "tag": "00000000-0000-0000-0000-000000000000",
                "icon": "/static/wagtail_push/img/icon.png",
                "badge": "/static/wagtail_push/img/badge.png",
                "lang": "en",
                "dir": "auto",
                "off": "/push/turn-off/outages/",
                "off_label": "Turn off this kind",
            },
        )
    )


def fcm_django(number: int) -> Sender:
    """Prepare fcm-django's ``send_message``, unchanged, with a table of devices."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings_fcm_django"
    django.setup()
    import firebase_admin
    from django.core.management import call_command
    from fcm_django.models import FCMDevice

    call_command("migrate", verbosity=0)
    FCMDevice.objects.bulk_create(
        (FCMDevice(registration_id=token, type="web") for token in tokens(number)),
        batch_size=1000,
    )
    firebase_admin.initialize_app(credential())
    return lambda: FCMDevice.objects.send_message(message()).response.success_count


def send_each(number: int) -> Sender:
    """Prepare firebase-admin's ``send_each`` in chunks of the 500 that it takes."""
    from firebase_admin import initialize_app, messaging

    from tests.benchmarks.names import lead_to_stand_in

    lead_to_stand_in()
    initialize_app(credential())
    targets = tokens(number)

    def send() -> int:
        accepted = 0
        for start in range(0, number, 500):
            messages = []
            for token in targets[start : start + 500]:
                messages.append(message())
                messages[-1].token = token
            accepted += messaging.send_each(messages).success_count
        return accepted

    return send


def fast_backend(number: int) -> Sender:
    """Prepare the backend that wagtail-push's settings name, page by page."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()
    import firebase_admin.messaging  # noqa: F401  a worker has imported it

    from wagtail_push.backends import get_backend
    from wagtail_push.messages import Answer, Content, Envelope, Target, TargetKind

    data = message().webpush.data
    data.pop("v")
    content = Content(**data)
    backend = get_backend()
    targets = tokens(number)

    def send() -> int:
        accepted = 0
        for start in range(0, number, backend.page_size):
            envelopes = [
                Envelope(
                    target=Target(TargetKind.TOKEN, token),
                    content=content,
                    ttl=TTL,
                    topic=content.topic,
                )
                for token in targets[start : start + backend.page_size]
            ]
            results = backend.send(envelopes)
            accepted += sum(result.answer is Answer.ACCEPTED for result in results)
        return accepted

    return send


def credential() -> Any:
    """Return the stand-in's service account."""
    from firebase_admin import credentials

    return credentials.Certificate(os.environ["STAND_IN_CREDENTIALS"])


SENDERS = {
    "fcm_django": fcm_django,
    "send_each": send_each,
    "fast_backend": fast_backend,
}


def main(name: str, number: int) -> None:
    """Send so many; print what it took."""
    send = SENDERS[name](number)
    before = used_by_me()
    begun = time.perf_counter()
    accepted = send()
    seconds = time.perf_counter() - begun
    after = used_by_me()
    print(
        json.dumps(
            {
                "accepted": accepted,
                "seconds": seconds,
                "cpu": after.cpu - before.cpu,
                "peak": after.peak,
                "processes": after.processes,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
