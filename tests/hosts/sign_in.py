"""A host that has Django's own sign-in, where Django looks for it."""

from django.urls import include, path
from wagtail import urls as wagtail_urls


urlpatterns = [
    path("accounts/", include("django.contrib.auth.urls")),
    path("", include(wagtail_urls)),
]
