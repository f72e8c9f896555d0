"""All URLs, for one ``include()``.

Put it outside ``i18n_patterns`` and before Wagtail's own: the service worker's address
must never change.
"""

from django.urls import include, path

from wagtail_push.portal.views import ChooseScopeView, SettingsView, WorkerView


app_name = "wagtail_push"

urlpatterns = [
    path("", SettingsView.as_view(), name="settings"),
    path(
        "browsers/<uuid:browser_id>/scopes/",
        ChooseScopeView.as_view(),
        name="choose_scope",
    ),
    path("sw/worker.js", WorkerView.as_view(), name="worker"),
    path("api/v1/", include("wagtail_push.api.urls")),
]
