"""An account with several browsers, in real Firefoxes: switch, tests, checks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, INVOICE, NEW_BROWSER, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox, take_note


pytestmark = pytest.mark.browser

CZECH_CONFIRMATION = "Oznámení jsou zapnutá"
CZECH_INVOICE = "Nová faktura"
TEST = "Test notification"
ROW = "[data-wagtail-push-browser='{}']"


@pytest.fixture(scope="module")
def anna(own_site: Stack, firefox: StartFirefox) -> Customer:
    """Return Anna at a Firefox that she has registered as "Office laptop"."""
    customer = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    customer.sign_in()
    customer.enable("Office laptop")
    customer.firefox.wait_for_notification(CONFIRMATION)
    customer.close_dialog()
    return customer


Listen = Callable[..., Listener]


@pytest.fixture
def listen(anna: Customer, own_site: Stack) -> Iterator[Listen]:
    """Return what registers a receiver under a name; it is removed afterwards."""
    with contextlib.ExitStack() as stack:
        colleagues: list[Listener] = []

        def start(name: str, login: str = "anna") -> Listener:
            listener = Listener(own_site, login=login)
            stack.callback(listener.close)
            listener.enable(name)
            stack.callback(remove, listener)
            if login == "eva":
                listener.take(CZECH_CONFIRMATION)
                return listener
            listener.take(CONFIRMATION)
            # No notice is on its way any more when pushes are counted.
            hear_of_new_browser(anna, *colleagues)
            colleagues.append(listener)
            return listener

        yield start


def hear_of_new_browser(anna: Customer, *others: Listener) -> None:
    anna.firefox.wait_for_notification(NEW_BROWSER)
    anna.firefox.dismiss_notifications()
    for other in others:
        other.take(NEW_BROWSER)


def remove(listener: Listener) -> None:
    for browser in listener.customer.call("GET", "browsers/")["results"]:
        if browser["current"]:
            listener.customer.call("DELETE", f"browsers/{browser['id']}/")


@pytest.fixture(autouse=True)
def _nothing_on_the_screen(anna: Customer) -> None:
    anna.firefox.dismiss_notifications()


def row(customer: Customer, name: str) -> str:
    """Return the selector of the row of a browser, as soon as it is there."""
    browser = customer.firefox.wait(
        f"[...document.querySelectorAll('.wagtail-push-row')]"
        f".find((row) => row.querySelector('h3').textContent === '{name}')"
        f"?.dataset.wagtailPushBrowser",
        10,
        f"a row named {name}",
    )
    return ROW.format(browser)


def wait_for_words(customer: Customer, css: str, words: str) -> None:
    customer.firefox.wait(
        lambda: words in customer.firefox.text(css), 30, f"{words!r} in {css}"
    )


@pytest.mark.promise("M-08", "M-09", "M-10")
def test_off_and_on_with_a_dead_browser_and_one_paused_by_hand(
    anna: Customer, listen: Listen, own_site: Stack
) -> None:
    phone, paused = listen("Phone"), listen("Home PC")
    elsewhere = listen("Another company's", login="eva")
    anna.open_settings("active")
    browser = anna.firefox
    assert "Baltic Bakery (C-10023)" in browser.text(".wagtail-push-account")
    browser.click(f"{row(anna, 'Home PC')} button[id*=toggle]")
    wait_for_words(anna, row(anna, "Home PC"), "Paused")

    browser.click("#wagtail-push-account-switch")
    anna.wait_for_card("account-off")

    for name in ("Office laptop", "Phone", "Home PC"):
        assert "Account off" in browser.text(row(anna, name))
    # No further browser, neither on the page nor through the API.
    assert not browser.evaluate(
        "return document.querySelector('[data-wagtail-push-action]').checkVisibility()"
    )
    with pytest.raises(Exception, match="409"):
        phone.enable("Phone again")
    before = len(own_site.emulator.pushes())
    phone.customer.issue_invoice()
    # The queue takes the older one first, so the first would have come by now.
    elsewhere.customer.issue_invoice()
    elsewhere.take(CZECH_INVOICE)
    # While it is off, one browser is wiped.
    own_site.emulator.kill(phone.receiver.target)

    browser.click("#wagtail-push-account-switch")
    anna.wait_for_card("active")
    wait_for_words(anna, ".wagtail-push-check", "accepts 2 of 3")

    assert "1 is no longer valid and was removed" in browser.text(".wagtail-push-check")
    assert "Active" in browser.text(row(anna, "Office laptop"))
    assert "Paused" in browser.text(row(anna, "Home PC"))
    assert "Must be registered again" in browser.text(row(anna, "Phone"))
    # Neither the invoice nor a check was ever pushed to anybody of this account.
    assert len(own_site.emulator.pushes()) == before + 1
    phone.customer.issue_invoice()
    browser.wait_for_notification(INVOICE, timeout=30)
    assert len(own_site.emulator.pushes()) == before + 2
    assert paused.receiver.payloads == []


@pytest.mark.promise("M-17", "M-18", "B-02")
def test_a_test_to_two_of_three_names_each_of_them(
    anna: Customer, listen: Listen, own_site: Stack, firefox: StartFirefox
) -> None:
    phone = listen("Phone")
    second = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    second.sign_in("piotr")
    second.enable("Home PC")
    second.firefox.wait_for_notification(CONFIRMATION)
    hear_of_new_browser(anna, phone)
    before = len(own_site.emulator.pushes())
    anna.open_settings("active")

    for name in ("Office laptop", "Home PC"):
        anna.firefox.click(f"{row(anna, name)} input[name=browsers]")
    anna.firefox.click("#wagtail-push-test-selected")

    for customer, name in ((anna, "Office laptop"), (second, "Home PC")):
        shown = customer.firefox.wait_for_notification(TEST, timeout=30)
        assert shown["body"] == (
            f"For “{name}” (Firefox, Linux). Account: Baltic Bakery (C-10023)"
        )
        wait_for_words(anna, row(anna, name), "s after it was sent.")
    assert len(own_site.emulator.pushes()) == before + 2
    assert "Test" not in anna.firefox.text(row(anna, "Phone")).replace(
        "Send a test", ""
    )
    # A test to one of them, and the removal, from the other browser.
    anna.firefox.click(f"{row(anna, 'Home PC')} a[href$='/remove/']")
    anna.firefox.click("main form .wagtail-push-button--danger")
    anna.wait_for_card("active")
    assert "Home PC" not in anna.firefox.text("main")
    second.open_settings("allowed")
    second.firefox.quit()


@pytest.mark.promise("M-13", "M-17")
def test_sending_to_this_browser_is_switched_off_and_on(
    anna: Customer, own_site: Stack, listen: Listen
) -> None:
    phone = listen("Phone")
    anna.open_settings("active")
    anna.firefox.click("#wagtail-push-sending")
    anna.wait_for_card("paused")
    phone.customer.issue_invoice()
    phone.take(INVOICE)
    assert anna.firefox.notifications() == []

    # One click activates it again, and the focus stays on that button.
    anna.firefox.wait("document.activeElement.id === 'wagtail-push-sending'")
    anna.firefox.click("#wagtail-push-sending")
    anna.wait_for_card("active")
    phone.customer.issue_invoice()
    anna.firefox.wait_for_notification(INVOICE, timeout=30)


def check(anna: Customer, name: str) -> str:
    """Have a browser checked in its details; return what the page says then."""
    anna.open_settings()
    anna.firefox.click(f"{row(anna, name)} a")
    anna.firefox.wait("document.readyState === 'complete'")
    anna.firefox.click("#wagtail-push-check-button")

    begun = False

    def answered() -> str:
        nonlocal begun
        # An older answer may stand there until this check has begun.
        words = anna.firefox.text("main")
        begun = begun or "The browser is being checked." in words
        said = "Checked:" in words or "could not be checked" in words
        return words if begun and said else ""

    return anna.firefox.wait(answered, 30, "the answer to the check")


@pytest.mark.promise("M-20", "M-17", "B-03")
def test_a_check_of_a_live_a_dead_and_an_unknown_browser(
    anna: Customer, listen: Listen, own_site: Stack
) -> None:
    phone, tablet = listen("Phone"), listen("Tablet")
    own_site.emulator.kill(phone.receiver.target)

    assert "push service accepts this registration" in check(anna, "Office laptop")

    dead = check(anna, "Phone")
    assert "This browser must be registered again." in dead
    assert "the browser no longer accepts notifications" in dead
    anna.firefox.wait("!document.querySelector('#wagtail-push-check-button')")

    own_site.emulator.fault("unavailable")
    try:
        unknown = check(anna, "Tablet")
    finally:
        own_site.emulator.clear_faults()
    assert "could not be checked just now. Nothing was removed" in unknown
    assert "Active" in unknown
    tablet.customer.issue_invoice()
    tablet.take(INVOICE)


@pytest.mark.promise("M-21", "M-17")
def test_details_hold_scopes_and_the_name(anna: Customer, listen: Listen) -> None:
    phone = listen("Phone")
    anna.open_settings("active")
    anna.firefox.click(f"{row(anna, 'Phone')} a")
    anna.firefox.click("#wagtail-push-scope-news")
    anna.firefox.wait(
        lambda: {s["key"]: s["wanted"] for s in phone.known_as()["scopes"]}["news"],
        10,
        "the choice is saved",
    )
    assert anna.wants("news") is False, "each browser has choices of its own"

    anna.firefox.type("#wagtail-push-rename-name", "Anna’s phone")
    anna.firefox.click(".wagtail-push-rename button")
    wait_for_words(anna, "h1", "Anna’s phone")
    assert phone.known_as()["name"] == "Anna’s phone"


WRITTEN = """
const { id, value, selectionStart, selectionEnd } = document.activeElement;
return [id, value, selectionStart, selectionEnd];
"""


def test_what_is_typed_stays_while_a_test_is_under_way(
    anna: Customer, own_site: Stack
) -> None:
    browser = anna.firefox
    field = "wagtail-push-rename-name"
    browser.open(f"{own_site.url}/push/browsers/{anna.known_as()['id']}/")
    own_site.stop_queue()
    try:
        browser.click("#wagtail-push-test-button")
        browser.wait("document.querySelector('.wagtail-push-asked--waiting')")
        browser.click(f"#{field}")
        browser.evaluate("document.activeElement.setSelectionRange(0, 0)")
        browser.press(*"My", "Space")
    finally:
        own_site.start_queue()
    take_note(browser, TEST)
    browser.wait("document.querySelector('.wagtail-push-asked--shown')", 30)
    assert browser.evaluate(WRITTEN) == [field, "My Office laptop", 3, 3]

    browser.press(*"old", "Space")
    browser.evaluate(f"document.getElementById('{field}').wasHere = true")
    browser.press("Tab")
    # Nobody writes there any more, so the field is taken over, too.
    browser.wait(f"!document.getElementById('{field}').wasHere")
    assert browser.text(":focus") == "Save the name"
    browser.press("Enter")
    wait_for_words(anna, "h1", "My old Office laptop")
