"""The emulator's own page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import StartFirefox
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

OFFERED = """
return [...document.querySelectorAll("#fault-form .field")]
  .filter((field) => field.checkVisibility())
  .map((field) => field.querySelector("label").textContent);
"""
ROWS = """
return [...document.querySelectorAll(arguments[0] + " tbody tr")]
  .map((row) => [...row.children].map((cell) => cell.textContent));
"""
WIDTHS = "return [document.documentElement.scrollWidth, document.body.clientWidth];"
GAPS = """
const sections = [...document.querySelectorAll(".grid > section")]
  .map((section) => section.getBoundingClientRect());
return sections.slice(1).map((one, i) => Math.round(one.top - sections[i].bottom));
"""
REFUSED = """
const refused = new Promise((done) => {
  document.addEventListener("securitypolicyviolation", (event) => {
    done(event.effectiveDirective);
  });
});
const script = document.createElement("script");
script.textContent = "window.injected = true";
document.body.append(script);
return [await refused, window.injected === undefined];
"""


@pytest.fixture(scope="module")
def browser(firefox: StartFirefox) -> Firefox:
    return firefox()


@pytest.fixture
def receiver(emulator: EmulatorProcess) -> Iterator[Receiver]:
    emulator.reset()
    with Receiver(emulator.url) as receiver:
        yield receiver
    emulator.clear_faults()


@pytest.fixture
def page(browser: Firefox, emulator: EmulatorProcess, receiver: Receiver) -> Firefox:
    browser.set_window(1280, 900)
    browser.open(f"{emulator.url}/emulator/")
    browser.wait("document.querySelector('.live').checkVisibility()")
    return browser


def test_what_happens_elsewhere_comes_by_itself(
    page: Firefox, emulator: EmulatorProcess, receiver: Receiver
) -> None:
    page.evaluate("document.querySelector('#push-title').value = 'half typed'")
    emulator.push(receiver.target, "Hello")
    emulator.fault("unavailable", times=2)
    page.wait("document.querySelector('#pushes .badge.good')")
    page.wait("document.querySelector('#faults tbody')")

    assert [row[-1] for row in page.evaluate(ROWS, "#pushes")] == ["delivered"]
    assert [row[:3] for row in page.evaluate(ROWS, "#faults")] == [
        ["unavailable", "all", "2 more"]
    ]
    assert page.evaluate("return document.querySelector('#push-title').value") == (
        "half typed"
    )


def test_a_push_by_hand_from_the_row(page: Firefox, receiver: Receiver) -> None:
    page.click("#registrations a[href$='#push']")
    page.click("#push button")
    page.wait("document.querySelector('[role=status]')")

    assert receiver.wait_for()["data"] == {
        "title": "Hello",
        "body": "from the emulator",
    }


def test_only_what_the_fault_takes_is_offered(
    page: Firefox, emulator: EmulatorProcess
) -> None:
    offered = {}
    for name in ("unavailable", "slow", "reset", "refused-grant"):
        page.evaluate(
            "const select = document.querySelector('#fault-name');"
            "select.value = arguments[0];"
            "select.dispatchEvent(new Event('change'));",
            name,
        )
        offered[name] = page.evaluate(OFFERED)
    page.click("#fault button")
    page.wait("document.querySelector('[role=status]')")

    assert offered == {
        "unavailable": ["Fault", "For", "Times", "Retry-After"],
        "slow": ["Fault", "For", "Times", "Answer after"],
        "reset": ["Fault", "For", "Times"],
        "refused-grant": ["Fault", "Times"],
    }
    assert [fault["fault"] for fault in emulator.faults()] == ["refused-grant"]


def test_a_fault_is_cleared_by_its_button(
    page: Firefox, emulator: EmulatorProcess
) -> None:
    emulator.fault("unavailable")
    slow = emulator.fault("slow")
    page.reload()
    page.click("[aria-label='Clear unavailable']")
    page.wait("document.querySelector('[role=status]')")

    assert [fault["id"] for fault in emulator.faults()] == [slow]


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out(
    page: Firefox, emulator: EmulatorProcess, receiver: Receiver, width: int
) -> None:
    emulator.push(receiver.target, "Hello")
    emulator.fault("third-party-auth-error", receiver.target)
    page.set_window(width, 740)
    page.reload()
    scrolled, shown = page.evaluate(WIDTHS)

    assert scrolled <= shown <= width


def test_sections_follow_each_other_closely(page: Firefox) -> None:
    gaps = page.evaluate(GAPS)

    assert gaps == [20, 20, 20]


def test_a_form_that_was_wrong_is_followed_too(
    page: Firefox, emulator: EmulatorProcess
) -> None:
    page.evaluate(
        "document.querySelector('#push-to').required = false;"
        "document.querySelector('#push button').click();"
    )
    page.wait("document.querySelector('[role=alert]')")
    emulator.fault("reset")
    page.wait("document.querySelector('#faults tbody')")

    assert page.text("#faults-note") == "1 set"


def test_a_script_in_the_page_is_not_run(page: Firefox) -> None:
    refused, nothing = page.evaluate(REFUSED)

    assert nothing
    assert refused == "script-src-elem"
