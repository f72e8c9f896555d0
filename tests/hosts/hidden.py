"""A host that has put its own patterns above the include; and one that has moved it."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, re_path
from django.urls import path as path


def page(request: HttpRequest, path: str) -> HttpResponse:
    """Return a page for whatever is asked for, as a content management system does."""
    return HttpResponse(path)


urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^(.*)$", page),
    path("messages/", include("wagtail_push.urls")),
]
