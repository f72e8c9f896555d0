"""Nothing is asked before the customer asks for it, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, INVOICE, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.browser.failures import forget_browsers
from tests.browser.spying import Spy
from tests.running import execute


pytestmark = pytest.mark.browser

ACTION = "[data-wagtail-push-action]"
NAME = "[data-wagtail-push-name]"
CONTINUE = "[data-wagtail-push-form] [type=submit]"
SAVING = "/push/api/v1/browsers/"
ENTER = "\ue007"

#: Everything that a customer may look at without having decided anything.
PAGES = [
    "/",
    "/overview/",
    "/invoices/",
    "/profile/",
    "/push/",
    "/push/turn-off/news/",
    "/push/browsers/{browser}/",
    "/push/browsers/{browser}/remove/",
]

#: From there to the end of the page and back, as a reader does.
SCROLL = """
for (const top of [document.documentElement.scrollHeight, 0]) {
  scrollTo(0, top);
  await new Promise((resolve) => requestAnimationFrame(resolve));
}
"""

#: The browser has dropped the subscription, which it does some time after permission went.
DROPPED = """
navigator.serviceWorker.getRegistration("/push/sw/")
  .then(({ pushManager }) => pushManager.getSubscription())
  .then((subscription) => !subscription)
"""

#: The tab behind does what the one in front tells it, so that both do it at once.
WHEN_TOLD = """
const channel = new BroadcastChannel("both");
channel.onmessage = () => document.querySelector(arguments[0]).click();
window.both = channel;
"""
BOTH = """
new BroadcastChannel("both").postMessage("now");
document.querySelector(arguments[0]).click();
"""

#: The connection breaks when something is asked for: before the portal hears of it, or
#: before the portal's answer comes.
BREAK = """
const [topic, path] = arguments;
Services.prefs.setBoolPref("network.disable-localhost-when-offline", true);
const observer = {
  observe(channel) {
    channel.QueryInterface(Ci.nsIHttpChannel);
    if (channel.URI.filePath !== path || channel.requestMethod === "HEAD") return;
    Services.obs.removeObserver(observer, topic);
    channel.cancel(Cr.NS_ERROR_OFFLINE);
    Services.io.offline = true;
  },
};
Services.obs.addObserver(observer, topic);
"""

#: What the page saves with waits until it is told to go on.
HOLD = """
const [path] = arguments;
const observer = {
  observe(channel) {
    channel.QueryInterface(Ci.nsIHttpChannel);
    if (channel.URI.filePath !== path || channel.requestMethod !== "POST") return;
    Services.obs.removeObserver(observer, "http-on-modify-request");
    channel.suspend();
    window.wagtailPushHeld = channel;
  },
};
Services.obs.addObserver(observer, "http-on-modify-request");
"""


@pytest.fixture
def anna(own_site: Stack, firefox: StartFirefox) -> Iterator[Customer]:
    """Return Anna at a Firefox that nobody has registered."""
    own_site.emulator.reset()
    browser = firefox(own_site.push_service, permission="ask")
    yield Customer(browser, own_site.url)
    browser.quit()
    forget_browsers(own_site)


@pytest.fixture
def spy(anna: Customer) -> Spy:
    """Return what notes what Anna's pages do, from before her first one."""
    return Spy(anna.firefox, anna.url)


def open_dialog(customer: Customer, state: str, name: str) -> None:
    customer.open_settings(state)
    customer.firefox.click(ACTION)
    customer.firefox.type(NAME, name)


def is_one(customer: Customer, site: Stack) -> None:
    """Assert that one registration was made, and confirmed once."""
    customer.wait_for_proof()
    customer.firefox.wait_for_notification(CONFIRMATION)
    customer.close_dialog()
    # The queue takes the older one first, so a second confirmation would have come.
    customer.issue_invoice()
    customer.firefox.wait_for_notification(INVOICE, timeout=30)

    assert [row["alive"] for row in site.emulator.registrations()] == [True]
    assert execute(site, "SELECT COUNT(*) FROM wagtail_push_browser") == [(1,)]
    assert len(site.emulator.pushes()) == 2


@pytest.mark.promise("M-11", "M-03")
def test_nothing_is_asked_before_the_customer_presses_continue(
    anna: Customer, spy: Spy, own_site: Stack
) -> None:
    phone = Listener(own_site)
    phone.enable("Phone")
    phone.take(CONFIRMATION)
    before = len(own_site.emulator.requests())
    browser = anna.firefox
    anna.sign_in()

    for page in PAGES:
        browser.open(anna.url + page.format(browser=phone.known_as()["id"]))
        browser.evaluate(SCROLL)
    assert browser.evaluate("return !document.querySelector('#wagtail-push-renew')")
    anna.open_settings("can-ask")
    for _ in range(2):
        browser.click(ACTION)
        browser.click("[data-wagtail-push-view=form] [data-wagtail-push-close]")
    browser.click(ACTION)

    assert spy.calls("opened") > len(PAGES)
    assert spy.calls("requestPermission") == 0
    assert spy.calls("subscribe") == 0
    assert spy.requests()
    assert spy.requests_elsewhere() == []
    assert len(own_site.emulator.requests()) == before
    assert browser.evaluate("return navigator.serviceWorker.getRegistrations()") == []

    browser.click(CONTINUE)
    browser.wait(lambda: spy.calls("requestPermission") == 1)
    assert spy.requests_elsewhere() == []
    browser.answer_permission(allow=True)
    anna.wait_for_proof()
    assert spy.calls("requestPermission") == 1
    assert spy.calls("subscribe") == 1
    assert spy.requests_elsewhere()
    phone.close()


@pytest.mark.promise("M-11", "B-04")
def test_a_renewal_never_asks(anna: Customer, spy: Spy, own_site: Stack) -> None:
    anna.sign_in()
    anna.enable("Office laptop")
    asked = spy.calls("requestPermission")
    assert asked == 1
    # A page of the portal without any script.
    anna.firefox.open(f"{anna.url}/push/sw/worker.js")
    anna.firefox.chrome("Services.perms.removeAll();")
    anna.firefox.wait(DROPPED, 30)
    execute(own_site, "UPDATE wagtail_push_installation SET changed_at = last_seen_at")

    anna.firefox.open(f"{anna.url}/invoices/")
    ended = "SELECT 1 FROM wagtail_push_browser WHERE removed_reason = 'lost'"
    anna.firefox.wait(lambda: execute(own_site, ended), 30, "the end is reported")
    anna.open_settings("lost")

    assert spy.calls("requestPermission") == asked


@pytest.mark.promise("M-11", "M-12")
@pytest.mark.parametrize("how", ["click", "Enter"])
def test_twice_in_a_row_makes_one_registration(
    how: str, anna: Customer, spy: Spy, own_site: Stack
) -> None:
    anna.sign_in()
    open_dialog(anna, "can-ask", "Office laptop")

    if how == "click":
        anna.firefox.double_click(CONTINUE)
    else:
        anna.firefox.type(NAME, f"Office laptop{ENTER}{ENTER}")
    anna.firefox.answer_permission(allow=True)

    is_one(anna, own_site)
    assert anna.known_as()["name"] == "Office laptop"
    assert spy.calls("requestPermission") == 1
    assert spy.calls("subscribe") == 1


@pytest.mark.promise("M-11", "M-12")
def test_two_tabs_at_once_make_one_registration(
    anna: Customer, own_site: Stack
) -> None:
    browser = anna.firefox
    browser.set_pref("permissions.default.desktop-notification", 1)
    anna.sign_in()
    behind = browser.tabs()[0]
    open_dialog(anna, "allowed", "Office laptop")
    browser.evaluate(WHEN_TOLD, CONTINUE)
    front = browser.new_tab()
    open_dialog(anna, "allowed", "Office laptop")

    browser.evaluate(BOTH, CONTINUE)

    for tab in (behind, front):
        browser.switch_to(tab)
        anna.wait_for_proof()
    is_one(anna, own_site)


BEFORE, AFTER = "http-on-modify-request", "http-on-examine-response"


@pytest.mark.promise("M-11", "M-12")
@pytest.mark.parametrize(
    ("topic", "path", "said"),
    [
        (BEFORE, "/push/sw/worker.js", "You are offline"),
        (
            BEFORE,
            "/static/wagtail_push/vendor/firebase-messaging.js",
            "You are offline",
        ),
        (BEFORE, SAVING, "We couldn’t save this browser"),
        (AFTER, SAVING, "We couldn’t save this browser"),
    ],
    ids=["worker", "SDK", "request", "answer"],
)
def test_going_offline_after_the_permission_finishes_later_without_asking_again(
    topic: str, path: str, said: str, anna: Customer, spy: Spy, own_site: Stack
) -> None:
    browser = anna.firefox
    anna.sign_in()
    open_dialog(anna, "can-ask", "Office laptop")
    browser.chrome(BREAK, topic, path)
    browser.click(CONTINUE)
    browser.answer_permission(allow=True)

    browser.wait("!document.querySelector('[data-wagtail-push-alert]').hidden", 30)
    alert = browser.text("[data-wagtail-push-alert]")
    assert said in alert
    assert "you won’t be asked again" in alert
    assert not browser.evaluate("return navigator.onLine")
    browser.chrome("Services.io.offline = false;")

    is_one(anna, own_site)
    assert spy.calls("requestPermission") == 1
    assert spy.calls("subscribe") == 1


@pytest.mark.promise("M-11", "M-12")
def test_the_portal_is_away_between_permission_and_saving(
    anna: Customer, spy: Spy, own_site: Stack
) -> None:
    browser = anna.firefox
    anna.sign_in()
    open_dialog(anna, "can-ask", "Office laptop")
    browser.chrome(HOLD, SAVING)
    browser.click(CONTINUE)
    browser.answer_permission(allow=True)
    browser.wait(lambda: browser.chrome("return Boolean(window.wagtailPushHeld)"), 30)
    own_site.stop_web()
    try:
        browser.chrome("window.wagtailPushHeld.resume();")
        browser.wait("!document.querySelector('[data-wagtail-push-alert]').hidden", 30)
        alert = browser.text("[data-wagtail-push-alert]")
    finally:
        own_site.start_web()
    assert "We couldn’t save this browser" in alert
    assert "you won’t be asked again" in alert

    browser.click("[data-wagtail-push-retry]")

    is_one(anna, own_site)
    assert spy.calls("requestPermission") == 1
    assert spy.calls("subscribe") == 1
