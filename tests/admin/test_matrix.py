"""Each permission alone, at each address of ours: who is let in, and who is not.

The addresses come from the resolver: a new view without a line here fails.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.admin.editors import sign_in
from wagtail_push import announcements
from wagtail_push.models import Browser, Installation
from wagtail_push.test.factories import (
    AccountFactory,
    AnnouncementFactory,
    BrowserFactory,
    NotificationFactory,
    ScopeFactory,
    ScopeGroupFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts"),
]


#: Models that have permissions in Wagtail's group editor.
MODELS = (
    "account",
    "announcement",
    "browser",
    "notificationscope",
    "pushsitesettings",
    "scopegroup",
)
EVERYBODY = "everybody in the admin"

#: Views of a snippet as Wagtail guards them, by what any of lets in.
SNIPPET = {
    "list": "add change delete view",
    "list_results": "add change delete view",
    "add": "add",
    "edit": "change",
    "delete": "delete",
    "usage": "change",
    "history": "add change delete",
    "history_results": "add change delete",
    "inspect": "add change delete view",
    "reorder": "change",
    "preview_on_add": "add",
    "preview_on_edit": "change",
    "revisions_view": "change",
    "revisions_revert": "change",
    "revisions_compare": "change",
    # Copying takes two of them.
    "copy": "",
}
#: Scopes and groups may be chosen in a host's pages: their names are no secret.
CHOOSER = {
    "choose": EVERYBODY,
    "choose_results": EVERYBODY,
    "chosen": EVERYBODY,
    "chosen_multiple": EVERYBODY,
    "create": "add",
}
LIST = "add change delete view send statistics"
RIGHTS: dict[str, tuple[str, dict[str, str]]] = {
    "wagtailsnippets_wagtail_push_notificationscope": ("notificationscope", SNIPPET),
    "wagtailsnippetchoosers_wagtail_push_notificationscope": (
        "notificationscope",
        CHOOSER,
    ),
    "wagtailsnippets_wagtail_push_scopegroup": ("scopegroup", SNIPPET),
    "wagtailsnippetchoosers_wagtail_push_scopegroup": ("scopegroup", CHOOSER),
    "wagtailsnippets_wagtail_push_announcement": (
        "announcement",
        {**SNIPPET, "list": LIST, "list_results": LIST},
    ),
    "push-announcements": (
        "announcement",
        {
            "send": "change send",
            "test": "change send",
            "estimate": "change send",
            "cancel": "send",
            "resume": "send",
            "unschedule": "send",
            "results": "send statistics",
        },
    ),
    "push-accounts": (
        "account",
        {
            "index": "view change",
            "index_results": "view change",
            "edit": "change",
            "history": "change",
            "history_results": "change",
            "inspect": "view change",
        },
    ),
    "push-browsers": (
        "browser",
        {
            "index": "view change",
            "index_results": "view change",
            "history": "change",
            "history_results": "change",
            "inspect": "view change",
            "pause": "change",
            "activate": "change",
            "test": "change",
            "remove": "change",
        },
    ),
}
REPORTS = {"view_browser", "statistics_announcement"}


def in_the_admin(name: str) -> bool:
    """Tell whether a view is one of ours for editors."""
    return "push" in name and not name.startswith("wagtail_push:")


def addresses(
    ours: Callable[[str], bool] = in_the_admin,
) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of every view of ours, and its arguments."""

    def walk(
        patterns: Any, outer: tuple[str, ...], before: list[str]
    ) -> Iterator[tuple[str, list[str]]]:
        for pattern in patterns:
            args = [*before, *pattern.pattern.converters]
            if isinstance(pattern, URLResolver):
                inner = (*outer, pattern.namespace) if pattern.namespace else outer
                yield from walk(pattern.url_patterns, inner, args)
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield ":".join((*outer, pattern.name)), args

    seen = set()
    for name, args in walk(get_resolver().url_patterns, (), []):
        if ours(name) and name not in seen:
            seen.add(name)
            yield name, args


def is_let_in(client: Client, address: str) -> bool:
    """Tell whether somebody is shown something, or led on, but not away."""
    response = client.get(address)
    if response.status_code == 405:
        response = client.post(address)
    away = response.headers.get("Location") == reverse("wagtailadmin_home")
    return response.status_code != 403 and not away


def places() -> dict[str, str]:
    """Return the address of each view, by its name, with rows to show."""
    draft, sent = AnnouncementFactory(), AnnouncementFactory()
    announcements.send(sent)
    browser = BrowserFactory()
    rows = {
        "announcement": draft,
        "notificationscope": draft.scope,
        "scopegroup": ScopeGroupFactory(),
        "account": browser.account,
        "browser": browser,
    }
    revision = draft.save_revision()
    found = {}
    for name, args in addresses():
        namespace, _, view = name.partition(":")
        row = rows.get(RIGHTS.get(namespace, ("",))[0], draft)
        given = {"pk": row.pk, "revision_id": revision.pk}
        if view == "results":
            given["pk"] = sent.pk
        if view == "revisions_compare":
            args = ["pk", "revision_id_a", "revision_id_b"]
            given |= {"revision_id_a": "earliest", "revision_id_b": "latest"}
        found[name] = reverse(name, kwargs={arg: given[arg] for arg in args})
    return found


def every_permission() -> set[str]:
    """Return the names of the permissions that Wagtail's group editor offers for us."""
    ours = Permission.objects.filter(
        content_type__app_label="wagtail_push", content_type__model__in=MODELS
    )
    return set(ours.values_list("codename", flat=True))


def expected(name: str, everybody: set[str]) -> set[str]:
    """Return whose single permission opens a view."""
    namespace, _, view = name.partition(":")
    if namespace == "wagtail_push_reports":
        return REPORTS
    model, views = RIGHTS[namespace]
    if views[view] == EVERYBODY:
        return everybody
    return {f"{action}_{model}" for action in views[view].split()}


def test_each_permission_alone_opens_what_it_should(client: Client) -> None:
    everybody = every_permission()
    there = places()
    found: dict[str, set[str]] = {name: set() for name in there}

    for codename in everybody:
        sign_in(client, codename)
        for name, address in there.items():
            if is_let_in(client, address):
                found[name].add(codename)

    assert len(there) > 60
    assert found == {name: expected(name, everybody) for name in there}


def test_no_permission_of_the_admin_opens_the_pages_and_api_of_customers(
    client: Client,
) -> None:
    stranger = AccountFactory(key="C-777")
    browser = BrowserFactory(name="Back office", account=stranger)
    known = {
        "browser_id": browser.public_id,
        "notification_id": NotificationFactory().public_id,
        "scope": ScopeFactory().key,
    }
    there = [
        reverse(name, kwargs={arg: known[arg] for arg in args})
        for name, args in addresses(ours=lambda name: name.startswith("wagtail_push:"))
    ]
    before = rows_of(browser)

    def answers() -> dict[tuple[str, str], int]:
        found = {}
        for address in there:
            for method in (client.get, client.post, client.patch, client.delete):
                response = method(address, content_type="application/json")
                assert browser.name not in response.content.decode()
                found[method.__name__, address] = response.status_code
        return found

    sign_in(client)
    without = answers()
    for codename in every_permission():
        sign_in(client, codename)
        assert answers() == without, codename

    of_the_browser = {
        status for (_, at), status in without.items() if str(browser.public_id) in at
    }
    # By a form, back to the settings page: "not registered on this account".
    assert of_the_browser == {302, 404, 405}
    assert rows_of(browser) == before


def rows_of(browser: Browser) -> list[dict[str, Any]]:
    """Return all that is stored of a browser."""
    rows: tuple[QuerySet[Any], ...] = (
        Browser.objects.filter(pk=browser.pk),
        Installation.objects.filter(pk=browser.installation_id),
        browser.choices.all(),
    )
    return [row for some in rows for row in some.values()]


@pytest.mark.parametrize("codename", ["send_announcement", "statistics_announcement"])
def test_who_sends_or_reads_results_finds_them(codename: str, client: Client) -> None:
    sign_in(client, codename)
    draft, sent = AnnouncementFactory(), AnnouncementFactory(text__title="It is sent")
    announcements.send(sent)
    name = "wagtailsnippets_wagtail_push_announcement"

    page = client.get(reverse(f"{name}:list")).content.decode()

    assert reverse("push-announcements:results", args=[sent.pk]) in page
    to_send = reverse("push-announcements:send", args=[draft.pk]) in page
    assert to_send == (codename == "send_announcement")
    assert reverse(f"{name}:edit", args=[draft.pk]) not in page
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert '"label": "Announcements"' in home
