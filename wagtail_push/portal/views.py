"""The customer's pages, and the service worker."""

import uuid
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, View

from wagtail_push.device import read_device, write_device
from wagtail_push.portal.context import settings_page


Response = TypeVar("Response", bound=HttpResponseBase)


@method_decorator(never_cache, name="dispatch")
class SettingsView(LoginRequiredMixin, TemplateView):
    """The page "PUSH notifications" of the account that the request acts for."""

    template_name = "wagtail_push/settings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page as ``push``; None where the login acts for no account."""
        return super().get_context_data(push=settings_page(self.request), **kwargs)

    def render_to_response(self, context: Any, **kwargs: Any) -> HttpResponse:
        """Make the browser recognisable before it registers.

        If the answer to registering is lost, its second try must find the first.
        """
        return recognise(self.request, super().render_to_response(context, **kwargs))


def recognise(request: HttpRequest, response: Response) -> Response:
    """Make the browser that asks recognisable from now on."""
    if read_device(request) is None:
        write_device(request, response, uuid.uuid4())
    return response


@method_decorator(never_cache, name="dispatch")
class BrowserView(LoginRequiredMixin, TemplateView):
    """The details of one browser, and the question before it is removed."""

    template_name = "wagtail_push/browser.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the browser, if the account that the request acts for has it."""
        push = settings_page(self.request)
        found = push and push.find(self.kwargs["browser_id"])
        if not found:
            raise Http404
        browser, recent = found
        return super().get_context_data(
            push=push, browser=browser, recent=recent, **kwargs
        )


@method_decorator(login_not_required, name="dispatch")
class WorkerView(View):
    """The service worker: one file for everyone, at an address that never changes.

    Browsers fetch it without the page's login and compare it byte by byte, so nothing
    of the request goes into it. https://www.w3.org/TR/service-workers/#update-algorithm
    """

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Return the script."""
        return HttpResponse(
            _worker(),
            content_type="text/javascript; charset=utf-8",
            headers={
                "Cache-Control": "no-cache",
                "X-Content-Type-Options": "nosniff",
            },
        )


@cache
def _worker() -> bytes:
    return (Path(__file__).parent / "worker.js").read_bytes()
