"""Every state of the card "This browser", by the key of its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format

from example_site.portal.states import made_up
from example_site.portal.states.specimen import Specimen
from wagtail_push.portal.coach import coach


TEMPLATE = "wagtail_push/includes/this_browser.html"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
GRANTED = {"permission": "granted", "subscribed": True}

#: By key: which failure it is, the status of the browser if the account has it, and what
#: card.js is told of this browser beyond that.
STATES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "checking": ("", "", {"phase": "checking"}),
    "can-ask": ("", "", {}),
    "asking": ("", "", {"phase": "asking"}),
    "registering": ("", "", {"phase": "registering"}),
    "dismissed": ("F07", "", {"dismissed": True}),
    "blocked": ("F09", "", {"permission": "denied"}),
    "blocked-registered": ("F09", "active", {"permission": "denied"}),
    "allowed": ("", "", {"permission": "granted"}),
    "active": ("", "active", GRANTED),
    "paused": ("F18", "paused", GRANTED),
    "paused-signed-out": ("", "signed-out", GRANTED),
    "lost": ("F13", "active", {**GRANTED, "subscribed": False}),
    "lost-since": ("F20", "removed", GRANTED),
    "lost-permission": ("F10", "active", {}),
    "lost-revoked": ("", "revoked", GRANTED),
    "foreign": ("F18", "", {"foreign": True}),
    "account-off": ("", "active", GRANTED),
    "account-forbidden": ("", "", {}),
    "install": ("F03", "", {"support": "install"}),
    "too-old": ("F04", "", {"support": "too-old"}),
    "storage-blocked": ("F06", "", {"storage": False}),
    "unsupported-insecure": ("F01", "", {"support": "insecure"}),
    "unsupported-framed": ("", "", {"support": "framed"}),
    "unsupported-private": ("F05", "", {"support": "private"}),
    "unsupported-missing": ("F02", "", {"support": "missing"}),
}


def cards(request: HttpRequest) -> Iterator[Specimen]:
    """Yield the card in every state."""
    for key in STATES:
        yield card(request, key)
        if key == "active":
            renewed = made_up.page(request).text["page"]["renewed"]
            yield card(request, key, name="active-renewed", proof=renewed)


def card(
    request: HttpRequest, key: str, *, name: str = "", proof: str = ""
) -> Specimen:
    """Return the card in one state, as the server sends it, and what finishes it."""
    number, status, told = STATES[key]
    # With scopes only where they are looked at: they are the same everywhere.
    whole = key == "active" and not proof
    browser = made_up.row(status=status, current=True) if status else None
    if browser and not whole:
        browser = replace(browser, sections=[])
    push = made_up.page(
        request,
        enabled=key != "account-off",
        forbidden=key == "account-forbidden",
        browsers=[browser] if browser else [],
    )
    if "support" in told:
        vars(push)["coach"] = coach(IPHONE, push.portal)
    facts = {
        "account": {
            "key": push.key,
            "label": push.label,
            "enabled": push.account.enabled,
            "forbidden": push.account.forbidden,
        },
        "browser": browser and browser.as_json(),
        "support": "",
        "storage": True,
        "permission": "default",
        "subscribed": None,
        "phase": "idle",
        "dismissed": False,
        "foreign": False,
        **told,
    }
    since = browser and browser.removed_at and date_format(browser.removed_at)
    words = push.text["states"][key]
    values = {"name": browser.name if browser else "", "date": since}
    return Specimen(
        key=name or key,
        number=number,
        template=TEMPLATE,
        context={"push": push},
        finish={
            "facts": facts,
            "proof": proof,
            "expected": words["heading"] % values,
        },
    )
