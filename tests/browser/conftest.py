"""A real Firefox, and web pages for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import pytest

from example_site.demo.stack import Stack
from tests.browser.failures import Troubled, forget_browsers
from tests.running import StartStack, missing
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.test.firefox import (
    INSTALL_HINT,
    Firefox,
    MarionetteError,
    find_firefox,
)
from wagtail_push.test.firefox_profile import PERMISSIONS, Permission


#: Nobody looks at a Firefox without a screen: few frames, and no animation.
CALM = {"layout.frame_rate": 10, "ui.prefersReducedMotion": 1}
PERMISSION = "permissions.default.desktop-notification"
ROOT = Path(__file__).parents[2]
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
}


class StartFirefox(Protocol):
    """Start a Firefox that is closed after the module's tests."""

    def __call__(self, push_service: str | None = None, **options: Any) -> Firefox: ...


class Lent(Firefox):
    """A Firefox that waits for the next test, as if it were new, instead of ending."""

    def __init__(self, waiting: list[Lent], profile: Path) -> None:
        self._waiting = waiting
        # That such a service may be chosen at all is decided at the start.
        super().__init__(
            "ws://127.0.0.1:1/", like=profile, permission="ask", extra_prefs=CALM
        )

    def lend(self, push_service: str | None, permission: Permission = "allow") -> Lent:
        """Be as if started like that."""
        self.set_pref(PERMISSION, PERMISSIONS[permission])
        self.set_pref("dom.push.serverURL", push_service or "")
        self.set_pref("dom.push.connection.enabled", push_service is not None)
        return self

    def quit(self) -> None:
        """Wait for the next test."""
        if self in self._waiting:
            return
        if not self._process.running:
            self.kill()
            return
        try:
            self.forget()
        except MarionetteError:
            self.kill()
            raise
        self._waiting.append(self)


class Brief(Firefox):
    """A Firefox of which nobody wants the profile."""

    def quit(self) -> None:
        """End at once."""
        self.kill()


@pytest.fixture(scope="session")
def used_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the profile of a Firefox that was closed: the next starts in half the time."""
    if find_firefox() is None:
        missing("Firefox", INSTALL_HINT)
    profile = tmp_path_factory.mktemp("firefox")
    Firefox(profile=profile).quit()
    return profile


@pytest.fixture(scope="session")
def waiting() -> Iterator[list[Lent]]:
    """Return the Firefoxes that no test uses at the moment."""
    browsers: list[Lent] = []
    yield browsers
    for browser in browsers:
        browser.kill()


@pytest.fixture(scope="module")
def firefox(used_profile: Path, waiting: list[Lent]) -> Iterator[StartFirefox]:
    """Return what starts a Firefox, or has it from a test that is over."""
    used: list[Firefox] = []

    def start(push_service: str | None = None, **options: Any) -> Firefox:
        if options.keys() <= {"permission"}:
            browser = waiting.pop() if waiting else Lent(waiting, used_profile)
            used.append(browser.lend(push_service, **options))
        elif "profile" in options:
            used.append(Firefox(push_service, **options))
        else:
            used.append(Brief(push_service, like=used_profile, **options))
        return used[-1]

    yield start
    for browser in used:
        browser.quit()


def take_note(firefox: Firefox, title: str) -> None:
    """Close a notification; here it is a window of Firefox's own, which has the keyboard."""
    firefox.wait_for_notification(title)
    firefox.dismiss_notifications()
    firefox.chrome("window.focus();")
    firefox.wait("document.hasFocus()")


class Site:
    """A web site of files in memory, and of files of this project."""

    def __init__(self, files: dict[str, str]) -> None:
        site = self
        self.files = files

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.body(self.path.partition("?")[0])
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", site.content_type(self.path))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"

    def body(self, path: str) -> bytes | None:
        """Return the body of a path, or None."""
        if path in self.files:
            return self.files[path].encode()
        static = ROOT / "wagtail_push" / path.lstrip("/")
        if path.startswith("/static/") and static.is_file():
            return static.read_bytes()
        return None

    def content_type(self, path: str) -> str:
        """Return the content type of a path."""
        suffix = Path(path.partition("?")[0]).suffix
        return TYPES.get(suffix, TYPES[".html"])


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[dict[str, str]], str]]:
    """Return what serves files and returns the site's origin."""
    sites: list[Site] = []

    def start(files: dict[str, str]) -> str:
        site = Site(files)
        threading.Thread(target=site.server.serve_forever, daemon=True).start()
        sites.append(site)
        return site.url

    yield start
    for site in sites:
        site.server.shutdown()
        site.server.server_close()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    """Run the emulator as its users do."""
    with EmulatorProcess(tmp_path_factory.mktemp("emulator")) as process:
        yield process


@pytest.fixture(scope="session")
def failing_site(start_lasting_stack: StartStack) -> Stack:
    """Return a running site of its own, which fails when a test wants it to."""
    settings = "tests.settings_failing"
    return start_lasting_stack(environ={"DJANGO_SETTINGS_MODULE": settings})


@pytest.fixture(scope="module")
def own_site(site: Stack) -> Stack:
    """Return the running site, of which nobody has any browser yet."""
    forget_browsers(site)
    site.emulator.reset()
    return site


class Seat(Protocol):
    """Start a Firefox and sign in; it is closed when the test ends."""

    def __call__(self, login: str = "anna", **options: Any) -> Troubled: ...


@pytest.fixture
def seat(failing_site: Stack, firefox: StartFirefox) -> Iterator[Seat]:
    """Return what seats a customer at a new Firefox."""
    seated: list[Troubled] = []

    def start(login: str = "anna", **options: Any) -> Troubled:
        options = {
            "push_service": failing_site.push_service,
            "permission": "ask",
            **options,
        }
        url = options.pop("url", failing_site.url)
        seated.append(Troubled(firefox(**options), url))
        seated[-1].sign_in(login)
        return seated[-1]

    yield start
    for customer in seated:
        customer.firefox.quit()
    failing_site.emulator.reset()
    # Nobody is left whom the next test would count or be asked about.
    forget_browsers(failing_site)
