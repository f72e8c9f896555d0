"""One browser, several logins and accounts: who gets what, and who is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import CONFIRMATION, INVOICE, NEW_BROWSER, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.browser.failures import forget_browsers
from tests.running import execute


pytestmark = pytest.mark.browser

CZECH_INVOICE = "Nová faktura"
FORGET_LANGUAGE = "Services.cookies.remove('localhost', 'django_language', '/', {});"
CONTINUE = "[data-wagtail-push-form] [type=submit]"


@pytest.fixture
def sit_down(own_site: Stack, firefox: StartFirefox) -> Iterator[Any]:
    """Return what starts a Firefox for a login."""
    seated: list[Customer] = []

    def start(login: str) -> Customer:
        browser = firefox(own_site.push_service, permission="ask")
        seated.append(Customer(browser, own_site.url))
        seated[-1].sign_in(login)
        return seated[-1]

    yield start
    for customer in seated:
        customer.firefox.quit()
    # Nobody is left who would be counted by the next test.
    forget_browsers(own_site)


def in_the_company(site: Stack, login: str) -> HttpCustomer:
    company = HttpCustomer(site.url)
    company.sign_in(login)
    return company


def continue_enabling(customer: Customer, name: str, state: str) -> None:
    """Go through the dialog in a browser that was allowed before."""
    customer.open_settings(state)
    customer.firefox.click("[data-wagtail-push-action]")
    customer.firefox.type("[data-wagtail-push-name]", name)
    customer.firefox.click(CONTINUE)


@pytest.mark.promise("M-08", "M-30")
def test_two_accounts_on_one_browser_and_each_click_lands_in_its_own(
    own_site: Stack, sit_down: Any
) -> None:
    eva = sit_down("eva")
    eva.enable("Print shop")
    eva.close_dialog()
    eva.sign_out()
    eva.firefox.chrome(FORGET_LANGUAGE)
    # Anna may act for Eva's company, too: nobody is asked anything.
    eva.sign_in("anna")
    continue_enabling(eva, "Bakery", "allowed")
    eva.wait_for_proof()
    eva.close_dialog()
    browser = eva.firefox
    browser.dismiss_notifications()
    assert len([r for r in own_site.emulator.registrations() if r["alive"]]) == 1

    in_the_company(own_site, "piotr").issue_invoice()
    shown = browser.wait_for_notification(INVOICE, timeout=30)
    assert shown["body"].startswith("Baltic Bakery (C-10023): Invoice 10023-")
    in_the_company(own_site, "eva").issue_invoice()
    shown = browser.wait_for_notification(CZECH_INVOICE, timeout=30)
    assert shown["body"].startswith("Praha Print (C-10057): ")

    # The panel shows the bakery; the click on the other's invoice changes that.
    browser.click_notification(CZECH_INVOICE)
    browser.switch_to_url("/invoices/10057-")
    assert "Praha Print" in browser.text("header")
    browser.click_notification(INVOICE)
    browser.switch_to_url("/invoices/10023-")
    assert "Baltic Bakery" in browser.text("header")


@pytest.mark.promise("M-30", "B-03")
def test_a_login_without_the_right_is_asked_before_it_takes_the_browser_over(
    own_site: Stack, sit_down: Any
) -> None:
    piotr = sit_down("piotr")
    piotr.enable("Office laptop")
    piotr.close_dialog()
    piotr.sign_out()
    browser = piotr.firefox
    browser.dismiss_notifications()

    piotr.sign_in("eva")
    piotr.open_settings("foreign")
    question = browser.text("[data-wagtail-push-card]")

    assert "This browser gets notifications for another customer" in question
    assert browser.text("[data-wagtail-push-action]") == "Take it over"
    for word in ("Piotr", "Baltic", "C-10023", "Office laptop"):
        assert word not in browser.text("main"), "nothing of the other is told"
    # So far nothing has happened.
    in_the_company(own_site, "anna").issue_invoice()
    browser.wait_for_notification(INVOICE, timeout=30)
    browser.dismiss_notifications()

    continue_enabling(piotr, "Evin notebook", "foreign")
    piotr.wait_for_proof()
    piotr.close_dialog()
    browser.dismiss_notifications()
    before = len(own_site.emulator.pushes())
    in_the_company(own_site, "anna").issue_invoice()
    in_the_company(own_site, "eva").issue_invoice()
    shown = browser.wait_for_notification(INVOICE, timeout=30)
    assert "10057-" in shown["body"], "the panel still speaks Piotr's English"
    assert len(own_site.emulator.pushes()) == before + 1

    # Piotr learns what became of his registration, and nothing of whose it is.
    piotr.sign_out()
    piotr.sign_in("piotr")
    piotr.open_settings("lost")
    row = browser.text(".wagtail-push-row--current")
    assert "It no longer receives: another customer registered it." in row
    assert "Eva" not in browser.text("main")


@pytest.mark.promise("M-30")
def test_nothing_goes_through_a_deactivated_login_and_the_page_says_so(
    own_site: Stack, sit_down: Any
) -> None:
    piotr, anna = sit_down("piotr"), sit_down("anna")
    for customer, name in ((piotr, "Piotr's laptop"), (anna, "Anna's laptop")):
        customer.enable(name)
        customer.close_dialog()
        customer.firefox.dismiss_notifications()
    piotr.firefox.wait_for_notification(NEW_BROWSER)
    piotr.firefox.dismiss_notifications()
    active = "UPDATE auth_user SET is_active = {} WHERE username = 'piotr'"
    execute(own_site, active.format(0))
    try:
        before = len(own_site.emulator.pushes())
        in_the_company(own_site, "anna").issue_invoice()
        anna.firefox.wait_for_notification(INVOICE, timeout=30)
        assert len(own_site.emulator.pushes()) == before + 1
        assert piotr.firefox.notifications() == []

        anna.open_settings("active")
        row = ".wagtail-push-row:not(.wagtail-push-row--current)"
        assert "Gets nothing" in anna.firefox.text(row)
        assert "may no longer act for this account" in anna.firefox.text(row)
        anna.firefox.click(f"{row} button[id*=test]")
        anna.firefox.wait(
            "document.querySelector('[data-wagtail-push-banner=refused]')"
        )
        assert len(own_site.emulator.pushes()) == before + 1
    finally:
        execute(own_site, active.format(1))


CLEAR_COOKIES = "Services.cookies.removeAll();"


@pytest.mark.promise("B-04")
def test_a_browser_that_lost_its_cookies_proves_itself_by_a_push(
    own_site: Stack, sit_down: Any
) -> None:
    anna = sit_down("anna")
    anna.enable("Office laptop")
    anna.close_dialog()
    anna.switch_scope("news")
    browser = anna.firefox
    browser.dismiss_notifications()
    before = anna.known_as()
    browser.chrome(CLEAR_COOKIES)

    anna.sign_in("anna")
    continue_enabling(anna, "Office laptop", "allowed")
    browser.wait_for_notification("Registering this browser", timeout=30)
    anna.wait_for_proof()

    assert anna.known_as()["id"] == before["id"]
    listed = browser.evaluate(
        "return (await (await fetch('/push/api/v1/browsers/')).json()).count"
    )
    assert listed == 1
    browser.wait_for_notification(CONFIRMATION, timeout=30)
