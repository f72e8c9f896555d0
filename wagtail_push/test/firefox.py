"""Drive the installed, unmodified Firefox through push notifications.

Nothing is downloaded and no proxy stands in between: the browser speaks to the
push service it is given, and what it shows can be read and clicked.

    with Firefox(push_service="ws://127.0.0.1:8979/") as firefox:
        firefox.open("http://localhost:8000/")
        firefox.click("#enable")
        firefox.wait_for_notification("Hello")
        firefox.click_notification("Hello")
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypedDict

from wagtail_push.test import firefox_chrome
from wagtail_push.test.firefox_page import Element, Pages
from wagtail_push.test.firefox_process import (
    INSTALL_HINT,
    FirefoxError,
    FirefoxProcess,
    find_firefox,
)
from wagtail_push.test.firefox_profile import Permission, Preference, write_user_js
from wagtail_push.test.marionette import Marionette, MarionetteError


__all__ = [
    "INSTALL_HINT",
    "Element",
    "Firefox",
    "FirefoxError",
    "MarionetteError",
    "ShownNotification",
    "find_firefox",
]

COLOR_SCHEMES = {"dark": 0, "light": 1, "system": 2}

#: What a profile holds only as long as it is used: a link that leads nowhere.
_LOCK = shutil.ignore_patterns("lock")

GET_NOTIFICATIONS = """
const registration = await navigator.serviceWorker.getRegistration(arguments[0]);
const shown = (await registration?.getNotifications()) ?? [];
return shown.map(({ title, body, tag, icon, lang, dir, data, actions }) => (
  { title, body, tag, icon, lang, dir, data, actions }
));
"""


class ShownNotification(TypedDict):
    """A notification as it stands on the screen."""

    title: str
    body: str
    source: str
    visible: bool


class Firefox(Pages):
    """One running Firefox.

    A profile that is given is kept: the next Firefox with it continues where
    this one was closed. Without one, everything is forgotten at the end; ``like`` is the
    profile of a Firefox that was closed, of which a copy starts in half the time.
    """

    def __init__(
        self,
        push_service: str | None = None,
        *,
        profile: Path | None = None,
        like: Path | None = None,
        headless: bool = True,
        permission: Permission = "allow",
        extra_prefs: Mapping[str, Preference] | None = None,
    ) -> None:
        with contextlib.ExitStack() as stack:
            if profile is None:
                profile = Path(
                    stack.enter_context(
                        tempfile.TemporaryDirectory(
                            prefix="wagtail-push-firefox-", ignore_cleanup_errors=True
                        )
                    )
                )
            if like:
                shutil.copytree(like, profile, ignore=_LOCK, dirs_exist_ok=True)
            profile.mkdir(parents=True, exist_ok=True)
            self._preferences = write_user_js(
                profile, push_service, permission, extra_prefs or {}
            )
            self._changed: set[str] = set()
            self._process = FirefoxProcess(profile, headless)
            stack.callback(self._process.kill)
            self._marionette: Marionette = self._process.connect()
            stack.callback(self._marionette.close)
            self._command(
                "WebDriver:NewSession",
                {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}},
            )
            self._window = self._command("WebDriver:GetWindowRect")
            self._cleanup = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.quit()
        else:
            self.kill()

    def quit(self) -> None:
        """Close Firefox in order, so that its profile is complete on disk."""
        with self._cleanup:
            if self._process.running:
                self._command("Marionette:Quit", {"flags": ["eAttemptQuit"]})
                self._process.wait()

    def kill(self) -> None:
        """End Firefox at once, as a crash would."""
        self._cleanup.close()

    def forget(self) -> None:
        """Be as at the start: one empty tab, no data, no permission, no notification.

        It is much quicker than a new Firefox. Preferences are again what they were at
        the start; what was observed through ``chrome`` goes on.
        """
        changed, self._changed = self._changed, set()
        self.chrome(firefox_chrome.FORGET, sorted(changed))
        for name in changed & self._preferences.keys():
            self.chrome(firefox_chrome.SET_PREFERENCE, name, self._preferences[name])
        self.switch_to(*self.tabs())
        self._command("WebDriver:SetWindowRect", self._window)

    def set_pref(self, name: str, value: Preference) -> None:
        """Set a preference of the running Firefox."""
        self._changed.add(name)
        self.chrome(firefox_chrome.SET_PREFERENCE, name, value)

    def set_color_scheme(self, scheme: Literal["dark", "light", "system"]) -> None:
        """Choose what pages see as prefers-color-scheme."""
        self.set_pref(
            "layout.css.prefers-color-scheme.content-override", COLOR_SCHEMES[scheme]
        )

    def answer_permission(self, allow: bool, timeout: float = 10) -> None:
        """Answer the browser's question whether the site may show notifications."""
        self.wait(
            lambda: self.chrome(firefox_chrome.ANSWER_PERMISSION, allow),
            timeout,
            "Firefox's question whether the site may show notifications",
        )

    def notifications(self) -> list[ShownNotification]:
        """Return the notifications on the screen."""
        return list(self.chrome(firefox_chrome.NOTIFICATIONS))

    def wait_for_notification(
        self, title: str, timeout: float = 15
    ) -> ShownNotification:
        """Wait until a notification with this title is on the screen."""
        matching = self.wait(
            lambda: [
                shown
                for shown in self.notifications()
                if shown["visible"] and shown["title"] == title
            ],
            timeout,
            f"a notification {title!r} on the screen",
        )
        return matching[-1]

    def click_notification(self, title: str, timeout: float = 10) -> None:
        """Click a notification on the screen."""
        self._press_notification(title, "alertBox", timeout)

    def press_action(self, title: str, action: str, timeout: float = 10) -> None:
        """Press a button of a notification on the screen.

        Firefox's own notifications show no buttons, those of the system do. Both tell
        the same listener, so the service worker gets a real click.
        """
        self.wait(
            lambda: self.chrome(firefox_chrome.PRESS_ACTION, title, action),
            timeout,
            f"a notification {title!r} on the screen",
        )

    def dismiss_notification(self, title: str, timeout: float = 10) -> None:
        """Close a notification on the screen with its cross."""
        self._press_notification(title, "alert-close", timeout)

    def dismiss_notifications(self, timeout: float = 10) -> None:
        """Close all notifications and wait until none is left on the screen."""

        def none_left() -> bool:
            shown = self.notifications()
            for notification in shown:
                if notification["visible"]:
                    title = notification["title"]
                    self.chrome(firefox_chrome.PRESS_NOTIFICATION, title, "alert-close")
            return not shown

        self.wait(none_left, timeout, "all notifications closed")

    def shown(self, scope_url: str) -> list[dict[str, Any]]:
        """Return what getNotifications() lists for the worker of a scope."""
        return list(self.evaluate(GET_NOTIFICATIONS, scope_url))

    def _command(self, name: str, params: dict[str, Any] | None = None) -> Any:
        try:
            return self._marionette.command(name, params)
        except OSError as error:
            output = self._process.output()
            raise FirefoxError(f"Firefox is gone. It said:\n{output}") from error

    def _press_notification(self, title: str, button: str, timeout: float) -> None:
        self.wait(
            lambda: self.chrome(firefox_chrome.PRESS_NOTIFICATION, title, button),
            timeout,
            f"a notification {title!r} on the screen",
        )
