"""What an editor does with an announcement, and what became of it."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic.base import TemplateView
from wagtail.admin import messages
from wagtail.admin.auth import permission_denied
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from wagtail_push import announcements
from wagtail_push import notify as notifying
from wagtail_push.accounts import get_adapter
from wagtail_push.admin import audiences
from wagtail_push.admin.icons import BELL
from wagtail_push.admin.log import (
    CANCELLED,
    ON_PUBLISH,
    RESUMED,
    SENT,
    TESTED,
    UNSCHEDULED,
)
from wagtail_push.exceptions import InvalidNotification, Refused
from wagtail_push.messages import Answer
from wagtail_push.models import Announcement, Notification


SEND = "wagtail_push.send_announcement"
STATISTICS = "wagtail_push.statistics_announcement"
ADD = "wagtail_push.add_announcement"
CHANGE = "wagtail_push.change_announcement"
DELETE = "wagtail_push.delete_announcement"
VIEW = "wagtail_push.view_announcement"

#: From so many browsers on, the number is asked for before sending.
MANY = 1000

#: FCM's answers in an editor's words.
FAILURES = {
    Answer.UNREGISTERED: _("no longer registered: these browsers were removed"),
    Answer.SENDER_MISMATCH: _("registered with another project: they were removed"),
    Answer.BAD_TARGET: _("Google does not know the browser: they were removed"),
    Answer.BAD_MESSAGE: _("Google refused the message itself"),
    Answer.BUSY: _("Google asked to wait, until it was too late"),
    Answer.UNAVAILABLE: _("Google could not be reached, until it was too late"),
    Answer.MISCONFIGURED: _("the portal's set-up is wrong"),
}


@dataclass(frozen=True)
class Estimated:
    """An announcement's estimate, as a page shows it."""

    announcement: Announcement

    @property
    def is_there(self) -> bool:
        """Tell whether there is one."""
        return self.announcement.estimate is not None

    @property
    def is_pending(self) -> bool:
        """Tell whether a newer one was asked for."""
        asked, made = (
            self.announcement.estimate_asked_at,
            self.announcement.estimated_at,
        )
        return bool(asked and (made is None or made < asked))

    @property
    def is_old(self) -> bool:
        """Tell whether it may no longer be true."""
        made = self.announcement.estimated_at
        return bool(made and timezone.now() - made > announcements.FRESH)

    @property
    def at(self) -> Any:
        """Return when it was made."""
        return self.announcement.estimated_at

    @property
    def installations(self) -> int:
        """Return how many browsers would get it."""
        return int((self.announcement.estimate or {}).get("installations", 0))

    @property
    def accounts(self) -> int:
        """Return how many customers these are."""
        return int((self.announcement.estimate or {}).get("accounts", 0))

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Return the reasons for leaving others out, in words, the most frequent first."""
        return in_words((self.announcement.estimate or {}).get("left_out", {}))


def in_words(left_out: dict[str, int]) -> list[tuple[str, int]]:
    """Return reasons in words with their numbers, the most frequent first."""
    labels = dict(Notification.LeftOut.choices)
    told = [(str(labels.get(key, key)), number) for key, number in left_out.items()]
    return sorted(told, key=lambda pair: -pair[1])


@method_decorator(never_cache, name="dispatch")
class AnnouncementView(WagtailAdminTemplateMixin, TemplateView):
    """A page about one announcement."""

    #: Any of these lets an editor in.
    permissions: tuple[str, ...] = (SEND,)
    header_icon = BELL
    _show_breadcrumbs = True

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Keep out who has no permission."""
        if not any(map(request.user.has_perm, self.permissions)):
            refused: HttpResponseBase = permission_denied(request)
            return refused
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def announcement(self) -> Announcement:
        """Return the announcement."""
        found = Announcement.objects.select_related("scope", "notification")
        announcement: Announcement = get_object_or_404(found, pk=self.kwargs["pk"])
        return announcement

    @property
    def notification(self) -> Notification:
        """Return its notification.

        :raises InvalidNotification: when it is a draft.
        """
        notification: Notification | None = self.announcement.notification
        if notification is None:
            raise InvalidNotification(gettext("This announcement was not sent yet."))
        return notification

    def get_page_subtitle(self) -> str:
        """Return its title."""
        return str(self.announcement)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list and the draft."""
        name = "wagtailsnippets_wagtail_push_announcement"
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"{name}:list"), "label": gettext("Announcements")},
            {
                "url": "",
                "label": self.get_page_title(),
                "sublabel": self.get_page_subtitle(),
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the announcement."""
        return super().get_context_data(announcement=self.announcement, **kwargs)


class SendView(AnnouncementView):
    """Asks once more, with the number, and sends; who only writes tests here."""

    permissions = (SEND, CHANGE)
    page_title = _("Test and send")
    template_name = "wagtail_push/admin/announcement_send.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what would be sent, to how many, and what speaks against it."""
        if not self.announcement.is_draft:
            return to_results(self.announcement)
        estimate = Estimated(self.announcement)
        if not estimate.is_pending and (not estimate.is_there or estimate.is_old):
            announcements.ask_for_estimate(self.announcement)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send it, if the number that was shown is the one that is known now."""
        if not request.user.has_perm(SEND):
            refused: HttpResponse = permission_denied(request)
            return refused
        if not self.announcement.is_draft:
            # A second click, another tab, another editor: it was sent once.
            return to_results(self.announcement)
        if problem := self.problem():
            messages.error(request, problem)
            return self.render_to_response(self.get_context_data())
        try:
            return self.send()
        except InvalidNotification as error:
            messages.error(request, str(error))
            return self.render_to_response(self.get_context_data())

    @transaction.atomic
    def send(self) -> HttpResponse:
        """Send the words in view, or have them wait for their page.

        :raises InvalidNotification: when they can't be sent; nothing was written.
        """
        locked = Announcement.objects.select_for_update(no_key=True)
        announcement = locked.get(pk=self.announcement.pk)
        if not announcement.is_draft:
            return to_results(announcement)
        if self.request.POST.get("version", "") != version(announcement):
            words = gettext(
                "Somebody has changed the announcement since this page was opened. Look "
                "at it again."
            )
            messages.error(self.request, words)
            return redirect(self.request.path)
        if "on_publish" in self.request.POST:
            announcements.send_on_publish(announcement)
            log(announcement, ON_PUBLISH)
            return redirect(self.request.path)
        notification = announcements.send(announcement)
        log(
            announcement,
            SENT,
            data={
                "at": notification.send_at.isoformat(),
                "estimate": Estimated(announcement).installations,
            },
        )
        return to_results(announcement)

    def problem(self) -> str:
        """Return why it is not sent, or nothing."""
        if any(guard.blocks for guard in announcements.guards(self.announcement)):
            return gettext("It can't be sent as it is.")
        estimate = Estimated(self.announcement)
        if not estimate.is_there:
            return gettext("It is not counted yet how many would get it.")
        # As it is shown, or without what stands between its thousands.
        typed = re.sub(r"\D", "", self.request.POST.get("number", ""))
        if typed != str(estimate.installations):
            return gettext(
                "The number has changed since this page was opened, or it was not typed "
                "as shown. Look at it again."
            )
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the number, the guards, and what a test would do."""
        found = announcements.guards(self.announcement)
        estimate = Estimated(self.announcement)
        return super().get_context_data(
            estimate=estimate,
            version=version(self.announcement),
            may_send=self.request.user.has_perm(SEND),
            may_change=self.request.user.has_perm(CHANGE),
            guards=found,
            is_blocked=any(guard.blocks for guard in found),
            must_type=estimate.installations >= MANY,
            my_browsers=len(announcements.my_browsers(self.request.user)),
            audience=audiences.label(
                self.announcement.audience, get_adapter().audiences()
            ),
            link=announcements.link(self.announcement),
            waits_for_page=announcements.waits_for_page(self.announcement),
            later=bool(
                self.announcement.send_at and self.announcement.send_at > timezone.now()
            ),
            texts=self.announcement.texts.all(),
            **kwargs,
        )


def version(announcement: Announcement) -> str:
    """Return what stands for its words as they are, so that no others are sent."""
    revision = announcement.latest_revision
    return revision.created_at.isoformat() if revision else ""


def to_results(announcement: Announcement) -> HttpResponse:
    """Lead to what becomes of it."""
    return redirect(reverse("push-announcements:results", args=[announcement.pk]))


class ActionView(AnnouncementView):
    """Does one thing and leads back to a page that shows it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, and say what came of it."""
        try:
            messages.success(request, self.act())
        except (InvalidNotification, Refused) as error:
            messages.error(request, str(error))
        fresh = Announcement.objects.get(pk=self.announcement.pk)
        if fresh.is_draft:
            return redirect(reverse("push-announcements:send", args=[fresh.pk]))
        return to_results(fresh)

    def act(self) -> str:
        """Return what was done, in words."""
        raise NotImplementedError


class TestView(ActionView):
    """Sends a test to the editor's own browsers."""

    permissions = (SEND, CHANGE)

    def act(self) -> str:
        """Send it."""
        sent = announcements.send_test(self.announcement, self.request.user)
        log(self.announcement, TESTED)
        number = sent.recipients.count()
        words = ngettext(
            "A test is on its way to %(count)d browser of yours.",
            "A test is on its way to %(count)d browsers of yours.",
            number,
        )
        return words % {"count": number}


class EstimateView(ActionView):
    """Has it counted again."""

    permissions = (SEND, CHANGE)

    def act(self) -> str:
        """Ask for it."""
        announcements.ask_for_estimate(self.announcement)
        return gettext("It is being counted: this takes some seconds.")


class CancelView(ActionView):
    """Stops what has not left."""

    def act(self) -> str:
        """Cancel, and say how many had left."""
        stopped = notifying.cancel(self.notification)
        if stopped.status != Notification.Status.CANCELLED:
            raise InvalidNotification(gettext("It has been sent already."))
        log(self.announcement, CANCELLED, data={"left": stopped.accepted})
        words = ngettext(
            "Cancelled. %(count)d browser had got it before.",
            "Cancelled. %(count)d browsers had got it before.",
            stopped.accepted,
        )
        return words % {"count": stopped.accepted}


class ResumeView(ActionView):
    """Goes on with what was cancelled or has stalled."""

    def act(self) -> str:
        """Resume it."""
        if self.notification.status == Notification.Status.DONE:
            raise InvalidNotification(gettext("It has been sent already."))
        announcements.push_on(self.notification)
        log(self.announcement, RESUMED)
        return gettext("It goes on where it stopped. Nobody gets it twice.")


class UnscheduleView(ActionView):
    """Makes a draft again of what was scheduled."""

    def act(self) -> str:
        """Take it back."""
        announcements.unschedule(self.announcement)
        log(self.announcement, UNSCHEDULED)
        return gettext("It is a draft again.")


@dataclass(frozen=True)
class Line:
    """One line of the results."""

    label: str
    number: int
    note: str = ""
    level: int = 0


class ResultsView(AnnouncementView):
    """How far it is, and what became of it."""

    permissions = (STATISTICS, SEND)
    page_title = _("Results")
    template_name = "wagtail_push/admin/announcement_results.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page, its part that changes, or a table to download."""
        if self.announcement.is_draft:
            if request.user.has_perm(SEND):
                return redirect(
                    reverse("push-announcements:send", args=[self.announcement.pk])
                )
            messages.error(request, gettext("This announcement was not sent yet."))
            return redirect(reverse("wagtailadmin_home"))
        if request.GET.get("export") == "csv":
            return self.export()
        if "part" in request.GET:
            name = "wagtail_push/admin/includes/announcement_progress.html"
            return HttpResponse(
                render_to_string(name, self.get_context_data(), request=request)
            )
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how far it is and the lines of the results."""
        user = self.request.user
        notification = self.notification
        told = announcements.how_far(notification)
        return super().get_context_data(
            notification=notification,
            told=told,
            state=self.announcement.state,
            lines=list(lines(notification)),
            left_out=in_words(notification.left_out),
            most=max(told.total, 1),
            may_send=user.has_perm(SEND),
            # As Wagtail's own views ask.
            may_copy=user.has_perm(ADD) and any(map(user.has_perm, (CHANGE, VIEW))),
            may_read_history=any(map(user.has_perm, (ADD, CHANGE, DELETE))),
            **kwargs,
        )

    def export(self) -> HttpResponse:
        """Return the results as a table of comma-separated values."""
        notification = self.notification
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        name = f"announcement-{self.announcement.pk}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        table = csv.writer(response)
        table.writerow([gettext("What"), gettext("Number")])
        for line in lines(notification):
            table.writerow([line.label, line.number])
        for reason, number in in_words(notification.left_out):
            table.writerow([f"{gettext('Left out')}: {reason}", number])
        return response


def lines(notification: Notification) -> Iterator[Line]:
    """Yield the funnel, each line with how certain it is."""
    yield Line(
        gettext("Targeted"),
        notification.targeted,
        gettext("Browsers whose turn has come."),
    )
    yield Line(
        gettext("Accepted"),
        notification.accepted,
        gettext("Google has taken it over. Whether it arrives is not known yet."),
    )
    if waiting := announcements.pending(notification):
        yield Line(
            gettext("Waiting to be tried again"),
            waiting,
            gettext("Google or the network did not take it yet."),
        )
    yield Line(
        gettext("Shown"),
        notification.shown,
        gettext("Reported by the browser itself: at least so many have seen it."),
    )
    yield Line(
        gettext("Clicked"),
        notification.clicked,
        gettext("Reported by the browser itself."),
    )
    yield Line(gettext("Failed"), notification.failed)
    for answer, number in sorted(notification.failures.items(), key=lambda p: -p[1]):
        words = str(FAILURES.get(answer, answer))
        yield Line(words, number, level=1)
    yield Line(
        gettext("Expired"),
        notification.expired,
        gettext("Its validity was over before it could be handed to Google."),
    )
    yield Line(
        gettext("Not sent"),
        notification.dropped,
        gettext("Cancelled, or switched off by the customer meanwhile."),
    )


def way_on(announcement: Announcement, user: Any) -> str | None:
    """Return where a user goes on with it; None who may not."""
    edit = "wagtailsnippets_wagtail_push_announcement:edit"
    ways = {
        edit: announcement.is_draft and user.has_perm(CHANGE),
        "push-announcements:send": announcement.is_draft and user.has_perm(SEND),
        "push-announcements:results": not announcement.is_draft
        and any(map(user.has_perm, ResultsView.permissions)),
    }
    name = next((name for name, is_open in ways.items() if is_open), None)
    return reverse(name, args=[announcement.pk]) if name else None


VIEWS: dict[str, Callable[..., HttpResponseBase]] = {
    "send": SendView.as_view(),
    "test": TestView.as_view(),
    "estimate": EstimateView.as_view(),
    "cancel": CancelView.as_view(),
    "resume": ResumeView.as_view(),
    "unschedule": UnscheduleView.as_view(),
    "results": ResultsView.as_view(),
}
