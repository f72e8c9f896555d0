"""What support does to a customer's browser; Wagtail's history keeps who did it."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views.generic.base import (
    BaseOperationView,
    WagtailAdminTemplateMixin,
)
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log

from wagtail_push import registry
from wagtail_push.admin.log import ACTIVATED, PAUSED, REMOVED, TESTED
from wagtail_push.exceptions import Refused
from wagtail_push.models import Browser
from wagtail_push.models.browsers import BrowserQuerySet


class ActionView(PermissionCheckedMixin, BaseOperationView):
    """One thing that is done to one browser, or refused in words."""

    permission_required = "change"
    model = Browser
    index_url_name = ""
    inspect_url_name = ""
    logged: str
    success_message: str | Promise

    def get_base_object_queryset(self) -> BrowserQuerySet:
        """Return the browsers with what the registry asks of them."""
        return Browser.objects.select_related("installation", "account")

    def perform_operation(self) -> None:
        """Do it, and log it."""
        with transaction.atomic():
            self.act(self.object)
            log(self.object, self.logged)

    def act(self, browser: Browser) -> None:
        """Do it.

        :raises Refused: when it may not happen.
        """
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, and lead back to a page that says so, or why not."""
        try:
            answer: HttpResponse = super().post(request, *args, **kwargs)
        except Refused as error:
            messages.error(request, str(error))
            return redirect(self.inspect_url)
        return answer

    @property
    def inspect_url(self) -> str:
        """Return the address of the browser's page."""
        return reverse(self.inspect_url_name, args=[self.object.pk])

    def get_success_url(self) -> str:
        """Return the address of the page that says that it was done."""
        return self.inspect_url


class PauseView(ActionView):
    """Nothing more is to be sent."""

    logged = PAUSED
    success_message = _(
        "Nothing is sent to that browser any more. It stays registered."
    )

    def act(self, browser: Browser) -> None:
        """Pause the browser."""
        registry.pause(browser)


class ActivateView(ActionView):
    """Sending goes on."""

    logged = ACTIVATED
    success_message = _("That browser receives notifications again.")

    def act(self, browser: Browser) -> None:
        """Activate the browser."""
        registry.activate(browser)


class TestView(ActionView):
    """A test."""

    logged = TESTED
    success_message = _("The test is on its way.")

    def act(self, browser: Browser) -> None:
        """Send it."""
        registry.send_tests(browser.account, [browser])


class RemoveView(WagtailAdminTemplateMixin, ActionView):
    """The registration is to end: the question, and what follows from Yes."""

    template_name = "wagtail_push/admin/remove_browser.html"
    page_title = _("Remove")
    success_message = _("The browser is removed. Nothing is sent to it any more.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, and say what it means."""
        answer: HttpResponse = self.render_to_response(self.get_context_data())
        return answer

    def get_page_subtitle(self) -> str:
        """Return the name that its customer gave it."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way to the browser."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": _("Browsers")},
            {"url": self.inspect_url, "label": str(self.object)},
            {"url": "", "label": self.page_title},
        ]

    def perform_operation(self) -> None:
        """Remove the browser; the log keeps whose it was."""
        with transaction.atomic():
            registry.remove(self.object)
            account = self.object.account.key
            log(self.object, REMOVED, data={"account": account}, deleted=True)

    def get_success_url(self) -> str:
        """Return the list: the browser has no page any more."""
        url: str = reverse(self.index_url_name)
        return url


#: By the name of their address.
ACTIONS: dict[str, type[ActionView]] = {
    "pause": PauseView,
    "activate": ActivateView,
    "test": TestView,
    "remove": RemoveView,
}
