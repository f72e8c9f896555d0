"""An editor's day: from a new scope to the report of an announcement that was stopped.

The editor sits at a real Chromium, and has a real Firefox registered on the portal.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from example_site.demo.by_http import API, HttpCustomer
from example_site.demo.by_receiver import Listener
from example_site.demo.customer import Customer
from example_site.demo.stack import Stack
from tests.browser.chromium import Page, chromium
from tests.browser.conftest import StartFirefox
from tests.running import StartStack, execute


pytestmark = [pytest.mark.browser, pytest.mark.thorough]

TEXTS = {
    "en": ("Office closed", "We are back on Monday."),
    "pl": ("Biuro zamknięte", "Wracamy w poniedziałek."),
    "cs": ("Kancelář zavřená", "Vrátíme se v pondělí."),
}

TAKE_BACK = """
from wagtail_push import announcements
from wagtail_push.models import Announcement
announcements.unschedule(Announcement.objects.exclude(notification=None).get())
"""


class Editor:
    """What an editor does in Wagtail's admin."""

    def __init__(self, tab: Page, site: str) -> None:
        self.tab = tab
        self.site = site

    def open(self, path: str) -> None:
        """Open a page of the admin."""
        self.tab.call("Page.navigate", url=f"{self.site}/admin/{path}")
        self.arrive(path.partition("?")[0])

    def arrive(self, path: str) -> None:
        """Wait until a page is there."""
        self.tab.wait(
            f"location.pathname.includes({json.dumps(path)})"
            " && document.readyState === 'complete'"
        )

    def write(self, field: str, value: str) -> None:
        """Fill in a field, or choose an option."""
        css, text = json.dumps(f"[name={field}]"), json.dumps(value)
        self.tab.wait(f"document.querySelector({css})")
        self.tab.evaluate(
            f"(() => {{ const field = document.querySelector({css});"
            f" field.focus(); field.value = {text};"
            " for (const name of ['input', 'change'])"
            " field.dispatchEvent(new Event(name, { bubbles: true })); })()"
        )

    def press(self, css: str) -> None:
        """Click what a mouse would find there."""
        target = json.dumps(css)
        self.tab.wait(f"document.querySelector({target})?.checkVisibility()")
        x, y = self.tab.evaluate(
            f"(() => {{ const target = document.querySelector({target});"
            " target.scrollIntoView({ block: 'center', behavior: 'instant' });"
            " const box = target.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.tab.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )

    def texts(self, body: str) -> None:
        """Write the texts of all three languages."""
        for number, (language, words) in enumerate(TEXTS.items()):
            if number:
                self.press("#id_texts-ADD")
            self.write(f"texts-{number}-language", language)
            self.write(f"texts-{number}-title", words[0])
            self.write(f"texts-{number}-{body}", words[1])

    def save(self) -> None:
        """Press the button in the footer."""
        self.press("footer button[type=submit]")

    def text(self) -> str:
        """Return what the page says."""
        return str(self.tab.evaluate("document.body.innerText"))

    def wait_for(self, words: str) -> None:
        """Wait until the page says it."""
        there = f"document.body?.innerText.includes({json.dumps(words)})"
        try:
            self.tab.wait(there, 30)
        except AssertionError:
            raise AssertionError(f"{words!r} is not on:\n{self.text()}") from None


@pytest.fixture(scope="module")
def slow(start_stack: StartStack) -> Stack:
    """Run a site that sends one message after the other."""
    return start_stack(environ={"DJANGO_SETTINGS_MODULE": "tests.settings_stack_slow"})


@pytest.fixture
def edith(slow: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Return an editor, signed in at a Chromium; she is Anna on the portal."""
    rights = "is_superuser = 1, is_staff = 1"
    execute(slow, f"UPDATE auth_user SET {rights} WHERE username = 'anna'")
    anna = HttpCustomer(slow.url)
    anna.sign_in()
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        tab.sign_in(anna)
        tab.call("Page.enable")
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=1280,
            height=1000,
            deviceScaleFactor=1,
            mobile=False,
        )
        yield Editor(tab, slow.url)


def own_firefox(slow: Stack, firefox: StartFirefox) -> Customer:
    """Register the editor's own Firefox on the portal."""
    own = Customer(firefox(slow.push_service, permission="ask"), slow.url)
    own.sign_in()
    own.enable("Edith's laptop")
    own.close_dialog()
    own.firefox.dismiss_notifications()
    return own


def test_a_day(edith: Editor, slow: Stack, firefox: StartFirefox) -> None:
    # A new scope in three languages, which a customer sees in hers.
    edith.open("snippets/wagtail_push/notificationscope/add/")
    edith.texts("description")
    edith.write("key", "office")
    edith.save()
    edith.wait_for("Office closed")
    own = own_firefox(slow, firefox)
    own.firefox.set_cookie("django_language", "pl")
    own.firefox.open(f"{slow.url}/push/")
    assert "Biuro zamknięte" in own.firefox.text("main")

    # Written, looked at, counted, and tested at her own browser.
    edith.open("snippets/wagtail_push/announcement/add/")
    edith.write("scope", option(edith, "Office closed"))
    edith.texts("body")
    edith.write("url", "/invoices/")
    edith.save()
    edith.arrive("/announcement/edit/")
    number = int(edith.tab.evaluate("location.pathname.match(/\\d+/)[0]"))
    preview = "document.querySelector('iframe')?.contentDocument?.body.innerText"
    edith.press("[data-side-panel-toggle=preview], [aria-label='Toggle preview']")
    edith.tab.wait(f"{preview}?.includes('Chrome or Edge on Windows')", 30)
    assert "We are back on Monday." in edith.tab.evaluate(preview)
    edith.open(f"push-announcements/{number}/send/")
    edith.press("form[action$='/test/'] button")
    edith.wait_for("A test is on its way to 1 browser of yours.")
    shown = own.firefox.wait_for_notification("Test: Office closed", 30)
    assert shown["body"] == "We are back on Monday."

    # Scheduled, and taken back.
    later = timezone.localtime() + timedelta(hours=3)
    edith.open(f"snippets/wagtail_push/announcement/edit/{number}/")
    edith.write("send_at", f"{later:%Y-%m-%d %H:%M}")
    edith.save()
    edith.wait_for("updated.")
    counted(edith, slow, number, 1)
    edith.press("[data-push-send]")
    edith.wait_for("Scheduled")
    # Another editor takes it back meanwhile: the page follows.
    slow.manage("shell", "-c", TAKE_BACK)
    edith.arrive(f"/{number}/send/")
    edith.wait_for("3. Schedule it")
    edith.press("[data-push-send]")
    edith.wait_for("Scheduled")
    edith.press("form[action$='/unschedule/'] button")
    edith.wait_for("It is a draft again.")
    edith.open(f"snippets/wagtail_push/announcement/edit/{number}/")
    edith.write("send_at", "")
    edith.save()
    edith.wait_for("updated.")

    # Sent to four, watched, cancelled in the middle, resumed, and read.
    with ExitStack() as listening:
        others = [
            listening.enter_context(closing(Listener(slow, login=login)))
            for login in ("anna", "piotr", "eva")
        ]
        for other in others:
            other.enable()
        # Confirmations and notices have gone, and do not meet the fault.
        busy = "SELECT 1 FROM wagtail_push_notification WHERE finished_at IS NULL"
        until_true(lambda: not execute(slow, busy))
        counted(edith, slow, number, 4)
        slow.emulator.fault("hang", others[0].receiver.target)
        edith.press("[data-push-send]")
        edith.wait_for("1 of 4")
        own.firefox.wait_for_notification("Office closed", 30)
        edith.press("[data-push-cancel]")
        edith.wait_for("Cancelled. 1 browser had got it before.")
        slow.emulator.clear_faults()
        edith.press("[data-push-resume]")
        edith.wait_for("It goes on where it stopped.")
        edith.wait_for("4 of 4")
        titles = {words for words, _ in TEXTS.values()}
        for other in others:
            payload = other.receiver.wait_for(lambda p: p["data"]["title"] in titles)
            report = f"{slow.url}{API}receipts/"
            message = payload["data"]["id"]
            other.receiver.report(report, other.capability, message, "shown")
        own.firefox.click_notification("Office closed")
    slow.manage("shell", "-c", "from wagtail_push import tasks; tasks.sum_up()")
    edith.open(f"push-announcements/{number}/results/")

    assert results(edith) == {
        "Targeted": 4,
        "Accepted": 4,
        "Shown": 4,
        "Clicked": 1,
        "Failed": 0,
        "Expired": 0,
        "Not sent": 0,
    }
    # Nobody got it twice.
    targets = [push["target"] for push in slow.emulator.pushes()]
    told = Counter(targets[-4:])
    assert set(told.values()) == {1}


def option(editor: Editor, words: str) -> str:
    """Return the value of an option by its words."""
    found = editor.tab.evaluate(
        "[...document.querySelector('[name=scope]').options]"
        f".find((option) => option.text === {json.dumps(words)}).value"
    )
    return str(found)


def counted(editor: Editor, site: Stack, number: int, browsers: int) -> None:
    """Open the page for sending, and count again until it says how many would get it."""
    words = "browser" if browsers == 1 else "browsers"
    made = "SELECT estimate FROM wagtail_push_announcement"
    asked = f"{made} WHERE id = {number} AND estimated_at > estimate_asked_at"
    editor.open(f"push-announcements/{number}/send/")
    editor.press("form[action$='/estimate/'] button")
    editor.wait_for("It is being counted")
    until_true(lambda: execute(site, asked))
    editor.open(f"push-announcements/{number}/send/")
    editor.wait_for(f"{browsers} {words}")


def until_true(happened: Callable[[], Any]) -> None:
    """Wait for the database, which tells nobody."""
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def results(editor: Editor) -> dict[str, int]:
    """Return the numbers of the report."""
    found = editor.tab.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.push-level-0')].map("
        "(row) => [row.querySelector('th').firstChild.textContent,"
        " Number(row.querySelector('.push-number').textContent)]))"
    )
    return dict(found)
