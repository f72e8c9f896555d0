"""What can be in the way before a browser is registered, each forced in a real Firefox.

The rows F01 to F10 of the failures that a customer can meet: what is read, what can be
done about it, where the focus is, and that a screen reader says it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from example_site.demo.customer import CONFIRMATION
from example_site.demo.stack import Stack
from tests.browser.conftest import Seat
from tests.browser.failures import (
    ALERT,
    ALLOW,
    CONTINUE,
    ENABLE,
    FINISH,
    FORBID,
    RETRY,
)
from tests.settings_failing import INSECURE_HOST


pytestmark = pytest.mark.browser

NOT_YET = "This browser is not registered yet"
GREEN = "Enable notifications for this browser"

#: Safari on an iPhone, as far as a page can tell: what it lacks is really switched off.
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/{}.0 Mobile/15E148 Safari/604.1"
)
NO_PUSH = {"dom.push.enabled": False, "dom.webnotifications.enabled": False}
IN_A_TAB = """
const script = `addEventListener("DOMWindowCreated", ({ target }) => {
  Cu.waiveXrays(target.defaultView.navigator).standalone = false;
}, true);`;
Services.mm.loadFrameScript(
  "data:application/javascript," + encodeURIComponent(script), true
);
"""


def test_f01_an_address_that_is_not_secure(failing_site: Stack, seat: Seat) -> None:
    anna = seat(
        url=f"http://{INSECURE_HOST}:{failing_site.port}",
        extra_prefs={"network.dns.localDomains": INSECURE_HOST},
    )
    anna.open_settings("unsupported")

    anna.sees_card(
        "Notifications need a secure address",
        "Open this page with https:// and try again.",
        button="Open the secure page",
    )
    assert anna.focus == "", "the page takes no focus by itself"
    # Nobody answers there on this machine, so the browser is asked where it went.
    anna.firefox.evaluate(f"document.querySelector('{ENABLE}').click()")
    anna.firefox.wait(
        lambda: (
            anna.firefox.chrome("return gBrowser.currentURI.spec")
            == f"https://{INSECURE_HOST}:{failing_site.port}/push/"
        )
    )


def test_f02_a_browser_without_push(seat: Seat) -> None:
    anna = seat(extra_prefs={"dom.push.enabled": False})
    anna.open_settings("unsupported")

    anna.sees_card(
        "This browser can’t receive notifications",
        "Open Nordhost in a current Chrome, Edge, Firefox, Opera or Safari.",
        "choose “Open in browser”",
        button="Copy the address",
    )
    assert anna.focus == ""
    anna.firefox.click(ENABLE)
    anna.hears("The address is copied.")
    assert anna.focus == "Copy the address"
    copied = "return await navigator.clipboard.readText()"
    anna.firefox.set_pref("dom.events.testing.asyncClipboard", True)
    assert anna.firefox.evaluate(copied) == f"{anna.url}/push/"


def test_f03_an_iphone_in_a_browser_tab(seat: Seat) -> None:
    agent = {"general.useragent.override": IPHONE.format("17_4", 17)}
    anna = seat(extra_prefs={**NO_PUSH, **agent})
    anna.firefox.chrome(IN_A_TAB)
    anna.open_settings("install")

    anna.sees_card(
        "Add Nordhost to your home screen first",
        "On iPhone and iPad, notifications work only from the home screen icon.",
        "Choose “Add to Home Screen”; leave “Open as Web App” on.",
        button="",
    )
    assert anna.focus == ""


def test_f04_an_iphone_that_is_too_old(seat: Seat) -> None:
    agent = {"general.useragent.override": IPHONE.format("16_3", 16)}
    anna = seat(extra_prefs={**NO_PUSH, **agent})
    anna.firefox.chrome(IN_A_TAB)
    anna.open_settings("install")

    anna.sees_card(
        "Your device needs iOS 16.4 or later",
        "Update it in Settings, General, Software Update.",
        button="",
    )
    assert anna.focus == ""


def test_f05_a_private_window(seat: Seat) -> None:
    anna = seat(
        extra_prefs={
            "browser.privatebrowsing.autostart": True,
            # Before Firefox 153, private windows had no workers.
            "dom.serviceWorkers.privateBrowsing.enabled": False,
        }
    )
    anna.open_settings("unsupported")

    anna.sees_card(
        "Private windows can’t receive notifications",
        "Open Nordhost in a normal window and turn them on there.",
        button="",
    )
    assert anna.focus == ""


def test_f06_storage_that_does_not_work(seat: Seat, tmp_path: Path) -> None:
    # A file where Firefox wants to make the folder of what sites store.
    in_the_way = tmp_path / "storage"
    in_the_way.touch()
    anna = seat(profile=tmp_path)
    anna.open_settings("storage-blocked")
    heading = "Your browser keeps nothing for this site"
    words = "Allow cookies and site data for Nordhost, then check again."
    anna.sees_card(heading, words, button="Check again")
    assert anna.focus == ""

    anna.firefox.click(ENABLE)
    anna.sees_card(heading, words, button="Check again")
    in_the_way.unlink()
    anna.firefox.click(ENABLE)

    anna.sees_card(NOT_YET, button=GREEN)
    assert anna.focus == GREEN, "the focus stays on the button"


def test_f07_a_question_that_was_closed(seat: Seat) -> None:
    anna = seat(
        extra_prefs={
            "permissions.desktop-notification.notNow.enabled": True,
            # Firefox would not ask again in this tab for an hour.
            "privacy.temporary_permission_expire_time_ms": 1,
        }
    )
    anna.press_continue(state="can-ask")
    anna.firefox.answer_permission(allow=False)

    anna.sees_failure(
        "You haven’t chosen yet",
        "Your browser closed the question without an answer. Nothing was saved.",
        button="Ask again",
    )
    anna.firefox.click(RETRY)
    anna.firefox.answer_permission(allow=True)
    anna.wait_for_proof()


def test_f08_a_question_that_nobody_sees(seat: Seat) -> None:
    anna = seat()
    anna.press_continue(state="can-ask")
    anna.hears("Choose Allow in the box from your browser.")

    anna.hears("Look for a bell or a speech bubble in the address bar")

    assert "Your browser’s permission" in anna.focus, "on the list of steps"
    assert "In progress" in anna.focus
    anna.reads_no_raw_words()
    assert anna.is_asked()
    anna.firefox.answer_permission(allow=True)
    anna.wait_for_proof()


@pytest.mark.promise("B-03")
def test_f09_notifications_that_are_blocked(seat: Seat) -> None:
    anna = seat()
    anna.press_continue(state="can-ask")
    anna.firefox.answer_permission(allow=False)
    step = "Remove “Blocked” beside “Send notifications”."

    anna.sees_failure(
        "Notifications from Nordhost are blocked in this browser",
        "Only you can change that; we can’t ask again.",
        "If this is a private window, use a normal one.",
        step,
        button="Check again",
    )
    anna.firefox.click(FINISH)
    assert anna.focus == "Check again"
    anna.firefox.click(ENABLE)
    anna.sees_card(
        "Notifications are blocked in this browser", step, button="Check again"
    )

    # Nothing on the page is touched: it notices by itself.
    anna.firefox.chrome(ALLOW, anna.url)
    anna.sees_card("One step is missing", button=GREEN)
    assert anna.focus == GREEN
    anna.firefox.click(ENABLE)
    assert "it won’t ask again" in anna.firefox.text("[data-wagtail-push-asks]")
    anna.firefox.click(CONTINUE)
    anna.wait_for_proof()
    assert not anna.firefox.evaluate(
        f"return document.querySelector('{ALERT}').checkVisibility()"
    )


@pytest.mark.promise("B-03")
def test_f10_permission_that_the_browser_took_away(seat: Seat) -> None:
    anna = seat()
    anna.enable("Office laptop")
    anna.close_dialog()
    anna.switch_scope("news")
    before = anna.known_as()

    anna.firefox.chrome(FORBID, anna.url)

    heading = "Your browser turned notifications off"
    words = "The name and choices of “Office laptop” are kept."
    anna.sees_card(heading, words, button="Turn on again")
    # So it stays once the portal knows, and on the next visit.
    anna.firefox.wait(lambda: anna.known_as()["status"] == "removed", 20)
    anna.open_settings("lost")
    anna.sees_card(heading, words, button="Turn on again")
    assert anna.focus == ""

    anna.firefox.dismiss_notifications()
    anna.presses_renew()
    anna.firefox.wait(anna.is_asked, 10, "the browser asks in that same click")
    title = "Renewing “Office laptop”"
    assert anna.firefox.accessible("dialog")["name"] == title
    anna.firefox.answer_permission(allow=True)
    anna.wait_for_proof()
    assert anna.firefox.wait_for_notification(CONFIRMATION)
    now = anna.known_as()
    assert [now[key] for key in ("id", "name", "scopes", "status")] == [
        before[key] for key in ("id", "name", "scopes", "status")
    ]
