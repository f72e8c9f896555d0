"""Photograph every state and every page: ``tox run -e screens [-- FOLDER]``.

A real headless Firefox looks at the running example site in every language, theme and
width. Of each combination one contact sheet is made.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Literal, get_args

from PIL import Image

from example_site.demo.by_receiver import Listener
from example_site.demo.customer import CONFIRMATION, Customer
from example_site.demo.sheet import Sheet
from example_site.demo.stack import ROOT, Stack
from wagtail_push.test.firefox import Firefox


Theme = Literal["light", "dark"]

#: By name, the language and whether it is written from right to left.
LANGUAGES = {
    "en": ("en", False),
    "pl": ("pl", False),
    "cs": ("cs", False),
    "rtl": ("en", True),
}
SIZES = {1280: 860, 360: 740}
TEST = "Test notification"
OTHERS = {
    "Home PC": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "Anna’s phone": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Reception": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Safari/605.1.15",
}

RECTANGLES = """
const outer = document.querySelector(arguments[0]).getBoundingClientRect();
return [...document.querySelectorAll(`${arguments[0]} [data-specimen]`)].map((one) => {
  const { left, top, right, bottom } = one.getBoundingClientRect();
  return [left, top, right, bottom].map((side, n) =>
    Math.round(side - (n % 2 ? outer.top : outer.left))
  );
});
"""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def register_others(stack: Stack, browsers: ExitStack) -> None:
    """Register browsers elsewhere: one is switched off, and one has been wiped."""
    for name, user_agent in OTHERS.items():
        listener = Listener(stack)
        browsers.callback(listener.close)
        listener.customer.session.headers["User-Agent"] = user_agent
        listener.enable(name)
        listener.take(CONFIRMATION)
        known = listener.known_as()
        address = f"/push/browsers/{known['id']}/"
        if name == "Home PC":
            listener.customer.post_form("/push/", f"{address}pause/")
        if name == "Reception":
            stack.emulator.kill(listener.receiver.target)
            listener.customer.post_form("/push/", f"{address}check/")
            listener.wait_until_removed()


class Photographer:
    """A customer whose browser photographs what it shows."""

    def __init__(self, firefox: Firefox, url: str) -> None:
        """Sit down at this browser."""
        self.firefox = firefox
        self.url = url
        self.customer = Customer(firefox, url)

    def register(self) -> None:
        """Register this browser and send it a test, so that there is much to see."""
        self.customer.sign_in()
        self.customer.enable("Office laptop")
        self.customer.close_dialog()
        self.firefox.wait_for_notification(CONFIRMATION)
        browser = self.customer.known_as()["id"]
        self.firefox.click(f"#wagtail-push-test-{browser}")
        self.firefox.wait_for_notification(TEST)
        self.firefox.wait("document.querySelector('.wagtail-push-asked--shown')", 20)

    def sheet(self, name: str, theme: Theme, width: int) -> Sheet:
        """Photograph everything in one language, theme and width."""
        language, right_to_left = LANGUAGES[name]
        self.firefox.set_color_scheme(theme)
        self.firefox.set_window(width, SIZES[width])
        # Only a page of the portal can keep its cookie.
        self.firefox.evaluate(
            "document.cookie = `django_language=${arguments[0]}; path=/`;", language
        )
        sheet = Sheet(theme)
        if not right_to_left:
            sheet.add("Pages", *self.pages())
        sheet.add("States", *self.states(right_to_left))
        return sheet

    def pages(self) -> Iterator[Image.Image]:
        """Photograph the pages themselves."""
        self.customer.open_settings("active")
        rows = self.firefox.evaluate(
            "return [...document.querySelectorAll('[data-wagtail-push-browser]')]"
            ".map((row) => row.dataset.wagtailPushBrowser);"
        )
        yield self.photograph()
        for row in rows:
            self.firefox.open(f"{self.url}/push/browsers/{row}/")
            yield self.photograph()
        addresses = (
            f"/push/browsers/{rows[0]}/remove/",
            "/push/turn-off/invoices/",
            "/push/turn-off/outages/",
            "/push/?refused=nothing_selected",
            "/demo/theme/",
        )
        for address in addresses:
            self.firefox.open(f"{self.url}{address}")
            yield self.photograph()

    def states(self, right_to_left: bool) -> Iterator[Image.Image]:
        """Photograph every state, each for itself."""
        query = "?dir=rtl" if right_to_left else ""
        self.firefox.open(f"{self.url}/demo/states/{query}")
        self.be_quiet()
        groups = self.firefox.evaluate(
            "return [...document.querySelectorAll('[data-group]')]"
            ".map((group) => group.dataset.group);"
        )
        for group in groups:
            css = f"[data-group={group}]"
            whole = self.photograph(css)
            for left, top, right, bottom in self.firefox.evaluate(RECTANGLES, css):
                yield whole.crop((max(0, left), top, right, bottom))

    def photograph(self, css: str = "") -> Image.Image:
        """Return a picture of the whole page, or of one of its elements."""
        self.be_quiet()
        picture = io.BytesIO(self.firefox.picture(css))
        return Image.open(picture).convert("RGB")

    def be_quiet(self) -> None:
        """Wait until nothing of the page moves any more."""
        self.firefox.evaluate(
            "document.documentElement.style.scrollbarWidth = 'none';"
            "document.activeElement?.blur();"
            "await document.fonts.ready;"
        )
        self.firefox.wait(
            "!document.getElementById('states')"
            " || document.documentElement.dataset.states === 'ready'"
        )


def main() -> None:
    """Make every sheet."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with ExitStack() as running:
        data = running.enter_context(
            tempfile.TemporaryDirectory(prefix="wagtail-push-screens-")
        )
        stack = running.enter_context(Stack(Path(data)))
        register_others(stack, running)
        firefox = running.enter_context(Firefox(stack.push_service, permission="ask"))
        photographer = Photographer(firefox, stack.url)
        photographer.register()
        for name, theme, width in product(LANGUAGES, get_args(Theme), SIZES):
            path = folder / f"{name}-{theme}-{width}.png"
            size = photographer.sheet(name, theme, width).save(path)
            took = time.monotonic() - begun
            say(f"{path.name}: {size[0]} × {size[1]}, after {took:.0f} s")


if __name__ == "__main__":
    main()
