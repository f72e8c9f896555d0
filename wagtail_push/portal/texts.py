"""What the page's JavaScript says, translated for the customer who asks for the page.

Placeholders are named: the browser fills ``name``, ``account``, ``date`` and ``seconds``;
``portal`` is filled here.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from wagtail_push.exceptions import AccountChanged


Words = dict[str, str]


def texts(portal: str) -> dict[str, Any]:
    """Return every sentence that the page's JavaScript may show."""
    every = {
        "states": _states(),
        "failures": _failures(),
        "steps": {
            "waiting": _("Waiting"),
            "doing": _("In progress"),
            "done": _("Done"),
            "failed": _("Failed"),
        },
        "progress": _progress(),
        "page": _page(),
    }
    filled: dict[str, Any] = _fill_portal(every, portal)
    return filled


def _fill_portal(value: Any, portal: str) -> Any:
    if isinstance(value, dict):
        return {key: _fill_portal(item, portal) for key, item in value.items()}
    return value.replace("%(portal)s", portal)


def _states() -> dict[str, Words]:
    enable = _("Enable notifications for this browser")
    check = _("Check again")
    renew = _("Renew")
    return {
        "checking": {
            "heading": _("This browser"),
            "body": _("Checking what this browser can do…"),
        },
        "can-ask": {
            "heading": _("This browser is not registered yet"),
            "body": _(
                "Give it a name, choose what you want to hear about, and let your "
                "browser show notifications. It takes three clicks."
            ),
            "action": enable,
        },
        "asking": {
            "heading": _("Your browser is asking"),
            "body": _("Choose Allow in the box from your browser."),
        },
        "registering": {
            "heading": _("Registering this browser"),
            "body": _("This takes a few seconds."),
        },
        "dismissed": {
            "heading": _("You haven’t chosen yet"),
            "body": _(
                "Your browser closed the question without an answer. "
                "Nothing was saved. You can start again whenever you like."
            ),
            "action": enable,
        },
        "blocked": {
            "heading": _("Notifications are blocked in this browser"),
            "body": _(
                "Only you can change that; we can’t ask again. The page notices it "
                "by itself when you have. If this is a private window, use a normal one."
            ),
            "action": check,
        },
        "blocked-registered": {
            "heading": _("“%(name)s” no longer shows notifications"),
            "body": _(
                "Notifications from %(portal)s are blocked in this browser. Allow them "
                "again and everything is as before: your name and choices are kept."
            ),
            "action": check,
            "tag": _("Needs attention"),
        },
        "allowed": {
            "heading": _("One step is missing"),
            "body": _(
                "Your browser already allows notifications from %(portal)s, "
                "but it is not registered for this account."
            ),
            "action": enable,
        },
        "active": {
            "heading": "%(name)s",
            "body": _("Notifications for this account are shown in this browser."),
            "tag": pgettext("browser", "Active"),
        },
        "paused": {
            "heading": "%(name)s",
            "body": _(
                "Sending to this browser is switched off. It stays registered, "
                "with its name and choices."
            ),
            "tag": pgettext("browser", "Paused"),
        },
        "paused-signed-out": {
            "heading": "%(name)s",
            "body": _(
                "The login that registered this browser has signed out here. Nothing "
                "is sent until it signs in again."
            ),
            "tag": pgettext("browser", "Signed out"),
        },
        "lost": {
            "heading": _("“%(name)s” needs renewing"),
            "body": _("It takes one click; its name and choices are kept."),
            "action": renew,
            "tag": _("Needs attention"),
        },
        "lost-since": {
            "heading": _("“%(name)s” stopped receiving on %(date)s"),
            "body": _(
                "The registration ended. Renewing it takes one click; its name and "
                "choices are kept."
            ),
            "action": renew,
            "tag": _("Needs attention"),
        },
        "lost-permission": {
            "heading": _("Your browser turned notifications off"),
            "body": _(
                "Some browsers do this after a while. The name and choices of "
                "“%(name)s” are kept."
            ),
            "action": _("Turn on again"),
            "tag": _("Needs attention"),
        },
        "foreign": {
            "heading": _("This browser gets notifications for another customer"),
            "body": _(
                "Somebody else who signed in here has registered it. You can take it "
                "over: then that customer gets none in this browser any more."
            ),
            "action": _("Take it over"),
        },
        "lost-revoked": {
            "heading": _("“%(name)s” gets no notifications"),
            "body": _(
                "The login that registered it may no longer act for this account. "
                "Renewing it with yours takes one click; its name and choices are kept."
            ),
            "action": renew,
            "tag": _("Needs attention"),
        },
        "account-off": {
            "heading": _("Notifications are off for this account"),
            "body": _(
                "Nothing is sent, and no browser can be added. "
                "Browsers that are registered stay registered."
            ),
        },
        "account-forbidden": {
            "heading": _("Notifications are not available for this account"),
            "body": _(
                "%(portal)s has switched them off for this account. "
                "Nothing is sent, and no browser can be added."
            ),
        },
        "install": {
            "heading": _("Add %(portal)s to your home screen first"),
            "body": _(
                "On iPhone and iPad, notifications work only from the home screen icon."
            ),
        },
        "too-old": {
            "heading": _("Your device needs iOS 16.4 or later"),
            "body": _(
                "Update it in Settings, General, Software Update. "
                "You can still use notifications on a computer."
            ),
        },
        "storage-blocked": {
            "heading": _("Your browser keeps nothing for this site"),
            "body": _("Allow cookies and site data for %(portal)s, then check again."),
            "action": check,
        },
        "unsupported-insecure": {
            "heading": _("Notifications need a secure address"),
            "body": _("Open this page with https:// and try again."),
            "action": _("Open the secure page"),
        },
        "unsupported-framed": {
            "heading": _("Open %(portal)s in its own tab"),
            "body": _("Inside another page, browsers don’t offer notifications."),
            "action": _("Open in a tab of its own"),
        },
        "unsupported-private": {
            "heading": _("Private windows can’t receive notifications"),
            "body": _("Open %(portal)s in a normal window and turn them on there."),
        },
        "unsupported-missing": {
            "heading": _("This browser can’t receive notifications"),
            "body": _(
                "Open %(portal)s in a current Chrome, Edge, Firefox, Opera or Safari. "
                "If you came here from another app, choose “Open in browser”."
            ),
            "action": _("Copy the address"),
        },
    }


def _failures() -> dict[str, Words]:
    again = _("Try again")
    recorded = _("We’ve recorded it for our team.")
    return {
        "dismissed": {
            "heading": _("You haven’t chosen yet"),
            "body": _(
                "Your browser closed the question without an answer. Nothing was saved."
            ),
            "action": _("Ask again"),
        },
        "blocked": {
            "heading": _("Notifications from %(portal)s are blocked in this browser"),
            "body": _(
                "Only you can change that; we can’t ask again. "
                "If this is a private window, use a normal one."
            ),
            "action": _("Check again"),
        },
        "worker": {
            "heading": _("Something on our side isn’t set up"),
            "body": _(
                "It’s not your browser. Try again later; "
                "if it stays like this, tell us the code below."
            ),
            "action": again,
            "recorded": recorded,
        },
        "worker-slow": {
            "heading": _("This is taking longer than usual"),
            "body": _(
                "Reload the page and try again. "
                "You won’t be asked for permission twice."
            ),
            "action": _("Reload"),
        },
        "unavailable": {
            "heading": _("Notifications aren’t available right now"),
            "body": _(
                "It’s not your browser. Try again later; "
                "if it stays like this, tell us the code below."
            ),
            "action": again,
            "recorded": recorded,
        },
        "push-service": {
            "heading": _("The push service can’t be reached"),
            "body": _(
                "Your network or device blocks your browser’s push service. Try another "
                "network, or ask whoever looks after it about push messages from "
                "Google, Mozilla or Apple."
            ),
            "action": again,
        },
        "brave": {
            "heading": _("Brave has its push service turned off"),
            "body": _(
                "Copy brave://settings/privacy into the address bar, turn on “Use "
                "Google services for push messaging”, restart Brave and come back."
            ),
            "action": again,
        },
        "offline": {
            "heading": _("You are offline"),
            "body": _(
                "Permission is given, so you won’t be asked again. "
                "We go on as soon as you are online."
            ),
            "action": again,
        },
        "save": {
            "heading": _("We couldn’t save this browser"),
            "body": _(
                "Permission is given, so you won’t be asked again. "
                "Check your connection, then try once more."
            ),
            "action": again,
        },
        "another-login": {
            "heading": _("Take this browser over?"),
            "body": "",
            "action": _("Take it over"),
        },
        "proof": {
            "heading": _("We could not recognise this browser"),
            "body": _(
                "It is registered already, and the push that proves it did not arrive. "
                "Try again; if that does not help, clear this site’s data in the "
                "browser’s settings first."
            ),
            "action": again,
        },
        "refused": {
            "heading": _("This browser was not registered"),
            "body": _("The portal refused it."),
            "action": again,
        },
        "signed-out": {
            "heading": _("You’ve been signed out"),
            "body": _("Sign in and you’ll come back here to finish."),
            "action": _("Sign in"),
        },
        "storage": {
            "heading": _("Your browser keeps nothing for this site"),
            "body": _("Allow cookies and site data for %(portal)s, then try again."),
            "action": again,
        },
        "unsupported": {
            "heading": _("This browser can’t receive notifications"),
            "body": _(
                "Open %(portal)s in a current Chrome, Edge, Firefox, Opera or Safari."
            ),
        },
        "emulator": {
            "heading": _("The FCM emulator does not answer"),
            "body": _("Start it with: manage.py push_emulator"),
            "action": again,
        },
        "not-sent": {
            "heading": _("The confirmation could not be sent"),
            "body": _(
                "The browser is registered and saved. Only the first notification did "
                "not get through; later ones may."
            ),
        },
    }


def _progress() -> Words:
    return {
        "asking": _("Choose Allow in the box from your browser."),
        "askingHint": _(
            "No box? Look for a bell or a speech bubble in the address bar, "
            "select it and choose Allow."
        ),
        "connecting": _("Connecting this browser to the push service…"),
        "saving": _("Saving…"),
        "proving": _("Registered already: a push proves that it is this browser…"),
        "queued": _("The confirmation is waiting in our queue…"),
        "stalled": _(
            "The portal’s sender is not running. The browser is registered; the "
            "confirmation waits until it runs again."
        ),
        "sent": _("Sent to Google’s push service, on its way to this browser…"),
        "shown": _(
            "The confirmation was shown in this browser "
            "%(seconds)s s after it was sent."
        ),
        "shownAtOnce": _(
            "The confirmation was sent and shown in this browser at once."
        ),
        "shownPlain": _("The confirmation was shown in this browser."),
        "unconfirmed": _("The confirmation has not been reported as shown so far."),
        "seen": _("Good. It works, though the browser has not reported it."),
        "another": _("Another one is on its way…"),
        "registered": _("%(name)s is registered and marked as this browser."),
        "ready": _("“%(name)s” is ready"),
        "done": _("Done"),
        "close": _("Close"),
    }


def _page() -> Words:
    return {
        "dialogTitle": _("Enable notifications for this browser"),
        "willAsk": _("Next, your browser asks for permission. Choose Allow."),
        "allowedAlready": _(
            "Your browser already allows notifications from %(portal)s: "
            "it won’t ask again."
        ),
        "renewed": _("Renewed."),
        "renewTitle": _("Renewing “%(name)s”"),
        "nameMissing": _("Enter a name, for example “Office laptop”."),
        "copied": _("The address is copied."),
        "neutral": _("There is something new for you."),
        "switched": str(AccountChanged.message),
        "notLoaded": _("This page did not load completely. Reload it to go on."),
    }
