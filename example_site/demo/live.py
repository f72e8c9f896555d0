"""Send through Google with a real Firebase project: ``tox run -e live``.

Opt-in, never run by tests, and never run by those who wrote it: they had no internet.
First a dry run to a target that nobody has proves the credentials; then you register
your own browser, which is checked and pushed to.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from example_site.demo.by_http import HttpCustomer
from example_site.demo.stack import Processes, StackError


#: What has to be set, and what it is.
VARIABLES = {
    "LIVE_FIREBASE": "the web app's configuration, as one JSON object with apiKey, appId, "
    "messagingSenderId and projectId",
    "LIVE_VAPID_KEY": "the public key of the Web Push certificates",
    "LIVE_CREDENTIALS": "the path of the service account's JSON file",
}
GUIDE = "docs/how-to/real-firebase.md says where to find them."
FIREBASE_KEYS = {"apiKey", "appId", "messagingSenderId", "projectId"}

#: Seconds for a person to register a browser, and for Google and the queue to answer.
PATIENCE = 600
ANSWER = 60


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def unusable() -> list[str]:
    """Return what is wrong with the variables, in words."""
    wrong = [
        f"{name} is not set: {what}."
        for name, what in VARIABLES.items()
        if not os.environ.get(name)
    ]
    if text := os.environ.get("LIVE_FIREBASE"):
        try:
            absent = sorted(FIREBASE_KEYS - set(json.loads(text)))
        except (ValueError, TypeError):
            wrong.append("LIVE_FIREBASE is not a JSON object.")
        else:
            wrong += [f"LIVE_FIREBASE has no {key}." for key in absent]
    path = os.environ.get("LIVE_CREDENTIALS")
    if path and not Path(path).is_file():
        wrong.append("LIVE_CREDENTIALS names no file.")
    return wrong


class Site(Processes):
    """The example site with web server and queue, and Google in place of the emulator."""

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of its processes."""
        own = {"DATABASE_URL": "", "REDIS_URL": "", "EXAMPLE_DATA": str(self.folder)}
        settings = "example_site.settings_live"
        return {**os.environ, **own, "DJANGO_SETTINGS_MODULE": settings}

    def start(self) -> None:
        """Make the database and start both."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("seed", "--verbosity", "0")
        self._start("web", "runserver", "--noreload", f"127.0.0.1:{self.port}")
        self._start("queue", "qcluster")
        self._wait_for("web", f"{self.url}/sign-in/")


def dry_run() -> bool:
    """Ask Google to check a message to nobody; tell whether it let us in."""
    import django

    django.setup()
    from wagtail_push.doctor import Level, prove

    found = prove()
    say(f"Dry run: {found.what} {found.advice}".rstrip())
    return found.level is Level.OK


def wait(what: str, seconds: float, look: Callable[[], Any]) -> Any:
    """Return what ``look`` finds, as soon as it finds something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(1)
    raise StackError(f"Waited {seconds:g} s in vain for: {what}")


def push(site: Site) -> None:
    """Have a person register a browser; check it and send it a test."""
    anna = HttpCustomer(site.url)
    anna.sign_in()
    say(
        f"\nOpen {site.url}/push/ in your own browser, sign in as anna with the password "
        "demo,\nand press “Enable notifications for this browser”."
    )

    def registered() -> Any:
        rows = anna.call("GET", "browsers/")["results"]
        return next((row for row in rows if row["last_shown_at"]), None)

    browser = wait("a browser that shows the confirmation", PATIENCE, registered)
    say(f"Registered, and the confirmation was shown: {browser['system']}")
    path = f"browsers/{browser['id']}/"

    def settled(asked: str, state: str) -> None:
        """Wait until a notification has come that far."""
        notification = f"{path}notifications/{asked}/"
        ends = {state, "failed", "expired", "removed", "unknown"}
        seen = wait(
            state,
            ANSWER,
            lambda: (
                ((row := anna.call("GET", notification))["state"] in ends and row)
                or None
            ),
        )
        if seen["state"] != state:
            raise StackError(f"It is {seen['state']}, not {state}: {seen['reason']}")

    settled(anna.call("POST", f"{path}check/")["id"], "valid")
    say("Checked: Google accepts it")
    settled(anna.call("POST", "tests/", {"browsers": [browser["id"]]})["id"], "shown")
    say("A test was sent through Google and shown")


def main() -> int:
    """Refuse in words what can't be, else go through all of it."""
    parser = argparse.ArgumentParser(prog="tox run -e live --", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="of the portal")
    options = parser.parse_args()
    # Whoever ends this, ends what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if wrong := unusable():
        say("\n".join(["Nothing was sent.", *wrong, GUIDE]))
        return 2
    if not dry_run():
        say("FAIL: Google did not let us in, or could not be reached.")
        return 1
    with tempfile.TemporaryDirectory(prefix="wagtail-push-live-") as folder:
        site = Site(Path(folder), options.port)
        try:
            site.start()
            push(site)
        except StackError as error:
            say(f"FAIL: {error}")
            return 1
        except KeyboardInterrupt:
            say("Stopped.")
            return 130
        finally:
            site.stop()
    say("PASS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
