"""What any page of the portal needs to renew the registration of its browser."""

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse

from wagtail_push import registry
from wagtail_push.conf import settings
from wagtail_push.device import read_device


MODULES = ("card", "connect", "enable", "regions", "renew")


def module(name: str) -> str:
    """Return the URL of one of the page's modules."""
    return str(static(f"wagtail_push/js/{name}.js"))


def connection(request: HttpRequest) -> dict[str, Any]:
    """Return what a page needs to connect its browser to FCM and to the API."""
    worker = reverse("wagtail_push:worker")
    emulator = settings.emulator
    return {
        "api": reverse("wagtail_push:api:browsers").removesuffix("browsers/"),
        "worker": worker,
        "workerScope": worker.rpartition("/")[0] + "/",
        "sdk": static("wagtail_push/vendor/firebase-messaging.js"),
        "modules": {name: module(name) for name in MODULES},
        "firebase": None if emulator else settings.firebase or None,
        "vapidKey": None if emulator else settings.vapid_key or None,
        "kind": settings.target_kind.value,
        "emulator": emulator,
        "emulatorModule": module("emulator") if emulator else None,
        "csrf": get_token(request),
    }


def renewal(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the script of any page needs, or None where there is nothing to renew.

    ``asked`` tells it not to wait until tomorrow.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    asked = registry.is_due(read_device(request))
    return None if asked is None else {**connection(request), "asked": asked}
