"""Everything but enabling, by real clicks on real forms in a Firefox without JavaScript."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, INVOICE, NEW_BROWSER
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.running import StartStack, execute
from wagtail_push.device import COOKIE
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

CZECH_CONFIRMATION = "Oznámení jsou zapnutá"
CZECH_INVOICE = "Nová faktura"
TEST = "Test notification"
CARD = "[data-wagtail-push-card]"
CHECK = "#wagtail-push-check-button"
RELOAD = "Reload to see more"
CHECKED_LONG_AGO = """
UPDATE wagtail_push_notification SET created_at = datetime(created_at, '-1 hour')
WHERE kind = 'check'
"""


@dataclass
class Anna:
    """Anna at a browser that was registered before she switched JavaScript off."""

    firefox: Firefox
    site: Stack
    laptop: Listener

    def open(self, path: str = "/push/") -> None:
        """Open a page of the portal."""
        self.firefox.open(self.site.url + path)

    def sees(self, words: str, css: str = "main") -> None:
        """Wait until the page that was asked for says this."""
        self.firefox.wait(
            lambda: words in self.firefox.text(css), 30, f"{words!r} in {css}"
        )

    def reloads_until(self, words: str) -> str:
        """Follow "Reload to see more" until the page says this; return all it says."""

        def look() -> str:
            text = self.firefox.text("main")
            if words in text:
                return text
            # What was read may be the page before: it has no such link.
            if RELOAD in text:
                self.firefox.click("main noscript a[href='']")
            return ""

        return self.firefox.wait(look, 30, f"{words!r} after reloading")

    def switch(self, box: str) -> None:
        """Press a switch and the button that saves it."""
        self.firefox.click(box)
        self.firefox.click(f"form:has({box}) noscript button")


@pytest.fixture(scope="module")
def own_site(start_stack: StartStack) -> Stack:
    """Return a running site whose customers choose what signing out does."""
    return start_stack(environ={"PUSH_SIGN_OUT": "ask"})


@pytest.fixture(scope="module")
def anna(own_site: Stack, firefox: StartFirefox) -> Iterator[Anna]:
    """Return Anna, signed in and recognised; her browser receives in a program."""
    laptop = Listener(own_site)
    laptop.enable("Office laptop")
    laptop.take(CONFIRMATION)
    browser = firefox(extra_prefs={"javascript.enabled": False})
    anna = Anna(browser, own_site, laptop)
    anna.open("/sign-in/")
    browser.type("input[name=username]", "anna")
    browser.type("input[name=password]", "demo")
    browser.click("main form [type=submit]")
    browser.wait(lambda: browser.url.endswith("/overview/"))
    anna.open()
    assert "Turn on JavaScript to add this browser." in browser.text(CARD)
    browser.set_cookie(COOKIE, laptop.customer.session.cookies[COOKIE])
    yield anna
    browser.quit()
    laptop.close()


Listen = Callable[..., Listener]


@pytest.fixture
def listen(anna: Anna, own_site: Stack) -> Iterator[Listen]:
    """Return what registers a receiver under a name; it is removed afterwards."""
    with contextlib.ExitStack() as stack:
        colleagues = [anna.laptop]

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
            for colleague in colleagues:
                colleague.take(NEW_BROWSER)
            colleagues.append(listener)
            return listener

        yield start


def remove(listener: Listener) -> None:
    for browser in listener.customer.call("GET", "browsers/")["results"]:
        if browser["current"]:
            listener.customer.call("DELETE", f"browsers/{browser['id']}/")


def row(listener: Listener) -> str:
    """Return the selector of a browser's row."""
    return f"[data-wagtail-push-browser='{listener.known_as()['id']}']"


def wants(listener: Listener) -> dict[str, bool]:
    """Return what the portal sends to a browser, by scope."""
    scopes: list[dict[str, Any]] = listener.known_as()["scopes"]
    return {scope["key"]: scope["wanted"] for scope in scopes}


def titles(listener: Listener) -> list[str]:
    """Return the titles of all that a browser was ever pushed."""
    return [payload["data"]["title"] for payload in listener.receiver.payloads]


@pytest.mark.promise("M-08", "M-09", "M-10")
def test_the_account_is_switched_off_and_on_again_with_a_check(
    anna: Anna, listen: Listen, own_site: Stack
) -> None:
    phone = listen("Phone")
    elsewhere = listen("Another company's", login="eva")
    anna.open()
    assert "Baltic Bakery (C-10023)" in anna.firefox.text(".wagtail-push-account")

    anna.switch("#wagtail-push-account-switch")

    anna.sees("Notifications are off for this account. Nothing is sent any more.")
    for listener in (anna.laptop, phone):
        assert "Account off" in anna.firefox.text(row(listener))
    with pytest.raises(Exception, match="409"):
        phone.enable("Phone again")
    before = len(own_site.emulator.pushes())
    phone.customer.issue_invoice()
    # The queue takes the older one first, so the first would have come by now.
    elsewhere.customer.issue_invoice()
    elsewhere.take(CZECH_INVOICE)
    assert len(own_site.emulator.pushes()) == before + 1
    own_site.emulator.kill(phone.receiver.target)

    anna.switch("#wagtail-push-account-switch")

    anna.sees("Notifications are on for this account.")
    checked = anna.reloads_until("All browsers were checked.")
    assert "accepts 1 of 2" in checked
    assert "1 is no longer valid and was removed" in checked
    assert "Must be registered again" in anna.firefox.text(row(phone))
    assert "Active" in anna.firefox.text(row(anna.laptop))
    phone.customer.issue_invoice()
    anna.laptop.take(INVOICE)
    assert len(own_site.emulator.pushes()) == before + 2


@pytest.mark.promise("M-13", "M-14")
def test_sending_to_this_browser_is_switched_off_and_on(
    anna: Anna, listen: Listen, own_site: Stack
) -> None:
    phone = listen("Phone")
    anna.open()
    assert "Office laptop" in anna.firefox.text(CARD)
    had = titles(anna.laptop).count(INVOICE)

    anna.firefox.click("#wagtail-push-sending")

    anna.sees("Nothing is sent to that browser any more. It stays registered.")
    assert "Paused" in anna.firefox.text(CARD)
    phone.customer.issue_invoice()
    phone.take(INVOICE)
    targets = [r["fid"] for r in own_site.emulator.registrations() if r["alive"]]
    assert anna.laptop.receiver.target in targets
    assert titles(anna.laptop).count(INVOICE) == had

    anna.firefox.click("#wagtail-push-sending")

    anna.sees("That browser receives notifications again.")
    anna.sees("Active", CARD)
    phone.customer.issue_invoice()
    anna.laptop.receiver.wait_for(
        lambda _: titles(anna.laptop).count(INVOICE) == had + 1
    )


@pytest.mark.promise("M-17", "M-18", "M-16")
def test_tests_to_selected_browsers_and_to_one(
    anna: Anna, listen: Listen, own_site: Stack
) -> None:
    phone, tablet = listen("Phone"), listen("Tablet")
    before = len(own_site.emulator.pushes())
    anna.open()
    assert "This browser" in anna.firefox.text(row(anna.laptop))
    for listener in (anna.laptop, phone):
        anna.firefox.click(f"{row(listener)} input[name=browsers]")

    anna.firefox.click("#wagtail-push-test-selected")

    anna.sees("The test is on its way.")
    for listener, name in ((anna.laptop, "Office laptop"), (phone, "Phone")):
        assert f"“{name}”" in listener.take(TEST)["data"]["body"]
    anna.reloads_until("s after it was sent.")
    assert len(own_site.emulator.pushes()) == before + 2

    anna.firefox.click(f"{row(tablet)} button[id*=test]")

    anna.sees("The test is on its way.")
    assert "“Tablet”" in tablet.take(TEST)["data"]["body"]

    anna.firefox.click(f"{row(phone)} button[id*=toggle]")
    anna.sees("Paused", row(phone))
    # A paused one gets no test, and the page says so.
    anna.firefox.click(f"{row(phone)} input[name=browsers]")
    anna.firefox.click("#wagtail-push-test-selected")
    anna.sees("Sending to this browser is switched off")
    anna.firefox.click(f"{row(phone)} button[id*=toggle]")
    anna.sees("Active", row(phone))
    assert len(own_site.emulator.pushes()) == before + 3


@pytest.mark.promise("M-17", "M-19")
def test_a_browser_is_removed_after_a_question(
    anna: Anna, listen: Listen, own_site: Stack
) -> None:
    phone, tablet = listen("Phone"), listen("Tablet")
    its_row = row(tablet)
    anna.open()
    anna.firefox.click(f"{its_row} a[href$='/remove/']")
    anna.sees("Remove “Tablet”?")
    anna.firefox.click("main form a")
    anna.sees("Tablet", its_row)

    anna.firefox.click(f"{its_row} a[href$='/remove/']")
    anna.firefox.click("main form .wagtail-push-button--danger")

    anna.sees("The browser is removed. Nothing is sent to it any more.")
    assert "Tablet" not in anna.firefox.text("main")
    targets = [r["fid"] for r in own_site.emulator.registrations() if r["alive"]]
    assert tablet.receiver.target in targets, "Google is told nothing"
    before = len(own_site.emulator.pushes())
    phone.customer.issue_invoice()
    phone.take(INVOICE)
    anna.firefox.wait(lambda: len(own_site.emulator.pushes()) == before + 2)
    assert INVOICE not in titles(tablet)


@pytest.mark.promise("M-20")
def test_the_validity_of_a_live_and_a_dead_browser(
    anna: Anna, listen: Listen, own_site: Stack
) -> None:
    phone = listen("Phone")
    anna.open()
    anna.firefox.click(f"{row(anna.laptop)} a")
    # When the account was switched on, all were checked, a moment ago.
    execute(own_site, CHECKED_LONG_AGO)
    # A check that runs may be over before the page is there.
    own_site.stop_queue()
    try:
        anna.firefox.click(CHECK)
        anna.sees("The browser is being checked.")
    finally:
        own_site.start_queue()
    checked = anna.reloads_until("Checked:")
    assert "Google’s push service accepts this registration." in checked

    own_site.emulator.kill(phone.receiver.target)
    anna.open()
    anna.firefox.click(f"{row(phone)} a")
    anna.firefox.click(CHECK)
    checked = anna.reloads_until("Checked:")
    assert "This browser must be registered again." in checked
    assert "Check validity" not in checked
    assert phone.known_as()["status"] == "removed"


@pytest.mark.promise("M-21", "M-17")
def test_details_hold_the_name_scopes_choices_and_preferences(
    anna: Anna, listen: Listen
) -> None:
    phone, tablet = listen("Phone"), listen("Tablet")
    before = wants(anna.laptop)
    assert (before["news"], before["invoices"]) == (False, True)
    anna.open()
    anna.firefox.click(f"{row(phone)} a")

    anna.firefox.type("#wagtail-push-rename-name", "   ")
    anna.firefox.click(".wagtail-push-rename button")
    anna.sees("Enter a name of 1 to 60 characters")
    anna.firefox.type("#wagtail-push-rename-name", "Anna’s phone")
    anna.firefox.click(".wagtail-push-rename button")
    anna.sees("The new name is saved.")
    anna.sees("Anna’s phone", "h1")

    for scope in ("news", "invoices"):
        anna.switch(f"#wagtail-push-scope-{scope}")
        anna.sees("Your choice is saved.")
    assert (wants(phone)["news"], wants(phone)["invoices"]) == (True, False)
    assert wants(tablet) == wants(anna.laptop) == before
    anna.laptop.customer.issue_invoice()
    tablet.take(INVOICE)
    assert INVOICE not in titles(phone)

    for preference in ("hide_details", "pause_on_sign_out"):
        anna.switch(f"#wagtail-push-{preference}")
        anna.sees("Your choice is saved.")
        assert anna.firefox.find(f"#wagtail-push-{preference}:checked")

    anna.firefox.click("#wagtail-push-copy")
    anna.sees("All your browsers have these choices now.")
    assert wants(tablet) == wants(anna.laptop) == wants(phone)

    # The card of this browser has the same forms; the phone keeps its own choice.
    anna.open()
    for scope in ("news", "invoices"):
        anna.switch(f"#wagtail-push-scope-{scope}")
        anna.sees("Your choice is saved.")
    assert wants(anna.laptop) == before
    assert wants(phone)["invoices"] is False


@pytest.mark.promise("M-17", "M-20")
def test_a_browser_is_tested_and_paused_in_its_details(
    anna: Anna, listen: Listen
) -> None:
    phone = listen("Phone")
    anna.open()
    anna.firefox.click(f"{row(phone)} a")

    anna.firefox.click("#wagtail-push-test-button")
    anna.sees("The test is on its way.")
    assert "“Phone”" in phone.take(TEST)["data"]["body"]
    anna.firefox.click("#wagtail-push-toggle-button")
    anna.sees("Nothing is sent to that browser any more.")
    assert phone.known_as()["status"] == "paused"
    anna.firefox.click("#wagtail-push-toggle-button")
    anna.sees("That browser receives notifications again.")
    assert phone.known_as()["status"] == "active"


def test_what_only_a_script_can_tell_is_not_promised(anna: Anna) -> None:
    anna.open(f"/push/browsers/{anna.laptop.known_as()['id']}/")

    tiers = anna.firefox.text("[data-wagtail-push-region=tiers]")
    assert tiers.count("Turn on JavaScript to check.") == 2
    assert "…" not in tiers
