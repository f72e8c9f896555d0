"""One registered browser, and its scopes, as a customer sees them."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format

from wagtail_push import progress, registry
from wagtail_push.models import Browser, NotificationScope
from wagtail_push.models.browsers import support_code


#: For so long a page tells how a test or a check went.
RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """One scope as this customer reads it, with what one browser chose."""

    key: str
    group: str
    title: str
    description: str
    default: str
    reason: str
    wanted: bool

    @property
    def always(self) -> bool:
        """Tell whether there is nothing to choose."""
        return self.default == NotificationScope.Default.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeSection:
    """The scopes under one heading."""

    title: str
    scopes: list[ScopeRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserRow:
    """One registered browser as this customer sees it."""

    id: uuid.UUID
    name: str
    system: str
    status: str
    current: bool
    language: str
    hide_details: bool
    pause_on_sign_out: bool
    created_at: datetime.datetime
    last_shown_at: datetime.datetime | None
    last_seen_at: datetime.datetime
    changed: bool
    removed_at: datetime.datetime | None
    removed_reason: str
    reason_text: str
    sections: list[ScopeSection]
    test: progress.Progress | None
    check: progress.Progress | None

    @property
    def scopes(self) -> list[ScopeRow]:
        """Return the scopes of all sections."""
        return [scope for section in self.sections for scope in section.scopes]

    @property
    def support_code(self) -> str:
        """Return what tells support of this browser; no part of its target is in it."""
        return support_code(self.id, self.status)

    @property
    def registered(self) -> bool:
        """Tell whether its registration stands."""
        return self.status != "removed"

    @property
    def paused(self) -> bool:
        """Tell whether its customer, or a sign-out, keeps it from being sent to."""
        return self.status in {"paused", "signed-out"}

    @property
    def waiting(self) -> bool:
        """Tell whether something about it is still to come."""
        return any(asked and not asked.settled for asked in (self.test, self.check))

    @property
    def wanted_count(self) -> int:
        """Return how many kinds of notification come to this browser."""
        return sum(scope.wanted for scope in self.scopes)

    def as_json(self) -> dict[str, Any]:
        """Return the browser as the API describes it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "system": self.system,
            "status": self.status,
            "current": self.current,
            "language": self.language,
            "hide_details": self.hide_details,
            "pause_on_sign_out": self.pause_on_sign_out,
            "created_at": self.created_at.isoformat(),
            "last_shown_at": self.last_shown_at and self.last_shown_at.isoformat(),
            "removed_reason": self.removed_reason,
            "stopped": self.removed_at and date_format(self.removed_at),
            "scopes": [asdict(scope) for scope in self.scopes],
        }


def browser_rows(
    browsers: Sequence[Browser],
    scopes: Sequence[NotificationScope],
    device_id: uuid.UUID | None,
) -> list[BrowserRow]:
    """Return these browsers as rows; all that they need is asked for at once."""
    revoked = registry.revoked(browsers)
    latest = progress.latest(browsers, RECENT)
    rows = []
    for browser in browsers:
        choices = {choice.scope_id: choice.wanted for choice in browser.choices.all()}
        status = browser.status
        if status != "removed" and browser.pk in revoked:
            status = "revoked"
        asked = latest.get(browser.pk, {})
        rows.append(
            BrowserRow(
                id=browser.public_id,
                name=browser.name,
                system=browser.installation.description,
                status=status,
                current=browser.installation.device_id == device_id,
                language=browser.language,
                hide_details=browser.hide_details,
                pause_on_sign_out=browser.pause_on_sign_out,
                created_at=browser.created_at,
                last_shown_at=getattr(browser, "last_shown_at", None),
                last_seen_at=browser.installation.last_seen_at,
                changed=browser.installation.changed_at is not None,
                removed_at=browser.removed_at,
                removed_reason=browser.removed_reason,
                reason_text=browser.get_removed_reason_display(),
                sections=scope_sections(scopes, choices),
                test=asked.get("test"),
                check=asked.get("check"),
            )
        )
    return rows


def scope_sections(
    scopes: Sequence[NotificationScope], choices: Mapping[int, bool]
) -> list[ScopeSection]:
    """Return the scopes under their headings, with what these choices make of them."""
    sections: dict[str, ScopeSection] = {}
    for scope in scopes:
        key = scope.group.key if scope.group else ""
        title = scope.group.title() if scope.group else ""
        section = sections.setdefault(key, ScopeSection(title=title, scopes=[]))
        text = scope.text()
        section.scopes.append(
            ScopeRow(
                key=scope.key,
                group=title,
                title=text.title,
                description=text.description,
                default=scope.default,
                reason=scope.reason(),
                wanted=registry.is_wanted(scope, choices),
            )
        )
    return list(sections.values())
