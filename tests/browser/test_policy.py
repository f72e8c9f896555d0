"""A strict content security policy forbids nothing that the page does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from example_site.demo.customer import CONFIRMATION, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.running import StartStack, execute


pytestmark = pytest.mark.browser

TEST = "Test notification"
ROW = ".wagtail-push-row--current"

#: What a strict policy forbids first of all.
FORBIDDEN = """
const script = document.createElement("script");
script.textContent = "document.title = 'forbidden'";
document.head.append(script);
"""


@pytest.fixture(scope="module")
def own_site(start_stack: StartStack) -> Stack:
    """Return a running site that keeps the reports of its policy."""
    settings = "tests.settings_stack_strict_policy"
    return start_stack(environ={"DJANGO_SETTINGS_MODULE": settings})


def reports(site: Stack) -> list[dict[str, Any]]:
    path = site.folder / "policy-reports.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["csp-report"] for line in lines]


@pytest.mark.promise("M-11", "M-12", "M-17", "M-20", "M-21")
def test_the_whole_journey_violates_nothing(
    own_site: Stack, firefox: StartFirefox
) -> None:
    anna = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    browser = anna.firefox
    anna.sign_in()
    anna.enable("Office laptop")
    browser.wait_for_notification(CONFIRMATION)
    anna.close_dialog()
    anna.switch_scope("news")
    browser.dismiss_notifications()
    browser.click(f"{ROW} button[id*=test]")
    browser.wait_for_notification(TEST, timeout=30)
    browser.wait(lambda: "s after it was sent." in browser.text(ROW), 30)

    browser.click(f"{ROW} a")
    browser.click("#wagtail-push-check-button")
    browser.wait(lambda: "Checked:" in browser.text("main"), 30)
    browser.click("#wagtail-push-hide_details")
    browser.wait("document.querySelector('[data-wagtail-push-banner]')")
    browser.type("#wagtail-push-rename-name", "Kitchen")
    browser.click(".wagtail-push-rename button")
    browser.wait(lambda: "Kitchen" in browser.text("h1"))

    # Any page renews the registration when the portal asks for it.
    ask = "UPDATE wagtail_push_installation SET changed_at = last_seen_at"
    execute(own_site, ask)
    browser.open(f"{anna.url}/invoices/")
    due = "SELECT 1 FROM wagtail_push_installation WHERE changed_at IS NOT NULL"
    browser.wait(lambda: execute(own_site, due) == [], 30, "the renewal")
    anna.issue_invoice()
    browser.wait_for_notification("Nordhost", timeout=30)
    anna.open_settings("active")
    browser.click(f"{ROW} a[href$='/remove/']")
    browser.click("main form .wagtail-push-button--danger")
    anna.wait_for_card("allowed")

    assert reports(own_site) == []
    browser.evaluate(FORBIDDEN)
    [report] = browser.wait(lambda: reports(own_site), 10, "the report of a violation")
    assert report["blocked-uri"] == "inline"
    browser.quit()
