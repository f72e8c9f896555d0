"""The main job: a customer's real Firefox shows real pushes.

The browser has push preferences alone, no proxy and no DNS ones; the Firebase SDK is
the vendored one; firebase-admin and qcluster are real; the emulator stands for Google.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import CONFIRMATION, INVOICE, OUTAGE, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.running import StartStack
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def company(site: Stack) -> HttpCustomer:
    """Return the other side: what happens in the business while Anna does nothing."""
    company = HttpCustomer(site.url)
    company.sign_in("piotr")
    return company


@pytest.fixture(scope="module")
def registered(own_site: Stack, firefox: StartFirefox) -> Customer:
    """Return Anna at a Firefox that she has registered as "Office laptop"."""
    customer = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    customer.sign_in()
    customer.enable("Office laptop")
    customer.firefox.wait_for_notification(CONFIRMATION)
    customer.firefox.dismiss_notifications()
    customer.close_dialog()
    return customer


@pytest.fixture
def anna(registered: Customer) -> Iterator[Customer]:
    """Return Anna with one tab, on the settings page, and nothing on the screen."""
    yield registered
    browser = registered.firefox
    browser.dismiss_notifications()
    while len(browser.tabs()) > 1:
        browser.close_tab()
        browser.switch_to(browser.tabs()[0])


def wait_for_receipt(customer: Customer, before: str | None) -> None:
    customer.firefox.wait(
        lambda: customer.known_as()["last_shown_at"] != before, 15, "the receipt"
    )


@pytest.mark.promise("M-03", "M-11", "M-12", "B-02", "B-01", "M-29")
def test_enabling_ends_in_a_confirmation_that_was_really_shown(
    site: Stack, firefox: StartFirefox
) -> None:
    customer = Customer(firefox(site.push_service, permission="ask"), site.url)
    browser = customer.firefox
    browser.open(f"{site.url}/push/")
    assert "/sign-in/" in browser.url, "the page is for signed-in customers"
    customer.sign_in("eva")
    customer.open_settings("can-ask")
    assert not browser.evaluate("return navigator.serviceWorker.getRegistrations()")

    browser.click("[data-wagtail-push-action]")
    assert browser.evaluate("return document.querySelector('dialog').open")
    browser.type("[data-wagtail-push-name]", "Evin notebook")
    browser.click("[data-wagtail-push-form] [type=submit]")
    browser.answer_permission(allow=True)
    proof = customer.wait_for_proof()

    assert "1" in proof or "0," in proof, proof
    shown = browser.wait_for_notification("Oznámení jsou zapnutá")
    assert "Evin notebook" in shown["body"]
    current = browser.text(".wagtail-push-row--current")
    assert "Evin notebook" in current
    assert "Firefox" in browser.text("[data-wagtail-push-card]")
    assert customer.known_as()["status"] == "active"
    assert customer.known_as()["last_shown_at"] is not None
    browser.quit()


@pytest.mark.promise("M-29")
def test_the_browser_has_push_preferences_alone(anna: Customer) -> None:
    changed = anna.firefox.chrome(
        "return ['network.proxy.type', 'network.proxy.http', 'network.proxy.ssl',"
        " 'network.dns.localDomains', 'network.socket.forcePort',"
        " 'network.dns.forceResolve', 'network.trr.uri']"
        ".filter((name) => Services.prefs.prefHasUserValue(name));"
    )

    assert changed == []


@pytest.mark.promise("M-07", "M-16", "M-31")
def test_the_page_stands_in_the_portals_own_layout(anna: Customer) -> None:
    anna.open_settings("active")
    browser = anna.firefox

    menu = browser.evaluate(
        "const here = document.querySelector('nav a[aria-current=page]');"
        "const section = here.closest('ul').previousElementSibling;"
        "return [section.textContent.trim(), here.textContent.trim()]"
    )
    assert menu == ["Client", "PUSH notifications"]
    headings = browser.evaluate(
        "return [...document.querySelectorAll('main h1, main h2')]"
        ".filter((h) => h.checkVisibility()).map((h) => h.firstChild.data.trim())"
    )
    assert headings == [
        "PUSH notifications",
        "Notification settings for this customer account",
        "How push works here",
        "Browsers registered on this account",
    ]
    words = browser.text("main")
    for sentence in ("must be running", "four weeks", "On Android"):
        assert sentence in words
    assert "FCM" not in words, "the rest is behind a click"
    browser.click("main details summary")
    assert "FCM" in browser.text("main")
    row = browser.text(".wagtail-push-row--current")
    assert "Office laptop" in row
    assert "This browser" in row, "not by colour alone"


@pytest.mark.promise("M-23")
def test_the_help_lists_browsers_and_features_decide(
    site: Stack, firefox: StartFirefox, anna: Customer
) -> None:
    anna.open_settings("active")
    anna.firefox.click("main details:nth-of-type(2) summary")
    words = anna.firefox.text("main")
    for named in ("Firefox and Chromium", "Opera", "Samsung Internet", "BlackBerry"):
        assert named in words

    # By its name this one could.
    prefs = {"dom.push.enabled": False}
    lacking = Customer(firefox(site.push_service, extra_prefs=prefs), site.url)
    lacking.sign_in()
    lacking.open_settings("unsupported")
    card = lacking.firefox.text("[data-wagtail-push-card]")
    assert "This browser can’t receive notifications" in card
    assert "Open Nordhost in a current Chrome, Edge, Firefox" in card
    assert lacking.firefox.text("[data-wagtail-push-action]") == "Copy the address"
    lacking.firefox.quit()


@pytest.mark.promise("M-15")
def test_a_phone_is_told_to_check_the_status_bar(anna: Customer) -> None:
    anna.firefox.set_window(360, 740)
    try:
        anna.open_settings("active")
        assert "status bar" in anna.firefox.text("main")
        too_wide = anna.firefox.evaluate(
            "return document.documentElement.scrollWidth > innerWidth"
        )
        assert not too_wide
    finally:
        anna.firefox.set_window(1280, 800)


@pytest.mark.promise("M-04")
def test_shown_with_the_portal_in_front(anna: Customer, company: HttpCustomer) -> None:
    anna.open_settings("active")
    before = anna.known_as()["last_shown_at"]
    company.issue_invoice()

    shown = anna.firefox.wait_for_notification(INVOICE, timeout=30)

    assert shown["body"].startswith("Invoice 10023-")
    wait_for_receipt(anna, before)


@pytest.mark.promise("M-04")
def test_shown_with_the_portal_behind_another_tab(
    anna: Customer, company: HttpCustomer
) -> None:
    anna.open_settings("active")
    anna.firefox.new_tab("about:blank")
    company.issue_invoice()

    assert anna.firefox.wait_for_notification(INVOICE, timeout=30)["visible"]


@pytest.mark.promise("M-04")
def test_shown_with_the_portal_closed(anna: Customer, company: HttpCustomer) -> None:
    anna.firefox.open("about:blank")
    company.issue_invoice()

    assert anna.firefox.wait_for_notification(INVOICE, timeout=30)["visible"]


@pytest.mark.promise("M-04")
def test_a_click_opens_the_page_of_that_invoice(
    anna: Customer, company: HttpCustomer
) -> None:
    anna.firefox.open("about:blank")
    company.issue_invoice()
    shown = anna.firefox.wait_for_notification(INVOICE, timeout=30)
    number = shown["body"].split()[1]
    anna.firefox.click_notification(INVOICE)

    anna.firefox.switch_to_url(f"/invoices/{number}/")
    anna.firefox.wait("document.readyState === 'complete'")
    assert number in anna.firefox.text("h1")
    assert "Baltic Bakery" in anna.firefox.text("header")


@pytest.mark.promise("M-21")
def test_a_scope_is_switched_and_saved_at_once(
    anna: Customer, company: HttpCustomer, site: Stack
) -> None:
    anna.open_settings("active")
    anna.switch_scope("invoices")
    try:
        before = len(site.emulator.pushes())
        company.issue_invoice()
        company.announce_outage()
        # The queue takes the older one first, so the invoice would have come by now.
        anna.firefox.wait_for_notification(OUTAGE, timeout=30)
        titles = [shown["title"] for shown in anna.firefox.notifications()]
        assert titles == [OUTAGE]
        targets = [push["target"] for push in site.emulator.pushes()[before:]]
        assert len(targets) == len(set(targets)), "one push each, for the outage"
    finally:
        anna.open_settings("active")
        anna.switch_scope("invoices")


def closed_firefox(site: Stack, firefox: StartFirefox, profile: Path) -> dict[str, Any]:
    """Register a Firefox with a profile of its own and close it."""
    start: dict[str, Any] = {"profile": profile, "permission": "ask"}
    customer = Customer(firefox(site.push_service, **start), site.url)
    customer.sign_in("piotr")
    customer.enable("Home PC")
    customer.firefox.wait_for_notification(CONFIRMATION)
    customer.firefox.quit()
    return start


@pytest.mark.promise("M-05")
def test_what_was_sent_while_it_was_closed_is_shown_at_the_next_start(
    site: Stack, company: HttpCustomer, firefox: StartFirefox, tmp_path: Path
) -> None:
    start = closed_firefox(site, firefox, tmp_path)
    waiting = stored(site)
    company.announce_outage()
    wait_until_stored(site, waiting + 1)

    again: Firefox = firefox(site.push_service, **start)

    assert again.wait_for_notification(OUTAGE, timeout=30)["visible"]
    again.quit()


@pytest.mark.promise("M-05", "M-06")
def test_what_expired_while_it_was_closed_is_not_shown(
    start_stack: StartStack, firefox: StartFirefox, tmp_path: Path
) -> None:
    # A stack of its own: its push service's clock is put ahead.
    site = start_stack(environ={"PUSH_TARGET_KIND": "token"})
    company = HttpCustomer(site.url)
    company.sign_in()
    start = closed_firefox(site, firefox, tmp_path)
    waiting = stored(site)
    company.announce_outage()  # valid until the work ends, a day at most
    company.issue_invoice()  # valid for four weeks
    wait_until_stored(site, waiting + 2)
    site.emulator.advance_clock(27 * 3600)

    again: Firefox = firefox(site.push_service, **start)

    again.wait_for_notification(INVOICE, timeout=30)
    statuses = [push["status"] for push in site.emulator.pushes()[-2:]]
    assert sorted(statuses) == ["delivered", "expired"]
    assert [shown["title"] for shown in again.notifications()] == [INVOICE]
    [row] = [row for row in site.emulator.registrations() if row["alive"]]
    assert row["kind"] == "token"
    again.quit()
    site.stop()


def stored(site: Stack) -> int:
    return [push["status"] for push in site.emulator.pushes()].count("queued")


def wait_until_stored(site: Stack, number: int) -> None:
    until = time.monotonic() + 30
    while stored(site) < number:
        assert time.monotonic() < until, "the push service does not keep the message"
        time.sleep(0.05)
