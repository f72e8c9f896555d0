"""What one browser was sent lately, as its customer and support read it."""

from dataclasses import dataclass

from django.db.models import Q

from wagtail_push import contents, progress
from wagtail_push.models import Browser, Notification, PushSiteSettings


#: So many of them are told of.
MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One notification as it came to one browser."""

    title: str
    body: str
    how_far: progress.Progress


def recent(browser: Browser, language: str) -> list[Recent]:
    """Return the latest notifications to this browser, the newest first.

    Those of other accounts in the same browser are not told, nor what is older than
    this registration.
    """
    addressed = Q(to_everyone=True) | Q(recipients__account=browser.account_id)
    mine = Q(recipients__browser=None) | Q(recipients__browser=browser)
    found = list(
        Notification.objects.filter(
            addressed & mine,
            deliveries__installation=browser.installation_id,
            deliveries__at__gte=browser.created_at,
        )
        .select_related("scope")
        .exclude(kind__in=[Notification.Kind.CHECK, Notification.Kind.PROOF])
        .order_by("-pk")
        .distinct()[:MOST]
    )
    if not found:
        return []
    told = progress.each({browser.pk: found}, [browser])[browser.pk]
    rows = browser.account.recipients.filter(notification__in=found)
    own = {row.notification_id: row.params for row in rows}
    site = PushSiteSettings.for_messages()
    written = []
    for notification in found:
        params = {**notification.params, **own.get(notification.pk, {})}
        content = contents.compose(notification, language, params, site=site)
        written.append(
            Recent(
                title=content.title, body=content.body, how_far=told[notification.pk]
            )
        )
    return written
