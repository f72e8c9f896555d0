"""Proof of being a browser: a nonce that is pushed to its target and comes back.

Whoever posts a target that stands under another device may know it from anywhere. Only
the browser itself receives what is pushed to it, so that is what counts.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext_noop

from wagtail_push.messages import Target
from wagtail_push.models import Browser, Installation, Notification, Recipient
from wagtail_push.notify import write
from wagtail_push.translated import in_every_language


SALT = "wagtail_push.proof"

#: Seconds for which a nonce can be brought back, and before another one is pushed.
PROOF_TTL = 120


def ask_for_proof(target: Target, login: Any) -> None:
    """Push a nonce to the browser that holds this target, once in two minutes."""
    now = timezone.now()
    holder = Installation.objects.filter(target_hash=target.digest).first()
    browser = (
        holder and Browser.objects.registered().filter(installation=holder).first()
    )
    if not browser:
        return
    asked = Recipient.objects.filter(
        browser__installation=holder,
        notification__kind=Notification.Kind.PROOF,
        notification__created_at__gt=now - timedelta(seconds=PROOF_TTL),
        notification__params__login=str(login.pk),
    )
    if asked.exists():
        return
    nonce = signing.dumps(
        [target.digest, str(login.pk), secrets.token_urlsafe(16)], salt=SALT
    )
    write(
        Notification(
            kind=Notification.Kind.PROOF,
            title=in_every_language(gettext_noop("Registering this browser")),
            body=in_every_language(
                gettext_noop("If you did not start this, you can ignore it.")
            ),
            params={"proof": nonce, "login": str(login.pk)},
            tag="wagtail-push-proof",
            urgency="high",
            send_at=now,
            expires_at=now + timedelta(seconds=PROOF_TTL),
        ),
        browsers={browser: {}},
    )


def is_proof(nonce: str, target: Target, login: Any) -> bool:
    """Tell whether this nonce was pushed to this target for this login, lately."""
    try:
        digest, who, _ = signing.loads(nonce, salt=SALT, max_age=PROOF_TTL)
    except (signing.BadSignature, TypeError, ValueError):
        return False
    return bool((digest, who) == (target.digest, str(login.pk)))
