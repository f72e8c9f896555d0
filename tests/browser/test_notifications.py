"""Notifications themselves, in real Firefoxes: buttons, tags, clicks, hidden details."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, INVOICE, NEW_BROWSER, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.running import StartStack
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

WORKER = "/push/sw/"
IN_FRONT = "return gBrowser.selectedBrowser.currentURI.spec"
LOOK = """
const registration = await navigator.serviceWorker.getRegistration(arguments[0]);
const path = (url) => url && new URL(url).pathname;
return (await registration.getNotifications()).map(
  ({ lang, dir, icon }) => [lang, dir, path(icon)]
);
"""


@pytest.fixture(scope="module")
def own_site(start_stack: StartStack) -> Stack:
    """Return a running site that lets customers choose what signing out does."""
    return start_stack(environ={"PUSH_SIGN_OUT": "ask"})


@pytest.fixture(scope="module")
def company(own_site: Stack) -> HttpCustomer:
    """Return the other side: what happens in the business while Anna does nothing."""
    company = HttpCustomer(own_site.url)
    company.sign_in("piotr")
    return company


@pytest.fixture(scope="module")
def registered(own_site: Stack, firefox: StartFirefox) -> Customer:
    """Return Anna at a Firefox that she has registered as "Office laptop"."""
    customer = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    customer.sign_in()
    customer.enable("Office laptop")
    customer.firefox.wait_for_notification(CONFIRMATION)
    customer.close_dialog()
    return customer


@pytest.fixture
def anna(registered: Customer) -> Iterator[Customer]:
    """Return Anna with nothing on the screen, on her settings page in the only tab."""
    registered.firefox.dismiss_notifications()
    registered.open_settings()
    yield registered
    close_other_tabs(registered.firefox)


def close_other_tabs(browser: Firefox) -> None:
    while len(browser.tabs()) > 1:
        browser.close_tab()
        browser.switch_to(browser.tabs()[0])


def send(site: Stack, to: str, **words: object) -> None:
    """Call notify() as the host would; ``to`` is the expression for the account."""
    site.manage(
        "shell",
        "-c",
        "from django.contrib.auth import get_user_model\n"
        "from wagtail_push.notify import notify\n"
        "login = get_user_model().objects.get\n"
        f"notify('invoices', {to}, body='Text', **{words!r})",
    )


def receipts(site: Stack, title: str) -> list[str]:
    """Return what was reported of the notifications with this title."""
    query = """SELECT event FROM wagtail_push_receipt
        JOIN wagtail_push_notification AS sent ON sent.id = notification_id
        WHERE sent.title LIKE ? ORDER BY wagtail_push_receipt.id"""
    path = site.folder / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
        return [event for (event,) in database.execute(query, (f"%{title}%",))]


def wait_for_banner(customer: Customer, words: str) -> None:
    banner = "[data-wagtail-push-banner]"
    customer.firefox.wait(
        lambda: words in customer.firefox.text(banner), 10, f"{words!r} on the page"
    )


@pytest.mark.promise("M-21")
def test_a_kind_is_turned_off_from_its_notification(
    anna: Customer, company: HttpCustomer, own_site: Stack
) -> None:
    browser = anna.firefox
    assert browser.evaluate("return Notification.maxActions") > 0
    company.issue_invoice()
    browser.wait_for_notification(INVOICE, timeout=30)
    [shown] = browser.shown(WORKER)
    assert shown["actions"] == [{"action": "off", "title": "Turn off this kind"}]

    browser.press_action(INVOICE, "off")

    browser.switch_to_url("/push/turn-off/invoices/")
    assert browser.text("main h1") == "Turn off “Invoices” in this browser?"
    assert "Baltic Bakery (C-10023)" in browser.text("main")
    assert anna.wants("invoices"), "nothing changes by looking"
    browser.click("main form .wagtail-push-button--primary")
    wait_for_banner(anna, "It is turned off in this browser.")
    assert browser.text("main h1") == "“Invoices” is off in this browser"
    assert not anna.wants("invoices")
    browser.click("main form button[name=wanted]")
    wait_for_banner(anna, "It is turned on again in this browser.")
    assert anna.wants("invoices")
    browser.wait(
        lambda: receipts(own_site, INVOICE) == ["shown", "dismissed"],
        10,
        "whoever turns a kind off has not followed the message",
    )


def test_a_new_message_under_the_same_tag_takes_the_place_of_the_older(
    anna: Customer, own_site: Stack
) -> None:
    for title in ("Disk 80 % full", "Disk 90 % full"):
        send(own_site, "'C-10023'", title=title, tag="disk")
        anna.firefox.wait_for_notification(title, timeout=30)

    assert [shown["title"] for shown in anna.firefox.shown(WORKER)] == [
        "Disk 90 % full"
    ]
    titles = [shown["title"] for shown in anna.firefox.notifications()]
    assert titles == ["Disk 90 % full"]
    anna.firefox.wait(lambda: receipts(own_site, "Disk 90") == ["shown"], 10)
    assert receipts(own_site, "Disk 80") == ["shown"], "replaced is not dismissed"


def test_hidden_details_and_the_click_finds_its_page_all_the_same(
    anna: Customer, company: HttpCustomer
) -> None:
    browser = anna.firefox
    browser.click("#wagtail-push-hide_details")
    browser.wait(lambda: anna.known_as()["hide_details"], 10, "the switch is saved")
    company.issue_invoice()

    shown = browser.wait_for_notification("Nordhost", timeout=30)

    assert shown["body"] == "You have a new message"
    [listed] = browser.shown(WORKER)
    assert "invoice" not in str(listed).lower()
    assert listed["actions"] == []
    browser.click_notification("Nordhost")
    browser.switch_to_url("/invoices/10023-")
    assert "Baltic Bakery" in browser.text("header")
    anna.open_settings()
    browser.click("#wagtail-push-hide_details")
    browser.wait(lambda: not anna.known_as()["hide_details"], 10, "and saved again")


def test_the_other_browsers_hear_of_a_new_one_and_can_remove_it(
    anna: Customer, company: HttpCustomer, own_site: Stack
) -> None:
    stranger = Listener(own_site, login="piotr")
    try:
        stranger.enable("Stranger")
        browser = anna.firefox
        shown = browser.wait_for_notification(NEW_BROWSER, timeout=30)
        assert shown["body"].startswith("“Stranger” (")
        assert shown["body"].endswith("now receives notifications. Not you? Remove it.")
        stranger.take(CONFIRMATION)
        company.issue_invoice()
        stranger.take(INVOICE)
        assert stranger.receiver.payloads == [], "the new one is not told of itself"

        browser.click_notification(NEW_BROWSER)

        browser.switch_to_url(f"/push/browsers/{stranger.known_as()['id']}/")
        assert browser.text("main h1") == "Stranger"
        browser.click("a[href$='/remove/']")
        browser.click("main form .wagtail-push-button--danger")
        wait_for_banner(anna, "The browser is removed.")
        assert stranger.customer.call("GET", "browsers/")["count"] == 1
    finally:
        stranger.close()


def test_signing_out_pauses_and_signing_in_again_goes_on(
    anna: Customer, company: HttpCustomer, own_site: Stack
) -> None:
    browser = anna.firefox
    browser.click("#wagtail-push-pause_on_sign_out")
    browser.wait(
        lambda: anna.known_as()["pause_on_sign_out"], 10, "the switch is saved"
    )
    witness = Listener(own_site, login="piotr")
    try:
        witness.enable("Witness")
        browser.wait_for_notification(NEW_BROWSER, timeout=30)
        browser.dismiss_notifications()
        anna.sign_out()
        company.issue_invoice()
        witness.take(INVOICE)
        listed = witness.customer.call("GET", "browsers/")["results"]
        assert {b["name"]: b["status"] for b in listed} == {
            "Witness": "active",
            "Office laptop": "signed-out",
        }

        anna.sign_in()

        anna.open_settings("active")
        company.issue_invoice()
        browser.wait_for_notification(INVOICE, timeout=30)
        # What came while she was signed out is not made up for.
        assert len(browser.notifications()) == 1
        anna.open_settings("active")
        browser.click("#wagtail-push-pause_on_sign_out")
        browser.wait(lambda: not anna.known_as()["pause_on_sign_out"], 10)
    finally:
        browser_id = witness.known_as()["id"]
        witness.customer.call("DELETE", f"browsers/{browser_id}/")
        witness.close()


@pytest.mark.promise("M-04")
def test_whoever_is_signed_out_lands_there_after_signing_in(
    anna: Customer, own_site: Stack
) -> None:
    browser = anna.firefox
    # The same browser on her other account, which is not the one that she starts in.
    browser.open(f"{own_site.url}/account/C-10057/")
    anna.open_settings("allowed")
    browser.click("[data-wagtail-push-action]")
    browser.click("[data-wagtail-push-form] [type=submit]")
    anna.wait_for_proof()
    anna.close_dialog()
    browser.dismiss_notifications()
    anna.sign_out()
    other = HttpCustomer(own_site.url)
    other.sign_in("eva")
    other.issue_invoice()
    shown = browser.wait_for_notification(INVOICE, timeout=30)
    assert shown["body"].startswith("Praha Print (C-10057): ")

    browser.click_notification(INVOICE)

    browser.switch_to_url("/sign-in/?next=")
    browser.type("input[name=username]", "anna")
    browser.type("input[name=password]", "demo")
    browser.click("main form [type=submit]")
    browser.wait("location.pathname.startsWith('/invoices/10057-')")
    assert "Praha Print" in browser.text("header")


@pytest.fixture(scope="module")
def login_site(start_stack: StartStack) -> Stack:
    """Return a site whose logins are the accounts, so that links stay as they are."""
    return start_stack(environ={"DJANGO_SETTINGS_MODULE": "tests.settings_stack_login"})


def test_a_click_brings_the_tab_with_that_page_to_the_front_or_opens_one(
    login_site: Stack, firefox: StartFirefox
) -> None:
    browser = firefox(
        login_site.push_service,
        permission="ask",
        # In this mode, which Marionette chooses, no page can bring its tab to the front.
        extra_prefs={"focusmanager.testmode": False},
    )
    eva = Customer(browser, login_site.url)
    eva.sign_in("eva")
    eva.enable("Evin notebook")
    browser.wait_for_notification("Oznámení jsou zapnutá")
    eva.close_dialog()
    browser.dismiss_notifications()
    page = f"{login_site.url}/overview/"
    browser.open(page)
    eva_here = "login(username='eva')"
    words = {"en": "First", "cs": "První"}
    send(login_site, eva_here, title=words, url="/overview/")
    browser.wait_for_notification("První", timeout=30)
    [shown] = browser.evaluate(LOOK, WORKER)
    assert shown == ["cs", "auto", "/static/wagtail_push/img/icon.png"]
    blank = browser.new_tab("about:blank")
    before = browser.tabs()

    browser.click_notification("První")

    browser.wait(lambda: browser.chrome(IN_FRONT) == page, 10, "that tab in front")
    assert browser.tabs() == before
    browser.switch_to(blank)
    send(login_site, eva_here, title={"cs": "Druhá"}, url="/profile/")
    browser.wait_for_notification("Druhá", timeout=30)
    browser.click_notification("Druhá")
    profile = f"{login_site.url}/profile/"
    browser.wait(lambda: browser.chrome(IN_FRONT) == profile, 10, "a tab of its own")
    assert len(browser.tabs()) == 3
    browser.switch_to(before[0])
    assert browser.url == page, "other tabs are left alone"
    browser.quit()
