"""What the settings page shows, for a template and for its JavaScript.

One builder serves the view and any page of the host's own.
"""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import json_script
from django.utils.translation import get_language

from wagtail_push import progress, registry
from wagtail_push.accounts import get_adapter
from wagtail_push.conf import SignOut, settings
from wagtail_push.device import read_device
from wagtail_push.models import Account, Browser, NotificationScope, PushSiteSettings
from wagtail_push.models.browsers import describe
from wagtail_push.portal.banner import Banner, banner, unsaid
from wagtail_push.portal.coach import Coach, coach, others
from wagtail_push.portal.renewal import connection
from wagtail_push.portal.rows import (
    RECENT,
    BrowserRow,
    ScopeSection,
    browser_rows,
    scope_sections,
)
from wagtail_push.portal.texts import texts
from wagtail_push.recent import Recent, recent


#: Browsers on one page of the list.
PAGE_SIZE = 10


class LettersAsTheyAre(DjangoJSONEncoder):
    """Leaves letters as they are: escaped, a Polish one takes six bytes."""

    def __init__(self, **kwargs: Any) -> None:
        """Take Django's options but one."""
        super().__init__(**{**kwargs, "ensure_ascii": False})


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """The settings page of one account, opened in one browser."""

    request: HttpRequest
    key: str
    account: Account
    scopes: list[NotificationScope]

    @property
    def address(self) -> str:
        """Return where forms lead back to, if it is not the settings page itself."""
        if self.request.path == reverse("wagtail_push:settings"):
            return ""
        # Where in which list a form stands, it says itself.
        return unsaid(self.request.get_full_path(), "q", "page")

    @cached_property
    def rest(self) -> QueryDict:
        """Return what else the address of the page says: the list's links keep it."""
        address = unsaid(self.request.get_full_path(), "q", "page")
        return QueryDict(address.partition("?")[2])

    @cached_property
    def label(self) -> str:
        """Return what the portal calls the account."""
        return get_adapter().label(self.key)

    @cached_property
    def portal(self) -> str:
        """Return what the portal calls itself."""
        return self.site.portal_name or self.request.get_host()

    @cached_property
    def site(self) -> PushSiteSettings:
        """Return the settings that count for messages, whatever site the page is on."""
        return PushSiteSettings.for_messages()

    @property
    def asks_on_sign_out(self) -> bool:
        """Tell whether customers choose what signing out does to sending."""
        return settings.sign_out is SignOut.ASK

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
        if self.search:
            browsers = browsers.filter(
                Q(name__icontains=self.search)
                | Q(installation__software__icontains=self.search)
                | Q(installation__system__icontains=self.search)
            )
        return Paginator(browsers, PAGE_SIZE).get_page(self.request.GET.get("page"))

    @property
    def search(self) -> str:
        """Return what the list is searched for."""
        return self.request.GET.get("q", "").replace("\0", "").strip()[:60]

    @property
    def can_search(self) -> bool:
        """Tell whether the list is long enough to search in it."""
        return bool(self.search) or self.page.paginator.num_pages > 1

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
        if (self.page.number > 1 or self.search) and self.device_id:
            mine = registry.browsers_of(self.account, self.device_id).filter(
                installation__device_id=self.device_id
            )
            return next(iter(self._rows(mine)), None)
        return next((row for row in self.browsers if row.current), None)

    def find(self, browser_id: uuid.UUID) -> tuple[BrowserRow, list[Recent]] | None:
        """Return one of the account's browsers, and what it was sent lately."""
        found = registry.browsers_of(self.account).filter(public_id=browser_id)
        browser = found.first()
        if browser is None:
            return None
        [row] = self._rows([browser])
        return row, recent(browser, get_language() or "")

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
    def coach(self) -> Coach:
        """Return the steps for this browser where something is in the way."""
        return coach(self.request.headers.get("User-Agent", ""), self.portal)

    @property
    def every_coach(self) -> list[tuple[str, list[str]]]:
        """Return the steps for every browser that is known, by name."""
        return others(self.portal)

    @cached_property
    def foreign(self) -> bool:
        """Tell whether this browser serves an account that is not this login's to end."""
        if self.browser or self.device_id is None:
            return False
        return registry.serves_others(self.request.user, self.device_id)

    @property
    def imported(self) -> bool:
        """Tell whether this may be a browser that an older registry held."""
        if self.browser or not self.account.receives:
            return False
        return registry.imported_for(self.request.user).exists()

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
            .removesuffix("-revoked")
            .removesuffix("-signed-out"),
            "heading": words["heading"] % values,
            "body": words["body"] % values,
            "tag": words.get("tag", ""),
        }

    @property
    def worker_scope(self) -> str:
        """Return the scope of the service worker: the folder that it is served from."""
        return reverse("wagtail_push:worker").rpartition("/")[0] + "/"

    @property
    def config_script(self) -> str:
        """Return the configuration as a script element that holds data."""
        return json_script(self.config, "wagtail-push-config", LettersAsTheyAre)

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
            "foreign": self.foreign,
            "imported": self.imported,
            "tooOld": self.coach.too_old,
            "suggestedName": self._suggested_name(),
            "scopes": [
                {key: value for key, value in asdict(scope).items() if key != "wanted"}
                for section in self.offered
                for scope in section.scopes
            ],
            "neutral": {
                "body": self.text["page"]["neutral"],
                "lang": get_language() or "",
                "icon": self.site.icon_url,
                "badge": self.site.badge_url,
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
        words = {
            "removed": "lost",
            "revoked": "lost-revoked",
            "signed-out": "paused-signed-out",
        }
        return words.get(self.browser.status, self.browser.status)

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
        scopes=registry.scopes(key),
    )
