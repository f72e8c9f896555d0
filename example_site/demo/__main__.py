"""Run the example site, or check it: ``tox run -e demo [-- --check | --open]``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from example_site.demo.check import check
from example_site.demo.stack import ROOT, Stack, StackError
from wagtail_push.emulator.process import EmulatorError
from wagtail_push.test.firefox import (
    INSTALL_HINT,
    Firefox,
    FirefoxError,
    find_firefox,
)


#: Where the real browsers' push services live; only with --real-push-services.
REAL_PUSH_SERVICES = (
    "updates.push.services.mozilla.com",
    "fcm.googleapis.com",
    "jmt17.google.com",
    "web.push.apple.com",
    "wns2.notify.windows.com",
)

WELCOME = """
The example portal of wagtail-push is running.

  Portal       {url}/          sign in as anna, piotr or eva
  Settings     {url}/push/     "PUSH notifications" in the menu, section Client
  Admin        {url}/admin/    sign in as editor or admin
  Password     demo            for all of them
  Emulator     {emulator}/emulator/registrations
  Data         {folder}

{how}
Stop it with Ctrl-C.
"""
NOT_WIRED = """\
To see a push without internet, use a Firefox that is wired to the emulator:
  tox run -e demo -- --open
A browser that you start yourself asks its own vendor's push service, which needs
internet: tox run -e demo -- --real-push-services (not run here).
"""
OPENED = "A Firefox with a throw-away profile, wired to the emulator, was opened.\n"
REAL = """\
Pushes may leave this machine for the real push services of browsers (not run here).
"""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End the demo once: tox passes Ctrl-C on, and cleaning up must not be cut short."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(options: argparse.Namespace) -> int:
    """Run everything until Ctrl-C."""
    hosts = REAL_PUSH_SERVICES if options.real_push_services else ()
    stack = Stack(
        Path(options.data),
        port=options.port,
        emulator_port=options.emulator_port,
        allow_push_hosts=hosts,
    )
    if options.open and find_firefox() is None:
        say(f"No Firefox was found. Install one with: {INSTALL_HINT}")
        return 1
    with stack:
        how = REAL if hosts else OPENED if options.open else NOT_WIRED
        say(
            WELCOME.format(
                url=stack.url,
                emulator=stack.emulator.url,
                folder=stack.folder,
                how=how,
            )
        )
        return _with_firefox(stack) if options.open else _wait(stack)


def _with_firefox(stack: Stack) -> int:
    with Firefox(stack.push_service, headless=False, permission="ask") as firefox:
        firefox.open(f"{stack.url}/sign-in/?next=/push/")
        return _wait(stack)


def _wait(stack: Stack) -> int:
    while True:
        try:
            signal.sigtimedwait([signal.SIGCHLD], 1)
        except KeyboardInterrupt:
            return 0
        if name := stack.failed():
            say(f"{name} ended by itself:\n{stack.log(name)[-2000:]}")
            return 1


def main() -> int:
    """Read the arguments and do what they say."""
    parser = argparse.ArgumentParser(prog="tox run -e demo --", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="do a round trip; exit status to match"
    )
    parser.add_argument(
        "--open",
        action="store_true",
        help="open the installed Firefox, wired to the emulator, works offline",
    )
    parser.add_argument(
        "--real-push-services",
        action="store_true",
        help="for your own browser with internet; not run here",
    )
    parser.add_argument("--port", type=int, default=8000, help="of the portal")
    parser.add_argument("--emulator-port", type=int, default=8979)
    parser.add_argument("--data", default=ROOT / ".demo", help="keeps the database")
    options = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, interrupt)
    try:
        if options.check:
            return 0 if check(say) else 1
        return run(options)
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    except (EmulatorError, FirefoxError, StackError) as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
