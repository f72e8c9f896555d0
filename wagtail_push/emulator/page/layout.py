"""The page as a whole."""

from wagtail_push.emulator.page import forms, tables
from wagtail_push.emulator.page.markup import Markup, element, join
from wagtail_push.emulator.page.view import View


DONE = {
    "pushed": "Pushed. The table of pushes says what became of it.",
    "killed": "Killed: the next sending to it is answered with UNREGISTERED.",
    "fault": "The fault is set.",
    "cleared": "Cleared.",
}
ASSETS = "/emulator/page/"


def page(view: View) -> str:
    """Return the document."""
    return "<!doctype html>\n" + element("html", _head(), _body(view), lang="en")


def _head() -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", "FCM emulator"),
        element("link", rel="icon", type="image/svg+xml", href=ASSETS + "icon.svg"),
        element("link", rel="stylesheet", href=ASSETS + "page.css"),
        element("script", type="module", src=ASSETS + "page.js"),
    )


def _body(view: View) -> Markup:
    alive = f"{view.alive} alive of {view.known}"
    return element(
        "body",
        element("a", "Skip to the registrations", href="#registrations", class_="skip"),
        _header(view),
        element(
            "main",
            _message(view),
            element(
                "div",
                _section("registrations", "Registrations", alive, _registered(view)),
                element(
                    "div",
                    _section("push", "Push by hand", "", forms.push(view)),
                    _section(
                        "fault",
                        "Set a fault",
                        "",
                        join([forms.fault(view), forms.glossary()]),
                    ),
                    class_="tools",
                ),
                _section("faults", "Faults", _set(view), _faults(view)),
                _section("pushes", "Pushes", "the latest", tables.pushes(view)),
                _section("requests", "Requests", "the latest", tables.requests(view)),
                class_="grid",
            ),
        ),
    )


def _header(view: View) -> Markup:
    firebase = view.config["firebase"]
    facts = {
        "Address": view.origin,
        "Push service": view.origin.replace("http", "ws", 1) + "/",
        "Project": firebase["projectId"],
        "Sender ID": firebase["messagingSenderId"],
        "VAPID key": view.config["vapidKey"],
    }
    pairs = [
        element("div", element("dt", name), element("dd", element("code", value)))
        for name, value in facts.items()
    ]
    live = element(
        "label",
        element("input", type="checkbox", id="live", checked=True),
        " Keep up to date",
        class_="live",
        hidden=True,
    )
    return element(
        "header",
        element("div", element("h1", "FCM emulator"), live, class_="title"),
        element("dl", *pairs, class_="facts"),
    )


def _message(view: View) -> Markup:
    if view.error:
        return element("p", view.error, class_="message bad", role="alert")
    text = DONE.get(view.done)
    return (
        element("p", text, class_="message good", role="status") if text else join([])
    )


def _section(anchor: str, title: str, note: str, content: Markup) -> Markup:
    live = anchor not in {"push", "fault"}
    return element(
        "section",
        element(
            "div",
            element("h2", title, id=f"{anchor}-heading"),
            element("p", note, class_="note", id=f"{anchor}-note", data_live=live)
            if note
            else "",
            class_="heading",
        ),
        element("div", content, id=f"{anchor}-content", data_live=live),
        id=anchor,
        aria_labelledby=f"{anchor}-heading",
    )


def _registered(view: View) -> Markup:
    newest = element("a", "Newest", href="/emulator/#registrations")
    older = element(
        "a", "Older", href=f"/emulator/?before={view.older}#registrations", rel="next"
    )
    paged = "before" in view.values
    links = [link for link, there in ((newest, paged), (older, view.older)) if there]
    nav = element("nav", *links, class_="pages", aria_label="Pages of registrations")
    return join([tables.registrations(view), nav if links else ""])


def _set(view: View) -> str:
    return f"{len(view.faults)} set" if view.faults else "none set"


def _faults(view: View) -> Markup:
    clear = element(
        "form",
        element("button", "Clear all", type="submit", class_="small"),
        method="post",
        action="/emulator/page/clear",
    )
    return join([tables.faults(view), clear if view.faults else ""])
