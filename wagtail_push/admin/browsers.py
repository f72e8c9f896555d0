"""Customers' browsers, as support finds and reads them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.forms import RadioSelect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.utils import get_user_display_name
from wagtail.admin.views import generic
from wagtail.admin.views.generic import history
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from wagtail_push import progress, registry
from wagtail_push.accounts import get_adapter
from wagtail_push.admin.accounts import yes_or_no
from wagtail_push.admin.browser_actions import ACTIONS
from wagtail_push.admin.browser_words import choices, moment, outcome, status
from wagtail_push.admin.exporting import PlainCells
from wagtail_push.admin.listings import WholeWords
from wagtail_push.models import Browser
from wagtail_push.models.browsers import BrowserQuerySet, support_code
from wagtail_push.recent import recent


#: Rows of an export whose customers are asked for at once.
PAGE = 500

#: For so long the last test and the last check are told of.
RECENT = timedelta(days=1)

#: Part of what a user agent's family is called, on every system. A list of those that
#: there are would be read from every row.
FAMILIES = ("Chrome", "Edge", "Firefox", "Opera", "Safari", "Samsung Internet")
OTHERS = "others"


class BrowserFilterSet(WagtailFilterSet):
    """Filters of the listing."""

    status = django_filters.ChoiceFilter(
        label=_("Status"),
        method="of_status",
        widget=RadioSelect,
        empty_label=_("All"),
        choices=[
            ("registered", _("Registered")),
            ("paused", _("Paused or signed out")),
            ("removed", _("Removed")),
        ],
    )
    software = django_filters.ChoiceFilter(
        label=_("Browser"),
        method="of_family",
        widget=RadioSelect,
        empty_label=_("All"),
        choices=[*((name, name) for name in FAMILIES), (OTHERS, _("Others"))],
    )

    class Meta:
        model = Browser
        fields: list[str] = []

    def of_status(
        self, browsers: BrowserQuerySet, name: str, value: str
    ) -> BrowserQuerySet:
        """Return those that are registered, rest, or were removed."""
        if value == "removed":
            return browsers.exclude(removed_at=None)
        if value == "paused":
            rests = Q(paused_at__isnull=False) | Q(signed_out_at__isnull=False)
            return browsers.registered().filter(rests)
        return browsers.registered()

    def of_family(
        self, browsers: BrowserQuerySet, name: str, value: str
    ) -> BrowserQuerySet:
        """Return those of one family, or of none that has a name here."""
        if value != OTHERS:
            return browsers.filter(installation__software__contains=value)
        known = Q()
        for family in FAMILIES:
            known |= Q(installation__software__contains=family)
        return browsers.exclude(known)


def told(rows: Iterable[Any]) -> Iterator[Any]:
    """Yield browsers with ``customer``, ``words``, ``last_shown_at`` and ``code``.

    Each is asked for once for many of them, and only for those that are shown: a column
    of the listing's own query would be read for all rows before its page, too.
    """
    rows = iter(rows)
    while page := list(islice(rows, PAGE)):
        labels = get_adapter().labels({row.account.key for row in page})
        revoked = registry.revoked(page)
        same = Browser.objects.filter(pk__in=[row.pk for row in page])
        shown = dict(same.values_list("pk", registry.last_shown()))
        for row in page:
            row.last_shown_at = shown.get(row.pk)
            row.customer = labels.get(row.account.key, row.account.key)
            row.words = status(row, row.pk in revoked)
            row.code = code_of(row, row.pk in revoked)
        yield from page


def code_of(browser: Browser, revoked: bool) -> str:
    """Return the support code as the customer reads it now."""
    ended = browser.removed_at is not None
    return support_code(
        browser.public_id, "revoked" if revoked and not ended else browser.status
    )


class FromBothEnds(WagtailPaginator):
    """Pages that are reached from the nearer end: the last is as near as the first."""

    def page(self, number: int) -> Any:
        """Return a page."""
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        end = min(begin + self.per_page, self.count)
        if begin <= self.count - end:
            return self._get_page(self.object_list[begin:end], number, self)
        turned = self.object_list.reverse()[self.count - end : self.count - begin]
        return self._get_page(list(turned)[::-1], number, self)


class IndexView(WholeWords, PlainCells, generic.IndexView):
    """Lists browsers, and finds them by account and by support code."""

    page_title = _("Browsers")
    paginator_class = FromBothEnds

    def get_queryset(self) -> QuerySet[Browser]:
        """Return the browsers with their device and their account."""
        browsers: QuerySet[Browser] = super().get_queryset()
        return browsers.select_related("installation", "account")

    def order_queryset(self, queryset: BrowserQuerySet) -> BrowserQuerySet:
        """Order; pages must not share a row."""
        ordered: BrowserQuerySet = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "pk")

    def search_queryset(self, queryset: BrowserQuerySet) -> QuerySet[Browser]:
        """Return what was searched for, by its index: a support code or an account."""
        query = self.search_query.strip()
        if not query:
            return queryset
        coded = queryset.with_support_code(query)
        return queryset.filter(account__key=query) if coded is None else coded

    def paginate_queryset(self, queryset: QuerySet[Browser], page_size: int) -> Any:
        """Return one page, with words for each row.

        Where it begins is found by the index alone: what is skipped is not joined.
        """
        keys = queryset.select_related(None).values_list("pk", flat=True)
        paginator, page, found, more = super().paginate_queryset(keys, page_size)
        rows = queryset.model._default_manager.select_related("installation", "account")
        by_key = rows.in_bulk(list(found))
        return paginator, page, list(told(by_key[key] for key in found)), more

    def as_spreadsheet(self, queryset: Any, spreadsheet_format: str) -> Any:
        """Return all that was found, with words for each row."""
        return super().as_spreadsheet(list(told(queryset)), spreadsheet_format)


class InspectView(generic.InspectView):
    """Shows all that support needs of one browser, and offers what may be done."""

    history_url_name: str | None = None

    def get_object(self, queryset: Any = None) -> Browser:
        """Return the browser with what the page shows of it."""
        browsers = Browser.objects.select_related("installation", "account", "login")
        shown = browsers.annotate(last_shown_at=registry.last_shown())
        return get_object_or_404(shown, pk=self.pk)

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Return what Wagtail's history has of it, for who may see that."""
        if not self.user_has_permission("change"):
            return []
        url = reverse(self.history_url_name, args=[self.object.pk])
        return [Button(gettext("History"), url=url, icon_name="history")]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """Return what is known of the browser, without its scopes."""
        return [{"label": label, "value": value} for label, value in self._facts()]

    def _facts(self) -> Iterator[tuple[str, str]]:
        browser, installation = self.object, self.object.installation
        revoked = browser.pk in registry.revoked([browser])
        key = browser.account.key
        yield gettext("Name"), browser.name
        yield gettext("Status"), status(browser, revoked)
        yield gettext("Customer"), get_adapter().label(key)
        yield gettext("Account"), key
        yield gettext("Login"), get_user_display_name(browser.login)
        yield gettext("Browser and system"), installation.description or "–"
        yield gettext("Service worker"), installation.get_worker_display()
        yield gettext("Language"), browser.language or "–"
        yield gettext("Hides details"), yes_or_no(browser.hide_details)
        yield gettext("Pauses on sign-out"), yes_or_no(browser.pause_on_sign_out)
        yield gettext("Registered"), moment(browser.created_at)
        yield gettext("Last visit to the portal"), moment(installation.last_seen_at)
        yield gettext("Last shown"), moment(browser.last_shown_at)
        moments = {
            gettext("Paused since"): browser.paused_at,
            gettext("Signed out since"): browser.signed_out_at,
            gettext("Removed on"): browser.removed_at,
            gettext("Waiting to be renewed in the browser since"): (
                installation.changed_at
            ),
        }
        yield from ((label, moment(at)) for label, at in moments.items() if at)
        asked = progress.latest([browser], RECENT).get(browser.pk, {})
        for label, kind in (
            (gettext("Last test"), "test"),
            (gettext("Last check"), "check"),
        ):
            if how_far := asked.get(kind):
                yield label, f"{outcome(how_far)} · {moment(how_far.moment)}"
        yield gettext("Support code"), code_of(browser, revoked)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add scopes, what was sent lately, and what may be done."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        browser = self.object
        context["choices"] = choices(browser)
        # Titles alone: what stands in a message is between customer and portal.
        context["recent"] = [
            (sent.title, outcome(sent.how_far), moment(sent.how_far.moment))
            for sent in recent(browser, get_language() or "")
        ]
        context["may_change"] = self.user_has_permission("change")
        return context


class HistoryView(history.HistoryView):
    """Shows who did what to a browser."""

    #: Wagtail's has nothing but a way to the form, and there is none.
    header_buttons: list[Button] = []


class BrowserViewSet(ModelViewSet):
    """Browsers: support reads, pauses, tests and removes them."""

    model = Browser
    name = "push-browsers"
    icon = "mobile-alt"
    menu_label = _("Browsers")
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_template_name = "wagtail_push/admin/browser.html"
    index_view_class = IndexView
    inspect_view_class = InspectView
    history_view_class = HistoryView
    form_fields: tuple[str, ...] = ()
    ordering = "-pk"
    search_fields = ("account__key",)
    filterset_class = BrowserFilterSet
    list_display = (
        "name",
        Column("customer", label=_("Customer")),
        Column("account", label=_("Account"), accessor="account.key"),
        Column(
            "system",
            label=_("Browser and system"),
            accessor="installation.description",
        ),
        Column("words", label=_("Status")),
        DateColumn("created_at", label=_("Registered"), sort_key="pk"),
        DateColumn("last_shown_at", label=_("Last shown")),
    )
    export_headings: Mapping[str, Any] = {
        "name": _("Name"),
        "customer": _("Customer"),
        "account.key": _("Account"),
        "installation.description": _("Browser and system"),
        "words": _("Status"),
        "created_at": _("Registered"),
        "installation.last_seen_at": _("Last visit to the portal"),
        "last_shown_at": _("Last shown"),
        "code": _("Support code"),
    }
    list_export = tuple(export_headings)
    export_filename = "browsers"

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return Wagtail's, without what nobody may do here."""
        options: dict[str, Any] = super().get_common_view_kwargs(
            **{
                "add_url_name": None,
                "edit_url_name": None,
                "delete_url_name": None,
                "usage_url_name": None,
                **kwargs,
            }
        )
        return options

    def get_history_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return Wagtail's, with the way back to the browser."""
        options: dict[str, Any] = super().get_history_view_kwargs(
            **{"edit_url_name": self.get_url_name("inspect"), **kwargs}
        )
        return options

    @property
    def url_finder_class(self) -> type:
        """Lead from Wagtail's reports to the only page of a browser."""
        finder: type = super().url_finder_class
        finder.edit_url_name = self.get_url_name("inspect")  # type: ignore[attr-defined]
        return finder

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return Wagtail's views that there are, and our actions."""
        left_out = {"add", "edit", "delete", "usage"}
        kept = [p for p in super().get_urlpatterns() if p.name not in left_out]
        return [
            *kept,
            *(
                path(f"{name}/<int:pk>/", self.construct_view(view), name=name)
                for name, view in ACTIONS.items()
            ),
        ]
