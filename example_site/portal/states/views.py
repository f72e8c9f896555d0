"""The page of states, and the same parts in a quite different look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from example_site.portal.states import cards, dialogs, made_up, parts
from example_site.portal.states.specimen import Group, Specimen
from wagtail_push.portal.renewal import MODULES, module


def in_demo_only(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Hide the view from everybody where this is no demo."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request)

    return wrapped


def groups(request: HttpRequest) -> list[Group]:
    """Return everything that there is to look at."""
    found: list[tuple[str, str, Callable[[HttpRequest], Iterator[Specimen]]]] = [
        ("card", _("The card of this browser"), cards.cards),
        ("dialog", _("The dialog"), dialogs.dialogs),
        ("failure", _("Failures in the dialog"), dialogs.failures),
        ("account", _("The account"), parts.accounts),
        ("row", _("Rows of the list"), parts.rows),
        ("list", _("The list"), parts.lists),
        ("details", _("The details of a browser"), parts.details),
        ("banner", _("What a form has done"), parts.banners),
        ("elsewhere", _("On other pages"), parts.elsewhere),
    ]
    return [
        Group(key=key, title=title, specimens=list(specimens(request)))
        for key, title, specimens in found
    ]


@require_safe
@in_demo_only
@login_required
def states(request: HttpRequest) -> HttpResponse:
    """Show every state; ``?dir=rtl`` shows it from right to left."""
    shown = [
        (group, [(one, f"{group.key}-{one.key}") for one in group.specimens])
        for group in groups(request)
    ]
    context = {
        "groups": [
            (
                group,
                [(one, name, one.render(request, name)) for one, name in specimens],
            )
            for group, specimens in shown
        ],
        "data": data(
            request,
            {name: one.finish for _, some in shown for one, name in some if one.finish},
        ),
        "right_to_left": request.GET.get("dir") == "rtl",
    }
    return render(request, "portal/states/states.html", context)


@require_safe
@in_demo_only
@login_required
def theme(request: HttpRequest) -> HttpResponse:
    """Show the settings in a look that sets nothing but custom properties of ours."""
    push = made_up.page(request, browsers=made_up.several())
    card = cards.card(request, "active")
    context = {"push": push, "data": data(request, {"theme": card.finish})}
    return render(request, "portal/states/theme.html", context)


def data(request: HttpRequest, finish: dict[str, Any]) -> dict[str, Any]:
    """Return what the page's script needs."""
    return {
        "language": get_language() or "",
        "modules": {name: module(name) for name in MODULES},
        "script": static("portal/states.js"),
        "text": made_up.page(request).text,
        "finish": finish,
    }
