"""What hands envelopes over: FCM, the console, or a list in memory."""

from functools import cache
from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from wagtail_push.backends.base import Backend
from wagtail_push.conf import settings
from wagtail_push.exceptions import PushConfigurationError


__all__ = ["Backend", "get_backend"]


@cache
def get_backend() -> Backend:
    """Return the backend that the settings name: one per process."""
    try:
        backend = import_string(settings.backend)()
    except ImportError as error:
        raise PushConfigurationError(
            f'WAGTAIL_PUSH["BACKEND"] names {settings.backend!r}, which cannot be '
            f"imported ({error}). The default is "
            '"wagtail_push.backends.fcm.FCMBackend".'
        ) from error
    except TypeError as error:
        raise PushConfigurationError(
            f'WAGTAIL_PUSH["BACKEND"] names {settings.backend!r}, which cannot be made '
            f"({error})."
        ) from error
    if not isinstance(backend, Backend):
        raise PushConfigurationError(
            f'WAGTAIL_PUSH["BACKEND"] names {settings.backend!r}, which is not a '
            "subclass of wagtail_push.backends.base.Backend."
        )
    return backend


@receiver(setting_changed, dispatch_uid="wagtail_push.backends")
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "WAGTAIL_PUSH":
        get_backend.cache_clear()
