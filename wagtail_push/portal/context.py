"""What the settings page shows, for a template and for its JavaScript.

One builder serves the view and any page of the host's own.
"""

import datetime
import uuid
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from wagtail_push import registry
from wagtail_push.accounts import get_adapter
from wagtail_push.conf import settings
from wagtail_push.device import read_device
from wagtail_push.models import Account, Browser, NotificationScope
from wagtail_push.models.browsers import describe
from wagtail_push.portal.texts import texts


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
    created_at: datetime.datetime
    last_shown_at: datetime.datetime | None
    removed_reason: str
    reason_text: str
    sections: list[ScopeSection]

    @property
    def scopes(self) -> list[ScopeRow]:
        """Return the scopes of all sections."""
        return [scope for section in self.sections for scope in section.scopes]

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
            "created_at": self.created_at.isoformat(),
            "last_shown_at": self.last_shown_at and self.last_shown_at.isoformat(),
            "removed_reason": self.removed_reason,
            "scopes": [asdict(scope) for scope in self.scopes],
        }


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """The settings page of one account, opened in one browser."""

    request: HttpRequest
    key: str
    account: Account
    scopes: list[NotificationScope]
    saved: bool = False

    @cached_property
    def label(self) -> str:
        """Return what the portal calls the account."""
        return get_adapter().label(self.key)

    @cached_property
    def portal(self) -> str:
        """Return what the portal calls itself."""
        return settings.name or self.request.get_host()

    @cached_property
    def browsers(self) -> list[BrowserRow]:
        """Return the account's browsers: the one in use first, then the newest."""
        device_id = read_device(self.request)
        rows = [
            self._row(browser, device_id)
            for browser in registry.browsers_of(self.account)
        ]
        return sorted(rows, key=lambda row: not row.current)

    @cached_property
    def browser(self) -> BrowserRow | None:
        """Return the browser that asks, if the account knows it."""
        return next((row for row in self.browsers if row.current), None)

    @cached_property
    def registered_count(self) -> int:
        """Return how many browsers are registered."""
        return sum(row.status != "removed" for row in self.browsers)

    @cached_property
    def offered(self) -> list[ScopeSection]:
        """Return the scopes that the dialog offers: as they were, or by default."""
        return self.browser.sections if self.browser else self._sections({})

    @cached_property
    def text(self) -> dict[str, Any]:
        """Return the sentences of the page's JavaScript."""
        return texts(self.portal)

    @cached_property
    def card(self) -> dict[str, str]:
        """Return the card "This browser" as far as the server knows it."""
        words = self.text["states"][self._card_words()]
        values = {
            "name": self.browser.name if self.browser else "",
            "account": self.label,
        }
        return {
            "state": self._card_words().replace("-forbidden", "-off"),
            "heading": words["heading"] % values,
            "body": words["body"] % values,
            "tag": words.get("tag", ""),
        }

    @cached_property
    def config(self) -> dict[str, Any]:
        """Return what the page's JavaScript needs, for ``json_script``."""
        worker = reverse("wagtail_push:worker")
        emulator = settings.emulator
        script = "wagtail_push/js/{}.js".format
        return {
            "api": reverse("wagtail_push:api:browsers").removesuffix("browsers/"),
            "worker": worker,
            "workerScope": worker.rpartition("/")[0] + "/",
            "sdk": static("wagtail_push/vendor/firebase-messaging.js"),
            "modules": {
                name: static(script(name)) for name in ("card", "connect", "enable")
            },
            "firebase": None if emulator else settings.firebase or None,
            "vapidKey": None if emulator else settings.vapid_key or None,
            "kind": settings.target_kind.value,
            "emulator": emulator,
            "emulatorModule": static(script("emulator")) if emulator else None,
            "csrf": get_token(self.request),
            "language": get_language() or "",
            "account": {
                "key": self.account.key,
                "label": self.label,
                "enabled": self.account.enabled,
                "forbidden": self.account.forbidden,
            },
            "browser": self.browser and self.browser.as_json(),
            "suggestedName": self._suggested_name(),
            "scopes": [
                {key: value for key, value in asdict(scope).items() if key != "wanted"}
                for section in self.offered
                for scope in section.scopes
            ],
            "neutral": {
                "body": self.text["page"]["neutral"],
                "lang": get_language() or "",
                "icon": settings.icon,
                "badge": settings.badge,
            },
            "text": self.text,
        }

    def _card_words(self) -> str:
        if self.account.forbidden:
            return "account-forbidden"
        if not self.account.enabled:
            return "account-off"
        if self.browser is None:
            return "checking"
        return "lost" if self.browser.status == "removed" else self.browser.status

    def _suggested_name(self) -> str:
        system = describe(
            *registry.read_user_agent(self.request.headers.get("User-Agent", ""))
        )
        taken = {row.name for row in self.browsers}
        name, number = system[:55], 1
        while name and name in taken:
            number += 1
            name = f"{system[:55]} {number}"
        return name

    def _row(self, browser: Browser, device_id: uuid.UUID | None) -> BrowserRow:
        choices = {choice.scope_id: choice.wanted for choice in browser.choices.all()}
        return BrowserRow(
            id=browser.public_id,
            name=browser.name,
            system=browser.installation.description,
            status=browser.status,
            current=browser.installation.device_id == device_id,
            language=browser.language,
            created_at=browser.created_at,
            last_shown_at=getattr(browser, "last_shown_at", None),
            removed_reason=browser.removed_reason,
            reason_text=browser.get_removed_reason_display(),
            sections=self._sections(choices),
        )

    def _sections(self, choices: dict[int, bool]) -> list[ScopeSection]:
        sections: dict[str, ScopeSection] = {}
        for scope in self.scopes:
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


def settings_page(request: HttpRequest) -> SettingsPage | None:
    """Return the page of the account that this request acts for, or None."""
    key = registry.current_key(request)
    if key is None:
        return None
    return SettingsPage(
        request=request,
        key=key,
        account=registry.get_account(key),
        scopes=registry.scopes(),
        saved="saved" in request.GET,
    )
