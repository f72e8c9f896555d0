"""A portal's own service worker beside ours, and one page under two addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import CONFIRMATION, INVOICE, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.running import StartStack, execute
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

POLISH_INVOICE = "Nowa faktura"
PORTALS = ["/", "/worker.js"]
OURS = ["/push/sw/", "/push/sw/worker.js"]

#: Whose worker controls a page, and what it answers there.
THEIRS = ["/worker.js", "the portal's worker"]

INSTALL = """
await navigator.serviceWorker.register("/worker.js");
await navigator.serviceWorker.ready;
"""

WORKERS = """
const path = (url) => new URL(url).pathname;
const registrations = await navigator.serviceWorker.getRegistrations();
return registrations.map(({ scope, active }) => [path(scope), path(active.scriptURL)]);
"""

UNREGISTER = """
const registration = await navigator.serviceWorker.getRegistration(arguments[0]);
return registration.unregister();
"""

ANSWERED = """
const { controller } = navigator.serviceWorker;
const answer = await fetch("/answered-by/");
return [controller && new URL(controller.scriptURL).pathname, await answer.text()];
"""

RENEWED = """
performance.getEntriesByType("resource").some(
  ({ name, responseEnd }) => name.endsWith("/api/v1/installation/") && responseEnd > 0
)
"""

#: The settings page in Wagtail's tree, and the same in Polish.
PAGES = """
from wagtail.models import Locale, Site
from example_site.portal.models import PushPage
polish, _ = Locale.objects.get_or_create(language_code="pl")
home = Site.objects.get().root_page
page = home.add_child(instance=PushPage(title="Notices", slug="notices"))
page.copy_for_translation(polish, copy_parents=True, alias=True)
"""


@pytest.fixture(scope="module")
def own_site(start_stack: StartStack) -> Stack:
    """Return a running site with a worker and pages of its own."""
    settings = "tests.settings_stack_own_worker"
    site = start_stack(environ={"DJANGO_SETTINGS_MODULE": settings})
    site.manage("shell", "-c", PAGES)
    return site


@pytest.fixture
def anna(own_site: Stack, firefox: StartFirefox) -> Iterator[Customer]:
    """Return Anna, signed in at a Firefox that nobody has registered."""
    own_site.emulator.reset()
    customer = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    customer.sign_in()
    yield customer
    customer.firefox.quit()
    for table in ("recipient", "browser", "installation"):
        execute(own_site, f"DELETE FROM wagtail_push_{table}")


@pytest.fixture
def company(own_site: Stack) -> HttpCustomer:
    """Return a colleague at another computer."""
    company = HttpCustomer(own_site.url)
    company.sign_in("piotr")
    return company


def workers(browser: Firefox) -> list[list[str]]:
    return sorted(browser.evaluate(WORKERS))


def shows(browser: Firefox, company: HttpCustomer) -> None:
    """Assert that an invoice is shown, and by which worker."""
    browser.dismiss_notifications()
    company.issue_invoice()
    browser.wait_for_notification(INVOICE, timeout=30)
    browser.wait(lambda: [s["title"] for s in browser.shown(OURS[0])] == [INVOICE])
    assert [shown["title"] for shown in browser.notifications()] == [INVOICE]


@pytest.mark.promise("M-04", "M-12")
def test_the_portals_own_worker_stays_and_both_work(
    anna: Customer, company: HttpCustomer
) -> None:
    browser = anna.firefox
    browser.evaluate(INSTALL)

    anna.enable("Office laptop")
    browser.wait_for_notification(CONFIRMATION)
    anna.close_dialog()

    assert workers(browser) == [PORTALS, OURS]
    for page in ("/push/", "/overview/"):
        browser.open(anna.url + page)
        assert browser.evaluate(ANSWERED) == THEIRS
    shows(browser, company)
    assert browser.shown("/") == []
    browser.click_notification(INVOICE)
    browser.switch_to_url("/invoices/10023-")
    assert browser.evaluate(ANSWERED) == THEIRS


@pytest.mark.promise("M-04", "B-04")
def test_either_worker_can_go_without_the_other(
    anna: Customer, company: HttpCustomer, own_site: Stack
) -> None:
    browser = anna.firefox
    browser.evaluate(INSTALL)
    anna.enable("Office laptop")
    anna.close_dialog()

    assert browser.evaluate(UNREGISTER, "/") is True
    browser.open(f"{anna.url}/overview/")
    assert workers(browser) == [OURS]
    shows(browser, company)

    # It comes later than ours this time.
    browser.evaluate(INSTALL)
    assert workers(browser) == [PORTALS, OURS]
    assert browser.evaluate(UNREGISTER, OURS[0]) is True
    browser.open(f"{anna.url}/push/turn-off/news/")
    assert workers(browser) == [PORTALS]
    assert browser.evaluate(ANSWERED) == THEIRS

    # Ours comes back by itself, and again leaves the other alone.
    anna.open_settings("active")
    browser.wait(lambda: workers(browser) == [PORTALS, OURS], 30)
    anna.wait_for_card("active")
    shows(browser, company)
    assert browser.evaluate(ANSWERED) == THEIRS
    assert execute(own_site, "SELECT COUNT(*) FROM wagtail_push_browser") == [(1,)]


@pytest.mark.promise("M-25", "M-12")
@pytest.mark.parametrize(("first", "then"), [("en", "pl"), ("pl", "en")])
def test_the_page_in_two_languages_makes_one_registration(
    first: str, then: str, anna: Customer, company: HttpCustomer, own_site: Stack
) -> None:
    browser = anna.firefox
    browser.open(f"{anna.url}/{first}/notices/")
    anna.wait_for_card("can-ask")
    browser.click("[data-wagtail-push-action]")
    browser.type("[data-wagtail-push-name]", "Office laptop")
    browser.click("[data-wagtail-push-form] [type=submit]")
    browser.answer_permission(allow=True)
    anna.wait_for_proof()
    anna.close_dialog()
    known = anna.known_as()
    assert known["language"] == first

    # Each visit of a settings page looks after the registration.
    for language in (then, first, then):
        browser.open(f"{anna.url}/{language}/notices/")
        assert browser.evaluate("return document.documentElement.lang") == language
        browser.wait(RENEWED, 30)
        anna.wait_for_card("active")
        assert "Office laptop" in browser.text("[data-wagtail-push-card]")

    assert workers(browser) == [OURS]
    assert len([r for r in own_site.emulator.registrations() if r["alive"]]) == 1
    for table in ("browser", "installation"):
        count = f"SELECT COUNT(*) FROM wagtail_push_{table}"
        assert execute(own_site, count) == [(1,)]
    assert anna.known_as()["id"] == known["id"]
    before = len(own_site.emulator.pushes())
    browser.dismiss_notifications()
    company.issue_invoice()
    title = POLISH_INVOICE if first == "pl" else INVOICE
    browser.wait_for_notification(title, timeout=30)
    assert len(own_site.emulator.pushes()) == before + 1
