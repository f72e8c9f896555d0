"""Addresses of the customer panel."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from example_site.portal import views
from example_site.portal.sign_in import SignIn
from example_site.portal.states.views import states, theme


app_name = "portal"

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/<slug:number>/", views.switch, name="switch"),
    path("overview/", views.overview, name="overview"),
    path("services/", views.services, name="services"),
    path("domains/", views.domains, name="domains"),
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/<slug:number>/", views.invoice, name="invoice"),
    path("invoices/<slug:number>/pay/", views.pay, name="pay"),
    path("payments/", views.payments, name="payments"),
    path("profile/", views.profile, name="profile"),
    path("demo/invoice/", views.demo_invoice, name="demo-invoice"),
    path("demo/states/", states, name="demo-states"),
    path("demo/theme/", theme, name="demo-theme"),
    path("demo/outage/", views.demo_outage, name="demo-outage"),
]
