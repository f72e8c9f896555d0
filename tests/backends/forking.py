"""A process that sends, forks, and sends on both sides: as django-q2's workers may.

``python -m tests.backends.forking ORIGIN``, with the credentials in the environment.
"""

import json
import os
import sys

from django.conf import settings
from firebase_admin import messaging

from wagtail_push.backends.fcm import FCMBackend
from wagtail_push.messages import Content, Envelope, Target, TargetKind


def main(origin: str) -> None:
    """Print what the process, its child, and again the process met with."""
    credentials = json.loads(os.environ["ACCOUNT"])
    settings.configure(WAGTAIL_PUSH={"CREDENTIALS": credentials})
    url = f"{origin}/v1/projects/{{0}}/messages:send"
    messaging._MessagingService.FCM_URL = url
    backend = FCMBackend()

    def send(who: str) -> str:
        target = Target(TargetKind.FID, who)
        content = Content(id="1", title="Title", body="Body")
        [result] = backend.send([Envelope(target=target, content=content, ttl=60)])
        return result.answer.value

    print(send("parent"), flush=True)
    child = os.fork()
    if child == 0:
        print(send("child"), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print(send("parent"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
