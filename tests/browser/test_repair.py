"""A registration repairs itself in a real Firefox: the same row, name and scopes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import INVOICE, OUTAGE, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.browser.failures import forget_browsers
from tests.running import FAST, StartStack, execute


pytestmark = pytest.mark.browser

#: Whatever the SDK remembers, which Firebase's own rotation of a FID replaces.
ROTATE = """
for (const name of ["firebase-installations-database", "firebase-messaging-database"])
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onerror = request.onblocked = reject;
  });
"""

UNSUBSCRIBE = """
const worker = await navigator.serviceWorker.getRegistration("/push/sw/");
return (await worker.pushManager.getSubscription()).unsubscribe();
"""

STATE = """
const [name, value] = arguments;
const database = await new Promise((resolve, reject) => {
  const request = indexedDB.open("wagtail-push", 1);
  request.onsuccess = () => resolve(request.result);
  request.onerror = reject;
});
const store = database.transaction("state", "readwrite").objectStore("state");
const request = value === undefined ? store.get(name) : store.put(value, name);
await new Promise((resolve) => { request.onsuccess = resolve; });
database.close();
return request.result ?? null;
"""

#: What the page has loaded once its script decided, which takes a look into the database:
#: whoever writes there waits until it was read. Then the last request is ours.
AFTER_DECIDING = f"""
await import(document.querySelector("script[src$='renew.js']").src);
await (async function () {{ {STATE} }})("fence", 1);
await (await fetch(location.href)).text();
return performance.getEntriesByType("resource").map(({{ name }}) => name.split("/").pop());
"""

#: "Clear cookies and site data" in Firefox's settings.
CLEAR = """
await new Promise((resolve) => Services.clearData.deleteDataFromSite(
  "localhost", {}, true, Ci.nsIClearDataService.CLEAR_COOKIES_AND_SITE_DATA, resolve
));
"""

PRINCIPAL = """
const principal = Services.scriptSecurityManager
  .createContentPrincipalFromOrigin(arguments[0]);
"""

FORBID = PRINCIPAL + "Services.perms.removeFromPrincipal(principal, arguments[1]);"
ALLOW = PRINCIPAL + (
    "Services.perms.addFromPrincipal(principal, arguments[1],"
    " Services.perms.ALLOW_ACTION);"
)

#: What the browser's own push service does when it had to make another subscription.
CHANGE = PRINCIPAL + (
    'Cc["@mozilla.org/push/Notifier;1"].getService(Ci.nsIPushNotifier)'
    ".notifySubscriptionChange(arguments[1], principal, null);"
)


@pytest.fixture
def company(own_site: Stack) -> HttpCustomer:
    """Return a colleague at another computer."""
    company = HttpCustomer(own_site.url)
    company.sign_in("piotr")
    return company


@pytest.fixture
def anna(own_site: Stack, firefox: StartFirefox) -> Iterator[Customer]:
    """Return Anna at a Firefox that she has registered, with a choice of her own."""
    customer = register(own_site, firefox)
    yield customer
    customer.firefox.quit()
    # Nobody is left who would be counted by the next test.
    forget_browsers(own_site)


def register(site: Stack, firefox: StartFirefox) -> Customer:
    customer = Customer(firefox(site.push_service, permission="ask"), site.url)
    customer.sign_in()
    customer.enable("Office laptop")
    customer.close_dialog()
    customer.switch_scope("news")
    customer.firefox.dismiss_notifications()
    return customer


def live_targets(site: Stack) -> list[tuple[str, str]]:
    rows = site.emulator.registrations()
    return [(row["kind"], row["fid"]) for row in rows if row["alive"]]


def a_day_later(customer: Customer) -> None:
    """Make a renewal due: nobody waits for a day."""
    customer.firefox.evaluate(STATE, "renewAt", 1)


def not_today(customer: Customer) -> None:
    """Make a renewal due in two hours only, so that whatever comes before is seen."""
    soon = customer.firefox.evaluate("return Date.now() + 2 * 3600 * 1000")
    customer.firefox.evaluate(STATE, "renewAt", soon)


def visit(customer: Customer, path: str = "/invoices/") -> None:
    """Open a page of the portal and wait until it has renewed the registration."""
    customer.firefox.open(customer.url + path)
    soon = customer.firefox.evaluate("return Date.now() + 23 * 3600 * 1000")
    customer.firefox.wait(
        lambda: (customer.firefox.evaluate(STATE, "renewAt") or 0) > soon,
        30,
        "the registration is renewed",
    )


def see_renewed(customer: Customer) -> None:
    """Open the settings page and wait until it says what it did by itself."""
    customer.firefox.open(f"{customer.url}/push/")
    customer.firefox.wait(
        "document.querySelector('[data-wagtail-push-status]').textContent === 'Renewed.'",
        30,
    )
    customer.wait_for_card("active")
    assert "Renewed." in customer.firefox.text("[data-wagtail-push-card]")


def is_as_before(
    customer: Customer, before: dict[str, Any], site: Stack, company: HttpCustomer
) -> None:
    """Assert that it is the same row, and that each notification comes once."""
    browser = customer.firefox
    same = ("id", "name", "scopes", "status", "language", "created_at", "current")
    now = customer.known_as()
    assert {key: now[key] for key in same} == {key: before[key] for key in same}
    assert company.call("GET", "browsers/")["count"] == 1
    browser.dismiss_notifications()
    pushes = len(site.emulator.pushes())

    company.issue_invoice()
    browser.wait_for_notification(INVOICE, timeout=30)
    # The queue takes the older one first, so a second push would have come by now.
    company.announce_outage()
    browser.wait_for_notification(OUTAGE, timeout=30)

    assert len(site.emulator.pushes()) == pushes + 2
    assert sorted(shown["title"] for shown in browser.notifications()) == [
        OUTAGE,
        INVOICE,
    ]


@pytest.mark.promise("B-04")
def test_a_rotated_target_is_renewed_on_any_page_of_the_portal(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    [old] = live_targets(own_site)
    pushes = len(own_site.emulator.pushes())
    anna.firefox.open(f"{anna.url}/overview/")
    anna.firefox.evaluate(ROTATE)
    a_day_later(anna)

    visit(anna)

    assert old in live_targets(own_site), "FCM would still send to it"
    assert len(live_targets(own_site)) == 2
    assert len(own_site.emulator.pushes()) == pushes, "nothing is confirmed to anybody"
    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-04")
def test_nothing_is_loaded_before_a_renewal_is_due(
    anna: Customer, own_site: Stack
) -> None:
    before = len(own_site.emulator.requests())
    due = anna.firefox.evaluate(STATE, "renewAt")
    anna.firefox.open(f"{anna.url}/invoices/")
    loaded = anna.firefox.evaluate(AFTER_DECIDING)

    assert "renew.js" in loaded
    assert not {"connect.js", "firebase-messaging.js"} & set(loaded)
    assert anna.firefox.evaluate(STATE, "renewAt") == due
    assert len(own_site.emulator.requests()) == before


@pytest.mark.promise("B-04")
def test_another_server_key(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    anna.firefox.open("about:blank")
    old = own_site.emulator.config()["vapidKey"]
    own_site.emulator.stop()
    state = own_site.folder / "emulator" / "emulator.sqlite3"
    with contextlib.closing(sqlite3.connect(state)) as database, database:
        database.execute("DELETE FROM meta WHERE name = 'vapid'")
    own_site.emulator.start()
    assert own_site.emulator.config()["vapidKey"] != old

    see_renewed(anna)

    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-04")
def test_a_dropped_subscription_on_the_settings_page(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    assert anna.firefox.evaluate(UNSUBSCRIBE) is True

    see_renewed(anna)

    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-03", "B-04")
def test_a_dropped_subscription_that_fcm_reported_first(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    anna.firefox.open(f"{anna.url}/push/sw/worker.js")
    assert anna.firefox.evaluate(UNSUBSCRIBE) is True
    company.issue_invoice()
    anna.firefox.wait(lambda: anna.known_as()["status"] == "removed", 30)
    assert anna.known_as()["removed_reason"] == "unregistered"

    # The server asks for it, so nothing waits for tomorrow.
    not_today(anna)
    visit(anna)

    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-03", "B-04")
def test_permission_that_was_taken_away_and_given_again(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    browser = anna.firefox
    browser.chrome(FORBID, anna.url, "desktop-notification")
    a_day_later(anna)
    browser.open(f"{anna.url}/invoices/")
    browser.wait(lambda: anna.known_as()["status"] == "removed", 30)
    assert anna.known_as()["removed_reason"] == "lost"
    anna.open_settings("lost")
    row = browser.text(".wagtail-push-row--current")
    assert "the browser no longer shows notifications of this site" in row

    browser.chrome(ALLOW, anna.url, "desktop-notification")
    see_renewed(anna)

    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-04")
def test_a_change_that_the_worker_reports(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    anna.firefox.open("about:blank")
    anna.firefox.chrome(CHANGE, anna.url, f"{anna.url}/push/sw/")
    noted = "SELECT 1 FROM wagtail_push_installation WHERE changed_at IS NOT NULL"
    anna.firefox.wait(lambda: execute(own_site, noted), 20)

    visit(anna)

    assert execute(own_site, noted) == []
    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-04")
def test_a_change_that_the_worker_could_not_report(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    # An address of the portal whose page has no script.
    anna.firefox.open(f"{anna.url}/push/sw/worker.js")
    anna.firefox.evaluate(STATE, "capability", "worthless")
    anna.firefox.chrome(CHANGE, anna.url, f"{anna.url}/push/sw/")
    anna.firefox.wait(lambda: anna.firefox.evaluate(STATE, "changed"), 20)
    noted = "SELECT 1 FROM wagtail_push_installation WHERE changed_at IS NOT NULL"
    assert execute(own_site, noted) == []

    visit(anna)

    assert anna.firefox.evaluate(STATE, "changed") is None
    is_as_before(anna, before, own_site, company)


@pytest.mark.promise("B-04")
@pytest.mark.parametrize(
    ("first", "then"),
    [("token", "fid"), pytest.param("fid", "token", marks=pytest.mark.thorough)],
)
def test_a_change_of_mode(
    first: str, then: str, start_stack: StartStack, firefox: StartFirefox
) -> None:
    site = start_stack(environ={"PUSH_TARGET_KIND": first})
    anna = register(site, firefox)
    before = anna.known_as()
    assert [kind for kind, _ in live_targets(site)] == [first]
    not_today(anna)
    anna.firefox.open("about:blank")
    site.stop()
    again = Stack(
        site.folder,
        port=site.port,
        emulator_port=int(site.push_service.strip("/").rpartition(":")[2]),
        environ={
            **FAST,
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "PUSH_TARGET_KIND": then,
        },
        prepared=True,
    )
    with again:
        # The server asks for it, so nothing waits for tomorrow.
        visit(anna)

        assert [kind for kind, _ in live_targets(again)] == [then]
        company = HttpCustomer(again.url)
        company.sign_in("piotr")
        is_as_before(anna, before, again, company)
        anna.firefox.quit()


@pytest.mark.promise("B-04")
def test_what_was_removed_elsewhere_stays_removed(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    a_day_later(anna)
    company.call("DELETE", f"browsers/{anna.known_as()['id']}/")
    requests = len(own_site.emulator.requests())

    anna.firefox.open(f"{anna.url}/overview/")
    assert not anna.firefox.evaluate(
        "return document.querySelector('#wagtail-push-renew')"
    )
    anna.open_settings("allowed")

    assert company.call("GET", "browsers/")["count"] == 0
    assert len(own_site.emulator.requests()) == requests


@pytest.mark.promise("B-04")
def test_a_cleared_browser_is_asked_which_one_it_was(
    anna: Customer, own_site: Stack, company: HttpCustomer
) -> None:
    before = anna.known_as()
    browser = anna.firefox
    browser.open("about:blank")
    browser.chrome(CLEAR)
    anna.sign_in()
    anna.open_settings()
    browser.click("[data-wagtail-push-action]")
    question = browser.text("[data-wagtail-push-region=lookalikes]")
    assert "Was this browser registered before?" in question
    name = "[data-wagtail-push-name]"
    shown = f"return document.querySelector('{name}').checkVisibility()"
    assert browser.evaluate(shown) is True

    browser.click("[data-wagtail-push-replaces][data-name='Office laptop']")
    assert browser.evaluate(shown) is False
    browser.click("[data-wagtail-push-form] [type=submit]")
    if browser.evaluate("return Notification.permission") == "default":
        browser.answer_permission(allow=True)
    anna.wait_for_proof()
    anna.close_dialog()

    is_as_before(anna, before, own_site, company)
