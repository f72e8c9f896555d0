"""What can go wrong while a browser registers and later, each forced in a real Firefox.

The rows F11 to F20 of the failures that a customer can meet: what is read, what can be
done about it, where the focus is, and that a screen reader says it.
"""

from __future__ import annotations

from typing import Any

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import CONFIRMATION
from example_site.demo.stack import Stack
from tests.browser.conftest import Seat
from tests.browser.failures import (
    CONTINUE,
    ENABLE,
    FINISH,
    NAME,
    RETRY,
    Troubled,
    execute,
)
from tests.failing import HELD, goes_wrong


pytestmark = pytest.mark.browser

WORKER = "GET /push/sw/worker.js"
SAVING = "POST /push/api/v1/browsers/"
NEVER_INSTALLS = (
    "self.addEventListener('install', (event) =>"
    " event.waitUntil(new Promise(() => {})));"
)
GREEN = "Enable notifications for this browser"
AGAIN = "Register this browser again"
ALLOWED: dict[str, Any] = {"permission": "allow"}

#: A subscription with a key that is not the portal's, as of a server before.
SUBSCRIBE_WITH_ANOTHER_KEY = """
const worker = await navigator.serviceWorker.register(
  "/push/sw/worker.js", { scope: "/push/sw/" }
);
const waiting = worker.installing ?? worker.waiting;
if (!worker.active) await new Promise((resolve) => {
  waiting.addEventListener("statechange", () => worker.active && resolve());
});
const pair = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]
);
const applicationServerKey = await crypto.subtle.exportKey("raw", pair.publicKey);
const options = { userVisibleOnly: true, applicationServerKey };
return (await worker.pushManager.subscribe(options)).endpoint;
"""

UNSUBSCRIBE = """
const worker = await navigator.serviceWorker.getRegistration("/push/sw/");
return (await worker.pushManager.getSubscription()).unsubscribe();
"""

#: "Clear cookies and site data" in Firefox's settings.
CLEAR = """
await new Promise((resolve) => Services.clearData.deleteDataFromSite(
  "localhost", {}, true, Ci.nsIClearDataService.CLEAR_COOKIES_AND_SITE_DATA, resolve
));
"""


def registrations_asked(site: Stack) -> int:
    """Return how often a browser has asked FCM to be registered."""
    return len(
        [
            request
            for request in site.emulator.requests()
            if request["method"] == "POST" and "fcmregistrations" in request["path"]
        ]
    )


def finish(customer: Troubled, name: str = "Office laptop") -> None:
    """Wait for the end of enabling, which nothing of the failure is left of."""
    customer.wait_for_proof()
    assert not customer.is_asked()
    assert customer.firefox.evaluate(
        "return document.querySelector('[data-wagtail-push-alert]').hidden"
    )
    assert customer.known_as()["name"] == name
    assert customer.known_as()["status"] == "active"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 404}, "SW-404"),
        ({"status": 302, "headers": {"Location": "/sign-in/"}}, "SW-REDIRECT"),
        ({"status": 200, "body": "<p>Sign in", "type": "text/html"}, "SW-200"),
    ],
    ids=["missing", "redirected", "a page"],
)
def test_f11_a_worker_that_cannot_load(
    answer: dict[str, Any], code: str, failing_site: Stack, seat: Seat
) -> None:
    anna = seat(**ALLOWED)
    with goes_wrong(failing_site.folder, WORKER, **answer):
        anna.press_continue(state="allowed")
        anna.sees_failure(
            "Something on our side isn’t set up",
            "It’s not your browser. Try again later",
            f"Code {code}",
            button="Try again",
        )

    anna.firefox.click(RETRY)
    finish(anna)


def test_f12_a_worker_that_takes_too_long(failing_site: Stack, seat: Seat) -> None:
    # Firefox ends an installation that takes longer, a little after we gave up.
    patience = {
        "dom.serviceWorkers.idle_timeout": 3_000,
        "dom.serviceWorkers.idle_extended_timeout": 10_500,
    }
    anna = seat(**ALLOWED, extra_prefs=patience)
    stuck = {"status": 200, "type": "text/javascript", "body": NEVER_INSTALLS}
    with goes_wrong(failing_site.folder, WORKER, **stuck):
        anna.press_continue(state="allowed")
        anna.sees_failure(
            "This is taking longer than usual",
            "Reload the page and try again. You won’t be asked for permission twice.",
            "Code SW-TIMEOUT",
            button="Reload",
        )
    anna.firefox.evaluate("window.here = true")
    anna.firefox.click(RETRY)
    anna.firefox.wait("!window.here")

    anna.wait_for_card("allowed")
    anna.firefox.click(ENABLE)
    # The name of the attempt before is still there.
    anna.firefox.click(CONTINUE)
    finish(anna)


@pytest.mark.promise("B-04")
def test_f13_a_subscription_with_another_key(failing_site: Stack, seat: Seat) -> None:
    anna = seat(**ALLOWED)
    anna.open_settings("allowed")
    old = anna.firefox.evaluate(SUBSCRIBE_WITH_ANOTHER_KEY)

    # It is replaced without a word.
    anna.press_continue()
    finish(anna)

    assert anna.firefox.evaluate(
        "const worker = await navigator.serviceWorker.getRegistration('/push/sw/');"
        "return (await worker.pushManager.getSubscription()).endpoint"
    ) not in {None, old}
    anna.close_dialog()


@pytest.mark.promise("B-03", "B-04")
def test_f13_a_renewal_that_is_refused(failing_site: Stack, seat: Seat) -> None:
    anna = seat(**ALLOWED)
    anna.press_continue(state="allowed")
    finish(anna)
    anna.close_dialog()
    before = anna.known_as()
    anna.firefox.evaluate(UNSUBSCRIBE)
    failing_site.emulator.fault("refused-registration")

    anna.firefox.open(f"{anna.url}/push/")
    anna.sees_card(
        "“Office laptop” stopped receiving notifications",
        "Its name and choices are kept",
        button=AGAIN,
    )
    assert anna.focus == ""

    failing_site.emulator.clear_faults()
    anna.firefox.click(ENABLE)
    anna.firefox.click(CONTINUE)
    finish(anna)
    assert anna.known_as()["id"] == before["id"]


def test_f14_fcm_that_refuses_the_project(failing_site: Stack, seat: Seat) -> None:
    anna = seat(**ALLOWED)
    failing_site.emulator.fault("refused-registration")
    anna.press_continue(state="allowed")
    anna.sees_failure(
        "Notifications aren’t available right now",
        "It’s not your browser. Try again later",
        "Code FCM-403",
        button="Try again",
    )

    failing_site.emulator.clear_faults()
    anna.firefox.click(RETRY)
    finish(anna)


def test_f15_a_push_service_that_cannot_be_reached(
    failing_site: Stack, seat: Seat
) -> None:
    anna = seat(
        # Nobody listens there.
        push_service="ws://127.0.0.1:1/",
        extra_prefs={"dom.push.requestTimeout": 2_000},
        **ALLOWED,
    )
    anna.press_continue(state="allowed")
    anna.sees_failure(
        "The push service can’t be reached",
        "Your network or device blocks your browser’s push service.",
        "Try another network",
        "Code PUSH",
        button="Try again",
    )

    anna.firefox.set_pref("dom.push.serverURL", failing_site.push_service)
    anna.firefox.click(RETRY)
    finish(anna)


def test_f16_a_portal_that_is_gone_when_it_should_save(
    failing_site: Stack, seat: Seat
) -> None:
    anna = seat()
    with goes_wrong(failing_site.folder, SAVING, held=True):
        anna.press_continue(state="can-ask")
        anna.firefox.answer_permission(allow=True)
        anna.firefox.wait(
            (failing_site.folder / HELD).exists, 15, "the browser wants to be saved"
        )
        asked = registrations_asked(failing_site)
        failing_site.stop_web()
    try:
        heading = "We couldn’t save this browser"
        words = "Permission is given, so you won’t be asked again."
        anna.sees_failure(heading, words, "Code HTTP-NETWORK", button="Try again")
        anna.firefox.click(RETRY)
        anna.sees_failure(heading, words, "Code HTTP-NETWORK", button="Try again")
    finally:
        failing_site.start_web()

    # Nobody presses anything: the browser says that it is online again.
    anna.firefox.chrome("Services.io.offline = true; Services.io.offline = false;")
    finish(anna)
    assert registrations_asked(failing_site) == asked, "it goes on where it stopped"


def test_f16_a_portal_that_breaks_when_it_should_save(
    failing_site: Stack, seat: Seat
) -> None:
    anna = seat(**ALLOWED)
    with goes_wrong(failing_site.folder, SAVING, status=500, body="<h1>Server Error"):
        anna.press_continue(state="allowed")
        anna.sees_failure(
            "We couldn’t save this browser",
            "Permission is given, so you won’t be asked again.",
            "Code HTTP-500",
            button="Try again",
        )

    anna.firefox.click(RETRY)
    finish(anna)


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
    anna.hears("Office laptop")
    anna.firefox.click("#wagtail-push-sending")
    anna.wait_for_card("active")
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
    # The question is the first thing in the dialog, and the name of its group.
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
        lambda: execute(
            site,
            "SELECT 1 FROM wagtail_push_browser WHERE removed_reason = 'unregistered'",
        ),
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
    today = anna.known_as()["stopped"]
    anna.sees_card(
        f"“Office laptop” stopped receiving on {today}",
        "Its name and choices are kept",
        button=AGAIN,
    )
    assert anna.focus == ""
    row = anna.firefox.text(".wagtail-push-row--current")
    assert "It no longer receives: the browser no longer accepts notifications" in row
    assert "Open this page in that browser to register it again." in row

    failing_site.emulator.clear_faults()
    anna.firefox.click(ENABLE)
    anna.firefox.click(CONTINUE)
    finish(anna)
    assert anna.firefox.wait_for_notification(CONFIRMATION)
    assert anna.known_as()["id"] == before["id"]
