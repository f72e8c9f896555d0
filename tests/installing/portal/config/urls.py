"""Addresses that carry a language, but for a few."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from people import views
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls


urlpatterns = [
    path("worker.js", views.worker),
    path("language/", include("django.conf.urls.i18n")),
]
urlpatterns += i18n_patterns(
    path("cms/", include(wagtailadmin_urls)),
    path("home/", views.Home.as_view(), name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("", include(wagtail_urls)),
)
