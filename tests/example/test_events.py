"""What the company does, and the notifications that it causes."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from example_site.portal import events
from example_site.portal.models import Invoice, Outage, Payment
from example_site.portal.scopes import seed_scopes
from tests.example.factories import (
    CustomerFactory,
    DomainFactory,
    InvoiceFactory,
    UserFactory,
)
from wagtail_push.models import Notification, NotificationScope, Recipient


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scopes() -> None:
    seed_scopes()


def test_the_button_issues_an_invoice_and_tells_the_customer(client: Client) -> None:
    user = UserFactory()
    customer = CustomerFactory(number="C-7", logins=[user])
    client.force_login(user)
    response = client.post("/demo/invoice/")
    assert response.headers["Location"] == "/invoices/"
    invoice = Invoice.objects.get(customer=customer)
    notification = Notification.objects.get()
    assert (invoice.number, notification.scope.key, notification.key) == (
        "7-001",
        "invoices",
        "invoice-7-001",
    )
    recipients = Recipient.objects.filter(notification=notification)
    assert [recipient.account.key for recipient in recipients] == ["C-7"]
    assert "7-001" in client.get("/invoices/").text


def test_telling_of_an_invoice_twice_is_one_notification() -> None:
    invoice = InvoiceFactory()
    events.tell_of_invoice(invoice)
    events.tell_of_invoice(invoice)
    assert [n.key for n in Notification.objects.all()] == [f"invoice-{invoice.number}"]


def test_invoices_of_one_customer_count_up() -> None:
    customer = CustomerFactory(number="C-7")
    numbers = [
        events.issue_invoice(customer, "Hosting", Decimal("49.00")).number
        for _ in range(2)
    ]
    assert numbers == ["7-001", "7-002"]


def test_paying_twice_is_one_payment_and_one_notification(client: Client) -> None:
    user = UserFactory()
    invoice = InvoiceFactory(customer=CustomerFactory(logins=[user]))
    client.force_login(user)
    for _ in range(2):
        response = client.post(f"{invoice.get_absolute_url()}pay/")
        assert response.headers["Location"] == invoice.get_absolute_url()
    payment = Payment.objects.get(invoice=invoice)
    invoice.refresh_from_db()
    assert invoice.paid_at == payment.received_at
    assert [n.key for n in Notification.objects.all()] == [f"payment-{invoice.number}"]


@time_machine.travel("2026-06-01T12:00:00+02:00", tick=False)
def test_an_outage_is_told_to_everyone_until_it_ends(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(logins=[user])
    client.force_login(user)
    assert client.post("/demo/outage/").status_code == 302
    outage = Outage.objects.get()
    notification = Notification.objects.get()
    assert timezone.localtime(outage.starts).isoformat() == "2026-06-01T23:00:00+02:00"
    assert outage.ends - outage.starts == timedelta(hours=2)
    assert notification.scope.key == "outages"
    assert notification.expires_at == outage.ends
    assert "Maintenance of the mail servers" in client.get("/overview/").text


def test_customers_are_reminded_of_their_domains_once_a_day() -> None:
    bakery = CustomerFactory(number="C-1")
    DomainFactory(customer=bakery, name="a.example")
    DomainFactory(customer=bakery, name="b.example")
    DomainFactory(customer=CustomerFactory(number="C-2"), name="c.example")
    DomainFactory(auto_renew=True)
    DomainFactory(expires=timezone.localdate() + timedelta(days=31))
    for _ in range(2):
        call_command("remind_domains", verbosity=0, stdout=io.StringIO())
    rows = Recipient.objects.filter(notification=Notification.objects.get())
    assert {row.account.key: row.params for row in rows} == {
        "C-1": {"domains": "a.example, b.example"},
        "C-2": {"domains": "c.example"},
    }


def test_the_buttons_are_gone_outside_the_demo(
    client: Client, settings: Settings
) -> None:
    user = UserFactory()
    CustomerFactory(logins=[user])
    client.force_login(user)
    assert "Demo: cause an event" in client.get("/invoices/").text
    settings.DEMO = False
    assert "Demo: cause an event" not in client.get("/invoices/").text
    assert client.post("/demo/invoice/").status_code == 404
    assert client.post("/demo/outage/").status_code == 404
    assert list(Notification.objects.all()) == []


def test_an_invoice_is_issued_even_if_nobody_can_be_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    NotificationScope.objects.filter(key="invoices").update(retired=True)
    customer = CustomerFactory(number="C-7")
    issued = events.issue_invoice(customer, "Hosting", Decimal("49.00"))
    assert list(customer.invoices.all()) == [issued]
    assert list(Notification.objects.all()) == []
    assert [record.message for record in caplog.records] == ["Customers were not told"]
