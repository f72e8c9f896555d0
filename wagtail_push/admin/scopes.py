"""Scopes, as editors manage them."""

from typing import Any, cast

from django.core.cache import cache
from django.db.models import QuerySet
from django.forms import Select
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, Panel
from wagtail.admin.ui.tables import Column
from wagtail.log_actions import log
from wagtail.snippets.views import snippets

from wagtail_push.admin import figures
from wagtail_push.admin.icons import BELL
from wagtail_push.admin.log import DEFAULT_CHANGED
from wagtail_push.admin.scope_form import ALWAYS, ScopeForm
from wagtail_push.admin.scope_inspecting import InspectView
from wagtail_push.admin.scope_listing import IndexView
from wagtail_push.admin.texts import LanguagesColumn, LocalizedViewSet
from wagtail_push.admin.wording import describe
from wagtail_push.models import NotificationScope
from wagtail_push.models.scopes import DefaultChange


class CreateView(snippets.CreateView):
    """Adds a scope."""

    def save_instance(self) -> NotificationScope:
        """Save, and log that it is always on from the start."""
        scope: NotificationScope = super().save_instance()
        if scope.default == ALWAYS:
            log(scope, DEFAULT_CHANGED, data={"old": "", "new": scope.default})
        return scope


class EditView(snippets.EditView):
    """Changes a scope; another default has to be confirmed with its effect in view."""

    change: DefaultChange | None = None
    unconfirmed = False

    def is_valid(self, form: ScopeForm) -> bool:
        """Tell whether it can be saved: all is valid, and a new default confirmed."""
        if not super().is_valid(form):
            return False
        new = form.cleaned_data["default"]
        if new == form.initial["default"]:
            return True
        self.change = form.instance.changed_to(new)
        asked = self.request.POST.get("confirmed_default")
        self.unconfirmed = asked != self.confirmation()
        if self.unconfirmed:
            self.produced_error_code = "unconfirmed_default"
            self.produced_error_message = " ".join(self.effect())
        return not self.unconfirmed

    def form_invalid(self, form: ScopeForm) -> HttpResponse:
        """Show the form again; what is only unconfirmed is no error."""
        if self.unconfirmed and not self.expects_json_response:
            self.form = form
            response = self.render_to_response(self.get_context_data())
        else:
            response = super().form_invalid(form)
        return cast(HttpResponse, response)

    def save_instance(self) -> NotificationScope:
        """Save, and log a changed default by itself."""
        scope: NotificationScope = super().save_instance()
        if self.change:
            data = {"old": self.change.old, "new": self.change.new}
            log(scope, DEFAULT_CHANGED, data=data)
            # Choices were written for those that had made none.
            cache.delete(figures.COUNTS)
        return scope

    def confirmation(self) -> str:
        """Return what stands for exactly this change, so that no other is accepted."""
        return f"{self.change.old} → {self.change.new}" if self.change else ""

    def effect(self) -> list[str]:
        """Return whom the change affects, in sentences."""
        return describe(str(self.object), self.change) if self.change else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the question and what confirms it."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if self.unconfirmed:
            context["effect"] = self.effect()
            context["confirmation"] = self.confirmation()
        return context


class NotificationScopeViewSet(LocalizedViewSet):
    """Kinds of notification that customers switch per browser."""

    model = NotificationScope
    icon = BELL
    menu_label = _("Scopes")
    inspect_view_enabled = True
    index_view_class = IndexView
    inspect_view_class = InspectView
    inspect_view_fields_exclude = ("id", "sort_order", "from_code")
    add_view_class = CreateView
    edit_view_class = EditView
    edit_template_name = "wagtail_push/admin/scope_edit.html"
    form_class = ScopeForm
    texts_heading = _("Texts that customers read")
    text_fields = ("description", "reason")
    list_display = (
        "__str__",
        "key",
        "group",
        "default",
        LanguagesColumn("languages", label=_("Languages")),
        Column(
            "browsers_on",
            label=_("Browsers on"),
            accessor=figures.browsers_on,
            sort_key="browsers_on",
        ),
        Column("sent", label=_("Sent in 30 days"), accessor=figures.sent_lately),
        Column("click_rate", label=_("Click rate"), accessor=figures.click_rate),
        Column(
            "retired",
            label=_("Retired"),
            accessor=lambda scope: _("Retired") if scope.retired else "",
            sort_key="retired",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[NotificationScope]:
        """Return the scopes with their groups, and the texts of both."""
        scopes: QuerySet[NotificationScope] = super().get_queryset(request)
        return scopes.select_related("group").prefetch_related("group__texts")

    def get_panels(self) -> list[Panel]:
        """Return what exists once, whatever the language."""
        return [
            # Groups are few: all of them in view beat a window to search them in.
            FieldRowPanel([FieldPanel("group", widget=Select), FieldPanel("default")]),
            FieldPanel("audience"),
            MultiFieldPanel(
                [
                    FieldPanel("max_ttl"),
                    FieldPanel("urgency"),
                    FieldPanel("sensitive"),
                ],
                heading=_("Sending"),
            ),
            FieldPanel("retired"),
        ]
