"""A host whose include stands where its address carries a language."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path


urlpatterns = i18n_patterns(path("push/", include("wagtail_push.urls")))
