"""The notice of a new browser to the other browsers of its account."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from wagtail_push.conf import settings
from wagtail_push.models import Browser, Notification
from wagtail_push.notify import write
from wagtail_push.registry.asking import interactive
from wagtail_push.translated import in_every_language


def tell_others(browser: Browser) -> Notification | None:
    """Tell the account's other browsers of this new one; its details can remove it.

    Those whose login may no longer act for the account drop out when it is sent.
    """
    others = (
        Browser.objects.registered()
        .filter(account=browser.account, paused_at=None, signed_out_at=None)
        .exclude(pk=browser.pk)
    )
    told = list(others) if settings.new_browser_notice else []
    if not told:
        return None
    installation = browser.installation
    return write(
        interactive(
            Notification.Kind.NOTICE,
            # Whoever comes back from a journey must still learn of it.
            settings.ttl,
            title=in_every_language(gettext_noop("New browser on your account")),
            body=in_every_language(
                gettext_noop(
                    "“%(name)s” (%(browser)s, %(system)s) now receives notifications. "
                    "Not you? Remove it."
                ),
                name=browser.name,
                browser=installation.software or "–",
                system=installation.system or "–",
            ),
            url=reverse("wagtail_push:browser", args=[browser.public_id]),
        ),
        browsers={other: {} for other in told},
    )
