"""A strict content security policy: nothing of our pages is reported."""

from __future__ import annotations

import pytest

from example_site.demo.customer import CONFIRMATION, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

# The console of Firefox itself hears of what happens before any script of the page runs.
REPORTED = """
return Services.console.getMessageArray()
  .filter((m) => m instanceof Ci.nsIScriptError && m.category.startsWith("CSP"))
  .map((m) => m.errorMessage);
"""


def reported(firefox: Firefox) -> list[str]:
    """Return what was blocked or reported since the console was emptied."""
    return list(firefox.chrome(REPORTED))


@pytest.mark.promise("M-07")
def test_nothing_is_reported(site: Stack, firefox: StartFirefox) -> None:
    anna = Customer(firefox(site.push_service, permission="ask"), site.url)
    browser = anna.firefox
    browser.chrome("Services.console.reset();")
    anna.sign_in()
    anna.enable("Office laptop")
    browser.wait_for_notification(CONFIRMATION)
    browser.dismiss_notifications()
    anna.close_dialog()
    row = anna.known_as()["id"]
    browser.click("#wagtail-push-sending")
    anna.wait_for_card("paused")
    paths = (f"browsers/{row}/", f"browsers/{row}/remove/", "turn-off/invoices/")
    for path in paths:
        browser.open(f"{site.url}/push/{path}")
        browser.wait("document.readyState === 'complete'")
    for path in ("demo/states/", "demo/theme/"):
        browser.open(f"{site.url}/{path}")
        browser.wait("document.documentElement.dataset.states === 'ready'", 30)

    assert reported(browser) == []

    # It would be heard of.
    browser.evaluate(
        "const script = document.createElement('script');"
        "script.textContent = '1';"
        "document.body.append(script);"
    )
    browser.wait(lambda: reported(browser), 10, "the report of an inline script")
    browser.quit()
