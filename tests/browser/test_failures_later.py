"""What a registered browser can meet, and one of a customer who is gone, for real.

The rows F17 to F20 of the failures that a customer can meet: what is read, what can be
done about it, where the focus is, and that a screen reader says it.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone
from django.utils.dateformat import format as date_format

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import CONFIRMATION
from example_site.demo.stack import Stack
from tests.browser.conftest import Seat
from tests.browser.failures import (
    ALLOWED,
    CONTINUE,
    ENABLE,
    FINISH,
    NAME,
    RENEW,
    RETRY,
    Troubled,
    execute,
    finish,
)


pytestmark = pytest.mark.browser

#: "Clear cookies and site data" in Firefox's settings.
CLEAR = """
await new Promise((resolve) => Services.clearData.deleteDataFromSite(
  "localhost", {}, true, Ci.nsIClearDataService.CLEAR_COOKIES_AND_SITE_DATA, resolve
));
"""

#: When the portal learnt that a registration is gone; no row before that.
REMOVED_AT = (
    "SELECT removed_at FROM wagtail_push_browser WHERE removed_reason = 'unregistered'"
)


def test_f17_signed_out_in_another_tab(seat: Seat) -> None:
    anna = seat()
    anna.open_settings("can-ask")
    here = anna.firefox.tabs()[0]
    anna.firefox.click(ENABLE)
    anna.firefox.type(NAME, "Office laptop")
    anna.firefox.new_tab()
    anna.sign_out()
    anna.firefox.close_tab()
    anna.firefox.switch_to(here)
    anna.firefox.click(CONTINUE)
    anna.firefox.answer_permission(allow=True)

    anna.sees_failure(
        "You’ve been signed out",
        "Sign in and you’ll come back here to finish.",
        button="Sign in",
    )
    anna.firefox.click(RETRY)
    anna.firefox.type("input[name=username]", "anna")
    anna.firefox.type("input[name=password]", "demo")
    anna.firefox.click("main form [type=submit]")
    anna.firefox.wait("location.pathname === '/push/'")
    anna.wait_for_card("allowed")
    anna.firefox.click(ENABLE)
    assert anna.firefox.evaluate(f"return document.querySelector('{NAME}').value") == (
        "Office laptop"
    )
    anna.firefox.click(CONTINUE)
    finish(anna)


def test_f18_registered_already_active_or_paused(seat: Seat) -> None:
    anna = seat(**ALLOWED)
    anna.press_continue(state="allowed")
    finish(anna)
    anna.close_dialog()
    anna.hears("Office laptop is registered and marked as this browser.")
    assert anna.focus == "Office laptop", "on the heading of the card"
    anna.firefox.dismiss_notifications()

    anna.open_settings("active")
    card = anna.firefox.text("[data-wagtail-push-card]")
    assert "Office laptop" in card
    assert "Active" in card
    assert not anna.firefox.evaluate(
        f"return document.querySelector('{ENABLE}').checkVisibility()"
    )
    anna.firefox.click(".wagtail-push-row--current button[id*=test]")
    anna.firefox.wait_for_notification("Test notification")

    anna.firefox.click("#wagtail-push-sending")
    anna.wait_for_card("paused")
    assert "Paused" in anna.firefox.text("[data-wagtail-push-card]")
    anna.firefox.wait("document.activeElement.id === 'wagtail-push-sending'")
    assert anna.focus == "Activate sending to this browser"
    anna.hears("Nothing is sent to that browser any more. It stays registered.")
    anna.firefox.click("#wagtail-push-sending")
    anna.wait_for_card("active")
    anna.hears("That browser receives notifications again.")
    seen = (
        "getComputedStyle(document.querySelector('[data-wagtail-push-status]')).opacity"
    )
    assert anna.firefox.evaluate(f"return {seen}") == "1"
    anna.reads_no_raw_words()


@pytest.mark.promise("M-30")
def test_f18_registered_for_another_customer(seat: Seat) -> None:
    piotr = seat("piotr", **ALLOWED)
    piotr.press_continue(state="allowed")
    finish(piotr)
    piotr.close_dialog()
    piotr.sign_out()
    piotr.sign_in("eva")
    piotr.open_settings("foreign")

    piotr.sees_card(
        "This browser gets notifications for another customer",
        "Somebody else who signed in here has registered it.",
        button="Take it over",
    )
    assert piotr.focus == ""
    piotr.firefox.click(ENABLE)
    piotr.firefox.type(NAME, "Print shop")
    piotr.firefox.click(CONTINUE)
    finish(piotr, "Print shop")


@pytest.mark.promise("B-04")
def test_f18_a_browser_that_looks_like_an_old_one(seat: Seat) -> None:
    anna = seat(**ALLOWED)
    anna.press_continue(state="allowed")
    finish(anna)
    before = anna.known_as()
    anna.firefox.open("about:blank")
    anna.firefox.chrome(CLEAR)
    anna.sign_in()
    anna.open_settings()
    anna.firefox.click(ENABLE)
    question = anna.firefox.text("[data-wagtail-push-region=lookalikes]")
    assert "Was this browser registered before?" in question
    assert "Yes, it is “Office laptop”" in question
    assert "No, add it as a new one" in question
    # The question has the focus, so it is read first.
    assert anna.firefox.evaluate(
        "const box = document.activeElement;"
        "return [box.name, box.closest('fieldset').querySelector('legend').innerText]"
    ) == ["replaces", "Was this browser registered before?"]
    anna.firefox.click("[data-wagtail-push-replaces][data-name='Office laptop']")
    anna.firefox.click(CONTINUE)

    finish(anna)
    assert anna.known_as()["id"] == before["id"]
    anna.reads_no_raw_words()


@pytest.mark.promise("M-12")
def test_f19_a_confirmation_that_is_not_shown(seat: Seat) -> None:
    anna = seat(**ALLOWED)
    browser = anna.firefox
    # The desktop takes no notification, so the push arrives and nothing is shown.
    browser.set_pref("alerts.useSystemBackend", True)
    anna.press_continue(state="allowed")
    anna.hears("Sent to Google’s push service, on its way to this browser…")

    browser.wait(
        "document.querySelector('[data-wagtail-push-hint]').checkVisibility()", 20
    )
    anna.hears("Did you see it? This browser is registered, but it has not reported")
    assert "Show a first notification" in anna.focus, "still on the list of steps"
    assert anna.known_as()["last_shown_at"] is None
    browser.click("[data-wagtail-push-not-seen]")
    assert anna.focus.startswith("Sent, but not shown?")
    assert "Your desktop’s settings let Firefox show notifications." in anna.focus
    anna.reads_no_raw_words()

    browser.set_pref("alerts.useSystemBackend", False)
    browser.click("[data-wagtail-push-another]")
    anna.hears("Another one is on its way…")
    browser.wait_for_notification("Test notification")
    finish(anna)
    anna.hears("The confirmation was shown in this browser")
    assert anna.focus == browser.text(FINISH) == "Done"


def lose(customer: Troubled, site: Stack) -> None:
    """Let a registration die, and the portal learn it from an invoice."""
    customer.firefox.open("about:blank")
    [target] = [row["fid"] for row in site.emulator.registrations() if row["alive"]]
    site.emulator.kill(target)
    colleague = HttpCustomer(site.url)
    colleague.sign_in("piotr")
    colleague.issue_invoice()
    customer.firefox.wait(
        lambda: execute(site, REMOVED_AT),
        20,
        "the portal knows that the registration is gone",
    )


@pytest.mark.promise("B-03", "B-04")
def test_f20_a_registration_that_got_lost_repairs_itself(
    failing_site: Stack, seat: Seat
) -> None:
    anna = seat(**ALLOWED)
    anna.press_continue(state="allowed")
    finish(anna)
    before = anna.known_as()
    lose(anna, failing_site)

    anna.firefox.open(f"{anna.url}/push/")
    anna.hears("Renewed.")
    anna.wait_for_card("active")

    assert "Renewed." in anna.firefox.text("[data-wagtail-push-card]")
    assert anna.focus == ""
    assert [row["alive"] for row in failing_site.emulator.registrations()] == [True]
    assert anna.known_as()["id"] == before["id"]
    anna.reads_no_raw_words()


@pytest.mark.promise("B-03")
def test_f20_a_registration_that_got_lost_and_cannot_be_repaired(
    failing_site: Stack, seat: Seat
) -> None:
    anna = seat(**ALLOWED)
    anna.press_continue(state="allowed")
    finish(anna)
    before = anna.known_as()
    lose(anna, failing_site)
    failing_site.emulator.fault("refused-registration")

    anna.firefox.open(f"{anna.url}/push/")
    anna.wait_for_card("lost")
    [[stopped]] = execute(failing_site, REMOVED_AT)
    day = timezone.localdate(datetime.fromisoformat(f"{stopped}+00:00"))
    anna.sees_card(
        f"“Office laptop” stopped receiving on {date_format(day, 'N j, Y')}",
        "Renewing it takes one click; its name and choices are kept.",
        button=RENEW,
    )
    assert anna.focus == ""
    row = anna.firefox.text(".wagtail-push-row--current")
    assert "It no longer receives: the browser no longer accepts notifications" in row
    assert "Open this page in that browser: it is renewed there" in row

    failing_site.emulator.clear_faults()
    anna.presses_renew()
    finish(anna)
    assert anna.firefox.wait_for_notification(CONFIRMATION)
    assert anna.known_as()["id"] == before["id"]


@pytest.mark.promise("B-03", "M-30")
def test_a_browser_of_a_colleague_who_left(failing_site: Stack, seat: Seat) -> None:
    piotr = seat("piotr", **ALLOWED)
    piotr.press_continue(state="allowed")
    finish(piotr)
    piotr.close_dialog()
    piotr.switch_scope("news")
    before = piotr.known_as()
    piotr.sign_out()
    active = "UPDATE auth_user SET is_active = {} WHERE username = 'piotr'"
    execute(failing_site, active.format(0))
    try:
        # The same browser, and a login that may act for the same account.
        anna = piotr
        anna.sign_in("anna")
        anna.open_settings("lost")
        anna.sees_card(
            "“Office laptop” gets no notifications",
            "Renewing it with yours takes one click; its name and choices are kept.",
            button=RENEW,
        )
        anna.presses_renew()
        finish(anna)
        now = anna.known_as()
        same = ("id", "name", "scopes", "language")
        assert {key: now[key] for key in same} == {key: before[key] for key in same}
    finally:
        execute(failing_site, active.format(1))
