"""A portal that hears of every violation of its content security policy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from example_site import urls


REPORTS = "/policy-reports/"


def ask_for_reports(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Have browsers report what the example site's policy forbade."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if policy := response.headers.get("Content-Security-Policy"):
            response["Content-Security-Policy"] = f"{policy}; report-uri {REPORTS}"
        return response

    return middleware


@csrf_exempt
def keep(request: HttpRequest) -> HttpResponse:
    """Keep a report, one a line."""
    with (settings.DATA_DIR / "policy-reports.jsonl").open("ab") as file:
        file.write(request.body.replace(b"\n", b" ") + b"\n")
    return HttpResponse(status=204)


urlpatterns = [path(REPORTS.removeprefix("/"), keep), *urls.urlpatterns]
