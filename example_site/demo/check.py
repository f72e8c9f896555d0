"""The whole round trip, step by step: a line for each, then PASS or FAIL.

With Firefox a real browser shows real pushes. Without one a receiver written in Python
takes its place: it registers with the emulator as the Firebase SDK does, takes the
pushes from the push service, decrypts them and reports them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from example_site.demo.by_firefox import FirefoxTrip
from example_site.demo.by_receiver import ReceiverTrip
from example_site.demo.stack import Stack
from wagtail_push.test.firefox import INSTALL_HINT, find_firefox


Say = Callable[[str], None]


def check(say: Say) -> bool:
    """Go round once; return whether every step came out as promised."""
    started = time.monotonic()
    firefox = find_firefox()
    if firefox is None:
        say(f"No Firefox was found. Install one with: {INSTALL_HINT}")
        say("A receiver written in Python does the same in its place: it registers,")
        say("decrypts and reports as a browser would, but no notification is shown.")
    else:
        say(f"Browser: {firefox}, headless")
    with tempfile.TemporaryDirectory(prefix="wagtail-push-demo-") as folder:
        stack = Stack(Path(folder))
        trip = FirefoxTrip(stack) if firefox else ReceiverTrip(stack)
        passed = True
        try:
            for step in trip.steps():
                passed = passed and _run(step, say)
                if not passed:
                    break
        finally:
            trip.close()
            stack.stop()
            if not passed:
                for name in ("web", "queue"):
                    say(f"--- the end of {name}.log\n{stack.log(name)[-2000:]}")
    by = "a real Firefox" if firefox else "the Python receiver, without a browser"
    took = time.monotonic() - started
    say(f"{'PASS' if passed else 'FAIL'} by {by} in {took:.1f} s")
    return passed


def _run(step: tuple[str, Callable[[], str | None]], say: Say) -> bool:
    title, act = step
    since = time.monotonic()
    try:
        found = act()
    except Exception as error:  # noqa: BLE001  whatever it is, it fails the check
        say(f"not ok  {time.monotonic() - since:5.1f} s  {title}\n{error!r}\n{error}")
        return False
    more = f": {found}" if found else ""
    say(f"ok      {time.monotonic() - since:5.1f} s  {title}{more}")
    return True
