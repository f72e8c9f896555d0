"""The way out when notifications are blocked or not seen, for the browser that asks.

What a browser can do is found by its features, never by its name. The name only chooses
the words: where its switch is. The steps must be clicked through once per release; the
browsers' own help pages are linked beside each.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from ua_parser import parse

from wagtail_push.registry import read_user_agent


Steps = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coach:
    """Steps for one browser on one system, in the active language."""

    browser: str
    unblock: Steps
    checklist: Steps
    install: Steps
    too_old: bool


def coach(user_agent: str, portal: str) -> Coach:
    """Return the steps for the browser that this header describes."""
    software, system = read_user_agent(user_agent)
    mobile = system in {"Android", "iOS"}
    return Coach(
        browser=software or _("your browser"),
        unblock=_unblock(software, system, mobile)(portal),
        checklist=_checklist(system, software or _("your browser"), portal),
        install=_install(portal),
        too_old=_is_too_old(user_agent),
    )


def others(portal: str) -> list[tuple[str, Steps]]:
    """Return the steps for every browser that is known, by name."""
    return [
        ("Chrome", _chrome(portal)),
        ("Chrome, Android", _chrome_android(portal)),
        ("Edge", _edge(portal)),
        ("Firefox", _firefox(portal)),
        ("Firefox, Android", _firefox_android(portal)),
        ("Safari, macOS", _safari(portal)),
        ("iPhone, iPad", _ios(portal)),
        ("Opera", _opera(portal)),
        ("Samsung Internet", _samsung(portal)),
    ]


def _is_too_old(user_agent: str) -> bool:
    """Tell whether an iPhone or iPad with this header would be too old for push."""
    parsed = parse(user_agent)
    if parsed.os and parsed.os.family == "iOS":
        return _version(parsed.os) < (16, 4)
    # An iPad calls itself a Mac; its Safari has the version of its system.
    safari = parsed.user_agent if read_user_agent(user_agent)[0] == "Safari" else None
    return _version(safari) < (16, 4)


def _version(named: object) -> tuple[int, int]:
    # What does not tell its version is not called too old.
    major, minor = getattr(named, "major", None), getattr(named, "minor", None)
    return (_number(major, 99), _number(minor, 0))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 4 else otherwise


def _unblock(software: str, system: str, mobile: bool) -> Callable[[str], Steps]:
    if system == "iOS":
        return _ios
    if software.startswith("Samsung"):
        return _samsung
    if software.startswith("Firefox"):
        return _firefox_android if mobile else _firefox
    if software.startswith("Edge") and not mobile:
        return _edge
    if software.startswith("Opera"):
        return _opera
    if "Safari" in software:
        return _safari
    return _chrome_android if mobile else _chrome


def _chrome(portal: str) -> Steps:
    # https://support.google.com/chrome/answer/3220216
    return [
        _("Select the icon left of the address."),
        _("Turn Notifications on, or choose “Reset permission”."),
        _(
            "Is there no such switch? After three questions that were closed, Chrome "
            "asks no more for about a week."
        ),
    ]


def _chrome_android(portal: str) -> Steps:
    # https://support.google.com/chrome/answer/3220216?co=GENIE.Platform%3DAndroid
    return [
        _("Select the icon left of the address, then Permissions."),
        _("Turn Notifications on."),
        _("Check in Android’s settings that the browser itself may notify you."),
    ]


def _edge(portal: str) -> Steps:
    # https://support.microsoft.com/microsoft-edge (Manage website notifications)
    return [
        _("Select the padlock left of the address, then Permissions for this site."),
        _("Set Notifications to Allow."),
        _("A bell in the address bar may hold the question, too."),
    ]


def _firefox(portal: str) -> Steps:
    # https://support.mozilla.org/kb/push-notifications-firefox
    return [
        _(
            "Select the crossed-out speech bubble, the padlock or the shield left of the address."
        ),
        _("Remove “Blocked” beside “Send notifications”."),
        _(
            "If nothing is listed there: Settings, Privacy & Security, Permissions, "
            "Notifications; “Block new requests” must be off."
        ),
    ]


def _firefox_android(portal: str) -> Steps:
    # https://support.mozilla.org/kb/push-notifications-firefox-android
    return [
        _("Select the icon left of the address, then Notifications."),
        _("Choose Allowed."),
        _("Check in Android’s settings that the browser itself may notify you."),
    ]


def _safari(portal: str) -> Steps:
    # https://support.apple.com/guide/safari/sfri40734/mac
    return [
        _("Open Safari’s menu, then Settings, Websites, Notifications."),
        _("Set this site to Allow."),
        _("“Allow websites to ask for permission” must be on."),
    ]


def _ios(portal: str) -> Steps:
    # https://support.apple.com/guide/iphone/iph7c3d96bab/ios
    words = _("Open the Settings of your device, then Notifications, then %(portal)s.")
    return [words % {"portal": portal}, _("Turn “Allow Notifications” on.")]


def _opera(portal: str) -> Steps:
    # https://help.opera.com/latest/web-preferences/#manageCookies
    return [
        _("Select the padlock left of the address, then Site settings."),
        _("Set Notifications to Allow."),
    ]


def _samsung(portal: str) -> Steps:
    # https://developer.samsung.com/internet
    return [
        _("Open the menu, then Settings, Notifications."),
        _("Allow this site, and check that Android lets the browser notify you."),
    ]


def _install(portal: str) -> Steps:
    # https://webkit.org/blog/13878/web-push-for-web-apps-on-ios-and-ipados/
    opened = _("Open the new icon of %(portal)s and come back to this page.")
    return [
        _("Open the share menu."),
        _("Choose “Add to Home Screen”; leave “Open as Web App” on."),
        opened % {"portal": portal},
        _("You may have to sign in again there."),
    ]


def _checklist(system: str, browser: str, portal: str) -> Steps:
    values = {"browser": browser, "portal": portal}
    match system:
        case "Windows":
            steps = [
                _("“Do not disturb” or Focus is off (the bell in the taskbar)."),
                _("Settings, System, Notifications: on for %(browser)s."),
            ]
        case "Mac OS X":
            steps = [
                _("No Focus is on (Control Centre)."),
                _("System Settings, Notifications: allowed for %(browser)s."),
            ]
        case "Android":
            steps = [
                _("“Do not disturb” is off."),
                _(
                    "Settings, Apps, %(browser)s, Notifications: on, also in the "
                    "status bar."
                ),
                _("The battery saver does not restrict %(browser)s."),
            ]
        case "iOS":
            steps = [
                _("No Focus is on."),
                _("Settings, Notifications: allowed for %(portal)s."),
            ]
        case _other:
            steps = [
                _("“Do not disturb” of your desktop is off."),
                _("Your desktop’s settings let %(browser)s show notifications."),
            ]
    if system not in {"Android", "iOS"}:
        steps.append(
            _("%(browser)s is running; a closed one gets it at its next start.")
        )
    return [step % values for step in steps]
