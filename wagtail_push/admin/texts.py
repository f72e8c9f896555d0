"""Forms, columns and viewsets of rows whose texts stand in several languages."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.forms import BaseChildFormSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    InlinePanel,
    ObjectList,
    Panel,
    TitleFieldPanel,
)
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets import SlugInput
from wagtail.snippets.views import snippets

from wagtail_push.admin.exporting import PlainCells
from wagtail_push.admin.listings import WholeWords
from wagtail_push.admin.ordering import ReorderView
from wagtail_push.models.scopes import (
    LocalizedModel,
    default_language,
    language_choices,
)


def name_of(language: str) -> str:
    """Return the name of a language."""
    return dict(language_choices()).get(language, language)


class TextsFormSet(BaseChildFormSet):
    """Texts, each in a language of its own, the default language among them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin a new row with a text in the default language."""
        begun = getattr(kwargs.get("instance"), "begun_text", {})
        first = {"language": default_language(), **begun}
        super().__init__(*args, initial=[first], **kwargs)

    def clean(self) -> None:
        """Refuse a language twice, and texts without the default language."""
        languages = set()
        for form in self.kept():
            language = form.cleaned_data.get("language")
            if language in languages:
                form.add_error("language", _("There is another text in this language."))
            languages.add(language)
        if default_language() not in languages:
            words = gettext(
                "Add a text in the default language (%(language)s): customers read it "
                "if there is none in their own."
            )
            raise ValidationError(words % {"language": name_of(default_language())})

    def kept(self) -> list[Form]:
        """Return the forms of the texts that will be there after saving."""
        return [
            form
            for form in self.forms
            if hasattr(form, "cleaned_data")
            and (form.has_changed() or form.instance.pk)
            and not self._should_delete_form(form)
        ]


class TextsPanel(InlinePanel):
    """The texts, one inline form per language."""

    def get_form_options(self) -> dict[str, Any]:
        """Return the options of an inline panel, with our formset."""
        options: dict[str, Any] = super().get_form_options()
        options["formsets"][self.relation_name]["formset"] = TextsFormSet
        return options


class TitlePanel(TitleFieldPanel):
    """A title from which the key of a new row is suggested."""

    class BoundPanel(TitleFieldPanel.BoundPanel):
        """The title in one inline form; the key stands in the form around it."""

        def get_attrs(self) -> dict[str, Any]:
            """Return attributes that make the key follow the title."""
            return {**super().get_attrs(), "data-w-sync-target-value": "#id_key"}


class KeyInput(SlugInput):
    """A key of plain letters, whatever the host allows in addresses of pages."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Make plain letters of others."""
        plain = {"data-w-slug-allow-unicode-value": "false"}
        super().__init__(attrs={**plain, **(attrs or {})})


class LanguagesColumn(Column):
    """The languages that there are texts in, and those that are missing."""

    cell_template_name = "wagtail_push/admin/languages_cell.html"

    def get_value(self, instance: LocalizedModel) -> dict[str, str]:
        """Return both as lists of codes."""
        return {
            "there": ", ".join(instance.languages()),
            "missing": ", ".join(instance.missing_languages()),
        }


class IndexView(WholeWords, PlainCells, snippets.IndexView):
    """Lists rows, and finds them by key and by title in any language."""

    def search_queryset(self, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return what was searched for; a row once, however many titles match."""
        found: QuerySet[Model] = super().search_queryset(queryset)
        return found.distinct() if self.is_searching else found


class LocalizedViewSet(snippets.SnippetViewSet):
    """Rows with a key that is given once, texts per language, and an order."""

    add_to_reference_index = False
    # A copy would need another key before it could be saved.
    copy_view_enabled = False
    sort_order_field = "sort_order"
    index_view_class = IndexView
    reorder_view_class = ReorderView
    search_fields = ("key", "texts__title")
    form_class: type[WagtailAdminModelForm] = WagtailAdminModelForm
    texts_heading: Any = ""
    text_fields: tuple[str, ...] = ()

    def get_panels(self) -> list[Panel]:
        """Return the panels below texts and key."""
        return []

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return Wagtail's, without usage: what refers to the row is not content."""
        options: dict[str, Any] = super().get_common_view_kwargs(
            **{"usage_url_name": None, **kwargs}
        )
        return options

    def get_queryset(self, request: HttpRequest) -> QuerySet[LocalizedModel]:
        """Return the rows with their texts."""
        rows: QuerySet[LocalizedModel] = self.model._default_manager.all()
        return rows.prefetch_related("texts")

    def get_edit_handler(self) -> Panel:
        """Return the form of a new row."""
        return self._object_list(
            TitlePanel("title", classname="", placeholder=False),
            FieldPanel("key", widget=KeyInput),
        )

    @cached_property
    def _update_handler(self) -> Panel:
        # Read only is not in the form at all, so no request can change it.
        return self._object_list(FieldPanel("title"), FieldPanel("key", read_only=True))

    def get_form_class(self, for_update: bool = False) -> type[WagtailAdminModelForm]:
        """Return the form of a new row, or of one that has its key."""
        handler = self._update_handler if for_update else self._edit_handler
        form: type[WagtailAdminModelForm] = handler.get_form_class()
        return form

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return Wagtail's, with the form of a row that has its key."""
        options: dict[str, Any] = super().get_edit_view_kwargs(
            **{"panel": self._update_handler, **kwargs}
        )
        return options

    def _object_list(self, title: Panel, key: Panel) -> Panel:
        texts = TextsPanel(
            "texts",
            heading=self.texts_heading,
            min_num=1,
            panels=[FieldPanel("language"), title, *map(FieldPanel, self.text_fields)],
        )
        handler = ObjectList(
            [texts, key, *self.get_panels()], base_form_class=self.form_class
        )
        return handler.bind_to_model(self.model)
