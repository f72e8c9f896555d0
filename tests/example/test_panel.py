"""The panel: sign-in, menu, account switcher and who may see what."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from example_site.portal.accounts import SESSION_KEY
from tests.example.factories import CustomerFactory, InvoiceFactory, UserFactory


pytestmark = pytest.mark.django_db

PAGES = ["overview", "services", "domains", "invoices", "payments", "profile"]


def links(html: str) -> list[tuple[str, str]]:
    """Return (address, text) of the links of a page."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return [
        (href, " ".join(re.sub(r"<[^>]+>", " ", text).split())) for href, text in found
    ]


def test_sign_in_leads_to_the_overview_in_the_customers_language(
    client: Client,
) -> None:
    user = UserFactory()
    CustomerFactory(company="Praha Print", language="cs", logins=[user])
    response = client.post(
        reverse("portal:sign-in"),
        {"username": user.username, "password": "demo"},
        follow=True,
    )
    assert response.redirect_chain == [("/overview/", 302)]
    assert "<h1>Přehled</h1>" in response.text
    assert "Praha Print" in response.text


def test_a_language_chosen_by_hand_outlives_the_sign_in(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(language="cs", logins=[user])
    client.post(reverse("set_language"), {"language": "pl", "next": "/sign-in/"})
    response = client.post(
        reverse("portal:sign-in"),
        {"username": user.username, "password": "demo"},
        follow=True,
    )
    assert "<h1>Przegląd</h1>" in response.text


def test_a_wrong_password_is_told_and_signs_nobody_in(client: Client) -> None:
    user = UserFactory()
    response = client.post(
        reverse("portal:sign-in"), {"username": user.username, "password": "wrong"}
    )
    assert "User name and password don’t match." in response.text
    assert client.get("/overview/").headers["Location"] == "/sign-in/?next=/overview/"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_the_current_customer(client: Client, page: str) -> None:
    user = UserFactory()
    CustomerFactory(company="Baltic Bakery", logins=[user])
    client.force_login(user)
    response = client.get(reverse(f"portal:{page}"))
    assert response.status_code == 200
    assert "<b>Baltic Bakery</b>" in response.text


def test_the_menus_section_client_holds_push_notifications(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(logins=[user])
    client.force_login(user)
    html = client.get(reverse("portal:overview")).text
    section = html.partition('<section aria-labelledby="menu-client">')[2]
    section = section.partition("</section>")[0]
    assert '<h2 id="menu-client">Client</h2>' in section
    assert links(section) == [
        ("/profile/", "Profile"),
        (reverse("wagtail_push:settings"), "PUSH notifications"),
    ]


def test_a_login_without_customers_is_told_so(client: Client) -> None:
    client.force_login(UserFactory())
    response = client.get(reverse("portal:overview"))
    assert response.status_code == 403
    assert "This login does not act for any customer." in response.text


def test_the_switcher_changes_the_account_and_stays_on_the_page(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(company="Baltic Bakery", logins=[user])
    other = CustomerFactory(company="Praha Print", logins=[user])
    client.force_login(user)
    before = client.get("/domains/").text
    address = f"/account/{other.number}/?next=/domains/"
    assert (address, f"Praha Print {other.number}") in links(before)
    response = client.get(address, follow=True)
    assert response.redirect_chain == [("/domains/", 302)]
    assert response.context["panel"].customer == other


def test_the_switcher_refuses_a_foreign_account(client: Client) -> None:
    user = UserFactory()
    own = CustomerFactory(logins=[user])
    foreign = CustomerFactory(logins=[UserFactory()])
    client.force_login(user)
    assert client.get(f"/account/{foreign.number}/").status_code == 404
    assert SESSION_KEY not in client.session
    assert client.get("/overview/").context["panel"].customer == own


def test_a_right_that_ended_ends_at_once(client: Client) -> None:
    user = UserFactory()
    customer = CustomerFactory(logins=[user])
    client.force_login(user)
    assert client.get("/overview/").status_code == 200
    customer.memberships.update(active=False)
    assert client.get("/overview/").status_code == 403


def test_an_invoice_of_another_customer_is_not_found(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(logins=[user])
    foreign = InvoiceFactory()
    client.force_login(user)
    assert client.get(foreign.get_absolute_url()).status_code == 404
    pay = reverse("portal:pay", args=[foreign.number])
    assert client.post(pay).status_code == 404
    foreign.refresh_from_db()
    assert foreign.paid_at is None


def test_an_invoice_of_the_logins_other_customer_opens_there(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(company="Baltic Bakery", logins=[user])
    other = CustomerFactory(company="Praha Print", logins=[user])
    invoice = InvoiceFactory(customer=other)
    client.force_login(user)
    response = client.get(invoice.get_absolute_url())
    assert response.status_code == 200
    assert response.context["panel"].customer == other


def test_the_panel_sends_a_strict_policy_and_the_admin_none(client: Client) -> None:
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'self'; connect-src 'self' http://127.0.0.1:8979 "
        "https://firebaseinstallations.googleapis.com "
        "https://fcmregistrations.googleapis.com; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    admin = client.get(reverse("wagtailadmin_login"))
    assert "Content-Security-Policy" not in admin.headers


@pytest.mark.parametrize("page", ["/sign-in/", "/overview/", "/invoices/"])
def test_no_page_holds_inline_code_or_style(client: Client, page: str) -> None:
    user = UserFactory()
    CustomerFactory(logins=[user])
    if page != "/sign-in/":
        client.force_login(user)
    html = client.get(page).text
    assert "<h1" in html
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html) == []
