"""From fcm-django to wagtail-push: an old worker, and the browser's first visit."""

from __future__ import annotations

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.customer import INVOICE, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.hosts.old_portal import ESBUILD
from tests.running import StartStack, execute, missing
from wagtail_push.test.firefox import Firefox


pytestmark = [pytest.mark.browser, pytest.mark.thorough]

OLD_SCOPE, OUR_SCOPE = "/firebase-cloud-messaging-push-scope", "/push/sw/"
ACCOUNTS_OF = "example_site.portal.accounts.first_accounts"

#: Of what the registry holds, all that the change-over may touch.
REGISTRY = """
SELECT target_kind, worker, name, removed_at, account_id
FROM wagtail_push_browser
JOIN wagtail_push_installation ON installation_id = wagtail_push_installation.id
"""


@pytest.fixture(scope="module")
def portal(start_stack: StartStack) -> Stack:
    """Return a running site that used fcm-django before."""
    if not ESBUILD.exists():
        missing("esbuild", "npm ci --ignore-scripts")
    settings = "tests.settings_stack_old_portal"
    return start_stack(environ={"DJANGO_SETTINGS_MODULE": settings})


def shows_once(browser: Firefox, portal: Stack, title: str, body: str) -> None:
    """Assert that it is shown by one push and nothing else is; take it away."""
    browser.wait_for_notification(title, timeout=30)
    browser.wait(lambda: portal.emulator.pushes()[-1]["status"] == "delivered")
    shown = browser.notifications()
    assert [(one["title"], body in one["body"]) for one in shown] == [(title, True)]
    browser.dismiss_notifications()


@pytest.mark.promise("M-01", "B-04")
def test_shown_once_before_and_once_after_the_change_over(
    portal: Stack, firefox: StartFirefox
) -> None:
    browser = firefox(portal.push_service, permission="allow")
    anna = Customer(browser, portal.url)
    anna.sign_in()
    browser.open(f"{portal.url}/old/")
    browser.wait("window.register")
    register = "return await window.register(arguments[0]);"
    assert browser.evaluate(register, portal.emulator.url) == 201
    # The SDK shows nothing itself while a page of the portal is in front.
    browser.open("about:blank")
    old_portal = ("shell", "-v", "0", "-c", "from tests.hosts.old_portal import send; ")

    assert portal.manage(*old_portal[:-1], f"{old_portal[-1]}send('Old')") == "1\n"
    shows_once(browser, portal, "Old", "From the old portal")
    assert len(portal.emulator.pushes()) == 1

    # Imported, but not visited yet: the old worker shows what the new portal sends.
    said = portal.manage("push_import", "--accounts-of", ACCOUNTS_OF)
    assert said == "Imported: 1\nThere already: 0\n"
    [imported] = execute(portal, REGISTRY)
    assert portal.manage("push_verify") == "Accepted by FCM: 1\n"
    assert imported[:4] == ("token", "foreign", "Anna's old laptop", None)
    company = HttpCustomer(portal.url)
    company.sign_in("piotr")
    company.issue_invoice()
    shows_once(browser, portal, INVOICE, "10023")
    assert len(portal.emulator.pushes()) == 2

    # The first visit of the settings page, where nothing is pressed or asked.
    anna.open_settings("active")
    assert anna.known_as()["name"] == "Anna's old laptop"
    assert execute(portal, REGISTRY) == [("fid", "own", *imported[2:])]
    company.issue_invoice()
    shows_once(browser, portal, INVOICE, "10023")
    assert len(portal.emulator.pushes()) == 3

    # Another import finds it, whatever became of it; and the old target is dead.
    said = portal.manage("push_import", "--accounts-of", ACCOUNTS_OF)
    assert said == "Imported: 0\nThere already: 1\n"
    assert portal.manage(*old_portal[:-1], f"{old_portal[-1]}send('Late')") == "0\n"
    company.issue_invoice()
    shows_once(browser, portal, INVOICE, "10023")
    assert len(portal.emulator.pushes()) == 4
