"""What can go wrong while a browser registers, each forced in a real Firefox.

The rows F11 to F16 of the failures that a customer can meet: what is read, what can be
done about it, where the focus is, and that a screen reader says it.
"""

from __future__ import annotations

from typing import Any

import pytest

from example_site.demo.stack import Stack
from tests.browser.conftest import Seat
from tests.browser.failures import (
    ALERT,
    ALLOWED,
    CONTINUE,
    ENABLE,
    RENEW,
    RETRY,
    finish,
    troubles,
)
from tests.failing import HELD, goes_wrong


pytestmark = pytest.mark.browser

WORKER = "GET /push/sw/worker.js"
TROUBLES = "POST /push/api/v1/troubles/"
SAVING = "POST /push/api/v1/browsers/"
COPY = f"{ALERT} [data-wagtail-push-copy-code]"
CLIPBOARD = "return await navigator.clipboard.readText()"

#: What the page says once the portal has kept that a failure was met.
RECORDED = "We’ve recorded it for our team."

#: The page has the portal's answer to what it reported.
REPORTED = (
    "performance.getEntriesByType('resource')"
    ".some(({ name }) => name.endsWith('/troubles/'))"
)

#: What a confirmation changes of a browser.
PROVEN = {"last_shown_at": None}

NEVER_INSTALLS = (
    "self.addEventListener('install', (event) =>"
    " event.waitUntil(new Promise(() => {})));"
)

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


def registrations_asked(site: Stack) -> int:
    """Return how often a browser has asked FCM to be registered."""
    return len(
        [
            request
            for request in site.emulator.requests()
            if request["method"] == "POST" and "fcmregistrations" in request["path"]
        ]
    )


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param({"status": 404}, "SW-404", id="missing"),
        pytest.param(
            {"status": 302, "headers": {"Location": "/sign-in/"}},
            "SW-REDIRECT",
            id="redirected",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"status": 200, "body": "<p>Sign in", "type": "text/html"},
            "SW-200",
            id="a page",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_f11_a_worker_that_cannot_load(
    answer: dict[str, Any], code: str, failing_site: Stack, seat: Seat
) -> None:
    anna = seat(**ALLOWED)
    with goes_wrong(failing_site.folder, WORKER, **answer):
        anna.press_continue(state="allowed")
        anna.hears(RECORDED)
        anna.sees_failure(
            "Something on our side isn’t set up",
            "It’s not your browser. Try again later",
            RECORDED,
            f"Support code {code} Copy support code",
            button="Try again",
        )
    assert troubles(failing_site) == [(code, 1)]
    anna.firefox.set_pref("dom.events.testing.asyncClipboard", True)
    anna.firefox.click(COPY)
    anna.hears(f"Support code {code} Copied")
    assert anna.firefox.evaluate(CLIPBOARD) == code
    anna.hears(f"Support code {code} Copy support code")

    anna.firefox.click(RETRY)
    finish(anna)
    assert troubles(failing_site) == [(code, 1)]


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
            "Support code SW-TIMEOUT",
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
    anna.switch_scope("news")
    before = anna.known_as()
    anna.firefox.evaluate(UNSUBSCRIBE)
    failing_site.emulator.fault("refused-registration")

    anna.firefox.open(f"{anna.url}/push/")
    anna.sees_card(
        "“Office laptop” needs renewing",
        "It takes one click; its name and choices are kept.",
        button=RENEW,
    )
    assert anna.focus == ""

    failing_site.emulator.clear_faults()
    asked = registrations_asked(failing_site)
    anna.firefox.double_click(ENABLE)
    finish(anna)
    assert registrations_asked(failing_site) == asked + 1
    assert {**anna.known_as(), **PROVEN} == {**before, **PROVEN}


def test_f14_fcm_that_refuses_the_project(failing_site: Stack, seat: Seat) -> None:
    anna = seat(**ALLOWED)
    failing_site.emulator.fault("refused-registration")
    with goes_wrong(failing_site.folder, TROUBLES, status=500):
        anna.press_continue(state="allowed")
        anna.firefox.wait(REPORTED, 15)
        anna.sees_failure(
            "Notifications aren’t available right now",
            "It’s not your browser. Try again later",
            "Support code FCM-403 Copy support code",
            button="Try again",
        )
        # Nothing is claimed that was not seen.
        assert RECORDED not in anna.firefox.text(ALERT)

    anna.firefox.click(RETRY)
    anna.hears(RECORDED)
    assert troubles(failing_site) == [("FCM-403", 1)]
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
        "Support code PUSH",
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
        anna.sees_failure(heading, words, "Support code NETWORK", button="Try again")
        anna.firefox.click(RETRY)
        anna.sees_failure(heading, words, "Support code NETWORK", button="Try again")
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
            "Support code HTTP-500",
            button="Try again",
        )

    anna.firefox.click(RETRY)
    finish(anna)
