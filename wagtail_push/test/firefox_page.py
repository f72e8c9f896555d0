"""Drive the pages of a Firefox."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, overload

from wagtail_push.test import firefox_chrome
from wagtail_push.test.marionette import MarionetteError


T = TypeVar("T")
Element = dict[str, str]

NOT_YET = {
    "element click intercepted",
    "element not interactable",
    "no such element",
    "stale element reference",
}

ASYNC_FUNCTION = """
const given = [...arguments];
const answer = given.pop();
(async function () {
%s
}).apply(null, given).then(
  (value) => answer({ value }),
  (error) => answer({ error: `${error}\\n${error?.stack ?? ""}` }),
);
"""

#: The keys that have a name, as WebDriver writes them.
KEYS = {
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Shift": "\ue008",
    "Space": " ",
    "Tab": "\ue004",
}

JUDGE = "const value = await (%s); return [Boolean(value), value];"


class Pages:
    """The tabs of one Firefox, of which one is in front."""

    def _command(self, name: str, params: dict[str, Any] | None = None) -> Any:
        raise NotImplementedError

    def open(self, url: str) -> None:
        """Open an address in the tab in front and wait until it is loaded."""
        self._command("WebDriver:Navigate", {"url": url})

    def reload(self) -> None:
        """Load the page again."""
        self._command("WebDriver:Refresh")

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return str(self._command("WebDriver:GetCurrentURL")["value"])

    @property
    def title(self) -> str:
        """Return the title of the page."""
        return str(self._command("WebDriver:GetTitle")["value"])

    def find(self, css: str, timeout: float = 10) -> Element:
        """Return the first element that matches, waiting until there is one."""
        return self._on_element(css, lambda element: element, timeout)

    def click(self, css: str, timeout: float = 10) -> None:
        """Click an element as a user would, as soon as it can be clicked."""
        self._on_element(css, lambda e: self._to(e, "WebDriver:ElementClick"), timeout)

    def double_click(self, css: str, timeout: float = 10) -> None:
        """Click an element twice in a row with the mouse."""
        press: list[dict[str, object]] = [
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]

        def perform(element: Element) -> None:
            move = {"type": "pointerMove", "origin": element, "x": 0, "y": 0}
            mouse = {
                "type": "pointer",
                "id": "mouse",
                "actions": [move, *press, *press],
            }
            self._command("WebDriver:PerformActions", {"actions": [mouse]})

        self._on_element(css, perform, timeout)

    def type(self, css: str, text: str, timeout: float = 10) -> None:
        """Replace what stands in a field by typing."""

        def write(element: Element) -> None:
            self._to(element, "WebDriver:ElementClear")
            self._to(element, "WebDriver:ElementSendKeys", text=text)

        self._on_element(css, write, timeout)

    def press(self, *keys: str) -> None:
        """Press keys one after another, wherever the focus is: "Tab", "Shift+Tab", "a"."""
        actions = []
        for key in keys:
            held = [KEYS.get(part, part) for part in key.split("+")]
            actions += [{"type": "keyDown", "value": part} for part in held]
            actions += [{"type": "keyUp", "value": part} for part in reversed(held)]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self._command("WebDriver:PerformActions", {"actions": [keyboard]})

    def accessible(self, css: str) -> dict[str, str]:
        """Return role, name and description that assistive technology is told."""
        answer = self._command(
            "WebDriver:ExecuteAsyncScript",
            {
                "script": ASYNC_FUNCTION % firefox_chrome.ACCESSIBLE,
                "args": [css],
                # Only Firefox itself may ask what it tells.
                "sandbox": "system",
            },
        )["value"]
        return dict(answer["value"])

    def text(self, css: str, timeout: float = 10) -> str:
        """Return the text that an element shows."""
        return self._on_element(
            css,
            lambda e: str(self._to(e, "WebDriver:GetElementText")["value"]),
            timeout,
        )

    def evaluate(self, js: str, *args: object) -> Any:
        """Run the body of an async function in the page and return its result."""
        answer = self._command(
            "WebDriver:ExecuteAsyncScript",
            {"script": ASYNC_FUNCTION % js, "args": list(args), "sandbox": None},
        )["value"]
        if answer is None:
            # The page went away while it ran; whoever waits looks at the next one.
            raise MarionetteError("evaluate", "javascript error", "the page has gone")
        if "error" in answer:
            raise MarionetteError("evaluate", "javascript error", answer["error"])
        return answer.get("value")

    @overload
    def wait(self, condition: str, timeout: float = 10, message: str = "") -> Any: ...

    @overload
    def wait(
        self, condition: Callable[[], T], timeout: float = 10, message: str = ""
    ) -> T: ...

    def wait(
        self, condition: str | Callable[[], Any], timeout: float = 10, message: str = ""
    ) -> Any:
        """Wait until a JavaScript expression or a callable gives something true."""

        def look() -> tuple[Any, Any]:
            if isinstance(condition, str):
                # An empty object is true in JavaScript, and false in Python.
                is_true, value = self.evaluate(JUDGE % condition)
                return is_true, value
            value = condition()
            return value, value

        if isinstance(condition, str):
            message = message or condition
        begun = time.monotonic()
        deadline = begun + timeout
        while True:
            try:
                is_true, value = look()
                if is_true:
                    return value
                last = f"The last value was {value!r}."
            except MarionetteError as error:
                # The page may be on its way to another one.
                last = f"The last error was {error}"
            if time.monotonic() > deadline:
                raise AssertionError(self._report(message, timeout, last))
            # Whoever asks a portal too often is refused, and so is the page.
            time.sleep(0.05 if time.monotonic() - begun < 5 else 0.5)

    def set_cookie(self, name: str, value: str) -> None:
        """Give the browser a cookie of the site whose page is open."""
        self._command("WebDriver:AddCookie", {"cookie": {"name": name, "value": value}})

    def screenshot(self, path: Path | str, full_page: bool = True) -> None:
        """Save a picture of the page as PNG."""
        Path(path).write_bytes(self.picture(full_page))

    def picture(self, full_page: bool = True) -> bytes:
        """Return a picture of the page as PNG."""
        answer = self._command(
            "WebDriver:TakeScreenshot", {"full": full_page, "hash": False}
        )
        return base64.b64decode(answer["value"])

    def set_window(self, width: int, height: int) -> None:
        """Give the page in front a size in CSS pixels, e.g. that of a phone."""
        self._command(
            "WebDriver:SetWindowRect", {"width": width, "height": height + 200}
        )
        self.chrome(firefox_chrome.SIZE_PAGE, width, height)
        self.wait(f"innerWidth === {width} && innerHeight === {height}")

    def tabs(self) -> list[str]:
        """Return the handles of all tabs."""
        return list(self._command("WebDriver:GetWindowHandles"))

    def new_tab(self, url: str = "about:blank") -> str:
        """Open an address in a new tab, bring it to the front, return its handle."""
        answer = self._command("WebDriver:NewWindow", {"type": "tab", "focus": True})
        handle = str(answer["handle"])
        self.switch_to(handle)
        self.open(url)
        return handle

    def switch_to(self, handle: str) -> None:
        """Bring a tab to the front."""
        self._command("WebDriver:SwitchToWindow", {"handle": handle, "focus": True})

    def switch_to_url(self, part: str, timeout: float = 10) -> str:
        """Bring the tab whose address has this part to the front."""

        def bring() -> str:
            for handle in self.tabs():
                self.switch_to(handle)
                if part in self.url:
                    return handle
            return ""

        return self.wait(bring, timeout, f"a tab with {part!r} in its address")

    def close_tab(self) -> None:
        """Close the tab in front and bring another one there."""
        if len(self.tabs()) == 1:
            (only,) = self.tabs()
            self.new_tab()
            self.switch_to(only)
        self._command("WebDriver:CloseWindow")
        self.switch_to(self.tabs()[-1])

    def chrome(self, js: str, *args: object) -> Any:
        """Run the body of an async function in Firefox itself, outside of any page."""
        self._command("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.evaluate(js, *args)
        finally:
            self._command("Marionette:SetContext", {"value": "content"})

    def _to(self, element: Element, command: str, **params: object) -> Any:
        (element_id,) = element.values()
        return self._command(command, {"id": element_id, **params})

    def _on_element(
        self, css: str, action: Callable[[Element], T], timeout: float
    ) -> T:
        deadline = time.monotonic() + timeout
        while True:
            try:
                element = self._command(
                    "WebDriver:FindElement", {"using": "css selector", "value": css}
                )["value"]
                return action(element)
            except MarionetteError as error:
                if error.error not in NOT_YET:
                    raise
                if time.monotonic() > deadline:
                    raise AssertionError(
                        self._report(f"element {css}", timeout, str(error))
                    ) from None
            time.sleep(0.05)

    def _report(self, awaited: str, timeout: float, last: str) -> str:
        try:
            text = self.evaluate("return document.body?.innerText ?? '';")
            errors = self.chrome(firefox_chrome.PAGE_ERRORS)
            page = f"{self.url} ({self.title!r})"
        except MarionetteError as error:
            text, errors, page = "", [str(error)], "(cannot be read)"
        lines = [
            f"Waited {timeout:g} s in vain for: {awaited or 'a condition'}",
            last,
            f"Page: {page}",
            f"Text: {text[:1500]}",
            *(f"Script error: {error}" for error in errors),
            *([] if errors else [HINT]),
        ]
        return "\n".join(lines)


HINT = (
    "Hint: the page reported no script error; look at it with "
    "Firefox(headless=False) or screenshot()."
)
