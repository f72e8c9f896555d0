"""How the page writes targets, paths and times."""

from datetime import datetime

from wagtail_push.emulator.page.markup import Markup, element


SHOWN = 6
# Message IDs, targets and push endpoints are longer than any word of a path.
LONGEST_WORD = 20


def short(secret: str) -> Markup:
    """Return the beginning of a target, enough to tell a few apart."""
    return element("code", f"{secret[:SHOWN]}…")


def short_path(path: str) -> str:
    """Return a path without the targets and endpoints in it."""
    words = path.split("/")
    return "/".join(_word(word) for word in words)


def _word(word: str) -> str:
    secret = len(word) > LONGEST_WORD and "." not in word
    return f"{word[:SHOWN]}…" if secret else word


def moment(seconds: float) -> Markup:
    """Return a time of this machine's zone."""
    at = datetime.fromtimestamp(seconds).astimezone()
    return element("time", f"{at:%d %b %H:%M:%S}", datetime=at.isoformat())


def duration(seconds: int) -> str:
    """Return a time to live in the largest unit that fits."""
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
