"""The listing of scopes: what editors look for in it, and what it tells."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.forms import RadioSelect
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column

from wagtail_push.accounts import get_adapter
from wagtail_push.admin import audiences, figures, texts
from wagtail_push.models import NotificationScope


#: The columns of a spreadsheet.
EXPORTED = {
    "key": _("Key"),
    "title": _("Title"),
    "group": _("Group"),
    "get_default_display": _("Default"),
    "audience": _("Audience"),
    "sensitive": _("Sensitive"),
    "retired": _("Retired"),
    "browsers_on": _("Browsers on"),
    "percent": _("Browsers on, %"),
    "sent": _("Sent in 30 days"),
    "accepted": _("Accepted in 30 days"),
    "clicked_percent": _("Click rate, %"),
}


class ScopeFilterSet(WagtailFilterSet):
    """Filters; by audience only where the adapter names some."""

    audience = ChoiceFilter(
        label=_("Audience"),
        choices=audiences.choices,
        method="of_audience",
        empty_label=_("All"),
        null_label=_("Everyone"),
        widget=RadioSelect,
    )

    class Meta:
        model = NotificationScope
        fields = ("group", "default", "audience", "retired")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave out what there is nothing to choose from."""
        super().__init__(*args, **kwargs)
        if not audiences.choices():
            del self.filters["audience"]

    def of_audience(
        self, scopes: QuerySet[NotificationScope], name: str, value: str
    ) -> QuerySet[NotificationScope]:
        """Return the scopes of one audience, or those for everyone."""
        everyone = value == self.filters[name].null_value
        return scopes.filter(audience="" if everyone else value)


class IndexView(texts.IndexView):
    """Lists scopes with what they reach, also as a spreadsheet."""

    filterset_class = ScopeFilterSet
    list_export = list(EXPORTED)
    export_headings = EXPORTED

    @cached_property
    def audiences(self) -> dict[str, str]:
        """Return the adapter's named audiences: asked once for all rows."""
        return dict(get_adapter().audiences())

    def audience(self, scope: NotificationScope) -> str:
        """Return whom a scope is for."""
        return audiences.label(scope.audience, self.audiences)

    @cached_property
    def columns(self) -> list[Column]:
        """Return the columns; that of the audience only where the adapter names some."""
        columns: list[Column] = super().columns
        if not self.audiences:
            return columns
        audience = Column(
            "audience",
            label=_("Audience"),
            accessor=self.audience,
            sort_key="audience",
        )
        return [*columns, audience]

    def get_base_queryset(self) -> Any:
        """Count what the columns tell."""
        scopes: QuerySet[NotificationScope] = super().get_base_queryset()
        return figures.with_figures(scopes)

    def to_row_dict(self, item: Any) -> dict[str, Any]:
        """Return one row of a spreadsheet."""
        item.percent = figures.percent(item)
        if item.audience:
            item.browsers_on = None
        item.title = str(item)
        item.audience = self.audience(item)
        item.clicked_percent = figures.clicked_percent(item)
        for name, number in figures.sums(item).items():
            setattr(item, name, number)
        row: dict[str, Any] = super().to_row_dict(item)
        return row
