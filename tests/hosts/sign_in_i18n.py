"""The same, where every address carries a language."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from tests.hosts import sign_in


urlpatterns = i18n_patterns(path("", include(sign_in)))
