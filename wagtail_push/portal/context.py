"""What the settings page shows, for a template and for its JavaScript.

One builder serves the view and any page of the host's own.
"""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from wagtail_push import progress, registry
from wagtail_push.accounts import get_adapter
from wagtail_push.conf import settings
from wagtail_push.device import read_device
from wagtail_push.models import Account, Browser, NotificationScope
from wagtail_push.models.browsers import describe
from wagtail_push.portal.banner import Banner, banner
from wagtail_push.portal.renewal import connection
from wagtail_push.portal.rows import (
    RECENT,
    BrowserRow,
    ScopeSection,
    browser_rows,
    scope_sections,
)
from wagtail_push.portal.texts import texts


#: Browsers on one page of the list.
PAGE_SIZE = 15


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """The settings page of one account, opened in one browser."""

    request: HttpRequest
    key: str
    account: Account
    scopes: list[NotificationScope]

    @cached_property
    def label(self) -> str:
        """Return what the portal calls the account."""
        return get_adapter().label(self.key)

    @cached_property
    def portal(self) -> str:
        """Return what the portal calls itself."""
        return settings.name or self.request.get_host()

    @cached_property
    def banner(self) -> Banner | None:
        """Return what is to be said of the form that was sent before."""
        return banner(self.request.GET)

    @cached_property
    def check(self) -> progress.AccountCheck | None:
        """Return how far the check of all browsers is, if there was one lately."""
        found = progress.check_of(self.account)
        recent = found and timezone.now() - found.begun_at < RECENT
        return found if recent else None

    @cached_property
    def page(self) -> Page[Browser]:
        """Return one page of the account's browsers."""
        browsers = registry.browsers_of(self.account, self.device_id)
        return Paginator(browsers, PAGE_SIZE).get_page(self.request.GET.get("page"))

    @cached_property
    def device_id(self) -> uuid.UUID | None:
        """Return what the browser that asks is recognised by."""
        return read_device(self.request)

    @cached_property
    def browsers(self) -> list[BrowserRow]:
        """Return that page's rows: the browser in use first, then the newest."""
        return self._rows(self.page)

    @cached_property
    def browser(self) -> BrowserRow | None:
        """Return the browser that asks, if the account knows it."""
        if self.page.number > 1 and self.device_id:
            mine = registry.browsers_of(self.account, self.device_id).filter(
                installation__device_id=self.device_id
            )
            return next(iter(self._rows(mine)), None)
        return next((row for row in self.browsers if row.current), None)

    def find(self, browser_id: uuid.UUID) -> BrowserRow | None:
        """Return one of the account's browsers."""
        found = registry.browsers_of(self.account).filter(public_id=browser_id)
        return next(iter(self._rows(found)), None)

    def _rows(self, browsers: Iterable[Browser]) -> list[BrowserRow]:
        return browser_rows(list(browsers), self.scopes, self.device_id)

    @cached_property
    def registered_count(self) -> int:
        """Return how many browsers are registered."""
        return Browser.objects.registered().filter(account=self.account).count()

    @cached_property
    def offered(self) -> list[ScopeSection]:
        """Return the scopes that the dialog offers: as they were, or by default."""
        if self.browser:
            return self.browser.sections
        return scope_sections(self.scopes, {})

    @cached_property
    def lookalikes(self) -> list[Browser]:
        """Return the browsers that this one may have been before it was cleared."""
        if self.browser or not self.account.receives:
            return []
        return registry.lookalikes(
            self.account, self.request.user, self.device_id, self._kind
        )

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
            "state": self._card_words()
            .replace("-forbidden", "-off")
            .removesuffix("-revoked"),
            "heading": words["heading"] % values,
            "body": words["body"] % values,
            "tag": words.get("tag", ""),
        }

    @cached_property
    def config(self) -> dict[str, Any]:
        """Return what the page's JavaScript needs, for ``json_script``."""
        return {
            **connection(self.request),
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
        lost = {"removed": "lost", "revoked": "lost-revoked"}
        return lost.get(self.browser.status, self.browser.status)

    @cached_property
    def _kind(self) -> tuple[str, str]:
        return registry.read_user_agent(self.request.headers.get("User-Agent", ""))

    def _suggested_name(self) -> str:
        system = describe(*self._kind)
        names = Browser.objects.filter(account=self.account).values_list(
            "name", flat=True
        )
        taken = set(names.filter(name__startswith=system[:55]))
        name, number = system[:55], 1
        while name and name in taken:
            number += 1
            name = f"{system[:55]} {number}"
        return name


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
    )
