"""The made-up account, browsers and progress that the page of states shows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from example_site.portal.scopes import GROUPS, SCOPES
from wagtail_push.models import Account, Browser, Installation, PushSiteSettings
from wagtail_push.models.browsers import describe
from wagtail_push.portal.context import SettingsPage
from wagtail_push.portal.rows import BrowserRow, ScopeRow, ScopeSection
from wagtail_push.progress import AccountCheck, Progress


KEY = "C-10023"
DAY = timedelta(days=1)


def page(
    request: HttpRequest,
    *,
    enabled: bool = True,
    forbidden: bool = False,
    browsers: list[BrowserRow] | None = None,
    **known: Any,
) -> SettingsPage:
    """Return the settings page of the made-up account."""
    browsers = browsers or []
    made = SettingsPage(
        request=request,
        key=KEY,
        account=Account(key=KEY, enabled=enabled, forbidden=forbidden),
        scopes=[],
    )
    # A cached property that is known already asks no database.
    vars(made).update(
        {
            "label": f"Baltic Bakery ({KEY})",
            "site": PushSiteSettings(),
            "banner": None,
            "check": None,
            "foreign": False,
            "lookalikes": [],
            "browsers": browsers,
            "browser": next((row for row in browsers if row.current), None),
            "offered": sections(),
            "page": Paginator(browsers, 10).get_page(1),
            "registered_count": sum(row.registered for row in browsers),
            **known,
        }
    )
    return made


def sections(*, all_but: tuple[str, ...] = ()) -> list[ScopeSection]:
    """Return the demo's scopes in the active language; some are not wanted."""
    language = (get_language() or "en")[:2]
    found: dict[str, ScopeSection] = {}
    for scope in SCOPES:
        title = GROUPS[scope.group].get(language, GROUPS[scope.group]["en"])
        section = found.setdefault(scope.group, ScopeSection(title=title, scopes=[]))
        words = scope.words.get(language, scope.words["en"])
        section.scopes.append(
            ScopeRow(
                key=scope.key,
                group=title,
                title=words.title,
                description=words.description,
                default=scope.default,
                reason=words.reason,
                wanted=scope.default != "off" and scope.key not in all_but,
            )
        )
    return list(found.values())


def row(
    name: str = "Office laptop", status: str = "active", **other: Any
) -> BrowserRow:
    """Return a made-up browser; one that was removed was removed by FCM's answer."""
    now = timezone.now()
    removed = status == "removed"
    reason = Browser(removed_reason=Browser.Reason.UNREGISTERED)
    known: dict[str, Any] = {
        "id": uuid.uuid5(uuid.NAMESPACE_DNS, f"{name} {status}"),
        "name": name,
        "system": describe("Firefox", "Linux"),
        "status": status,
        "current": False,
        "language": get_language() or "",
        "hide_details": False,
        "pause_on_sign_out": False,
        "created_at": now - 90 * DAY,
        "last_shown_at": now - DAY / 8,
        "last_seen_at": now - DAY / 8,
        "changed": False,
        "removed_at": now - 3 * DAY if removed else None,
        "removed_reason": reason.removed_reason if removed else "",
        "reason_text": reason.get_removed_reason_display() if removed else "",
        "sections": sections(all_but=("payments",)),
        "test": None,
        "check": None,
    }
    return BrowserRow(**{**known, **other})


def several() -> list[BrowserRow]:
    """Return the browsers of an account in daily use."""
    return [
        row(current=True),
        row("Pixel 9", system=describe("Chrome Mobile", "Android")),
        row("Home PC", "paused", system=describe("Opera", "Windows")),
        row("Reception", "removed", system=describe("Edge", "Windows")),
    ]


def lookalike() -> Browser:
    """Return a browser that the one in use may have been before it was cleared."""
    seen = Installation(last_seen_at=timezone.now() - 12 * DAY)
    return Browser(name="Office laptop", installation=seen)


def asked(kind: str, state: str, *, stalled: bool = False) -> Progress:
    """Return how far a made-up test or check is."""
    begun = timezone.now() - timedelta(seconds=40)
    sent = begun + timedelta(seconds=1) if state in {"sent", "shown", "valid"} else None
    shown = begun + timedelta(seconds=2.3) if state == "shown" else None
    return Progress(
        kind=kind,
        state=state,
        begun_at=begun,
        sent_at=sent,
        shown_at=shown,
        stalled=stalled,
    )


def check(
    *, valid: int = 0, removed: int = 0, unknown: int = 0, stalled: bool = False
) -> AccountCheck:
    """Return how far a made-up check of four browsers is."""
    return AccountCheck(
        begun_at=timezone.now(),
        total=4,
        valid=valid,
        removed=removed,
        unknown=unknown,
        stalled=stalled,
    )
