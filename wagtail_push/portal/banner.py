"""What a page says after a form: the result stands in the address, the words here."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wagtail_push import exceptions
from wagtail_push.exceptions import Refused, TooOften


#: By the word in the address, what was done.
DONE: dict[str, str | Promise] = {
    "saved": _("Your choice is saved."),
    "copied": _("All your browsers have these choices now."),
    "on": _("Notifications are on for this account."),
    "off": _("Notifications are off for this account. Nothing is sent any more."),
    "renamed": _("The new name is saved."),
    "paused": _("Nothing is sent to that browser any more. It stays registered."),
    "activated": _("That browser receives notifications again."),
    "turned-off": _("It is turned off in this browser."),
    "turned-on": _("It is turned on again in this browser."),
    "removed": _("The browser is removed. Nothing is sent to it any more."),
    "testing": _("The test is on its way."),
    "checking": _("The browser is being checked."),
}

#: By code, why something was not done.
REFUSED: dict[str, str | Promise] = {
    error.code: error.message
    for error in vars(exceptions).values()
    if isinstance(error, type)
    and issubclass(error, Refused)
    and "message" in vars(error)
} | {
    "gone": _("That browser is not registered on this account any more."),
    "name": _("Enter a name of 1 to 60 characters, for example “Office laptop”."),
}


#: What an address says of a form: the page's JavaScript takes it away once it is read.
SAID = ("done", "refused", "wait", "skipped")


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence at the top of the page."""

    text: str
    refused: bool = False


def banner(query: QueryDict) -> Banner | None:
    """Return what the address of the page says was done or refused, if it does."""
    if (done := query.get("done")) in DONE:
        text = str(DONE[done])
        if (skipped := _number(query, "skipped")) is not None:
            more = ngettext(
                "%(number)d selected browser gets none: its sending is switched off, or "
                "it is no longer registered.",
                "%(number)d selected browsers get none: their sending is switched off, "
                "or they are no longer registered.",
                skipped,
            )
            text += " " + more % {"number": skipped}
        return Banner(text)
    code = query.get("refused", "")
    if code == TooOften.code and (wait := _number(query, "wait")) is not None:
        return Banner(str(TooOften(wait)), refused=True)
    return Banner(str(REFUSED[code]), refused=True) if code in REFUSED else None


def _number(query: QueryDict, name: str) -> int | None:
    text = query.get(name, "")
    # Anybody may write anything there: Python refuses "²", and very long numbers.
    return int(text) if text.isdecimal() and len(text) < 10 else None


def done(word: str, **more: int) -> str:
    """Return the query that makes a page say that this was done."""
    return urlencode({"done": word, **more})


def refused(error: Refused | str) -> str:
    """Return the query that makes a page say why it was not done."""
    code = error if isinstance(error, str) else error.code
    more = {"wait": error.wait} if isinstance(error, TooOften) else {}
    return urlencode({"refused": code, **more})


def unsaid(address: str, *also: str) -> str:
    """Return this path and query, without what they say of an earlier form."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    for name in (*SAID, *also):
        query.pop(name, None)
    return f"{parts.path}?{query.urlencode()}" if query else parts.path
