"""Announcements, as editors write and list them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.forms import Media, Select
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ModelChoiceFilter
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
    Panel,
)
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn
from wagtail.admin.widgets import AdminPageChooser
from wagtail.admin.widgets.button import HeaderButton
from wagtail.coreutils import multigetattr
from wagtail.models import Page
from wagtail.snippets.views import snippets

from wagtail_push import announcements
from wagtail_push.admin import sending, texts
from wagtail_push.admin.audiences import choices as audience_choices
from wagtail_push.admin.listings import STYLE
from wagtail_push.models import Announcement, NotificationScope
from wagtail_push.models.announcements import OF_TODAY
from wagtail_push.models.scopes import language_choices


class AnnouncementForm(WagtailAdminModelForm):
    """What can be chosen: scopes that can be sent in, audiences that there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what the portal has."""
        super().__init__(*args, **kwargs)
        scopes = NotificationScope.objects.filter(retired=False)
        self.fields["scope"].queryset = scopes.prefetch_related("texts")
        audiences = audience_choices(keep=self.instance.audience)
        if not audiences:
            del self.fields["audience"]
            return
        choices = [("", _("Everyone")), *audiences]
        self.fields["audience"].widget = Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        """Refuse two links."""
        data: dict[str, Any] = super().clean()
        if data.get("page_pk") and data.get("url"):
            self.add_error("url", _("Choose a page or give an address, not both."))
        return data


class Filters(WagtailFilterSet):
    """By what a list of announcements can be narrowed."""

    # With its texts: no query for each scope.
    scope = ModelChoiceFilter(
        label=_("Scope"), queryset=NotificationScope.objects.prefetch_related("texts")
    )

    class Meta:
        model = Announcement
        fields = ["scope"]


class IndexView(texts.IndexView):
    """Lists announcements with what became of them."""

    #: Whoever sends or reads results has to find them, too.
    any_permission_required = [
        *("add", "change", "delete", "view"),
        *("send", "statistics"),
    ]

    def get_edit_url(self, instance: Announcement) -> str | None:
        """Return where this editor goes on with it."""
        return sending.way_on(instance, self.request.user)

    def get_base_queryset(self) -> QuerySet[Announcement]:
        """Return them with scope and notification: no query for each row."""
        found: QuerySet[Announcement] = super().get_base_queryset()
        return found.select_related("scope", "notification").prefetch_related(
            "texts", "scope__texts"
        )

    def to_row_dict(self, item: Announcement) -> dict[str, Any]:
        """Return one row of a spreadsheet; of a draft there are no numbers yet."""
        return {
            field: multigetattr(item, field)
            if item.notification or not field.startswith("notification.")
            else ""
            for field in self.list_export
        }


def begun_text(page: Page, user: Any) -> dict[str, str]:
    """Return what a text about a page begins with, in the page's own language."""
    if not page.permissions_for_user(user).can_edit():
        # Not everybody who writes announcements may read the page's draft.
        return {}
    latest = page.get_latest_revision_as_object()
    begun = {"title": latest.title, "body": latest.search_description}
    language = page.locale.language_code
    known = language in dict(language_choices())
    return {**begun, "language": language} if known else begun


class CreateView(snippets.CreateView):
    """Begins a draft, about a page if ``?page=`` names one."""

    def get_initial_form_instance(self) -> Announcement:
        """Begin with the words of the page."""
        announcement = super().get_initial_form_instance() or Announcement()
        pk = self.request.GET.get("page", "")
        page = Page.objects.filter(pk=pk).first() if pk.isdecimal() else None
        if page is not None and self.request.method == "GET":
            announcement.page_pk = page.pk
            announcement.begun_text = begun_text(page, self.request.user)
        return announcement

    def save_instance(self) -> Announcement:
        """Save it, with who wrote it."""
        self.form.instance.created_by = self.request.user
        announcement: Announcement = super().save_instance()
        announcements.ask_for_estimate(announcement)
        return announcement

    def get_success_url(self) -> str:
        """Stay with it: the next step is to test or send it."""
        return str(self.get_edit_url())


class EditView(snippets.EditView):
    """Changes a draft, and leads to what comes next."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Save by itself only what is sent by nobody but an editor."""
        super().setup(request, *args, **kwargs)
        if self.object.on_publish:
            # Its page may be published in the middle of a word.
            self.autosave_enabled = False

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Lead to the results of one that can no longer be changed."""
        if self.object.is_draft:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response
        return self.refuse() if request.method == "POST" else self.to_results()

    def refuse(self) -> HttpResponse:
        """Say that it is too late to change it."""
        words = gettext(
            "Nothing was saved: this announcement was sent or scheduled meanwhile."
        )
        if self.expects_json_response:
            answer: HttpResponse = self.json_error_response("sent", words)
            return answer
        messages.error(self.request, words)
        return self.to_results()

    def to_results(self) -> HttpResponse:
        """Lead to what becomes of it."""
        return redirect(reverse("push-announcements:results", args=[self.object.pk]))

    def is_valid(self, form: AnnouncementForm) -> bool:
        """Tell whether it can be saved: what waits for its page, by its editor alone."""
        if self.expects_json_response and self.object.on_publish:
            self.produced_error_code = "on_publish"
            self.produced_error_message = gettext(
                "It is sent as soon as its page is published. Saving it here changes "
                "what is sent."
            )
            return False
        return bool(super().is_valid(form))

    def form_valid(self, form: AnnouncementForm) -> HttpResponse:
        """Save it, as far as it is by now; whom it would reach may have changed."""
        draft = form.instance
        with transaction.atomic():
            locked = Announcement.objects.select_for_update(no_key=True)
            saved = locked.get(pk=draft.pk)
            if not saved.is_draft:
                return self.refuse()
            for name in OF_TODAY:
                setattr(draft, name, getattr(saved, name))
            others = (draft.scope_id, draft.audience) != (
                saved.scope_id,
                saved.audience,
            )
            if others:
                # Nobody shall confirm the number of those whom it no longer goes to.
                draft.estimate = draft.estimated_at = None
            if draft.on_publish and (
                others
                or draft.page_pk != saved.page_pk
                or not self.request.user.has_perm(sending.SEND)
            ):
                # What was approved was something else.
                draft.on_publish = False
                messages.warning(
                    self.request,
                    _(
                        "It does not wait for its page any more: somebody who may send "
                        "announcements has to say so again."
                    ),
                )
            response: HttpResponse = super().form_valid(form)
            if others or not self.expects_json_response:
                announcements.ask_for_estimate(draft)
        return response

    def get_success_url(self) -> str:
        """Stay with it."""
        return str(self.get_edit_url())

    @property
    def header_buttons(self) -> list[Any]:
        """Return the next step."""
        buttons = list(super().header_buttons)
        if any(map(self.request.user.has_perm, sending.SendView.permissions)):
            buttons.append(
                HeaderButton(
                    label=gettext("Test and send…"),
                    url=reverse("push-announcements:send", args=[self.object.pk]),
                    icon_name="mail",
                    priority=5,
                )
            )
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whom it would reach."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["media"] += COUNTERS
        context["estimate"] = sending.Estimated(self.object)
        context["may_send"] = self.request.user.has_perm(sending.SEND)
        return context


class CopyView(snippets.CopyView):
    """Begins a draft with what another one says; the form itself is that of a new one.

    Posted here, Wagtail's own would change the other one.
    """

    http_method_names = ["get", "head", "options"]


#: Counts what is typed.
COUNTERS = STYLE + Media(js=["wagtail_push/js/admin/counters.js"])


def number_of(name: str) -> Any:
    """Return what reads one counter of an announcement that was sent."""

    def read(announcement: Announcement) -> int | str:
        told = announcement.notification
        return getattr(told, name) if told else ""

    return read


class AnnouncementViewSet(snippets.SnippetViewSet):
    """What editors send to everybody."""

    model = Announcement
    icon = "mail"
    menu_label = _("Announcements")
    add_to_reference_index = False
    copy_view_enabled = True
    copy_view_class = CopyView
    add_view_class = CreateView
    edit_view_class = EditView
    index_view_class = IndexView
    edit_template_name = "wagtail_push/admin/announcement_edit.html"
    search_fields = ("texts__title", "texts__body", "note")
    filterset_class = Filters
    list_display = (
        "__str__",
        Column("scope", label=_("Scope"), accessor=lambda one: str(one.scope)),
        Column("state", label=_("State"), accessor=lambda one: one.state.label),
        DateColumn(
            "sent_at",
            label=_("Sent or planned"),
            accessor=lambda one: one.notification and one.notification.send_at,
        ),
        NumberColumn("targeted", label=_("Targeted"), accessor=number_of("targeted")),
        NumberColumn("accepted", label=_("Accepted"), accessor=number_of("accepted")),
        NumberColumn("shown", label=_("Shown"), accessor=number_of("shown")),
        NumberColumn("clicked", label=_("Clicked"), accessor=number_of("clicked")),
    )
    export_headings: Mapping[str, Any] = {
        "__str__": _("Title"),
        "scope.key": _("Scope"),
        "state.label": _("State"),
        "notification.send_at": _("Sent or planned"),
        "notification.targeted": _("Targeted"),
        "notification.accepted": _("Accepted"),
        "notification.shown": _("Shown"),
        "notification.clicked": _("Clicked"),
        "notification.failed": _("Failed"),
        "notification.expired": _("Expired"),
        "notification.dropped": _("Not sent"),
    }
    list_export = ("public_id", *export_headings)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return Wagtail's, without usage: nothing refers to an announcement."""
        options: dict[str, Any] = super().get_common_view_kwargs(
            **{"usage_url_name": None, **kwargs}
        )
        return options

    def get_edit_handler(self) -> Panel:
        """Return the form."""
        handler = ObjectList(
            [
                FieldRowPanel(
                    [
                        FieldPanel("scope", widget=Select),
                        FieldPanel("audience"),
                    ]
                ),
                texts.TextsPanel(
                    "texts",
                    heading=_("Texts that customers read"),
                    min_num=1,
                    panels=[
                        FieldPanel("language"),
                        FieldPanel("title", attrs={"data-push-count": "50"}),
                        FieldPanel("body", attrs={"data-push-count": "120"}),
                    ],
                ),
                MultiFieldPanel(
                    [FieldPanel("page_pk", widget=AdminPageChooser), FieldPanel("url")],
                    heading=_("Link"),
                ),
                FieldPanel("image"),
                FieldRowPanel(
                    [FieldPanel("send_at"), FieldPanel("ttl")], heading=_("When")
                ),
                FieldPanel("note"),
            ],
            base_form_class=AnnouncementForm,
        )
        return handler.bind_to_model(self.model)

    def register_chooser_viewset(self) -> None:
        """Register none: nobody chooses one, and its lists would be for every editor."""

    def get_urlpatterns(self) -> list[URLPattern]:
        """Leave out usage."""
        patterns: Iterable[URLPattern] = super().get_urlpatterns()
        return [pattern for pattern in patterns if pattern.name != "usage"]


def refuse_sent(request: HttpRequest, instances: Iterable[Any]) -> HttpResponse | None:
    """Refuse to delete announcements that were sent, in words."""
    sent = [
        one for one in instances if isinstance(one, Announcement) and not one.is_draft
    ]
    if not sent:
        return None
    if sent[0].state == Announcement.State.SCHEDULED:
        words = gettext("“%(title)s” is scheduled: unschedule it before you delete it.")
    else:
        words = gettext(
            "“%(title)s” was sent: it is part of the history and can’t be deleted."
        )
    messages.error(request, words % {"title": sent[0]})
    return redirect(reverse(AnnouncementViewSet().get_url_name("list")))


urls = [
    path(f"<int:pk>/{name}/", view, name=name) for name, view in sending.VIEWS.items()
]
