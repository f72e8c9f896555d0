"""A portal as fcm-django's and Firebase's manuals have it, at the same origin.

Its worker stands where the Firebase SDK looks for one; what is in it comes from npm and
is bundled as such portals do.
"""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from fcm_django.models import FCMDevice
from firebase_admin import messaging

from example_site import urls
from tests.firebase import start_app


ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"

#: https://firebase.google.com/docs/cloud-messaging/js/receive
WORKER = """
import { initializeApp } from "@firebase/app";
import { getMessaging } from "@firebase/messaging/sw";
const firebase = new URL(location.href).searchParams.get("firebase");
getMessaging(initializeApp(JSON.parse(firebase)));
"""

PAGE = (
    "<!doctype html><title>Old portal</title><script type=module src=page.js></script>"
)
SCRIPT = """
import { connect } from "/static/wagtail_push/js/emulator.js";
import * as sdk from "/static/wagtail_push/vendor/firebase-messaging.js";
window.register = async (origin) => {
  const { firebase, vapidKey } = await connect(origin);
  const worker = `/firebase-messaging-sw.js?firebase=${JSON.stringify(firebase)}`;
  // As the SDK registers it by itself.
  const scope = "/firebase-cloud-messaging-push-scope";
  const registration = await navigator.serviceWorker.register(worker, { scope });
  while (registration.active?.state !== "activated") {
    await new Promise((done) => setTimeout(done, 20));
  }
  const messaging = sdk.getMessaging(sdk.initializeApp(firebase));
  const options = { vapidKey, serviceWorkerRegistration: registration };
  const registration_id = await sdk.getToken(messaging, options);
  const body = JSON.stringify({ registration_id, name: "Anna's old laptop" });
  return (await fetch("/old/devices/", { method: "POST", body })).status;
};
"""


@cache
def bundle() -> bytes:
    """Return the worker as such a portal's build makes it."""
    return subprocess.run(
        [ESBUILD, "--bundle", "--format=iife", f"--sourcefile={ROOT / 'worker.js'}"],
        input=WORKER.encode(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def worker(request: HttpRequest) -> HttpResponse:
    """Return the old service worker."""
    return HttpResponse(bundle(), content_type="text/javascript")


def page(request: HttpRequest) -> HttpResponse:
    """Return the page on which customers registered."""
    return HttpResponse(PAGE)


def script(request: HttpRequest) -> HttpResponse:
    """Return the script of that page."""
    return HttpResponse(SCRIPT, content_type="text/javascript")


@csrf_exempt
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """Keep a device, as fcm-django's own view does."""
    FCMDevice.objects.create(user=request.user, type="web", **json.loads(request.body))
    return HttpResponse(status=201)


def send(title: str) -> None:
    """Send to every device, as fcm-django's manual says."""
    os.environ["HTTPS_PROXY"] = "http://127.0.0.1:9"
    app = start_app(settings.PUSH_EMULATOR, "old-portal")
    message = messaging.Message(
        notification=messaging.Notification(title=title, body="From the old portal")
    )
    answer = FCMDevice.objects.send_message(message, app=app)
    print(answer.response.success_count)


urlpatterns = [
    path("firebase-messaging-sw.js", worker),
    path("old/", page),
    path("old/page.js", script),
    path("old/devices/", devices),
    *urls.urlpatterns,
]
