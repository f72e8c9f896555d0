"""The tables of the page: registrations, faults, pushes and requests."""

from wagtail_push.emulator.fault_board import ActiveFault
from wagtail_push.emulator.page.markup import Markup, element
from wagtail_push.emulator.page.parts import badge, button, table
from wagtail_push.emulator.page.texts import duration, moment, short, short_path
from wagtail_push.emulator.page.view import View
from wagtail_push.emulator.registry import Registration


def registrations(view: View) -> Markup:
    """Return the table of registrations, newest first."""
    return table(
        "Registrations, newest first",
        ("No.", "Target", "Push service", "Registered", "State", "Actions"),
        [
            (
                str(one.number),
                element("span", short(one.target), " ", one.kind),
                element("span", one.endpoint_host),
                moment(one.created),
                badge("alive", "good") if one.alive else badge("dead", "bad"),
                _actions(one),
            )
            for one in view.registrations
        ],
        "Nobody is registered. Lead a page to the emulator and press its button.",
    )


def _actions(one: Registration) -> Markup:
    number = one.number
    links = [
        element(
            "a",
            text,
            href=f"/emulator/?registration={number}#{anchor}",
            aria_label=f"{text} to {number}"
            if text == "Push"
            else f"Fault for {number}",
            class_="small",
        )
        for text, anchor in (("Push", "push"), ("Fault", "fault"))
    ]
    kill = button("kill", "registration", number, "Kill", f"Kill registration {number}")
    return element("span", *links, kill if one.alive else "", class_="actions")


def faults(view: View) -> Markup:
    """Return the table of faults that are set, in the order of their turn."""
    return table(
        "Faults that are set, oldest first",
        ("Fault", "For", "Left", "Options", "Actions"),
        [
            (
                element("code", one.fault.name),
                _whose(one, view),
                "until cleared" if one.times is None else f"{one.times} more",
                _options(one),
                button(
                    "clear", "fault", one.number, "Clear", f"Clear {one.fault.name}"
                ),
            )
            for one in view.faults
        ],
        "No fault is set: every answer is the right one.",
    )


def _whose(one: ActiveFault, view: View) -> Markup:
    if one.target is None:
        return element("span", "all")
    number = view.numbers.get(one.target)
    name = "not registered" if number is None else f"No. {number}"
    return element("span", f"{name} ", short(one.target))


def _options(one: ActiveFault) -> str:
    named = [
        f"Retry-After {one.retry_after}" if one.retry_after is not None else "",
        f"{one.seconds:g} s" if one.seconds is not None else "",
        f"holds {one.holding}" if one.holding else "",
    ]
    return ", ".join(filter(None, named))


STATES = {"delivered": "good", "queued": "busy"}


def pushes(view: View) -> Markup:
    """Return the table of the latest pushes, newest first."""
    return table(
        "The latest pushes, newest first",
        ("Time", "To", "TTL", "Urgency", "Topic", "State"),
        [
            (
                moment(push["time"]),
                short(push["target"]) if push["target"] else element("span", "another"),
                duration(push["ttl"]),
                push["urgency"],
                push["topic"],
                badge(push["status"], STATES.get(push["status"], "bad")),
            )
            for push in view.pushes
        ],
        "Nothing was pushed yet.",
    )


def requests(view: View) -> Markup:
    """Return the table of the latest requests, newest first."""
    return table(
        "The latest requests, newest first",
        ("Time", "Request", "Status", "Fault"),
        [
            (
                moment(request["time"]),
                element(
                    "span", f"{request['method']} ", _path(short_path(request["path"]))
                ),
                _status(request["status"]),
                element("code", request["fault"]) if request["fault"] else "",
            )
            for request in view.requests
        ],
        "Nobody has asked for anything yet.",
    )


def _path(path: str) -> Markup:
    return element("code", path, class_="path")


def _status(status: int) -> Markup:
    if not status:
        return badge("none", "bad")
    return badge(str(status), "good" if status < 400 else "bad")
