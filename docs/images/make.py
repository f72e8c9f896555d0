"""Make the pictures of the documentation: ``python docs/images/make.py``.

Nothing in them is drawn: the example site, its qcluster and the emulator run, and two
real Firefoxes are registered as a customer would do it.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from PIL import Image


HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from example_site.demo.customer import CONFIRMATION, Customer  # noqa: E402  the path comes first
from example_site.demo.editor import write_announcements  # noqa: E402  the path comes first
from example_site.demo.stack import Stack  # noqa: E402  the path comes first
from wagtail_push.emulator.process import EmulatorProcess  # noqa: E402  the path comes first
from wagtail_push.emulator.receiver import Receiver  # noqa: E402  the path comes first
from wagtail_push.test.firefox import Firefox  # noqa: E402  the path comes first


DESKTOP = (1280, 860)
PHONE = (360, 740)

# It is never hidden by visibility: screen readers would not say what comes into it.
TOAST_IS_GONE = """
getComputedStyle(
  document.querySelector("[data-wagtail-push-status]")
).opacity === "0"
"""

#: Bytes: a page of documentation is read on phones, too.
LARGEST = 200_000


def main() -> None:
    """Make every picture, from the running example site."""
    folder = tempfile.TemporaryDirectory(prefix="wagtail-push-images-")
    with folder as name, Stack(Path(name)) as stack:
        register_another(stack)
        picture_settings(stack)
        picture_admin(stack)
    picture_emulator()


def register_another(stack: Stack) -> None:
    """Register a browser that is elsewhere while the pictures are taken."""
    with Firefox(stack.push_service, permission="ask") as firefox:
        customer = Customer(firefox, stack.url)
        customer.sign_in()
        customer.enable("Home computer")


def picture_settings(stack: Stack) -> None:
    """Register this browser and picture the customer's pages."""
    with Firefox(stack.push_service, permission="ask") as firefox:
        firefox.set_color_scheme("light")
        firefox.set_window(*DESKTOP)
        customer = Customer(firefox, stack.url)
        customer.sign_in()
        save(firefox, "overview", full_page=False)
        proof = customer.enable("Office laptop")
        sys.stdout.write(f"{proof}\n")
        firefox.dismiss_notification(CONFIRMATION)
        customer.close_dialog()
        firefox.wait(TOAST_IS_GONE, 15)
        firefox.evaluate("document.activeElement.blur(); scrollTo(0, 0);")
        save(firefox, "settings", full_page=False)
        save(firefox, "settings-whole")
        firefox.set_color_scheme("dark")
        save(firefox, "settings-dark", full_page=False)
        firefox.set_color_scheme("light")
        firefox.set_window(*PHONE)
        save(firefox, "settings-phone")


def picture_admin(stack: Stack) -> None:
    """Picture what editors see."""
    write_announcements(stack)
    with Firefox() as firefox:
        firefox.set_color_scheme("light")
        firefox.set_window(*DESKTOP)
        firefox.open(f"{stack.url}/admin/login/")
        firefox.type("input[name=username]", "admin")
        firefox.type("input[name=password]", "demo")
        firefox.click("form [type=submit]")
        firefox.wait("location.pathname === '/admin/'")
        firefox.open(f"{stack.url}/admin/snippets/wagtail_push/notificationscope/")
        firefox.wait("document.querySelector('table.listing')")
        save(firefox, "admin-scopes", full_page=False)
        pages = {
            "": "snippets/wagtail_push/announcement/edit/1/",
            "-send": "push-announcements/1/send/",
            "-results": "push-announcements/2/results/",
        }
        for name, path in pages.items():
            firefox.open(f"{stack.url}/admin/{path}")
            firefox.wait("document.readyState === 'complete'")
            save(firefox, f"admin-announcement{name}", full_page=False)


def picture_emulator() -> None:
    """Picture the emulator's page on a busy day."""
    with EmulatorProcess() as emulator, ExitStack() as browsers:
        office, phone, old = (
            browsers.enter_context(Receiver(emulator.url, kind))
            for kind in ("fid", "fid", "token")
        )
        emulator.kill(old.target)
        emulator.push(office.target, "Hello")
        office.wait_for()
        phone.disconnect()
        emulator.push(phone.target, "Hello")
        emulator.fault("unavailable", times=3, retry_after=30)
        emulator.fault("slow", office.target, seconds=2)
        with Firefox() as firefox:
            firefox.set_color_scheme("light")
            firefox.set_window(1280, 1000)
            firefox.open(f"{emulator.url}/emulator/")
            firefox.wait("document.querySelector('.live').checkVisibility()")
            save(firefox, "emulator", full_page=False)


def save(firefox: Firefox, name: str, *, full_page: bool = True) -> None:
    """Save a picture of the page in few bytes."""
    path = HERE / f"{name}.png"
    # A picture needs no scrollbar.
    firefox.evaluate(
        "document.documentElement.style.scrollbarWidth = 'none';"
        "await document.fonts.ready;"
    )
    firefox.screenshot(path, full_page=full_page)
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{path.name} has {size} bytes, more than {LARGEST}.")
    sys.stdout.write(f"{path.name}: {image.size[0]} × {image.size[1]}, {size} bytes\n")


if __name__ == "__main__":
    main()
