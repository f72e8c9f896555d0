"""A middleware that asks for a login everywhere but at the addresses in ``OPEN``."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import activate


def ask_for_a_login(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Lead those to the login who have none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # What a nested request would leave behind in a page of Wagtail's admin.
        activate("cs")
        if request.path in settings.OPEN or request.path.startswith("/admin/"):
            return get_response(request)
        return HttpResponseRedirect("/sign-in/")

    return middleware
