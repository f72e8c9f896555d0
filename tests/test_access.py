"""Who may do what: every address and method, for each kind of caller.

The table is compared with the URLs themselves, so that a new one without a row fails.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push import receipts
from wagtail_push.models import (
    Account,
    Batch,
    Browser,
    Delivery,
    Installation,
    Notification,
    Receipt,
    Recipient,
    ScopeChoice,
    Trouble,
)
from wagtail_push.test.factories import (
    AccountFactory,
    BatchFactory,
    BrowserFactory,
    LoginFactory,
    RecipientFactory,
    ScopeFactory,
)


#: Who calls. All but the last are signed in.
CALLERS = {
    "owner": "registered the browser and may act for its account",
    "colleague": "may act for the same account with another login",
    "other": "acts for another customer's account",
    "revoked": "registered the browser and may no longer act for its account",
    "editor": "edits in Wagtail's admin and acts for no account",
    "anonymous": "is not signed in",
}

#: In a body, these stand for the browser that the address names, a notification on its
#: way to it, and what its worker was given when it was registered.
BROWSER, NOTIFICATION, CAPABILITY = "a browser", "a notification", "a capability"

TARGET = {"target": "dQw4w9WgXcQ0123456789a", "kind": "fid"}
NEW = {**TARGET, "name": "New"}
SHOWN = {"notification": NOTIFICATION, "event": "shown"}
CAPABLE = {**SHOWN, "capability": CAPABILITY}

# A number is a status; `nothing` is 204, and nothing has changed; `done` and `refused` lead back to a page that says so, other words
# and paths to that page.
# fmt: off
TABLE: list[tuple[str, str, dict[str, Any], *tuple[int | str, ...]]] = [
    # method   url name           body                                        owner      colleague  other      revoked    editor     anonymous
    ("GET",    "settings",        {},                                         200,       200,       200,       200,       200,       "sign in"),
    ("POST",   "switch_account",  {"enabled": "0"},                           "done",    "done",    "done",    404,       404,       "sign in"),
    ("POST",   "tests",           {"browsers": [BROWSER]},                    "done",    "done",    "refused", 404,       404,       "sign in"),
    ("GET",    "browser",         {},                                         200,       200,       404,       404,       404,       "sign in"),
    ("POST",   "rename",          {"name": "New"},                            "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "pause",           {},                                         "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "activate",        {},                                         "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "test",            {},                                         "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "check",           {},                                         "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "choose_scope",    {"scope": "invoices", "wanted": "1"},       "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "copy_choices",    {},                                         "done",    "done",    "refused", 404,       404,       "sign in"),
    ("POST",   "preferences",     {"hide_details": "1"},                      "done",    "done",    "refused", 404,       404,       "sign in"),
    ("GET",    "remove",          {},                                         200,       200,       404,       404,       404,       "sign in"),
    ("POST",   "remove",          {},                                         "done",    "done",    "refused", 404,       404,       "sign in"),
    ("GET",    "turn_off",        {},                                         200,       200,       200,       404,       404,       "sign in"),
    # It acts on the browser that asks, and none of these is one; see tests/portal/test_landing.py.
    ("POST",   "turn_off",        {"wanted": "0"},                            "refused", "refused", "refused", 404,       404,       "sign in"),
    # Nothing is told of a notification but its link, and only to those whom it is for.
    ("GET",    "open",            {},                                         "/i/7/",   "/i/7/",   "settings", "settings", "settings", "sign in"),
    ("GET",    "worker",          {},                                         200,       200,       200,       200,       200,       200),

    ("GET",    "api:account",     {},                                         200,       200,       200,       403,       403,       403),
    ("PUT",    "api:account",     {"enabled": False},                         200,       200,       200,       403,       403,       403),
    ("GET",    "api:browsers",    {},                                         200,       200,       200,       403,       403,       403),
    ("POST",   "api:browsers",    NEW,                                        201,       201,       201,       403,       403,       403),
    ("GET",    "api:browser",     {},                                         200,       200,       404,       403,       403,       403),
    ("PATCH",  "api:browser",     {"name": "New", "paused": True},            200,       200,       404,       403,       403,       403),
    ("DELETE", "api:browser",     {},                                         204,       204,       404,       403,       403,       403),
    ("PUT",    "api:scope-choice", {"wanted": True},                          200,       200,       404,       403,       403,       403),
    ("POST",   "api:copy-choices", {},                                        200,       200,       404,       403,       403,       403),
    ("POST",   "api:check",       {},                                         202,       202,       404,       403,       403,       403),
    ("GET",    "api:notification", {},                                        200,       200,       404,       403,       403,       403),
    ("POST",   "api:tests",       {"browsers": [BROWSER]},                    202,       202,       404,       403,       403,       403),
    # Kept by its code alone: whose browser met it does not matter.
    ("POST",   "api:troubles",    {"code": "SW-404"},                         204,       204,       204,       403,       403,       403),
    # The browser that asks, known by its device cookie; only the owner's and the revoked one have it.
    ("PUT",    "api:installation", TARGET,                                    200,       409,       409,       409,       409,       403),
    ("DELETE", "api:installation", {},                                        204,       "nothing", "nothing", "nothing", "nothing", 403),
    # A worker has no session: whoever is signed in makes no difference.
    ("POST",   "api:receipts",    SHOWN,                                      401,       401,       401,       401,       401,       401),
    ("POST",   "api:receipts",    CAPABLE,                                    204,       204,       204,       204,       204,       204),
    ("POST",   "api:changes",     {},                                         401,       401,       401,       401,       401,       401),
    ("POST",   "api:changes",     {"capability": CAPABILITY},                 204,       204,       204,       204,       204,       204),
    ("GET",    "api:schema",      {},                                         200,       200,       200,       200,       200,       200),
]
# fmt: on

#: The stable codes of refusals; 403 of somebody who is signed in.
CODES = {
    401: "not_authenticated",
    403: "no_account",
    404: "not_found",
    409: "not_registered",
}

#: The account that a request is about.
ACTS_FOR = {"owner": "C-1", "colleague": "C-1", "other": "C-2", "revoked": "C-1"}

Endpoint = tuple[str, str]


def endpoints(
    resolver: URLResolver, namespace: str = "", names: tuple[str, ...] = ()
) -> Iterator[tuple[Endpoint, tuple[str, ...]]]:
    """Yield every method of every address, and the names of what stands in it."""
    for entry in resolver.url_patterns:
        inside = (*names, *entry.pattern.converters)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from endpoints(entry, namespace + inner, inside)
        else:
            for method in methods(entry):
                yield (method, f"{namespace}{entry.name}"), inside


def methods(pattern: URLPattern) -> list[str]:
    """Return the methods that a view answers, beside those that every view does."""
    view = pattern.callback.view_class
    known = set(view.http_method_names) - {"options", "head", "trace"}
    return sorted(name.upper() for name in known if hasattr(view, name))


THERE = dict(endpoints(get_resolver("wagtail_push.urls")))


def test_every_endpoint_has_its_row() -> None:
    said = {row[:2] for row in TABLE}

    assert len(THERE) > 20
    missing, gone = sorted(set(THERE) - said), sorted(said - set(THERE))
    assert not missing, f"no row says who may do this: {missing}"
    assert not gone, f"rows of what is not there: {gone}"
    assert {len(row) for row in TABLE} == {3 + len(CALLERS)}


class World:
    """Two customers' browsers, and everyone who might lay hands on one of them."""

    def __init__(self) -> None:
        self.clients = {name: Client() for name in CALLERS}
        self.logins = {name: LoginFactory() for name in CALLERS if name != "anonymous"}
        for name, login in self.logins.items():
            self.clients[name].force_login(login)
        access = Permission.objects.get(
            content_type__app_label="wagtailadmin", codename="access_admin"
        )
        self.logins["editor"].user_permissions.add(access)
        ScopeFactory(key="invoices")
        self.mine = self.browser("C-1", "owner")
        self.browser("C-1", "owner")
        self.theirs = self.browser("C-2", "other")
        OpenAccounts.revoked = {
            (self.logins[name].pk, "C-1") for name in ("other", "revoked", "editor")
        }

    def browser(self, key: str, login: str) -> Browser:
        """Register a browser, with a notification on its way to it."""
        browser = BrowserFactory(
            account=AccountFactory(key=key),
            login=self.logins[login],
            name=f"Of {login}",
        )
        notification = RecipientFactory(
            account=browser.account, browser=browser, notification__url="/i/7/"
        ).notification
        BatchFactory(notification=notification, last_id=browser.installation_id)
        return browser

    def ask(
        self, caller: str, endpoint: Endpoint, body: Mapping[str, Any], about: Browser
    ) -> HttpResponse:
        """Have somebody call an address about a browser."""
        method, name = endpoint
        notification = Recipient.objects.get(browser=about).notification
        values = {
            "browser_id": about.public_id,
            "notification_id": notification.public_id,
            "scope": "invoices",
        }
        url = reverse(
            f"wagtail_push:{name}", kwargs={key: values[key] for key in THERE[endpoint]}
        )
        known = {
            BROWSER: str(about.public_id),
            NOTIFICATION: str(notification.public_id),
        }
        data = {
            key: [known.get(item, item) for item in value]
            if isinstance(value, list)
            else known.get(value, value)
            for key, value in body.items()
        }
        if name == "api:installation" and caller in {"owner", "revoked"}:
            come_back_as(self.clients[caller], about)
        headers = {}
        if data.pop("capability", None):
            capability = receipts.make_capability(about.installation)
            headers["Authorization"] = f"Capability {capability}"
        if caller in ACTS_FOR:
            headers["X-Account"] = ACTS_FOR[caller]
        kind = {"content_type": "application/json"} if name.startswith("api:") else {}
        call = getattr(self.clients[caller], method.lower())
        return call(url, data or None, headers=headers, **kind)


def told(response: HttpResponse) -> int | str:
    """Return what the table calls this answer."""
    if response.status_code != 302:
        return response.status_code
    path, _, query = response["Location"].partition("?")
    if path == "/sign-in/":
        return "sign in"
    return query.partition("=")[0] or ("settings" if path == "/push/" else path)


#: Our tables, and what in them belongs to an account.
BELONGS: dict[Any, str | None] = {
    Account: "",
    Installation: "browsers__account__",
    Browser: "account__",
    ScopeChoice: "browser__account__",
    Notification: "recipients__account__",
    Recipient: "account__",
    Batch: "notification__recipients__account__",
    Delivery: "installation__browsers__account__",
    Receipt: "installation__browsers__account__",
    Trouble: None,
}


def rows(key: str | None = None) -> list[Any]:
    """Return what stands in our tables, of one account or at all."""
    return [
        list(model.objects.filter(**{f"{path}key": key} if key else {}).values())
        for model, path in BELONGS.items()
        if not key or path is not None
    ]


CASES = [
    pytest.param(
        caller,
        (method, name),
        body,
        expected,
        id=f"{method} {name}{' capable' if 'capability' in body else ''} by {caller}",
    )
    for method, name, body, *statuses in TABLE
    for caller, expected in zip(CALLERS, statuses, strict=True)
]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, accounts: Any, work: Any) -> World:
    monkeypatch.setattr(
        OpenAccounts, "current", lambda _, request: request.headers.get("X-Account")
    )
    return World()


@pytest.mark.django_db
@pytest.mark.parametrize(("caller", "endpoint", "body", "expected"), CASES)
def test_who_may_do_what(
    world: World,
    caller: str,
    endpoint: Endpoint,
    body: Mapping[str, Any],
    expected: int | str,
) -> None:
    method, name = endpoint
    if caller == "revoked":
        Browser.objects.filter(pk=world.mine.pk).update(login=world.logins[caller])
    if name == "activate":
        Browser.objects.update(paused_at=timezone.now())
    before, mine_before = rows(), rows("C-1")

    response = world.ask(caller, endpoint, body, world.mine)

    assert told(response) == (204 if expected == "nothing" else expected)
    granted = expected == "done" or (isinstance(expected, int) and expected < 300)
    # Whoever may do it does it; nobody else, and no reading, changes anything.
    assert (rows() != before) == (granted and method != "GET")
    if caller == "other" and "capability" not in body:
        assert rows("C-1") == mine_before
    shown = response.content.decode()
    assert world.mine.installation.target not in shown
    if caller not in {"owner", "colleague"}:
        assert world.mine.name not in shown
    if name.startswith("api:") and not granted and expected != "nothing":
        code = CODES[401 if caller == "anonymous" else expected]
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert (problem["status"], problem["code"]) == (expected, code)
        assert problem["detail"]
        assert response.has_header("WWW-Authenticate") == (expected == 401)
