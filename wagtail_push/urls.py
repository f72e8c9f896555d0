"""All URLs, for one ``include()``.

Put it outside ``i18n_patterns`` and before Wagtail's own: the service worker's address
must never change.
"""

from django.urls import include, path

from wagtail_push.portal import actions, landing
from wagtail_push.portal.views import BrowserView, SettingsView, WorkerView


app_name = "wagtail_push"

browser = [
    path("", BrowserView.as_view(), name="browser"),
    path("rename/", actions.RenameView.as_view(), name="rename"),
    path("pause/", actions.PauseView.as_view(), name="pause"),
    path("activate/", actions.ActivateView.as_view(), name="activate"),
    path("test/", actions.TestView.as_view(), name="test"),
    path("check/", actions.CheckView.as_view(), name="check"),
    path("scopes/", actions.ChooseScopeView.as_view(), name="choose_scope"),
    path("copy-choices/", actions.CopyChoicesView.as_view(), name="copy_choices"),
    path("preferences/", actions.PreferencesView.as_view(), name="preferences"),
    path("remove/", actions.RemoveView.as_view(), name="remove"),
]

urlpatterns = [
    path("", SettingsView.as_view(), name="settings"),
    path("account/", actions.SwitchAccountView.as_view(), name="switch_account"),
    path("tests/", actions.TestsView.as_view(), name="tests"),
    path("browsers/<uuid:browser_id>/", include(browser)),
    path("turn-off/<slug:scope>/", landing.TurnOffView.as_view(), name="turn_off"),
    path("open/<uuid:notification_id>/", landing.OpenView.as_view(), name="open"),
    path("sw/worker.js", WorkerView.as_view(), name="worker"),
    path("api/v1/", include("wagtail_push.api.urls")),
]
