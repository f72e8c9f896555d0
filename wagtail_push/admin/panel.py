"""The dashboard's panel: whether sending works, and how many browsers there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component

from wagtail_push import doctor
from wagtail_push.admin import sending
from wagtail_push.admin.figures import kept
from wagtail_push.admin.icons import BELL
from wagtail_push.models import Announcement, Browser, Notification


#: What the trend and the share of failures look back on.
WINDOW = timedelta(days=30)

#: Whoever may do anything with one of these sees the panel.
ANNOUNCEMENTS = "announcement"
CONCERNING = {ANNOUNCEMENTS, "browser", "notificationscope"}


@dataclass(frozen=True, slots=True)
class Health:
    """The light: its level is also the name of its colour, and of its icon's class."""

    level: str
    icon: str
    word: Promise
    sentences: list["Sentence"]


class Sentence(NamedTuple):
    """What is wrong and what to do; like Django's own, system checks speak English."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Browsers:
    """How many are registered, and how many came and went within the window.

    What customers removed is not among those that went: its rows are gone.
    """

    registered: int
    came: int
    went: int

    @property
    def trend(self) -> int:
        """Return by how many there are more than at the window's beginning."""
        return self.came - self.went


@dataclass(frozen=True, slots=True)
class Failures:
    """How many messages were handed over within the window, and how many failed."""

    failed: int
    total: int

    @property
    def share(self) -> float | None:
        """Return the per cent that failed, if there was anything to fail."""
        return self.failed * 100 / self.total if self.total else None


def health() -> Health:
    """Return the light: what ``manage.py push_check`` says, the worst of it alone."""
    found = doctor.diagnose()
    worst = found[0].level
    sentences = [
        Sentence(
            f"{one.what} {one.advice}".strip(),
            "en" if one.id.startswith(f"{doctor.TAG}.") else "",
        )
        for one in found
        if one.level is worst
    ]
    match worst:
        case doctor.Level.ERROR:
            return Health("critical", "error", _("Not working"), sentences)
        case doctor.Level.WARNING:
            return Health("warning", "warning", _("Working, with faults"), sentences)
        case doctor.Level.OK:
            nothing = gettext(
                "A worker is at work, and no browser has met a fault lately."
            )
            return Health("positive", "success", _("Working"), [Sentence(nothing)])


def browsers(since: datetime) -> Browsers:
    """Count those that are registered by one pass, those that ended by their index.

    An index for the pass makes it no faster: nearly every row is in it.
    """
    came = Count("pk", filter=Q(created_at__gte=since))
    there = Browser.objects.registered().aggregate(all=Count("pk"), came=came)
    gone = Browser.objects.filter(removed_at__gte=since)
    went = gone.aggregate(all=Count("pk"), came=came)
    return Browsers(there["all"], there["came"] + went["came"], went["all"])


def failures(since: datetime) -> Failures:
    """Sum up the counters of messages: one row each, however many browsers had it."""
    # The index has those that were not pruned, which is four weeks' worth at least.
    lately = Q(finished_at__gte=since) | Q(status=Notification.Status.SENDING)
    told = Notification.objects.filter(
        lately, kind=Notification.Kind.MESSAGE, pruned_at=None
    ).aggregate(accepted=Sum("accepted", default=0), failed=Sum("failed", default=0))
    return Failures(told["failed"], told["failed"] + told["accepted"])


#: Seconds for which browsers are not counted again: all of them are read for that.
COUNTED_FOR = 300
COUNTS = "wagtail_push.panel.browsers"


class PushPanel(Component):
    """Health, browsers, failures, and the last announcement to whom it concerns."""

    name = "push_overview"
    template_name = "wagtail_push/admin/panel.html"
    #: After Wagtail's own panels, which editors came for.
    order = 400

    class Media:
        css = {"all": ["wagtail_push/css/admin-panel.css"]}

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return figures from counters and indexes; no delivery is looked at."""
        since = timezone.now() - WINDOW
        context = {
            "icon": BELL,
            "health": health(),
            "days": WINDOW.days,
            "browsers": kept(COUNTS, partial(browsers, since), COUNTED_FOR),
            "failures": failures(since),
        }
        user = parent_context["request"].user
        if ANNOUNCEMENTS in _managed_by(user):
            # Nobody else reads a draft here before it is sent.
            rows = Announcement.objects.select_related("notification")
            last = rows.prefetch_related("texts").first()
            context |= {
                "sees_announcements": True,
                "announcement": last,
                "announcement_url": last and sending.way_on(last, user),
            }
        return context

    def render_html(self, parent_context: Mapping[str, Any]) -> str:
        """Return the panel, or nothing for whom it does not concern."""
        user = parent_context["request"].user
        if not _managed_by(user) & CONCERNING:
            return ""
        return str(super().render_html(parent_context))


def _managed_by(user: Any) -> set[str]:
    """Return the models of ours that a user may do anything with."""
    ours = "wagtail_push."
    permissions = (p for p in user.get_all_permissions() if p.startswith(ours))
    return {p.removeprefix(ours).partition("_")[2] for p in permissions}
