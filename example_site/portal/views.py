"""Pages of the customer panel."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from example_site.portal import events
from example_site.portal.accounts import SESSION_KEY, current_customer, customers_of
from example_site.portal.forms import LanguageForm
from example_site.portal.models import Customer, Invoice, Outage, Payment


P = ParamSpec("P")


def for_customer(
    view: Callable[Concatenate[HttpRequest, Customer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Call the view with the customer that the request acts for."""

    @wraps(view)
    def wrapped(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        customer = current_customer(request)
        if customer is None:
            return render(request, "portal/no_customer.html", status=403)
        return view(request, customer, *args, **kwargs)

    return wrapped


@require_safe
@for_customer
def overview(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show how the customer stands at a glance."""
    unpaid = customer.invoices.filter(paid_at=None)
    return render(
        request,
        "portal/overview.html",
        {
            "unpaid": unpaid,
            "unpaid_sum": unpaid.aggregate(sum=Sum("amount"))["sum"],
            "services": customer.services.all(),
            "domain": customer.domains.filter(
                expires__gte=timezone.localdate()
            ).first(),
            "invoices": customer.invoices.all()[:4],
            "outages": Outage.objects.filter(ends__gt=timezone.now()),
        },
    )


@require_safe
@for_customer
def services(request: HttpRequest, customer: Customer) -> HttpResponse:
    """List the customer's hosting plans."""
    return render(
        request, "portal/services.html", {"services": customer.services.all()}
    )


@require_safe
@for_customer
def domains(request: HttpRequest, customer: Customer) -> HttpResponse:
    """List the customer's domains, the one that expires first on top."""
    return render(request, "portal/domains.html", {"domains": customer.domains.all()})


@require_safe
@for_customer
def invoices(request: HttpRequest, customer: Customer) -> HttpResponse:
    """List the customer's invoices."""
    return render(
        request, "portal/invoices.html", {"invoices": customer.invoices.all()}
    )


@require_safe
@for_customer
def invoice(request: HttpRequest, customer: Customer, number: str) -> HttpResponse:
    """Show an invoice to those who may act for its customer."""
    found = get_object_or_404(
        Invoice.objects.select_related("customer", "payment"),
        customer__in=customers_of(request.user),
        number=number,
    )
    if found.customer != customer:
        # The panel must not show one customer's invoice under another's name.
        request.session[SESSION_KEY] = found.customer.number
    return render(request, "portal/invoice.html", {"invoice": found})


@require_POST
@for_customer
def pay(request: HttpRequest, customer: Customer, number: str) -> HttpResponse:
    """Pay an invoice; the demo's money is always there."""
    found = get_object_or_404(customer.invoices, number=number)
    events.take_payment(found)
    messages.success(request, _("Invoice %s is paid. Thank you.") % found.number)
    return redirect(found)


@require_safe
@for_customer
def payments(request: HttpRequest, customer: Customer) -> HttpResponse:
    """List the customer's payments."""
    received = Payment.objects.filter(invoice__customer=customer)
    return render(
        request,
        "portal/payments.html",
        {"payments": received.select_related("invoice")},
    )


@for_customer
def profile(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show the customer's data; the language can be changed."""
    form = LanguageForm(request.POST or None, instance=customer)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The language has been saved."))
        return redirect("portal:profile")
    memberships = customer.memberships.filter(active=True).select_related("user")
    return render(
        request, "portal/profile.html", {"form": form, "memberships": memberships}
    )


# GET, because links in notifications lead here; it changes only what is shown.
@require_GET
@login_required
def switch(request: HttpRequest, number: str) -> HttpResponse:
    """Show another customer of this login and go on to a page of the panel."""
    customer = get_object_or_404(customers_of(request.user), number=number)
    request.session[SESSION_KEY] = customer.number
    target = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(
        target,
        allowed_hosts={request.get_host()},
        require_https=request.is_secure(),
    ):
        return redirect(target)
    return redirect("portal:overview")


@require_POST
@for_customer
def demo_invoice(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Let the company issue an invoice."""
    _only_in_demo()
    issued = events.issue_invoice(customer, "Business hosting", Decimal("49.00"))
    messages.success(request, _("Invoice %s has been issued.") % issued.number)
    return redirect("portal:invoices")


@require_POST
@for_customer
def demo_outage(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Let the company announce an outage to all its customers."""
    _only_in_demo()
    events.announce_outage()
    messages.success(request, _("The outage has been announced to all customers."))
    return redirect("portal:overview")


def _only_in_demo() -> None:
    if not settings.DEMO:
        raise Http404
