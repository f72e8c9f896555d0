"""Every state and every failure that a customer can meet, on one page.

Nothing of it is in the database: the rows are made up, the templates, the sentences and
the code that decides on a card are the real ones.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from wagtail_push.portal.banner import DONE, REFUSED, Banner
from wagtail_push.portal.coach import coach, others
from wagtail_push.portal.rows import BrowserRow, ScopeRow, ScopeSection
from wagtail_push.portal.texts import texts
from wagtail_push.progress import AccountCheck, Progress


PORTAL = "Nordhost"
SINCE = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)

#: By the key of its words, what a browser tells and what the server knows, and the row
#: of the list of failures that it belongs to.
CARDS: dict[str, tuple[dict[str, Any], str]] = {
    "checking": ({"phase": "checking"}, ""),
    "can-ask": ({}, ""),
    "asking": ({"phase": "asking"}, "F08"),
    "registering": ({"phase": "registering", "permission": "granted"}, ""),
    "dismissed": ({"dismissed": True}, "F07"),
    "blocked": ({"permission": "denied"}, "F09"),
    "blocked-registered": ({"permission": "denied", "status": "active"}, "F09"),
    "allowed": ({"permission": "granted"}, ""),
    "active": ({"permission": "granted", "status": "active"}, "F18"),
    "paused": ({"permission": "granted", "status": "paused"}, "F18"),
    "paused-signed-out": ({"permission": "granted", "status": "signed-out"}, ""),
    "lost": ({"permission": "granted", "status": "active", "subscribed": False}, "F13"),
    "lost-since": ({"permission": "granted", "status": "removed"}, "F20"),
    "lost-permission": ({"status": "active"}, "F10"),
    "lost-revoked": ({"permission": "granted", "status": "revoked"}, ""),
    "foreign": ({"foreign": True}, "F18"),
    "account-off": ({"enabled": False}, ""),
    "account-forbidden": ({"forbidden": True}, ""),
    "install": ({"support": "install"}, "F03"),
    "too-old": ({"support": "too-old"}, "F04"),
    "storage-blocked": ({"storage": False}, "F06"),
    "unsupported-insecure": ({"support": "insecure"}, "F01"),
    "unsupported-framed": ({"support": "framed"}, ""),
    "unsupported-private": ({"support": "private"}, "F05"),
    "unsupported-missing": ({"support": "missing"}, "F02"),
}

#: By the key of its words, the row of the list of failures.
FAILURES = {
    "dismissed": "F07",
    "blocked": "F09",
    "worker": "F11",
    "worker-slow": "F12",
    "unavailable": "F14",
    "push-service": "F15",
    "brave": "F15",
    "offline": "F16",
    "save": "F16",
    "refused": "",
    "another-login": "F18",
    "proof": "F18",
    "signed-out": "F17",
    "storage": "F06",
    "unsupported": "F02",
    "emulator": "",
    "not-sent": "F19",
}

SCOPES = [
    ScopeSection(
        title="Billing",
        scopes=[
            ScopeRow(
                key="invoices",
                group="Billing",
                title="Invoices",
                description="A new invoice has been issued.",
                default="on",
                reason="",
                wanted=True,
            ),
            ScopeRow(
                key="outages",
                group="Billing",
                title="Outages and maintenance",
                description="Planned work and failures.",
                default="always",
                reason="An outage can stop your website.",
                wanted=True,
            ),
        ],
    )
]

STATUSES = ("active", "paused", "signed-out", "revoked", "removed")
MESSAGES = ("waiting", "sent", "shown", "failed", "expired")
CHECKS = ("waiting", "valid", "removed", "unknown")


def row(status: str = "active", **change: Any) -> BrowserRow:
    """Return a made-up browser in this status."""
    removed = status == "removed"
    made = BrowserRow(
        id=uuid.UUID(int=7),
        name="Office laptop",
        system="Firefox on Linux",
        status=status,
        current=False,
        language="en",
        hide_details=False,
        pause_on_sign_out=False,
        created_at=SINCE,
        last_shown_at=SINCE + timedelta(days=20),
        last_seen_at=SINCE + timedelta(days=20),
        changed=False,
        removed_at=SINCE + timedelta(days=30) if removed else None,
        removed_reason="unregistered" if removed else "",
        reason_text="",
        sections=SCOPES,
        test=None,
        check=None,
    )
    return replace(made, **change)


def asked(kind: str, state: str, *, stalled: bool = False) -> Progress:
    """Return how far a made-up test or check is."""
    now = timezone.now()
    return Progress(
        kind=kind,
        state=state,
        begun_at=now,
        sent_at=now - timedelta(seconds=1.2) if state in {"sent", "shown"} else None,
        shown_at=now if state == "shown" else None,
        stalled=stalled,
    )


def rows() -> list[BrowserRow]:
    """Return a row in each status, and with each answer to a test and a check."""
    found = [row(status) for status in STATUSES]
    found.append(row(current=True))
    found.append(row(changed=True))
    found += [row(test=asked("test", state)) for state in MESSAGES]
    found.append(row(test=asked("test", "waiting", stalled=True)))
    found += [row(check=asked("check", state)) for state in CHECKS]
    return [
        replace(made, id=uuid.UUID(int=number)) for number, made in enumerate(found)
    ]


def page(request: HttpRequest, **change: Any) -> SimpleNamespace:
    """Return what the templates want of the settings page."""
    account = {"enabled": True, "forbidden": False, "receives": True}
    account |= {key: change.pop(key) for key in list(account) if key in change}
    account["receives"] = account["enabled"] and not account["forbidden"]
    return SimpleNamespace(
        **{
            "key": "C-10023",
            "label": "Baltic Bakery (C-10023)",
            "portal": PORTAL,
            "address": "/demo/states/",
            "account": SimpleNamespace(**account),
            "page": SimpleNamespace(number=1),
            "coach": coach(request.headers.get("User-Agent", ""), PORTAL),
            "every_coach": others(PORTAL),
            "offered": SCOPES,
            "registered_count": 3,
            "browsers": [],
            "lookalikes": [],
            "asks_on_sign_out": True,
            "check": None,
            "banner": None,
            "browser": None,
            **change,
        }
    )


def card(request: HttpRequest, key: str, words: dict[str, str]) -> dict[str, Any]:
    """Return one card as the server sends it, and what the browser makes of it."""
    told, number = CARDS[key]
    status = told.get("status")
    values = {"name": "Office laptop", "account": "Baltic Bakery", "date": "May 3"}
    state = "active" if status == "active" else "paused" if status else "checking"
    made = {
        "state": state,
        "heading": words["heading"] % values,
        "body": words["body"] % values,
        "tag": words.get("tag", ""),
    }
    browser = row(status, current=True, sections=[]) if status else None
    return {
        "key": key,
        "number": number,
        "push": page(request, browser=browser, card=made),
        "facts": facts(told, browser),
    }


def facts(told: dict[str, Any], browser: BrowserRow | None) -> dict[str, Any]:
    """Return the facts that card.js decides on."""
    account = {
        "label": "Baltic Bakery",
        "enabled": told.get("enabled", True),
        "forbidden": told.get("forbidden", False),
    }
    known = {
        "name": "Office laptop",
        "status": told.get("status"),
        "stopped": "May 3, 2026" if told.get("status") == "removed" else "",
    }
    return {
        "account": account,
        "browser": known if browser else None,
        "support": "",
        "storage": True,
        "permission": "default",
        "subscribed": True if browser else None,
        "phase": "idle",
        "dismissed": False,
        "foreign": False,
        **{
            k: v for k, v in told.items() if k not in {"enabled", "forbidden", "status"}
        },
    }


@login_required
def states(request: HttpRequest) -> HttpResponse:
    """Show all of it."""
    if not settings.DEMO:
        raise Http404
    text = texts(PORTAL)
    cards = [card(request, key, words) for key, words in text["states"].items()]
    switches = [
        page(request),
        page(request, enabled=False),
        page(request, forbidden=True),
        page(request, check=_check(valid=1)),
        page(request, check=replace(_check(valid=1), stalled=True)),
        page(request, check=_check(valid=1, removed=1, unknown=1)),
    ]
    context = {
        "push": page(request, browsers=rows()),
        "cards": cards,
        "data": {
            "text": text,
            "facts": {made["key"]: made["facts"] for made in cards},
        },
        "failures": [
            {"key": key, "number": FAILURES[key], "words": words}
            for key, words in text["failures"].items()
        ],
        "switches": switches,
        "banners": [Banner(str(words)) for words in DONE.values()]
        + [Banner(str(words), refused=True) for words in REFUSED.values()],
        "empty": page(request),
        "right_to_left": "rtl" in request.GET,
        "other_theme": "theme" in request.GET,
    }
    return render(request, "portal/states.html", context)


def _check(*, valid: int = 0, removed: int = 0, unknown: int = 0) -> AccountCheck:
    return AccountCheck(
        begun_at=timezone.now(),
        total=3,
        valid=valid,
        removed=removed,
        unknown=unknown,
    )
