"""Where the customers' page and the service worker are."""

from django.urls import include, path


urlpatterns = [path("push/", include("wagtail_push.urls"))]
