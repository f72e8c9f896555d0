"""A portal with a service worker of its own for everything, and pages in two languages."""

from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from wagtail import urls as wagtail_urls

from example_site import urls


#: It says in what it answers and shows whose it is.
WORKER = """
addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname !== "/answered-by/") return;
  event.respondWith(new Response("the portal's worker"));
});
addEventListener("push", (event) => {
  event.waitUntil(registration.showNotification("The portal's worker"));
});
"""


def worker(request: HttpRequest) -> HttpResponse:
    """Return the portal's own service worker, whose scope is the whole site."""
    return HttpResponse(WORKER, content_type="text/javascript")


urlpatterns = [
    path("worker.js", worker),
    # Wagtail's own are the last, and here their addresses carry a language.
    *urls.urlpatterns[:-1],
    *i18n_patterns(path("", include(wagtail_urls))),
]
