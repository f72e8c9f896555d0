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
from example_site.portal.models import Customer, Outage, Payment
from example_site.portal.scopes import seed_scopes
from tests.example.factories import (
    CustomerFactory,
    DomainFactory,
    InvoiceFactory,
    UserFactory,
)
from wagtail_push.models import NotificationScope
from wagtail_push.test import Push, assert_not_pushed, assert_pushed, outbox
from wagtail_push.test.factories import BrowserFactory


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scopes(push_outbox: list[Push]) -> None:
    seed_scopes()


def customer_with_browser(number: str) -> Customer:
    """Make a customer whose login has registered a browser."""
    user = UserFactory()
    customer = CustomerFactory(number=number, logins=[user])
    BrowserFactory(account__key=number, login=user)
    return customer


def test_the_button_issues_an_invoice_and_tells_the_customer(client: Client) -> None:
    customer = customer_with_browser("C-7")
    customer_with_browser("C-8")
    client.force_login(customer.memberships.get().user)
    response = client.post("/demo/invoice/")
    assert response.headers["Location"] == "/invoices/"
    assert "7-001" in client.get("/invoices/").text
    pushes = assert_pushed(
        customer,
        scope="invoices",
        title="New invoice",
        url="/invoices/7-001/",
        count=1,
    )
    assert outbox == pushes
    assert "7-001" in pushes[0].body


def test_telling_of_an_invoice_twice_is_one_notification() -> None:
    invoice = InvoiceFactory(customer=customer_with_browser("C-7"))
    events.tell_of_invoice(invoice)
    events.tell_of_invoice(invoice)
    assert_pushed("C-7", scope="invoices", count=1)


def test_invoices_of_one_customer_count_up() -> None:
    customer = CustomerFactory(number="C-7")
    numbers = [
        events.issue_invoice(customer, "Hosting", Decimal("49.00")).number
        for _ in range(2)
    ]
    assert numbers == ["7-001", "7-002"]


def test_paying_twice_is_one_payment_and_one_notification(client: Client) -> None:
    invoice = InvoiceFactory(customer=customer_with_browser("C-7"))
    client.force_login(invoice.customer.memberships.get().user)
    for _ in range(2):
        response = client.post(f"{invoice.get_absolute_url()}pay/")
        assert response.headers["Location"] == invoice.get_absolute_url()
    payment = Payment.objects.get(invoice=invoice)
    invoice.refresh_from_db()
    assert invoice.paid_at == payment.received_at
    [push] = assert_pushed("C-7", count=1)
    assert push.scope == "payments"


@time_machine.travel("2026-06-01T12:00:00+02:00", tick=False)
def test_an_outage_is_told_to_everyone_until_it_ends(client: Client) -> None:
    customer = customer_with_browser("C-7")
    customer_with_browser("C-8")
    client.force_login(customer.memberships.get().user)
    assert client.post("/demo/outage/").status_code == 302
    outage = Outage.objects.get()
    pushes = assert_pushed(scope="outages", count=2)
    assert timezone.localtime(outage.starts).isoformat() == "2026-06-01T23:00:00+02:00"
    assert outage.ends - outage.starts == timedelta(hours=2)
    assert [push.account for push in pushes] == ["C-7", "C-8"]
    assert {push.notification.expires_at for push in pushes} == {outage.ends}
    assert "Maintenance of the mail servers" in client.get("/overview/").text


def test_customers_are_reminded_of_their_domains_once_a_day() -> None:
    bakery = customer_with_browser("C-1")
    DomainFactory(customer=bakery, name="a.example")
    DomainFactory(customer=bakery, name="b.example")
    DomainFactory(customer=customer_with_browser("C-2"), name="c.example")
    DomainFactory(auto_renew=True)
    DomainFactory(expires=timezone.localdate() + timedelta(days=31))
    for _ in range(2):
        call_command("remind_domains", verbosity=0, stdout=io.StringIO())
    pushes = assert_pushed(scope="domains", count=2)
    assert {push.account: push.body.partition(": ")[2] for push in pushes} == {
        "C-1": "a.example, b.example",
        "C-2": "c.example",
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
    assert_not_pushed()


def test_an_invoice_is_issued_even_if_nobody_can_be_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    NotificationScope.objects.filter(key="invoices").update(retired=True)
    customer = customer_with_browser("C-7")
    issued = events.issue_invoice(customer, "Hosting", Decimal("49.00"))
    assert list(customer.invoices.all()) == [issued]
    assert_not_pushed()
    assert [record.message for record in caplog.records] == ["Customers were not told"]
