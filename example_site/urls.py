"""Addresses of the example site."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls


urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("language/", include("django.conf.urls.i18n")),
    path("push/", include("wagtail_push.urls")),
    path("", include("example_site.portal.urls")),
    path("", include(wagtail_urls)),
]
