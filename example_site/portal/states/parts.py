"""The other parts of the customer's pages: account, list, details, and what was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from example_site.portal.states import made_up
from example_site.portal.states.specimen import Specimen
from wagtail_push.portal.banner import DONE, REFUSED, banner
from wagtail_push.portal.rows import BrowserRow
from wagtail_push.recent import Recent


STATUSES = ("active", "paused", "signed-out", "revoked", "removed")
MESSAGES = ("waiting", "sent", "shown", "failed", "expired")
CHECKS = ("waiting", "valid", "removed", "unknown")


def accounts(request: HttpRequest) -> Iterator[Specimen]:
    """Yield the account's switch, and the check that follows switching on."""
    known: dict[str, dict[str, Any]] = {
        "on": {},
        "off": {"enabled": False},
        "forbidden": {"forbidden": True},
        "checking": {"check": made_up.check(valid=1)},
        "checking-stalled": {"check": made_up.check(stalled=True)},
        "checked": {"check": made_up.check(valid=4)},
        "checked-some": {"check": made_up.check(valid=2, removed=1, unknown=1)},
    }
    for key, of_page in known.items():
        push = made_up.page(request, browsers=made_up.several(), **of_page)
        yield _part(key, "wagtail_push/includes/account.html", push=push)


def rows(request: HttpRequest) -> Iterator[Specimen]:
    """Yield a row of the list in every status, and with every answer."""
    row, asked = made_up.row, made_up.asked
    found: dict[str, BrowserRow] = {
        "current": row(current=True),
        **{status: row(status=status) for status in STATUSES},
        "changed": row(changed=True),
        **{f"test-{state}": row(test=asked("test", state)) for state in MESSAGES},
        "test-stalled": row(test=asked("test", "waiting", stalled=True)),
        **{
            f"check-{state}": row(
                status="removed" if state == "removed" else "active",
                check=asked("check", state),
            )
            for state in CHECKS
        },
        "check-stalled": row(check=asked("check", "waiting", stalled=True)),
        "long-name": row("Bürorechner im Empfang, links neben der Tür zum Lager 2"),
        "name-without-spaces": row("x" * 60),
    }
    for key, browser in found.items():
        yield _row(key, made_up.page(request), browser)
    yield _row("account-off", made_up.page(request, enabled=False), row())


def lists(request: HttpRequest) -> Iterator[Specimen]:
    """Yield the list as a whole, where it is more than its rows."""
    many = Paginator(range(25), 10).get_page(2)
    page = made_up.page
    known = {
        "empty": page(request),
        "many": page(request, browsers=made_up.several()[:1], page=many),
    }
    for key, push in known.items():
        yield _part(key, "wagtail_push/includes/browsers.html", push=push)
    yield _part("no-account", "wagtail_push/includes/panel.html", push=None)


def details(request: HttpRequest) -> Iterator[Specimen]:
    """Yield the parts of the page about one browser."""
    push = made_up.page(request)
    here = made_up.row(current=True, check=made_up.asked("check", "valid"))
    gone = made_up.row(status="removed", check=made_up.asked("check", "removed"))
    recent = [
        Recent(
            title=_("New invoice"),
            body="10023-2026-11",
            how_far=made_up.asked("message", state),
        )
        for state in MESSAGES
    ]
    for part in ("head", "state", "tiers", "name", "copy"):
        template = f"wagtail_push/includes/details_{part}.html"
        yield _part(part, template, push=push, browser=here)
    for part in ("head", "state"):
        template = f"wagtail_push/includes/details_{part}.html"
        yield _part(f"{part}-removed", template, push=push, browser=gone)
    template = "wagtail_push/includes/details_head.html"
    yield _part("head-long", template, push=push, browser=made_up.row("x" * 60))
    template = "wagtail_push/includes/details_recent.html"
    yield _part("recent", template, push=push, recent=recent)
    yield _part("recent-none", template, push=push, recent=[])
    template = "wagtail_push/includes/support.html"
    yield _part("support", template, code=here.support_code)


def banners(request: HttpRequest) -> Iterator[Specimen]:
    """Yield every sentence about what a form has done."""
    template = "wagtail_push/includes/banner.html"
    queries = [f"done={word}" for word in DONE]
    queries += ["done=testing&skipped=2"]
    queries += [f"refused={code}" for code in REFUSED] + ["refused=too_often&wait=7"]
    for query in queries:
        push = made_up.page(request, banner=banner(QueryDict(query)))
        yield _part(query.replace("=", "-").replace("&", "-"), template, push=push)


def elsewhere(request: HttpRequest) -> Iterator[Specimen]:
    """Yield what a portal puts on its own pages, and the help."""
    for registered in (True, False):
        key = "bell-on" if registered else "bell-off"
        template = "wagtail_push/includes/bell_link.html"
        yield _part(key, template, signed_in=True, registered=registered)
    scope = {"key": "invoices", "title": made_up.sections()[0].scopes[0].title}
    for state in ("on", "off", "unregistered"):
        yield _part(
            f"opt-in-{state}",
            "wagtail_push/includes/optin.html",
            scope=scope,
            state=state,
            browser_id=made_up.row().id,
        )
    push = made_up.page(request)
    yield _part("help", "wagtail_push/includes/help.html", push=push)


def _part(key: str, template: str, **context: Any) -> Specimen:
    return Specimen(key=key, template=template, context=context)


def _row(key: str, push: Any, browser: BrowserRow) -> Specimen:
    template = "portal/states/row.html"
    return _part(key, template, push=push, browser=browser)
