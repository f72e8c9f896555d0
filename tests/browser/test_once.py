"""Nothing is asked before the customer asks for it, and nothing is done twice."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, INVOICE, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.browser.spying import Spy
from tests.running import StartStack


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

#: The connection breaks at the moment that the page saves: before the portal hears of
#: it, or before the portal's answer comes.
BREAK = """
const [topic, path] = arguments;
Services.prefs.setBoolPref("network.disable-localhost-when-offline", true);
const observer = {
  observe(channel) {
    channel.QueryInterface(Ci.nsIHttpChannel);
    if (channel.requestMethod !== "POST" || channel.URI.filePath !== path) return;
    Services.obs.removeObserver(observer, topic);
    channel.cancel(Cr.NS_ERROR_OFFLINE);
    Services.io.offline = true;
  },
};
Services.obs.addObserver(observer, topic);
"""


@pytest.fixture(scope="module")
def own_site(start_stack: StartStack) -> Stack:
    """Return a running site whose browsers are those of this file alone."""
    return start_stack()


@pytest.fixture
def anna(own_site: Stack, firefox: StartFirefox) -> Iterator[Customer]:
    """Return Anna at a Firefox that nobody has registered."""
    own_site.emulator.reset()
    browser = firefox(own_site.push_service, permission="ask")
    yield Customer(browser, own_site.url)
    browser.quit()
    execute(own_site, "DELETE FROM wagtail_push_recipient")
    execute(own_site, "DELETE FROM wagtail_push_browser")


@pytest.fixture
def spy(anna: Customer) -> Spy:
    """Return what notes what Anna's pages do, from before her first one."""
    return Spy(anna.firefox, anna.url)


def execute(site: Stack, statement: str) -> list[tuple[int]]:
    path = site.folder / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database, database:
        return database.execute(statement).fetchall()


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
    anna.firefox.chrome(
        "Services.perms.removeAll();"
        "Services.prefs.setIntPref('permissions.default.desktop-notification', 0);"
    )
    due = "UPDATE wagtail_push_installation SET changed_at = last_seen_at"
    execute(own_site, due)

    anna.firefox.open(f"{anna.url}/invoices/")
    anna.firefox.wait(lambda: anna.known_as()["status"] == "removed", 30)
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


@pytest.mark.promise("M-11", "M-12")
@pytest.mark.parametrize("topic", ["http-on-modify-request", "http-on-examine-response"])
def test_going_offline_before_saving_finishes_later_without_asking_again(
    topic: str, anna: Customer, spy: Spy, own_site: Stack
) -> None:
    browser = anna.firefox
    anna.sign_in()
    open_dialog(anna, "can-ask", "Office laptop")
    browser.chrome(BREAK, topic, SAVING)
    browser.click(CONTINUE)
    browser.answer_permission(allow=True)

    browser.wait("!document.querySelector('[data-wagtail-push-alert]').hidden", 30)
    said = browser.text("[data-wagtail-push-alert]")
    assert "you won’t be asked again" in said
    assert len(own_site.emulator.registrations()) == 1
    connected = len(own_site.emulator.requests())
    browser.chrome("Services.io.offline = false;")

    anna.wait_for_proof()
    assert spy.calls("requestPermission") == 1
    assert spy.calls("subscribe") == 1
    assert browser.evaluate("return navigator.onLine")
    assert len(own_site.emulator.requests()) >= connected
    assert execute(own_site, "SELECT COUNT(*) FROM wagtail_push_browser") == [(1,)]


@pytest.mark.promise("M-11", "M-12")
def test_going_offline_while_the_browser_asks_finishes_later(
    anna: Customer, spy: Spy, own_site: Stack
) -> None:
    browser = anna.firefox
    anna.sign_in()
    open_dialog(anna, "can-ask", "Office laptop")
    browser.set_pref("network.disable-localhost-when-offline", True)
    browser.click(CONTINUE)
    browser.wait(lambda: spy.calls("requestPermission") == 1)
    browser.chrome("Services.io.offline = true;")
    browser.answer_permission(allow=True)

    browser.wait("!document.querySelector('[data-wagtail-push-alert]').hidden", 60)
    assert "You are offline" in browser.text("[data-wagtail-push-alert]")
    browser.chrome("Services.io.offline = false;")

    is_one(anna, own_site)
    assert spy.calls("requestPermission") == 1
