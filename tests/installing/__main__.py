"""Install into two foreign portals as the documentation says: ``tox run -e install``.

Every code block of docs/how-to/install.md's steps is done as it stands there, in its
order, and the lines that a portal gets are counted. Each ends with pushes in a real
Firefox: the confirmation, and one from the portal's own code.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from example_site.demo.customer import CONFIRMATION, Customer
from example_site.demo.stack import ROOT
from tests.installing.portals import PORTALS, Portal, find_python
from tests.installing.steps import block, is_list, steps
from wagtail_push.test.firefox import INSTALL_HINT, Firefox, find_firefox


#: What stands in a command for a checkout of this repository.
CHECKOUT = "path/to/wagtail-push"

#: Commands that go on running; all others are waited for.
SERVERS = {"qcluster", "push_emulator", "runserver"}

#: What the documentation's block sends from the portal's own code.
HELLO = "Hello"

VERSIONS = (
    "import django, sys; "
    "print('Django', django.__version__, 'on Python', sys.version.split()[0])"
)

WORKERS = """
const registrations = await navigator.serviceWorker.getRegistrations();
return registrations.map(({ scope }) => new URL(scope).pathname).sort();
"""

VIOLATIONS = """
return Services.console.getMessageArray()
  .filter((m) => m instanceof Ci.nsIScriptError && m.category.startsWith("CSP"))
  .map((m) => m.errorMessage);
"""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Installation:
    """One portal that gets what the documentation says, and what it cost."""

    def __init__(self, portal: Portal, wheel: Path) -> None:
        """Take note of both."""
        self.portal = portal
        self.wheel = wheel
        self.lines: dict[str, list[str]] = {}

    def follow(self) -> None:
        """Do every block of the numbered steps, in order, but what is sent at the end."""
        for title, blocks in steps():
            for language, code in blocks:
                self._do(title, language, code)

    def _do(self, title: str, language: str, code: str) -> None:
        if language == "sh":
            for line in code.splitlines():
                self._run(line)
        elif is_list(code) or " = " in code.partition("\n")[0]:
            self.add(title, code)
        else:
            self.code = code

    def _run(self, line: str) -> None:
        program, *words = shlex.split(line)
        if program == "pip":
            _, what = words
            self.portal.install(what.replace(CHECKOUT, str(self.wheel)))
            return
        _, name, *args = words
        if name in SERVERS:
            self.portal.serve(name, *args)
        else:
            self.portal.manage(name, *args)

    def add(self, title: str, code: str) -> None:
        """Add a block to the portal's files."""
        self.lines.setdefault(title, []).extend(self.portal.add(code))

    def push(self) -> None:
        """Register a browser, and send from the portal's own code."""
        portal = self.portal
        with Firefox(portal.emulator.push_service, permission="ask") as firefox:
            firefox.open(portal.url + portal.sign_in_path)
            firefox.type("input[name=username]", portal.person)
            firefox.type("input[name=password]", portal.password)
            firefox.click("main form [type=submit]")
            customer = Customer(firefox, portal.url)
            proof = customer.enable("Office laptop")
            firefox.wait_for_notification(CONFIRMATION)
            say(f"ok      registered: {proof}")
            customer.close_dialog()
            assert firefox.find(portal.layout)
            firefox.dismiss_notifications()

            before = customer.known_as()["last_shown_at"]
            portal.manage("shell", "-c", self.code)
            shown = firefox.wait_for_notification(HELLO, timeout=30)
            firefox.wait(
                lambda: customer.known_as()["last_shown_at"] != before,
                15,
                "the report that it was shown",
            )
            say(f"ok      sent from its own code and shown: {shown['body']}")
            workers = firefox.evaluate(WORKERS)
            assert workers == portal.workers, workers
            violations = firefox.chrome(VIOLATIONS)
            assert violations == [], violations

    def tell(self) -> None:
        """Print the lines that the portal got, and their number."""
        for title, lines in self.lines.items():
            say(f"  {title}: {len(lines)}")
            for line in lines:
                say(f"    {line.rstrip()}")
        more = {title for title, _, _ in self.portal.more}
        counted = {title: len(lines) for title, lines in self.lines.items()}
        steps = sum(n for title, n in counted.items() if title not in more)
        total = sum(counted.values())
        say(f"M-26: {steps} lines in {self.portal.title}; {total} with all that it has")


def install(portal: Portal, wheel: Path) -> None:
    """Do all of it in a portal that was made, and stop what was started."""
    started = time.monotonic()
    versions = portal.manage("shell", "-c", VERSIONS).strip().splitlines()[-1]
    say(f"\n=== {portal.title}: {versions}")
    done = Installation(portal, wheel)
    try:
        for title, page, part in portal.more:
            done.add(title, block(page, part))
        done.follow()
        done.push()
        done.tell()
    except Exception:
        for name in ("web", "queue", "emulator"):
            say(f"--- the end of {name}.log\n{portal.log(name)[-2000:]}")
        raise
    finally:
        portal.stop()
    say(f"ok      in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Build the wheel once and install it into each portal."""
    parser = argparse.ArgumentParser(prog="tox run -e install --", description=__doc__)
    parser.add_argument("--only", choices=PORTALS, help="one of the portals")
    parser.add_argument("--python", help="such as 3.12; else 3.13 if it is on PATH")
    options = parser.parse_args()
    # Whoever ends this, ends what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if find_firefox() is None:
        say(f"No Firefox was found. Install one with: {INSTALL_HINT}")
        return 1
    started = time.monotonic()
    wanted = options.python or "3.13"
    python = find_python(wanted)
    if python != wanted:
        say(f"Python {wanted} is not on PATH: this runs on {python} instead.")
    with tempfile.TemporaryDirectory(prefix="wagtail-push-install-") as name:
        folder = Path(name)
        build = ["uv", "build", "--quiet", "--wheel", "--out-dir", name, str(ROOT)]
        subprocess.run(build, check=True)
        [wheel] = folder.glob("*.whl")
        portals = [
            portal(folder / key, python)
            for key, portal in PORTALS.items()
            if options.only in (None, key)
        ]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda portal: portal.make(), portals))
        say(f"ok      they run without us after {time.monotonic() - started:.0f} s")
        for portal in portals:
            install(portal, wheel)
    say(f"\nPASS in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
