"""The customer's whole way by keyboard alone, and what assistive technology is told."""

from __future__ import annotations

import pytest

from example_site.demo.customer import CONFIRMATION, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox, take_note
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

#: So many stops are there at most between two that a customer goes to.
FAR = 60

FOCUS = """
const here = document.activeElement;
const marks = Object.keys(here.dataset).filter((key) => key !== "does");
return [here.id || marks[0] || here.localName, here.textContent.trim()];
"""
UNCOVERED = """
const here = document.activeElement;
const { left, top, width, height } = here.getBoundingClientRect();
const [x, y] = [left + width / 2, top + height / 2];
return here === document.elementFromPoint(x, y);
"""
INSIDE = "return document.querySelector('dialog').contains(document.activeElement)"


@pytest.fixture(scope="module")
def piotr(own_site: Stack, firefox: StartFirefox) -> Customer:
    """Return Piotr, who is not registered yet, at a Firefox of his own."""
    browser = firefox(own_site.push_service, permission="ask")
    customer = Customer(browser, own_site.url)
    customer.sign_in("piotr")
    return customer


def focused(firefox: Firefox) -> str:
    """Return what names the element with the focus: its id, or what our scripts call it."""
    return str(firefox.evaluate(FOCUS)[0])


def wait_for_focus(firefox: Firefox, name: str) -> None:
    firefox.wait(lambda: focused(firefox) == name, 10, f"the focus on {name}")


def tab_to(firefox: Firefox, name: str) -> None:
    """Press Tab until the focus is there."""
    stops = []
    for _stop in range(FAR):
        firefox.press("Tab")
        stops.append(focused(firefox))
        if stops[-1] == name:
            return
    raise AssertionError(f"{name} is not among {stops}")


@pytest.mark.promise("M-11", "M-13", "M-17")
def test_enable_pause_test_and_remove_by_keyboard(piotr: Customer) -> None:
    browser = piotr.firefox
    piotr.open_settings("can-ask")

    # The dialog begins at the name and leads back to where it was opened.
    tab_to(browser, "wagtailPushAction")
    browser.press("Enter")
    assert focused(browser) == "wagtail-push-name"
    tab_to(browser, "wagtailPushClose")
    for _stop in range(FAR):
        browser.press("Shift+Tab")
        assert browser.evaluate(INSIDE), "nothing behind the dialog takes the focus"
        if focused(browser) == "wagtail-push-name":
            break
    assert focused(browser) == "wagtail-push-name"
    browser.press("Escape")
    assert not browser.evaluate("return document.querySelector('dialog').open")
    wait_for_focus(browser, "wagtailPushAction")

    # Its name is selected, so typing replaces it.
    browser.press("Space")
    browser.press(*"Work", "Space", *"PC")
    assert browser.evaluate("return document.activeElement.value") == "Work PC"
    browser.press("Tab", "Space", "Enter")
    browser.answer_permission(allow=True)
    piotr.wait_for_proof()
    wait_for_focus(browser, "wagtailPushClose")
    assert browser.evaluate(FOCUS)[1] == "Done"
    scopes = {scope["key"]: scope["wanted"] for scope in piotr.known_as()["scopes"]}
    assert [key for key, wanted in scopes.items() if not wanted] == [
        "invoices",
        "news",
        "business",
    ]
    take_note(browser, CONFIRMATION)
    browser.press("Enter")
    wait_for_focus(browser, "wagtailPushHeading")
    assert browser.evaluate(FOCUS)[1] == "Work PC"
    browser.wait(
        "document.querySelector('[data-wagtail-push-status]').textContent"
        " === 'Work PC is registered and marked as this browser.'"
    )

    # The focus stays where it was pressed.
    tab_to(browser, "wagtail-push-sending")
    browser.press("Space")
    piotr.wait_for_card("paused")
    assert focused(browser) == "wagtail-push-sending"
    browser.press("Enter")
    piotr.wait_for_card("active")
    assert focused(browser) == "wagtail-push-sending"
    tab_to(browser, "wagtail-push-scope-invoices")
    browser.press("Space")
    browser.wait(lambda: piotr.wants("invoices"), 10, "the switch is saved")
    assert focused(browser) == "wagtail-push-scope-invoices"

    row = piotr.known_as()["id"]
    tab_to(browser, f"wagtail-push-test-{row}")
    browser.press("Enter")
    take_note(browser, "Test notification")
    browser.wait("document.querySelector('.wagtail-push-asked--shown')", 30)
    assert focused(browser) == f"wagtail-push-test-{row}"

    # To remove is asked first, with the focus on what changes nothing.
    browser.press("Tab", "Tab")
    assert browser.evaluate(FOCUS)[1].split() == ["Remove", "Work", "PC"]
    browser.press("Enter")
    browser.wait("location.pathname.endsWith('/remove/')")
    browser.wait(lambda: browser.evaluate(FOCUS)[1] == "Keep it", 10, "the focus")
    browser.press("Tab")
    assert browser.evaluate(FOCUS)[1] == "Remove"
    browser.press("Enter")
    browser.wait("location.pathname === '/push/'")
    assert "is removed" in browser.text("[data-wagtail-push-region=banner]")
    assert piotr.known_as() is None


def test_at_400_percent_nothing_covers_what_has_the_focus(piotr: Customer) -> None:
    browser = piotr.firefox
    # So much of a window of 1280 by 1024 is left.
    browser.set_window(320, 256)
    try:
        piotr.open_settings()
        browser.click("[data-wagtail-push-action]")
        stops = [focused(browser)]
        while stops[-1] != "wagtailPushClose" and len(stops) < FAR:
            assert browser.evaluate(UNCOVERED), f"{stops[-1]} is covered"
            browser.press("Tab")
            stops.append(focused(browser))
        assert browser.evaluate(UNCOVERED)
        browser.press("Escape")
    finally:
        browser.set_window(1280, 800)
    assert stops[0] == "wagtail-push-name"
    assert stops[-2:] == ["button", "wagtailPushClose"]


def test_a_wrong_name_is_told_beside_its_field(piotr: Customer) -> None:
    browser = piotr.firefox
    piotr.open_settings()
    tab_to(browser, "wagtailPushAction")
    browser.press("Enter", "Space", "Enter")

    assert focused(browser) == "wagtail-push-name"
    told = browser.accessible("#wagtail-push-name")
    assert told["name"] == "Name of this browser"
    assert "Enter a name, for example" in told["description"]
    browser.press("Escape")


def test_what_is_told_of_the_dialog(piotr: Customer) -> None:
    browser = piotr.firefox
    piotr.open_settings()
    browser.click("[data-wagtail-push-action]")

    title = "Enable notifications for this browser"
    assert told(browser, "dialog") == ("dialog", title, "")
    assert told(browser, "#wagtail-push-name") == (
        "entry",
        "Name of this browser",
        "To tell it apart from your other browsers.",
    )
    assert told(browser, "dialog fieldset")[:2] == ("grouping", "Billing")
    assert told(browser, "[data-wagtail-push-offer]") == (
        "checkbutton",
        "Invoices",
        "A new invoice has been issued, or one is about to fall due.",
    )
    assert told(browser, "dialog [type=submit]")[:2] == ("pushbutton", "Continue")
    browser.press("Escape")


def test_what_is_told_of_every_view_and_of_the_rest(
    piotr: Customer, site: Stack
) -> None:
    browser = piotr.firefox
    browser.open(f"{site.url}/demo/states/")
    browser.wait("document.documentElement.dataset.states === 'ready'", 30)

    def at(specimen: str, css: str) -> tuple[str, str, str]:
        return told(browser, f"[data-specimen={specimen}] {css}")

    for key in ("dialog-asking", "dialog-did-you-see-it", "failure-blocked"):
        assert at(key, "dialog")[:2] == (
            "dialog",
            "Enable notifications for this browser",
        )
    assert at("dialog-shown", "dialog")[1] == "“Office laptop” is ready"
    assert at("failure-save", "[role=alert]")[0] == "alert"
    assert at("dialog-asking", "[role=status]")[0] == "statusbar"
    assert at("account-on", "[role=switch]") == (
        "switch",
        "Notifications for this account",
        "Off means: nothing is sent to any browser of this account, "
        "and none can be added.",
    )
    assert at("row-active", "input") == ("checkbutton", "Select “Office laptop”", "")
    assert [
        at("row-active", f"{tag}:nth-of-type(1)")[1] for tag in ("a", "button")
    ] == [
        "Details Office laptop",
        "Send a test Office laptop",
    ]


def told(firefox: Firefox, css: str) -> tuple[str, str, str]:
    """Return role, name and description that assistive technology is told."""
    found = firefox.accessible(css)
    return found["role"], found["name"], found["description"]
