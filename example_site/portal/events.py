"""What happens in the business, and whom it is told.

The three ways of addressing `notify()`: one account, EVERYONE, and Personal rows.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from example_site.portal.models import Customer, Domain, Invoice, Outage, Payment
from example_site.portal.money import euros
from wagtail_push.exceptions import PushError
from wagtail_push.messages import EVERYONE, Personal
from wagtail_push.notify import notify


REMIND_BEFORE = timedelta(days=30)

logger = logging.getLogger(__name__)


@contextmanager
def business_goes_on() -> Iterator[None]:
    """Log a notification that can't be sent; the event itself has happened."""
    try:
        yield
    except PushError:
        logger.exception("Customers were not told")


@transaction.atomic
def issue_invoice(customer: Customer, subject: str, amount: Decimal) -> Invoice:
    """Issue an invoice and tell the customer."""
    # The lock keeps two invoices of one customer from taking the same number.
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    count = customer.invoices.count() + 1
    invoice = Invoice.objects.create(
        customer=customer,
        number=f"{customer.number.removeprefix('C-')}-{count:03d}",
        subject=subject,
        amount=amount,
        due=timezone.localdate() + timedelta(days=14),
    )
    tell_of_invoice(invoice)
    return invoice


def tell_of_invoice(invoice: Invoice) -> None:
    """Tell the customer of an invoice, once however often it is called."""
    number, amount = invoice.number, invoice.amount
    with business_goes_on():
        notify(
            "invoices",
            invoice.customer,
            title={"en": "New invoice", "pl": "Nowa faktura", "cs": "Nová faktura"},
            body={
                "en": f"Invoice {number} for {euros(amount, 'en')} is ready.",
                "pl": f"Faktura {number} na kwotę {euros(amount, 'pl')} jest gotowa.",
                "cs": f"Faktura {number} na částku {euros(amount, 'cs')} je připravena.",
            },
            url=invoice.get_absolute_url(),
            key=f"invoice-{number}",
        )


@transaction.atomic
def take_payment(invoice: Invoice) -> Payment:
    """Take the money for an invoice and tell the customer; paying twice is once."""
    invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
    payment, new = Payment.objects.get_or_create(
        invoice=invoice, defaults={"amount": invoice.amount}
    )
    if new:
        invoice.paid_at = payment.received_at
        invoice.save(update_fields=["paid_at"])
    number, amount = invoice.number, payment.amount
    with business_goes_on():
        notify(
            "payments",
            invoice.customer,
            title={
                "en": "Payment received",
                "pl": "Otrzymaliśmy płatność",
                "cs": "Přijali jsme platbu",
            },
            body={
                "en": f"{euros(amount, 'en')} for invoice {number}. Thank you.",
                "pl": f"{euros(amount, 'pl')} za fakturę {number}. Dziękujemy.",
                "cs": f"{euros(amount, 'cs')} za fakturu {number}. Děkujeme.",
            },
            url=invoice.get_absolute_url(),
            key=f"payment-{number}",
        )
    return payment


@transaction.atomic
def announce_outage() -> Outage:
    """Plan tonight's work on the mail servers and tell every customer."""
    starts = timezone.localtime().replace(hour=23, minute=0, second=0, microsecond=0)
    if starts < timezone.now():
        starts += timedelta(days=1)
    ends = starts + timedelta(hours=2)
    outage = Outage.objects.create(
        title=gettext_noop("Maintenance of the mail servers"),
        text=gettext_noop("E-mail will be interrupted for a few minutes at a time."),
        starts=starts,
        ends=ends,
    )
    since, until = f"{starts:%H:%M}", f"{ends:%H:%M}"
    with business_goes_on():
        notify(
            "outages",
            EVERYONE,
            title={
                "en": "Maintenance of the mail servers",
                "pl": "Prace na serwerach pocztowych",
                "cs": "Údržba poštovních serverů",
            },
            body={
                "en": f"Tonight, {since}–{until}: short interruptions of e-mail.",
                "pl": f"Dziś w godz. {since}–{until}: krótkie przerwy w działaniu poczty.",
                "cs": f"Dnes {since}–{until}: krátké přerušení provozu e-mailů.",
            },
            url=reverse("portal:overview"),
            expires_at=ends,
            key=f"outage-{outage.pk}",
        )
    return outage


def remind_of_domains() -> int:
    """Tell customers of domains that will expire soon; return how many customers."""
    today = timezone.localdate()
    soon = Domain.objects.filter(
        customer__active=True,
        auto_renew=False,
        expires__range=(today, today + REMIND_BEFORE),
    ).select_related("customer")
    names: dict[Customer, list[str]] = defaultdict(list)
    for domain in soon:
        names[domain.customer].append(domain.name)
    if not names:
        return 0
    with business_goes_on():
        notify(
            "domains",
            [Personal(who, domains=", ".join(which)) for who, which in names.items()],
            title={
                "en": "Domains about to expire",
                "pl": "Domeny wkrótce wygasną",
                "cs": "Platnost domén brzy skončí",
            },
            body={
                "en": "Expiring within 30 days, not renewing by themselves: {domains}",
                "pl": "Wygasną w ciągu 30 dni bez automatycznego odnowienia: {domains}",
                "cs": "Platnost skončí do 30 dnů bez prodloužení: {domains}",
            },
            url=reverse("portal:domains"),
            key=f"domains-{today:%Y-%m-%d}",
        )
    return len(names)
