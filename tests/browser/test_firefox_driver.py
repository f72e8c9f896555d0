"""The driver of Firefox that hosts use in their own tests, against real pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import StartFirefox
from wagtail_push.test.firefox import Firefox, FirefoxError


pytestmark = [pytest.mark.browser, pytest.mark.thorough]

FILES = {
    "/": """<!doctype html><title>Portal</title>
<h1>Welcome</h1>
<form><input name="name" value="old"></form>
<button id="ask">Ask</button><button id="count">0</button><output></output>
<script>
  const say = (value) => { document.querySelector("output").textContent = value; };
  ask.addEventListener("click", async () => say(await Notification.requestPermission()));
  count.addEventListener("click", () => { count.textContent = +count.textContent + 1; });
  navigator.serviceWorker.register("/worker.js");
</script>""",
    "/worker.js": """
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(event.notification.data.url));
});
self.addEventListener("notificationclose", (event) => {
  event.waitUntil(caches.open("closed").then((c) => c.put("/closed", new Response())));
});
""",
    "/invoice": "<!doctype html><title>Invoice 7</title><p>Thank you.</p>",
    "/broken": "<!doctype html><title>Broken</title><p>Half</p><script>nix()</script>",
}
SHOW = """
const [title, options] = arguments;
const registration = await navigator.serviceWorker.ready;
await registration.showNotification(title, options);
"""
Serve = Callable[[dict[str, str]], str]


@pytest.fixture(scope="module")
def portal(serve: Serve) -> str:
    return serve(FILES)


@pytest.fixture(scope="module")
def shared_browser(firefox: StartFirefox) -> Firefox:
    return firefox()


@pytest.fixture
def browser(shared_browser: Firefox, portal: str) -> Firefox:
    shared_browser.open(f"{portal}/")
    return shared_browser


def test_reads_and_operates_a_page(browser: Firefox, portal: str) -> None:
    browser.click("#count")
    browser.click("#count")
    browser.type("[name=name]", "Office laptop")

    assert (browser.url, browser.title) == (f"{portal}/", "Portal")
    assert browser.text("h1") == "Welcome"
    assert browser.text("#count") == "2"
    assert browser.evaluate(
        "return [await Promise.resolve(arguments[0]), arguments[1].value];",
        {"a": [1, None]},
        browser.find("[name=name]"),
    ) == [{"a": [1, None]}, "Office laptop"]


def test_takes_the_size_and_colours_of_a_phone(
    browser: Firefox, portal: str, tmp_path: Path
) -> None:
    browser.new_tab(f"{portal}/")
    browser.set_window(360, 740)
    browser.set_color_scheme("dark")
    dark = browser.wait("matchMedia('(prefers-color-scheme: dark)').matches")
    browser.screenshot(tmp_path / "phone.png", full_page=False)
    browser.set_color_scheme("light")
    light = browser.wait("matchMedia('(prefers-color-scheme: light)').matches")
    browser.close_tab()

    picture = (tmp_path / "phone.png").read_bytes()
    size = [int.from_bytes(picture[at : at + 4]) for at in (16, 20)]
    assert (dark, light, size) == (True, True, [360, 740])


def test_shows_a_notification_whose_click_opens_a_page(
    browser: Firefox, portal: str
) -> None:
    options = {"body": "It is paid.", "tag": "7", "data": {"url": "/invoice"}}
    browser.evaluate(SHOW, "Invoice", options)

    shown = browser.wait_for_notification("Invoice")
    listed = browser.shown(f"{portal}/")
    browser.click_notification("Invoice")
    browser.switch_to_url("/invoice")

    assert shown == {
        "title": "Invoice",
        "body": "It is paid.",
        "source": f"via {portal.removeprefix('http://')}",
        "visible": True,
    }
    assert [(n["title"], n["tag"], n["data"]) for n in listed] == [
        ("Invoice", "7", {"url": "/invoice"})
    ]
    assert browser.text("p") == "Thank you."
    assert browser.shown(f"{portal}/") == []
    browser.close_tab()


def test_dismisses_a_notification(browser: Firefox) -> None:
    browser.evaluate(SHOW, "Outage", {"body": "Tonight"})
    browser.dismiss_notification("Outage")

    assert browser.wait("caches.match('/closed').then((found) => Boolean(found))")
    browser.wait(lambda: browser.notifications() == [])


@pytest.mark.parametrize(
    ("allow", "answer"), [(True, "granted"), (False, "denied")], ids=["allow", "block"]
)
def test_answers_the_question_for_permission(
    firefox: StartFirefox, portal: str, allow: bool, answer: str
) -> None:
    with firefox(permission="ask") as browser:
        browser.open(f"{portal}/")
        before = browser.evaluate("return Notification.permission;")
        browser.click("#ask")
        browser.answer_permission(allow)
        browser.wait("document.querySelector('output').textContent")

        assert (before, browser.text("output")) == ("default", answer)


def test_a_kept_profile_goes_on_after_a_restart(
    firefox: StartFirefox, portal: str, tmp_path: Path
) -> None:
    with firefox(profile=tmp_path / "profile") as browser:
        browser.open(f"{portal}/")
        browser.evaluate(
            "await navigator.serviceWorker.ready; localStorage.name = 'laptop';"
        )
    with firefox(profile=tmp_path / "profile", permission="block") as browser:
        browser.open(f"{portal}/invoice")
        state = browser.evaluate(
            "const worker = await navigator.serviceWorker.getRegistration('/');"
            "return [localStorage.name, Boolean(worker), Notification.permission];"
        )
        assert state == ["laptop", True, "denied"]


def test_forgets_everything_and_goes_on_as_if_new(
    firefox: StartFirefox, portal: str
) -> None:
    look = (
        "const worker = await navigator.serviceWorker.getRegistration('/');"
        "return [localStorage.name, document.cookie, Boolean(worker),"
        " Notification.permission, matchMedia('(prefers-color-scheme: dark)').matches];"
    )
    with firefox(permission="ask", extra_prefs={}) as browser:
        browser.open(f"{portal}/")
        assert browser.wait("navigator.serviceWorker.ready")
        browser.evaluate("localStorage.name = 'laptop'; document.cookie = 'a=b';")
        browser.click("#ask")
        browser.answer_permission(allow=True)
        browser.wait("Notification.permission === 'granted'")
        browser.set_color_scheme("dark")
        browser.set_window(360, 740)
        browser.evaluate(SHOW, "Kept?", {})
        browser.wait_for_notification("Kept?")
        browser.new_tab(f"{portal}/invoice")
        assert browser.evaluate(look) == ["laptop", "a=b", True, "granted", True]

        browser.forget()

        assert browser.url == "about:blank"
        assert len(browser.tabs()) == 1
        assert browser.notifications() == []
        browser.open(f"{portal}/broken")
        assert browser.evaluate(look) == [None, "", False, "default", False]
        assert browser.evaluate("return innerWidth;") > 1000


def test_a_time_out_says_what_the_page_showed(browser: Firefox, portal: str) -> None:
    browser.open(f"{portal}/broken")
    with pytest.raises(AssertionError) as caught:
        browser.wait("document.querySelector('h1')", timeout=0.2)

    assert str(caught.value).splitlines() == [
        "Waited 0.2 s in vain for: document.querySelector('h1')",
        "The last value was None.",
        f"Page: {portal}/broken ('Broken')",
        "Text: Half",
        f"Script error: {portal}/broken:1: ReferenceError: nix is not defined",
    ]


def test_an_element_that_is_missing_is_named(browser: Firefox) -> None:
    with pytest.raises(AssertionError, match=re.escape("element #nowhere")):
        browser.click("#nowhere", timeout=0.2)


def test_ends_rather_than_connect_to_another_machine(
    firefox: StartFirefox, portal: str
) -> None:
    browser = firefox()
    browser.open(f"{portal}/")
    with pytest.raises(FirefoxError, match=r"connection attempt to 203\.0\.113\.5"):
        browser.evaluate("await fetch('http://203.0.113.5/');")
