"""What a portal puts on its own pages."""

from typing import Any

from django import template

from wagtail_push.portal.renewal import module, renewal


register = template.Library()


@register.inclusion_tag("wagtail_push/includes/renew.html", takes_context=True)
def push_renew(context: template.Context) -> dict[str, Any]:
    """Renew the registration of this browser when it is due; at most daily."""
    request = context.get("request")
    return {"renewal": request and renewal(request), "script": module("renew")}
