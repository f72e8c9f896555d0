"""A middleware that asks for a login everywhere but at the addresses in ``OPEN``."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


def ask_for_a_login(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Lead those to the login who have none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in settings.OPEN or request.path.startswith("/admin/"):
            return get_response(request)
        return HttpResponseRedirect("/sign-in/")

    return middleware
