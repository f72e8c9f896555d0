"""Customer accounts, as the portal's operators see them."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import URLPattern
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column, NumberColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from wagtail_push import registry
from wagtail_push.accounts import get_adapter
from wagtail_push.admin.listings import WholeWords
from wagtail_push.admin.log import ALLOWED, FORBIDDEN
from wagtail_push.models import Account, Browser


def yes_or_no(value: bool) -> str:
    """Return a word for people."""
    return gettext("yes") if value else gettext("no")


class InWords(generic.InspectView):
    """Shows values to people, who read neither True nor None."""

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        """Return one in words."""
        value = super().get_field_display_value(field_name, field)
        if isinstance(value, bool):
            return yes_or_no(value)
        return "–" if value is None else value


def label(account: Account) -> str:
    """Return what the host calls the account."""
    return get_adapter().label(account.key)


class AnswerPanel(FieldPanel):
    """A yes or no that is only shown."""

    def format_value_for_display(self, value: bool) -> str:
        """Return a word for people."""
        return yes_or_no(value)


class IndexView(WholeWords, generic.IndexView):
    """Lists the accounts that the portal has acted for."""

    page_title = _("Customer accounts")

    def paginate_queryset(self, queryset: QuerySet[Account], page_size: int) -> Any:
        """Return one page, with what the host calls the accounts: asked for at once."""
        paginator, page, found, more = super().paginate_queryset(queryset, page_size)
        accounts: list[Any] = list(found)
        labels = get_adapter().labels({account.key for account in accounts})
        for account in accounts:
            account.label = labels.get(account.key, account.key)
        return paginator, page, accounts, more

    def get_base_queryset(self) -> QuerySet[Account]:
        """Count the registered browsers of the accounts that are shown."""
        accounts: QuerySet[Account] = super().get_base_queryset()
        mine = Browser.objects.registered().filter(account=OuterRef("pk"))
        # One look-up for each row of a page; a join would group every account.
        counted = mine.order_by().values("account").annotate(n=Count("pk")).values("n")
        number = Coalesce(Subquery(counted), 0, output_field=IntegerField())
        return accounts.annotate(browser_count=number)


class EditView(generic.EditView):
    """Forbids notifications for an account, or allows them again."""

    def get_page_subtitle(self) -> str:
        """Return what the host calls the account."""
        return label(self.object)

    def save_instance(self) -> Account:
        """Let the registry do it; log what the operator decided."""
        forbidden: bool = self.form.cleaned_data["forbidden"]
        account = registry.forbid_account(self.object.key, forbidden)
        if self.form.has_changed():
            log(account, FORBIDDEN if forbidden else ALLOWED)
        return account


class AccountViewSet(ModelViewSet):
    """Accounts: operators may forbid notifications, and nothing else."""

    model = Account
    name = "push-accounts"
    icon = "user"
    menu_label = _("Customer accounts")
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_class = InWords
    inspect_view_fields = ("key", "enabled", "forbidden", "created_at")
    index_view_class = IndexView
    edit_view_class = EditView
    ordering = "key"
    search_fields = ("key",)
    list_filter = ("enabled", "forbidden")
    list_display = (
        "key",
        Column("label", label=_("Name")),
        Column(
            "enabled",
            label=_("Switched on"),
            accessor=lambda account: yes_or_no(account.enabled),
            sort_key="enabled",
        ),
        Column(
            "forbidden",
            label=_("Forbidden"),
            accessor=lambda account: yes_or_no(account.forbidden),
            sort_key="forbidden",
        ),
        NumberColumn("browser_count", label=_("Browsers")),
    )
    panels = (
        FieldPanel("key", read_only=True),
        AnswerPanel("enabled", read_only=True),
        FieldPanel(
            "forbidden",
            help_text=_(
                "Nothing is sent to this account and no browser can be registered on "
                "it, as if the customer had switched notifications off. The customer "
                "can't change it. Browsers stay in the registry."
            ),
        ),
    )

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return Wagtail's, without what nobody may do here."""
        options: dict[str, Any] = super().get_common_view_kwargs(
            **{
                "add_url_name": None,
                "delete_url_name": None,
                "usage_url_name": None,
                **kwargs,
            }
        )
        return options

    def get_urlpatterns(self) -> list[URLPattern]:
        """Leave out adding, deleting and usage, also for superusers."""
        patterns: list[URLPattern] = super().get_urlpatterns()
        return [p for p in patterns if p.name not in {"add", "delete", "usage"}]
