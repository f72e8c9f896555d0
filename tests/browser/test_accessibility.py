"""Accessible by the rules that a program can check: axe-core, in a real Firefox."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from example_site.demo.customer import Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import ROOT, StartFirefox
from tests.running import missing
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """
const { violations, passes } = await window.axe.run(
  arguments[1], { runOnly: arguments[0], resultTypes: ["violations"] }
);
return {
  passed: passes.map(({ id }) => id),
  violations: violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) =>
      `${id} (${help}): ${target.join(" ")}: ${failureSummary}`
    )
  ),
};
"""
#: Colours that fade from one theme to the other are neither's.
SETTLED = """
const fading = document.getAnimations().filter((one) => one instanceof CSSTransition);
await Promise.allSettled(fading.map((one) => one.finished));
"""
#: As in Safari before 17.5.
FORGET_LIGHT_DARK = """
let forgotten = 0;
for (const sheet of document.styleSheets) {
  [...sheet.cssRules].forEach((rule, place) => {
    if (!rule.conditionText?.includes("light-dark")) return;
    sheet.deleteRule(place);
    forgotten += 1;
  });
}
return forgotten;
"""
#: Beside every form of Wagtail's admin; none of ours.
WAGTAILS_OWN = "#w-minimap-toggle"
Looks = list[tuple[Literal["light", "dark"], int]]
LOOKS: Looks = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]
#: The page of states has been inspected in all of them; this is for the pages around.
BOTH: Looks = [("light", 1280), ("dark", 360)]


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the source of axe-core."""
    if not AXE.exists():
        missing("axe-core", "npm ci --ignore-scripts")
    return Path(AXE).read_text()


@pytest.fixture(scope="module")
def anna(site: Stack, firefox: StartFirefox) -> Customer:
    """Return Anna at a Firefox that is not registered yet."""
    customer = Customer(firefox(site.push_service, permission="ask"), site.url)
    customer.sign_in()
    return customer


def inspect(firefox: Firefox, axe: str, within: str = "html") -> dict[str, Any]:
    """Return what axe-core finds on the page, or in a part of it.

    It runs in a sandbox of its own, on which the page's policy has no say.
    """
    where = {"include": [within], "exclude": [WAGTAILS_OWN]}
    found: dict[str, Any] = firefox.evaluate(f"{axe}\n{RUN}", RULES, where)
    return found


def inspect_looks(
    firefox: Firefox, axe: str, looks: Looks = LOOKS, within: str = "html"
) -> None:
    for theme, width in looks:
        firefox.set_color_scheme(theme)
        firefox.set_window(width, 800)
        firefox.evaluate(SETTLED)
        found = inspect(firefox, axe, within)

        assert found["violations"] == [], f"{firefox.url}, {theme}, {width}"
        assert {"color-contrast", "button-name"} <= set(found["passed"])


def test_it_finds_what_is_wrong(anna: Customer, axe: str) -> None:
    anna.open_settings("can-ask")
    anna.firefox.evaluate(
        "document.querySelector('[data-wagtail-push-action]').textContent = '';"
        "document.querySelector('h1').style.color = '#aaa';"
    )
    found = " ".join(inspect(anna.firefox, axe)["violations"])

    assert "button-name" in found
    assert "color-contrast" in found


def test_the_page_of_states(anna: Customer, site: Stack, axe: str) -> None:
    anna.firefox.open(f"{site.url}/demo/states/")
    anna.firefox.wait("document.documentElement.dataset.states === 'ready'", 30)

    inspect_looks(anna.firefox, axe)


@pytest.mark.thorough
def test_a_browser_that_cannot_choose_a_colour_by_the_theme(
    anna: Customer, site: Stack, axe: str
) -> None:
    anna.firefox.open(f"{site.url}/demo/states/")
    anna.firefox.wait("document.documentElement.dataset.states === 'ready'", 30)

    assert anna.firefox.evaluate(FORGET_LIGHT_DARK) == 1
    inspect_looks(anna.firefox, axe, BOTH)


def test_another_look(anna: Customer, site: Stack, axe: str) -> None:
    anna.firefox.open(f"{site.url}/demo/theme/")
    anna.firefox.wait("document.documentElement.dataset.states === 'ready'")

    inspect_looks(anna.firefox, axe)


def test_the_settings_with_the_dialog_open(anna: Customer, axe: str) -> None:
    anna.open_settings("can-ask")
    inspect_looks(anna.firefox, axe, BOTH)
    anna.firefox.click("[data-wagtail-push-action]")
    inspect_looks(anna.firefox, axe, BOTH)
    # Without a name: what is wrong stands beside the field.
    anna.firefox.type("[data-wagtail-push-name]", " ")
    anna.firefox.click("[data-wagtail-push-form] [type=submit]")
    assert anna.firefox.text("[data-wagtail-push-name-error]")
    inspect_looks(anna.firefox, axe, BOTH)


def test_the_pages_of_a_registered_browser(
    anna: Customer, site: Stack, axe: str
) -> None:
    anna.enable("Office laptop")
    inspect_looks(anna.firefox, axe, BOTH)
    anna.close_dialog()
    inspect_looks(anna.firefox, axe, BOTH)
    browser = anna.known_as()["id"]
    for path in (
        f"browsers/{browser}/",
        f"browsers/{browser}/remove/",
        "turn-off/invoices/",
        "?refused=nothing_selected",
    ):
        anna.firefox.open(f"{site.url}/push/{path}")
        inspect_looks(anna.firefox, axe, BOTH)


@pytest.mark.parametrize("page", ["demo/states/", "demo/theme/", "push/"])
def test_nothing_is_wider_than_320_pixels(
    anna: Customer, site: Stack, page: str
) -> None:
    anna.firefox.set_window(320, 640)
    anna.firefox.open(f"{site.url}/{page}")
    anna.firefox.wait("document.readyState === 'complete'")

    width = anna.firefox.evaluate("return document.documentElement.scrollWidth")
    anna.firefox.set_window(1280, 800)
    assert width <= 320
