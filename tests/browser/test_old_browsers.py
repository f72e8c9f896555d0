"""Browsers that run JavaScript, but not all of ours: played by a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.by_receiver import Listener
from example_site.demo.stack import Stack
from tests.browser.chromium import Page, chromium
from tests.browser.failures import forget_browsers


pytestmark = [pytest.mark.browser, pytest.mark.thorough]

WORDS = "The script of this page does not run in this browser"
#: Make scripts of a kind that this browser does not know of the page's modules.
NO_MODULES = """
new MutationObserver(() => {
  for (const script of document.querySelectorAll("script[type=module]")) {
    script.type = "text/newer";
  }
}).observe(document, { childList: true, subtree: true });
"""
#: As Safari before 15.4: to it a dialog is like any element that it does not know.
NO_DIALOGS = """
document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.querySelector("dialog");
  const unknown = document.createElement("unknown");
  for (const { name, value } of dialog.attributes) unknown.setAttribute(name, value);
  unknown.append(...dialog.childNodes);
  dialog.replaceWith(unknown);
});
delete window.HTMLDialogElement;
"""
NO_CLIPBOARD = """
delete window.HTMLDialogElement;
delete Navigator.prototype.clipboard;
window.prompt = (words, address) => { window.offered = [words, address]; };
"""
#: As Safari before 16.
NO_TIME_LIMITS = "delete AbortSignal.timeout;"
SEEN = """
(() => {
  for (const animation of document.getAnimations()) animation.finish();
  return document.querySelector("main").innerText;
})()
"""


@pytest.fixture
def listener(own_site: Stack) -> Iterator[Listener]:
    """Return a browser that Anna has registered somewhere else."""
    listener = Listener(own_site)
    listener.enable("Home PC")
    yield listener
    listener.close()
    # Nobody is left to whom another module's pushes would go, too.
    forget_browsers(own_site)


@pytest.fixture
def page(own_site: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a tab of Chromium in which Anna is signed in."""
    anna = HttpCustomer(own_site.url)
    anna.sign_in()
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        tab.sign_in(anna)
        tab.call("Page.enable")
        yield tab


def open_as(page: Page, url: str, before: str = "") -> None:
    """Open a page in a browser that some script has made another one."""
    page.call("Page.addScriptToEvaluateOnNewDocument", source=before)
    page.call("Page.navigate", url=url)
    page.wait("document.readyState === 'complete' && document.querySelector('main')")


def test_who_knows_no_modules_reads_what_does_not_work(
    page: Page, own_site: Stack, listener: Listener
) -> None:
    details = f"{own_site.url}/push/browsers/{listener.known_as()['id']}/"
    for url in (f"{own_site.url}/push/", details):
        open_as(page, url, NO_MODULES)
        assert WORDS not in page.evaluate("document.querySelector('main').innerText")
        words = page.evaluate(SEEN)
        assert f"{WORDS}, so switches are not saved" in words
        assert "open Nordhost in a current Chrome, Edge, Firefox" in words


def test_who_runs_our_script_never_reads_that(page: Page, own_site: Stack) -> None:
    open_as(page, f"{own_site.url}/push/")
    page.wait(
        "document.querySelector('[data-wagtail-push-card]').dataset.state !== 'checking'"
    )

    assert WORDS not in page.evaluate(SEEN)


def test_who_knows_no_dialogs_sees_none_and_cannot_enable(
    page: Page, own_site: Stack
) -> None:
    open_as(page, f"{own_site.url}/push/", NO_DIALOGS)
    page.wait("document.querySelector('[data-wagtail-push-card][aria-busy=false]')")

    words = page.evaluate(SEEN)
    assert "Choose Allow" not in words
    assert "Enable notifications for this browser" not in words
    assert "This browser can’t receive notifications" in words


def test_who_has_no_clipboard_is_shown_the_address(page: Page, own_site: Stack) -> None:
    url = f"{own_site.url}/push/"
    open_as(page, url, NO_CLIPBOARD)
    page.wait("document.querySelector('[data-wagtail-push-card][aria-busy=false]')")
    page.evaluate("document.querySelector('[data-wagtail-push-action]').click()")

    page.wait("window.offered")
    assert page.evaluate("window.offered") == ["Copy the address", url]


def test_forms_save_in_a_browser_that_knows_no_time_limits(
    page: Page, own_site: Stack, listener: Listener
) -> None:
    open_as(page, f"{own_site.url}/push/", NO_TIME_LIMITS)
    row = f"wagtail-push-toggle-{listener.known_as()['id']}"
    page.wait("document.querySelector('[data-wagtail-push-card][aria-busy=false]')")
    page.evaluate(f"document.getElementById('{row}').click()")

    page.wait(
        "document.querySelector('[data-wagtail-push-banner=done]')"
        " || !document.querySelector('[data-wagtail-push-page-alert]').hidden"
    )
    assert "Nothing is sent to that browser any more." in page.evaluate(
        "document.querySelector('main').innerText"
    )
    assert listener.known_as()["status"] == "paused"
