"""Photograph every state and every page: ``tox run -e screens``.

A real headless Firefox looks at the running example site in every language, theme and
width. Of each combination one contact sheet is made.
"""

from __future__ import annotations

import argparse
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
from example_site.demo.editor import PAGES, make_editor, write_announcements
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

#: Show one group alone, because a picture can't be as long as the whole page.
ALONE = """
const [key] = arguments;
for (const group of document.querySelectorAll("[data-group]")) {
  group.hidden = group.dataset.group !== key;
}
const group = document.querySelector(`[data-group=${key}]`);
const title = group.querySelector("h2").textContent;
const places = [...group.querySelectorAll("[data-specimen]")].map((one) => {
  const { left, top, right, bottom } = one.getBoundingClientRect();
  return [left, top + scrollY, right, bottom + scrollY].map(Math.round);
});
return [title, places];
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
            sheet.add("Wagtail's admin", *self.admin())
        for title, pictures in self.states(right_to_left):
            sheet.add(title, *pictures)
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
            "/push/turn-off/retired-long-ago/",
            "/push/?refused=nothing_selected",
            "/demo/theme/",
        )
        for address in addresses:
            self.firefox.open(f"{self.url}{address}")
            yield self.photograph()

    def admin(self) -> Iterator[Image.Image]:
        """Photograph what editors see; the customer is one as well."""
        for page in PAGES:
            self.firefox.open(f"{self.url}/admin/{page}")
            self.firefox.wait("document.readyState === 'complete'")
            yield self.photograph()

    def states(self, right_to_left: bool) -> Iterator[tuple[str, list[Image.Image]]]:
        """Photograph every state, group by group, each for itself."""
        query = "?dir=rtl" if right_to_left else ""
        self.firefox.open(f"{self.url}/demo/states/{query}")
        self.be_quiet()
        groups = self.firefox.evaluate(
            "return [...document.querySelectorAll('[data-group]')]"
            ".map((group) => group.dataset.group);"
        )
        for group in groups:
            title, places = self.firefox.evaluate(ALONE, group)
            whole = self.photograph()
            yield title, [whole.crop(tuple(place)) for place in places]

    def photograph(self) -> Image.Image:
        """Return a picture of the whole page."""
        self.be_quiet()
        return Image.open(io.BytesIO(self.firefox.picture())).convert("RGB")

    def be_quiet(self) -> None:
        """Wait until nothing of the page moves any more."""
        self.firefox.evaluate(
            "document.documentElement.style.scrollbarWidth = 'none';"
            "document.activeElement?.blur();"
            "await document.fonts.ready;"
        )
        self.firefox.wait(
            "document.getElementById('states')"
            " ? document.documentElement.dataset.states === 'ready'"
            " : !document.querySelector('[data-wagtail-push-card][aria-busy=true]')"
        )


def main() -> None:
    """Make every sheet, or those that are named."""
    parser = argparse.ArgumentParser(prog="tox run -e screens --", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "screens")
    kinds = {
        f"{name}-{theme}-{width}": (name, theme, width)
        for name, theme, width in product(LANGUAGES, get_args(Theme), SIZES)
    }
    parser.add_argument("sheets", nargs="*", help="for example pl-dark-360")
    options = parser.parse_args()
    if unknown := set(options.sheets) - set(kinds):
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(kinds)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with ExitStack() as running:
        data = running.enter_context(
            tempfile.TemporaryDirectory(prefix="wagtail-push-screens-")
        )
        stack = running.enter_context(Stack(Path(data)))
        register_others(stack, running)
        write_announcements(stack)
        make_editor(stack, "anna")
        firefox = running.enter_context(Firefox(stack.push_service, permission="ask"))
        photographer = Photographer(firefox, stack.url)
        photographer.register()
        for sheet in options.sheets or kinds:
            path = options.folder / f"{sheet}.png"
            size = photographer.sheet(*kinds[sheet]).save(path)
            took = time.monotonic() - begun
            say(f"{path.name}: {size[0]} × {size[1]}, after {took:.0f} s")


if __name__ == "__main__":
    main()
