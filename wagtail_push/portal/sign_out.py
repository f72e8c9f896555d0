"""Hear of the host's sign-outs and sign-ins, whatever views it has for them."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from wagtail_push import registry
from wagtail_push.device import read_device


def connect() -> None:
    """Listen to Django's own signals."""
    user_logged_out.connect(_on_sign_out, dispatch_uid="wagtail_push.sign_out")
    user_logged_in.connect(_on_sign_in, dispatch_uid="wagtail_push.sign_in")


def _on_sign_out(*, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    device_id = read_device(request) if request else None
    # Nobody was signed in, or the browser never was on our page.
    if user is not None and device_id is not None:
        registry.signed_out(user.pk, device_id)


def _on_sign_in(*, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    device_id = read_device(request) if request else None
    if device_id is not None:
        registry.signed_in(user.pk, device_id)
