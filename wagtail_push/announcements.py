"""What may happen to an announcement: test, send, schedule, cancel, resume, and how far
it is.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from wagtail.models import Page
from wagtail.signals import page_published

from wagtail_push import notify as sending
from wagtail_push import tasks
from wagtail_push.exceptions import InvalidNotification, NothingSelected
from wagtail_push.messages import EVERYONE, Audience
from wagtail_push.models import (
    Announcement,
    Browser,
    Notification,
    PushSiteSettings,
)
from wagtail_push.models.scopes import language_choices, without_text
from wagtail_push.registry.asking import TEST_TTL, interactive
from wagtail_push.translated import in_every_language, in_language


Status = Notification.Status

logger = logging.getLogger("wagtail_push")

#: An estimate that is older is shown with a warning.
FRESH = timedelta(minutes=10)

#: One that is being sent and has stood still for so long is called stalled.
STALLED = timedelta(minutes=3)

#: How far back a similar announcement is told of.
SIMILAR = timedelta(hours=24)

TEST = gettext_noop("Test")


@transaction.atomic
def send(announcement: Announcement) -> Notification:
    """Send it, or schedule it for its time; once, whoever asks how often.

    :raises InvalidNotification: when it can't be sent; nothing was written.
    """
    locked = Announcement.objects.select_for_update(no_key=True).select_related(None)
    announcement = locked.get(pk=announcement.pk)
    sent: Notification | None = announcement.notification
    if sent is not None:
        return sent
    number = announcement.sendings + 1
    # Where no row can be locked, the key keeps it from being sent twice.
    notification = _notify(
        announcement, f"announcement-{announcement.public_id}-{number}"
    )
    announcement.notification = notification
    announcement.sendings = number
    announcement.on_publish = False
    announcement.save(update_fields=["notification", "sendings", "on_publish"])
    return notification


def send_on_publish(announcement: Announcement) -> None:
    """Send it as soon as its page is published.

    :raises InvalidNotification: when there is no page to wait for.
    """
    if not waits_for_page(announcement):
        raise InvalidNotification(gettext("There is no page that it could wait for."))
    announcement.on_publish = True
    announcement.save(update_fields=["on_publish"])
    page = Page.objects.filter(pk=announcement.page_pk, live=True).first()
    if page is not None:
        # It was published at this moment, and did not know of this one yet.
        published(page)


def waits_for_page(announcement: Announcement) -> bool:
    """Tell whether its page is not published yet."""
    pk = announcement.page_pk
    return pk is not None and Page.objects.filter(pk=pk, live=False).exists()


def published(page: Page) -> list[Notification]:
    """Send what has waited for this page; what can't be sent stays a draft."""
    waiting = Announcement.objects.filter(
        page_pk=page.pk, on_publish=True, notification=None
    )
    sent = []
    for pk in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            # Somebody may have taken it back, or changed it, meanwhile.
            announcement = waiting.select_for_update(no_key=True).filter(pk=pk).first()
            if announcement is None:
                continue
            try:
                sent.append(send(announcement))
            except InvalidNotification as error:
                logger.error("Announcement %d was not sent: %s", pk, error)
                waiting.filter(pk=pk).update(on_publish=False)
    return sent


def _hear_of_page(instance: Page, **kwargs: Any) -> None:
    published(instance)


def connect() -> None:
    """Hear of pages that are published, by an editor or at their time."""
    page_published.connect(_hear_of_page, dispatch_uid="wagtail_push.announcements")


def _notify(announcement: Announcement, key: str) -> Notification:
    later = announcement.send_at and announcement.send_at > timezone.now()
    return sending.notify(
        announcement.scope.key,
        Audience(announcement.audience) if announcement.audience else EVERYONE,
        title=_texts(announcement, "title"),
        body=_texts(announcement, "body"),
        url=link(announcement),
        image=announcement.image,
        ttl=announcement.ttl or PushSiteSettings.for_messages().ttl,
        send_at=announcement.send_at if later else None,
        key=key or None,
    )


def send_test(announcement: Announcement, login: Any) -> Notification:
    """Send it to the editor's own browsers, marked as a test; it counts nowhere.

    :raises NothingSelected: when the editor has none that could get it.
    :raises InvalidNotification: when it can't be sent.
    """
    browsers = my_browsers(login)
    if not browsers:
        raise NothingSelected
    mark = in_every_language(TEST)
    notification = interactive(
        Notification.Kind.TEST,
        TEST_TTL,
        scope=None,
        title={
            code: f"{mark.get(code) or in_language(code, TEST)}: {title}"
            for code, title in _texts(announcement, "title").items()
        },
        body=_texts(announcement, "body"),
        url=link(announcement),
        image=announcement.image,
    )
    sending.check_size(notification)
    return sending.write(notification, browsers={browser: {} for browser in browsers})


def my_browsers(login: Any) -> list[Browser]:
    """Return the browsers that a login has registered and that receive something."""
    mine = Browser.objects.registered().filter(login=login)
    return list(
        mine.filter(
            paused_at=None,
            signed_out_at=None,
            account__enabled=True,
            account__forbidden=False,
        ).select_related("installation", "account")
    )


def ask_for_estimate(announcement: Announcement) -> None:
    """Have a worker count whom it would reach."""
    announcement.estimate_asked_at = timezone.now()
    announcement.save(update_fields=["estimate_asked_at"])
    tasks.ask_for_estimates()


@transaction.atomic
def unschedule(announcement: Announcement) -> None:
    """Make a draft again of one that was not sent yet.

    :raises InvalidNotification: when it is too late for that.
    """
    locked = Announcement.objects.select_for_update(no_key=True).select_related(None)
    announcement = locked.get(pk=announcement.pk)
    notification = announcement.notification
    if notification is None:
        Announcement.objects.filter(pk=announcement.pk).update(on_publish=False)
        return
    cancelled = sending.cancel(notification)
    if cancelled.status != Status.CANCELLED or cancelled.started_at:
        raise InvalidNotification(
            gettext("It is being sent already: cancel it instead.")
        )
    announcement.notification = None
    announcement.save(update_fields=["notification"])


def push_on(notification: Notification) -> Notification:
    """Wake whoever sends, for one that has stalled; resume one that was cancelled."""
    if notification.status == Status.CANCELLED:
        return sending.resume(notification)
    now = timezone.now()
    waiting = notification.batches.filter(finished_at=None, due_at__gt=now)
    waiting.filter(put_off__gt=0).update(due_at=now)
    tasks.wake_up()
    return notification


def link(announcement: Announcement) -> str:
    """Return what a click opens: its page's address, or the one that is written."""
    if announcement.page_pk is None:
        return announcement.url
    page = Page.objects.filter(pk=announcement.page_pk).first()
    return (page and page.get_full_url()) or ""


@dataclass(frozen=True, slots=True)
class Guard:
    """What an editor should know before sending; ``blocks``: it can't be sent so."""

    text: str
    blocks: bool = False


def guards(announcement: Announcement) -> list[Guard]:
    """Return what speaks against sending it now, the worst first."""
    found = [*_blocking(announcement), *_missing_texts(announcement)]
    if announcement.page_pk is not None:
        found += _about_page(announcement.page_pk)
    elif not announcement.url:
        found.append(Guard(gettext("It has no link: a click opens the settings page.")))
    at = max(timezone.now(), announcement.send_at or timezone.now())
    if PushSiteSettings.for_messages().is_quiet(at):
        found.append(
            Guard(gettext("It would come in the quiet hours of this site’s settings."))
        )
    same = Announcement.objects.filter(
        scope=announcement.scope_id,
        texts__title__in=_texts(announcement, "title").values(),
        notification__created_at__gt=timezone.now() - SIMILAR,
    ).exclude(pk=announcement.pk)
    if same.exists():
        found.append(
            Guard(
                gettext(
                    "An announcement with the same title was sent in the last 24 hours."
                )
            )
        )
    return sorted(found, key=lambda guard: not guard.blocks)


def _blocking(announcement: Announcement) -> list[Guard]:
    """Try what sending does, and take it back."""
    try:
        with transaction.atomic():
            _notify(announcement, "")
            transaction.set_rollback(True)
    except InvalidNotification as error:
        return [Guard(str(error), blocks=True)]
    return []


def _missing_texts(announcement: Announcement) -> list[Guard]:
    missing = without_text(_texts(announcement, "title"))
    names = [str(name) for code, name in language_choices() if code in missing]
    if not names:
        return []
    words = gettext(
        "There is no text in: %(languages)s. Customers who read these languages get "
        "the text in another one."
    )
    return [Guard(words % {"languages": ", ".join(names)})]


def _about_page(pk: int) -> list[Guard]:
    page = Page.objects.filter(pk=pk).first()
    if page is None:
        return [Guard(gettext("The page that it links to is gone."), blocks=True)]
    found = []
    if not page.live:
        found.append(
            Guard(gettext("The page “%(page)s” is not published.") % {"page": page})
        )
    if page.get_view_restrictions().exists():
        words = gettext("Not everybody can read the page “%(page)s”: it is private.")
        found.append(Guard(words % {"page": page}))
    return found


def _texts(announcement: Announcement, name: str) -> dict[str, str]:
    return {text.language: getattr(text, name) for text in announcement.texts.all()}


@dataclass(frozen=True, slots=True, kw_only=True)
class HowFar:
    """How far a notification is. Rates are installations per second, times in seconds.

    ``done`` counts those whose turn has come; of ``total``, some may drop out until then.
    """

    status: str
    total: int
    done: int
    rate: float | None = None
    left: int | None = None
    stalled_since: datetime | None = None
    waits_until: datetime | None = None
    trouble: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is to come."""
        return self.status in {Status.DONE, Status.CANCELLED}

    @property
    def a_minute(self) -> float:
        """Return the rate of what is slow."""
        return 60 * (self.rate or 0)

    @property
    def minutes_left(self) -> int | None:
        """Return the time left where seconds are no more than noise."""
        return round(self.left / 60) if self.left and self.left >= 120 else None


def pending(notification: Notification) -> int:
    """Return how many browsers wait to be tried again."""
    ended = ("accepted", "failed", "expired", "dropped")
    number: int = notification.targeted - sum(getattr(notification, n) for n in ended)
    return max(0, number)


def how_far(notification: Notification) -> HowFar:
    """Return how far a notification is, by its counters alone."""
    now = timezone.now()
    names = ("targeted", "accepted", "failed", "expired", "dropped", "shown", "clicked")
    counts = {name: getattr(notification, name) for name in names}
    done = notification.targeted - pending(notification)
    total = max(notification.planned, notification.targeted)
    sent = done - notification.dropped
    rate = left = stalled = None
    waits_until = None
    if notification.status == Status.SENDING:
        started = notification.started_at or now
        moved = notification.moved_at or started
        if done:
            seconds = max(0.1, (moved - started).total_seconds())
            rate = sent / seconds
            # When retries come is not a matter of the rate.
            still = total - notification.targeted
            left = round(still / rate) if rate and still else None
        if now - moved > STALLED:
            waiting = notification.batches.filter(finished_at=None).order_by("due_at")
            due = waiting.values_list("due_at", flat=True).first()
            waits_until = due if due and due > now else None
            stalled = None if waits_until else moved
    return HowFar(
        status=notification.status,
        total=total,
        done=done,
        rate=rate,
        left=left,
        stalled_since=stalled,
        waits_until=waits_until,
        trouble=notification.trouble,
        counts=counts,
    )
