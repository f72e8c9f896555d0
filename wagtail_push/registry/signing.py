"""What a login's sign-out and sign-in do to the browser in which they happen."""

import uuid
from typing import Any

from django.utils import timezone

from wagtail_push.conf import SignOut, settings
from wagtail_push.models import Browser
from wagtail_push.models.browsers import BrowserQuerySet


def signed_out(login_id: Any, device_id: uuid.UUID) -> None:
    """Pause what this login registered in this browser, if the portal wants that.

    A customer's own pause stays what it is; a session that only expired changes nothing.
    """
    if settings.sign_out is SignOut.KEEP:
        return
    browsers = _browsers(login_id, device_id).filter(signed_out_at=None)
    if settings.sign_out is SignOut.ASK:
        browsers = browsers.filter(pause_on_sign_out=True)
    browsers.update(signed_out_at=timezone.now())


def signed_in(login_id: Any, device_id: uuid.UUID) -> None:
    """Send again what a sign-out of this login in this browser has paused."""
    # Whatever the setting says now: it may have been another one at the sign-out.
    browsers = _browsers(login_id, device_id).filter(signed_out_at__isnull=False)
    browsers.update(signed_out_at=None)


def _browsers(login_id: Any, device_id: uuid.UUID) -> BrowserQuerySet:
    mine = Browser.objects.registered().filter(login_id=login_id)
    return mine.filter(installation__device_id=device_id)
