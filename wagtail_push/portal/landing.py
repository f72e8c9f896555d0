"""Where the buttons and hidden links of notifications lead."""

import uuid
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, View

from wagtail_push import registry
from wagtail_push.device import read_device
from wagtail_push.models import NotificationScope
from wagtail_push.portal.actions import ActionView
from wagtail_push.portal.banner import done, refused
from wagtail_push.portal.context import settings_page


@method_decorator(never_cache, name="dispatch")
class TurnOffPage(LoginRequiredMixin, TemplateView):
    """The question whether this browser is to be told of a kind of notification."""

    template_name = "wagtail_push/turn_off.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Ask, or say that nothing of this kind comes any more."""
        context = self.get_context_data(**kwargs)
        status = 404 if context["scope"] is None else 200
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page, and the scope as this browser chose it; None: it has none."""
        push = settings_page(self.request)
        if push is None:
            raise Http404
        rows = [row for section in push.offered for row in section.scopes]
        scope = next((row for row in rows if row.key == self.kwargs["scope"]), None)
        return super().get_context_data(**{**kwargs, "push": push, "scope": scope})


class TurnOffView(ActionView):
    """A kind of notification, turned off or on again in the browser that asks.

    The service worker can only open a page: the choice is the signed-in customer's.
    """

    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Ask; nothing changes by looking."""
        return TurnOffPage.as_view()(request, **kwargs)

    def act(self, key: str, **kwargs: Any) -> str:
        """Save the choice for the browser that asks."""
        account = registry.get_account(key)
        browser = registry.current_browser(account, read_device(self.request))
        if browser is None:
            return refused("gone")
        wanted = self.request.POST.get("wanted") == "1"
        try:
            registry.choose_scope(browser, kwargs["scope"], wanted)
        except NotificationScope.DoesNotExist:
            raise Http404 from None
        return done("turned-on" if wanted else "turned-off")

    def back(self) -> str:
        """Return the same page: it offers the way back."""
        return reverse("wagtail_push:turn_off", kwargs=self.kwargs)


@method_decorator(never_cache, name="dispatch")
class OpenView(LoginRequiredMixin, View):
    """The link of a notification whose details were hidden, looked up by its id."""

    def get(self, request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
        """Go where it leads in the current account, but never to another site."""
        key = registry.current_key(request)
        url = registry.link_of(notification_id, key) if key else ""
        ours = url_has_allowed_host_and_scheme(
            url, {request.get_host()}, require_https=request.is_secure()
        )
        return redirect(url if ours else "wagtail_push:settings")
