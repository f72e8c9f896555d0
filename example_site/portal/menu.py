"""The panel's left menu and header."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from example_site.portal.accounts import choose, customers_of


if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from example_site.portal.models import Customer


@dataclass(frozen=True)
class Item:
    """A line of the menu."""

    label: _StrPromise
    view: str
    icon: str
    # Views and namespaces behind this line: it stays marked while they are open.
    inside: tuple[str, ...] = ()

    @property
    def icon_template(self) -> str:
        """The template that draws the icon."""
        return f"portal/icons/{self.icon}.svg"


@dataclass(frozen=True)
class Section:
    """A group of lines; the first has no title."""

    key: str
    title: _StrPromise | str
    items: tuple[Item, ...]


MENU = (
    Section("start", "", (Item(_("Overview"), "portal:overview", "overview"),)),
    Section(
        "services",
        _("Services"),
        (
            Item(_("Hosting"), "portal:services", "hosting"),
            Item(_("Domains"), "portal:domains", "domains"),
        ),
    ),
    Section(
        "billing",
        _("Billing"),
        (
            Item(_("Invoices"), "portal:invoices", "invoices", ("portal:invoice",)),
            Item(_("Payments"), "portal:payments", "payments"),
        ),
    ),
    Section(
        "client",
        _("Client"),
        (
            Item(_("Profile"), "portal:profile", "profile"),
            Item(
                _("PUSH notifications"),
                "wagtail_push:settings",
                "bell",
                ("wagtail_push",),
            ),
        ),
    ),
)


class Panel:
    """What the layout shows around a page, read only if the layout is used."""

    menu = MENU

    def __init__(self, request: HttpRequest) -> None:
        """Remember the request."""
        self.request = request

    @cached_property
    def customers(self) -> list[Customer]:
        """The customers that the login may act for."""
        return list(customers_of(self.request.user))

    @cached_property
    def customer(self) -> Customer | None:
        """The customer that the page shows."""
        return choose(self.request, self.customers)

    @cached_property
    def open_items(self) -> set[Item]:
        """The lines of the menu that the open page belongs to."""
        match = self.request.resolver_match
        names = {match.view_name, match.namespace} if match else set()
        return {item for item in self._items() if names & {item.view, *item.inside}}

    @property
    def after_switch(self) -> str:
        """The page to show after a change of the customer."""
        match = self.request.resolver_match
        # A page about one thing of one customer has no twin at another customer.
        return self.request.path if match and not match.kwargs else ""

    def _items(self) -> Iterator[Item]:
        for section in self.menu:
            yield from section.items


def panel(request: HttpRequest) -> dict[str, Any]:
    """Give every template the panel around it."""
    return {"panel": Panel(request), "demo": settings.DEMO, "brand": "Nordhost"}
