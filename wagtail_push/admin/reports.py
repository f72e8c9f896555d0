"""Reports: where registrations end, and which browsers were not seen for long."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Count, F, Q, QuerySet
from django.forms import RadioSelect
from django.http import HttpRequest
from django.template.defaultfilters import floatformat
from django.urls import URLPattern, include, path, reverse
from django.urls.resolvers import URLResolver
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn
from wagtail.admin.views.reports import ReportView

from wagtail_push.accounts import get_adapter
from wagtail_push.admin.exporting import PlainCells
from wagtail_push.admin.figures import kept
from wagtail_push.admin.icons import BELL
from wagtail_push.models import Browser
from wagtail_push.retention import REMOVED_DAYS


#: Whoever has one of these reads the reports.
PERMISSIONS = ("wagtail_push.statistics_announcement", "wagtail_push.view_browser")

#: What was not seen for so many days is stale.
STALE_DAYS = 60

#: Seconds for which browsers are not counted again: all of them are read for that.
COUNTED_FOR = 600
COUNTS = "wagtail_push.reports.deliverability"

#: Accounts whose labels are asked for at once, where a whole export is written.
PORTION = 1000

#: What the system ended. What the customer removed has no row any more.
REASONS = [reason for reason in Browser.Reason if reason != Browser.Reason.CUSTOMER]


def may_read(request: HttpRequest) -> bool:
    """Tell whether whoever asks may read the reports."""
    return any(map(request.user.has_perm, PERMISSIONS))


class ReportItem(MenuItem):
    """A menu item that is there for those who may open what it leads to."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether it is there."""
        return may_read(request)


class PushReport(PlainCells, ReportView):
    """A report of ours, for those who may read one."""

    header_icon = BELL
    model = Browser
    any_permission_required = PERMISSIONS

    def user_has_any_permission(self, permissions: Iterable[str]) -> bool:
        """Tell whether the user has one of these, whatever models they are of."""
        return may_read(self.request)


class KindColumn(Column):
    """What a browser says of itself, if it does."""

    empty_value_display = "–"


def _count(condition: Q) -> Count:
    return Count("pk", filter=condition)


def _reasons(row: dict[str, Any]) -> str:
    return ", ".join(
        f"{reason.label}: {row[reason.name]}" for reason in REASONS if row[reason.name]
    )


class DeliverabilityView(PushReport):
    """By kind of browser: how many are registered, and why others ended.

    Nothing but the registry is read. What ended is known as long as its row is kept.
    """

    page_title = _("Push: deliverability")
    index_url_name = "wagtail_push_reports:deliverability"
    index_results_url_name = "wagtail_push_reports:deliverability_results"
    export_filename = "push-deliverability"
    default_ordering = "-removed"
    _removed = format_lazy(_("Ended within {days} days"), days=REMOVED_DAYS)
    columns = [
        KindColumn("software", label=_("Browser"), sort_key="software"),
        KindColumn("system", label=_("System"), sort_key="system"),
        NumberColumn("registered", label=_("Registered"), sort_key="registered"),
        NumberColumn("removed", label=_removed, sort_key="removed"),
        Column(
            "share",
            label=_("Share that ended, %"),
            accessor=lambda row: floatformat(row["share"], 1),
            sort_key="share",
        ),
        Column("reasons", label=_("Why"), accessor=_reasons),
    ]
    list_export = [
        *("software", "system", "registered", "removed", "share"),
        *(reason.name for reason in REASONS),
    ]
    export_headings = {
        **{column.name: column.label for column in columns},
        **{reason.name: reason.label for reason in REASONS},
    }
    custom_field_preprocess = {
        "share": dict.fromkeys(ReportView.FORMATS, lambda share: round(share, 1))
    }

    def get_base_queryset(self) -> list[dict[str, Any]]:
        """Return one row for each kind, counted some minutes ago at most."""
        return kept(COUNTS, self.count, COUNTED_FOR)

    def count(self) -> list[dict[str, Any]]:
        """Count by one pass over what is registered, and what ended lately."""
        ended = Q(removed_at__gte=timezone.now() - timedelta(days=REMOVED_DAYS))
        counted = Browser.objects.filter(Q(removed_at=None) | ended).values(
            software=F("installation__software"), system=F("installation__system")
        )
        counts = {r.name: _count(ended & Q(removed_reason=r)) for r in REASONS}
        found: Iterable[Any] = counted.annotate(
            registered=_count(Q(removed_at=None)),
            removed=_count(ended),
            share=_count(ended) * 100.0 / Count("pk"),
            **counts,
        )
        return list(found)

    def order_queryset(self, queryset: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Order; what is equal by its name."""
        field = self.ordering.lstrip("-")
        named = sorted(queryset, key=lambda row: (row["software"], row["system"]))
        return sorted(
            named, key=lambda row: row[field], reverse=self.ordering.startswith("-")
        )


class StaleFilterSet(WagtailFilterSet):
    """For how long a browser was not seen."""

    days = django_filters.ChoiceFilter(
        label=_("Not seen for"),
        choices=[(d, format_lazy(_("{days} days"), days=d)) for d in (90, 180, 270)],
        empty_label=format_lazy(_("{days} days"), days=STALE_DAYS),
        widget=RadioSelect,
        method="unseen",
    )

    class Meta:
        model = Browser
        fields: list[str] = []

    def unseen(
        self, browsers: QuerySet[Browser], name: str, value: str
    ) -> QuerySet[Browser]:
        """Leave out what was seen since."""
        return browsers.filter(_unseen(int(value)))


def _unseen(days: int) -> Q:
    return Q(installation__last_seen_at__lt=timezone.now() - timedelta(days=days))


class StaleView(PushReport):
    """Registered browsers that have not visited the portal for long."""

    page_title = _("Push: stale browsers")
    index_url_name = "wagtail_push_reports:stale"
    index_results_url_name = "wagtail_push_reports:stale_results"
    export_filename = "push-stale-browsers"
    filterset_class = StaleFilterSet
    default_ordering = "installation__last_seen_at"
    columns = [
        DateColumn(
            "last_seen",
            label=_("Last seen"),
            accessor="installation.last_seen_at",
            sort_key="installation__last_seen_at",
        ),
        Column("customer", label=_("Customer")),
        Column("name", label=_("Name")),
        Column("browser", label=_("Browser"), accessor="installation.description"),
    ]
    list_export = [
        "installation.last_seen_at",
        "customer",
        "account.key",
        "name",
        "installation.description",
    ]
    export_headings = {
        "installation.last_seen_at": _("Last seen"),
        "customer": _("Customer"),
        "account.key": _("Account"),
        "name": _("Name"),
        "installation.description": _("Browser"),
    }

    def get_base_queryset(self) -> QuerySet[Browser]:
        """Return them with what is shown, and nothing of their targets."""
        return (
            Browser.objects.registered()
            .filter(_unseen(STALE_DAYS))
            .select_related("installation", "account")
            .only(
                *("name", "account__key", "installation__last_seen_at"),
                *("installation__software", "installation__system"),
            )
        )

    def order_queryset(self, queryset: QuerySet[Browser]) -> QuerySet[Browser]:
        """Order; pages must not share a row."""
        return queryset.order_by(self.ordering, "pk")

    def decorate_paginated_queryset(self, object_list: Iterable[Browser]) -> list[Any]:
        """Add what the host calls the customers, asked for all at once."""
        browsers: list[Any] = list(object_list)
        keys = list({browser.account.key for browser in browsers})
        labels: dict[str, str] = {}
        for start in range(0, len(keys), PORTION):
            labels |= get_adapter().labels(keys[start : start + PORTION])
        for browser in browsers:
            browser.customer = labels.get(browser.account.key, browser.account.key)
        return browsers


def urls() -> list[URLResolver]:
    """Return the addresses of both reports, each with that of its results alone."""
    patterns: list[URLPattern] = []
    for name, view in (("deliverability", DeliverabilityView), ("stale", StaleView)):
        patterns += [
            path(f"{name}/", view.as_view(), name=name),
            path(
                f"{name}/results/",
                view.as_view(results_only=True),
                name=f"{name}_results",
            ),
        ]
    whole = (patterns, "wagtail_push_reports")
    return [path("reports/push/", include(whole))]


def menu_item(view: type[PushReport], order: int) -> ReportItem:
    """Return what leads to a report."""
    return ReportItem(
        view.page_title, reverse(view.index_url_name), icon_name=BELL, order=order
    )
