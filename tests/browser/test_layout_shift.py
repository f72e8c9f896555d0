"""The settings page stands still while it loads, as Chromium measures it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from example_site.demo.by_http import HttpCustomer
from example_site.demo.stack import Stack
from tests.browser.chromium import Page, chromium


pytestmark = pytest.mark.browser

#: What counts as good: https://web.dev/articles/cls
GOOD = 0.1

MEASURE = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.shifts.push(value);
}).observe({ type: "layout-shift", buffered: true });
"""
SETTLED = """
document.querySelector("[data-wagtail-push-card]")
  ?.getAttribute("aria-busy") === "false"
"""
FRAMES = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


@pytest.fixture(scope="module")
def page(site: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a tab of Chromium in which Anna is signed in."""
    anna = HttpCustomer(site.url)
    anna.sign_in()
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        tab.sign_in(anna)
        tab.call("Page.enable")
        tab.call("Page.addScriptToEvaluateOnNewDocument", source=MEASURE)
        yield tab


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize(("width", "height"), [(1280, 860), (360, 740)])
def test_nothing_moves_under_the_customers_hand(
    site: Stack, page: Page, width: int, height: int, language: str
) -> None:
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=width < 600,
    )
    page.call("Network.setCookie", name="django_language", value=language, url=site.url)
    page.call("Page.navigate", url=f"{site.url}/push/")
    page.wait(SETTLED)
    page.evaluate(FRAMES)

    shifts = page.evaluate("window.shifts")
    state = page.evaluate(
        "document.querySelector('[data-wagtail-push-card]').dataset.state"
    )
    assert state != "checking"
    assert sum(shifts) < GOOD


def test_it_measures(page: Page) -> None:
    page.evaluate(
        "document.querySelector('.wagtail-push-intro').style.paddingTop = '300px'"
    )
    page.evaluate(FRAMES)
    page.wait("window.shifts.length")
