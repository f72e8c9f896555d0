"""The URLs of version 1."""

from django.urls import path, re_path

from wagtail_push.api import views
from wagtail_push.api.schema import SchemaView


app_name = "api"

urlpatterns = [
    path("account/", views.AccountView.as_view(), name="account"),
    path("browsers/", views.BrowsersView.as_view(), name="browsers"),
    path("browsers/<uuid:browser_id>/", views.BrowserView.as_view(), name="browser"),
    path(
        "browsers/<uuid:browser_id>/scopes/<slug:scope>/",
        views.ScopeChoiceView.as_view(),
        name="scope-choice",
    ),
    path("browsers/<uuid:browser_id>/check/", views.CheckView.as_view(), name="check"),
    path(
        "browsers/<uuid:browser_id>/copy-choices/",
        views.CopyChoicesView.as_view(),
        name="copy-choices",
    ),
    path(
        "browsers/<uuid:browser_id>/notifications/<uuid:notification_id>/",
        views.NotificationView.as_view(),
        name="notification",
    ),
    path("installation/", views.InstallationView.as_view(), name="installation"),
    path("tests/", views.TestsView.as_view(), name="tests"),
    path("troubles/", views.TroublesView.as_view(), name="troubles"),
    path("changes/", views.ChangesView.as_view(), name="changes"),
    path("receipts/", views.ReceiptsView.as_view(), name="receipts"),
    path("schema/", SchemaView.as_view(), name="schema"),
    re_path("", views.NothingView.as_view(), name="nothing"),
]
