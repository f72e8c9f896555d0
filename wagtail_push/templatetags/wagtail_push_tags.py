"""What a portal puts on its own pages."""

from dataclasses import replace
from typing import Any

from django import template
from django.http import HttpRequest

from wagtail_push import registry
from wagtail_push.device import read_device
from wagtail_push.models import Browser, NotificationScope
from wagtail_push.portal.context import settings_page
from wagtail_push.portal.renewal import module, renewal
from wagtail_push.portal.rows import scope_sections


register = template.Library()


@register.inclusion_tag("wagtail_push/includes/embedded.html", takes_context=True)
def push_settings(context: template.Context) -> dict[str, Any]:
    """Show the whole settings panel, with its style and its scripts."""
    request = context["request"]
    signed_in = request.user.is_authenticated
    return {"push": settings_page(request) if signed_in else None, "request": request}


@register.inclusion_tag("wagtail_push/includes/bell_link.html", takes_context=True)
def push_bell(context: template.Context) -> dict[str, Any]:
    """Link to the settings page, and say whether this browser is registered."""
    request = context["request"]
    browser = _here(request, _key(request))
    return {
        "signed_in": request.user.is_authenticated,
        "registered": browser is not None and _receives(browser),
    }


@register.inclusion_tag("wagtail_push/includes/optin.html", takes_context=True)
def push_optin(context: template.Context, scope: str) -> dict[str, Any]:
    """Offer one scope where it is talked about: for example "when it ships".

    Nothing is shown to those who are not signed in for an account, or for a scope that
    the account doesn't see.
    """
    request = context["request"]
    key = _key(request)
    offered = [] if key is None else registry.scopes(key)
    found = next((row for row in offered if row.key == scope), None)
    if found is None:
        return {}
    browser = _here(request, key)
    state = "unregistered"
    if browser is not None and _receives(browser):
        choices = dict(browser.choices.values_list("scope", "wanted"))
        state = "on" if registry.is_wanted(found, choices) else "off"
    return {
        "scope": {"key": found.key, "title": found.text().title},
        "state": state,
        "browser_id": browser and browser.public_id,
        "next": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("wagtail_push/includes/renew.html", takes_context=True)
def push_renew(context: template.Context) -> dict[str, Any]:
    """Renew the registration of this browser when it is due; at most daily."""
    request = context.get("request")
    return {"renewal": request and renewal(request), "script": module("renew")}


@register.inclusion_tag("wagtail_push/includes/scopes.html")
def push_scope_preview(scope: NotificationScope, theme: str) -> dict[str, Any]:
    """Show one scope as the settings page does, in the active language."""
    [section] = scope_sections([scope], {})
    # The page shows it in every theme: the key makes the elements' ids.
    rows = [replace(row, key=f"{row.key}-{theme}") for row in section.scopes]
    sections = [replace(section, scopes=rows)]
    return {"browser": {"sections": sections}, "heading": "h2", "preview": True}


def _key(request: HttpRequest) -> str | None:
    """Return the key of the account that a signed-in login acts for, if there is one."""
    return registry.current_key(request) if request.user.is_authenticated else None


def _receives(browser: Browser) -> bool:
    """Tell whether anything is sent there: not to an account that is off, either."""
    on = browser.status == "active" and browser.account.receives
    return on and browser.pk not in registry.revoked([browser])


def _here(request: HttpRequest, key: str | None) -> Browser | None:
    """Return the browser that asks, if its account knows it."""
    device_id = read_device(request)
    if key is None or device_id is None:
        return None
    return registry.current_browser(registry.get_account(key), device_id)
