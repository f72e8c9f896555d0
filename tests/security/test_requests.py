"""What strangers may send: too much, malformed, from elsewhere, too often, by guess."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from tests.test_access import TABLE, THERE, World, rows, world
from wagtail_push import receipts
from wagtail_push.api.bodies import MOST_BYTES
from wagtail_push.api.policies import InstallationThrottle, LoginThrottle
from wagtail_push.models import Browser, Notification, Recipient
from wagtail_push.test.factories import BrowserFactory, ScopeFactory


__all__ = ["world"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

API = "/push/api/v1/"

#: Every address that names a browser, and every way to change something.
OF_BROWSERS = [row[:3] for row in TABLE if "browser_id" in THERE[row[:2]]]
CHANGING = [row[:3] for row in TABLE if row[0] != "GET"]
#: A worker has no session, so there is no cookie that another site could use.
BY_CAPABILITY = {"api:receipts", "api:changes"}


@pytest.fixture
def browser() -> Browser:
    return BrowserFactory(account__key="C-1")


@pytest.fixture
def api(browser: Browser) -> Client:
    client = Client()
    client.force_login(browser.login)
    return client


def report(browser: Browser, body: Any = b"{}", **extra: Any) -> Any:
    """Call as the service worker of this browser."""
    capability = receipts.make_capability(browser.installation)
    return Client().post(
        f"{API}changes/" if body == b"{}" else f"{API}receipts/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Capability {capability}", **extra},
    )


class TestBodies:
    def test_no_more_is_read_than_anybody_needs(
        self, api: Client, browser: Browser
    ) -> None:
        body = json.dumps({"enabled": True}).ljust(MOST_BYTES)

        answers = [
            api.put(f"{API}account/", text, content_type="application/json")
            for text in (body, f"{body} ")
        ]
        answers.append(report(browser, f"{body} "))

        assert [answer.status_code for answer in answers] == [200, 413, 413]
        assert answers[1].json() == {
            "type": "about:blank",
            "title": answers[1].json()["title"],
            "status": 413,
            "detail": "The request could not be read.",
            "code": "too_large",
        }

    @pytest.mark.parametrize(
        ("body", "kind", "status", "code"),
        [
            ("[" * 60_000, "application/json", 400, "parse_error"),
            ('{"enabled": NaN}', "application/json", 400, "parse_error"),
            ('{"enabled": "yes"}', "application/json", 400, "invalid"),
            ('{"enabled": 1}', "application/json", 400, "invalid"),
            ("{}", "application/json; charset=rot13", 400, "invalid"),
            ("enabled=1", "text/plain", 415, "unsupported_media_type"),
        ],
    )
    def test_what_is_malformed_is_a_problem_document(
        self, body: str, kind: str, status: int, code: str, api: Client
    ) -> None:
        answer = api.generic("PUT", f"{API}account/", body, kind)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]

    @pytest.mark.parametrize("name", [7, "\0", "\ud800", ["x"], None])
    def test_a_name_is_text(self, name: Any, api: Client, browser: Browser) -> None:
        url = f"{API}browsers/{browser.public_id}/"

        answer = api.patch(url, {"name": name}, content_type="application/json")

        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["name"])

    def test_an_id_is_written_in_one_way(self, api: Client, browser: Browser) -> None:
        posted = {"browsers": [browser.public_id.hex]}

        answer = api.post(f"{API}tests/", posted, content_type="application/json")

        assert answer.status_code == 400

    @pytest.mark.parametrize("path", ["", "account", "browsers/7/", "%0A", "a/b"])
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_any_other_address_is_a_problem_document(
        self, method: str, path: str
    ) -> None:
        answer = Client().generic(method, f"{API}{path}")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer["Content-Type"] == "application/problem+json"

    def test_nothing_is_told_by_options(self, api: Client) -> None:
        for path in ("account/", "changes/"):
            assert api.options(f"{API}{path}").status_code in {401, 405}

    def test_a_nul_in_a_form(self, api: Client, browser: Browser) -> None:
        ScopeFactory(key="invoices")
        address = f"/push/browsers/{browser.public_id}"

        renamed = api.post(f"{address}/rename/", {"name": "a\0b"})
        chosen = api.post(f"{address}/scopes/", {"scope": "a\0b", "wanted": "1"})
        searched = api.get("/push/", {"q": "a\0b"})

        assert renamed["Location"].endswith("?refused=name")
        assert (chosen.status_code, searched.status_code) == (404, 200)
        assert searched.context["push"].search == "ab"


@pytest.mark.parametrize(
    ("method", "name", "body"), CHANGING, ids=lambda part: str(part)
)
def test_nothing_changes_without_the_forms_token(
    method: str, name: str, body: Any, world: World
) -> None:
    strict = world.clients["owner"] = Client(enforce_csrf_checks=True)
    strict.force_login(world.logins["owner"])
    before = rows()

    answer = world.ask("owner", (method, name), body, world.mine)

    if name in BY_CAPABILITY:
        assert answer.status_code == (204 if "capability" in body else 401)
    else:
        assert answer.status_code == 403
        assert rows() == before


@pytest.mark.parametrize(
    ("method", "name", "body"), OF_BROWSERS, ids=lambda part: str(part)
)
def test_anothers_browser_answers_as_one_that_does_not_exist(
    method: str, name: str, body: Any, world: World
) -> None:
    there = world.ask("other", (method, name), body, world.mine)
    mine = Browser.objects.filter(pk=world.mine.pk)
    Notification.objects.filter(recipients__browser=world.mine).update(
        public_id=uuid.uuid4()
    )
    mine.update(public_id=uuid.uuid4())
    # The address is that of before.
    gone = world.ask("other", (method, name), body, world.mine)

    if method == "POST" and not name.startswith("api:"):
        assert there["Location"] == gone["Location"] == "/push/?refused=gone"
    else:
        assert there.status_code == gone.status_code == 404
    assert there.content == gone.content
    # It is a time, which differs from one call to the next.
    del there["Expires"], gone["Expires"]
    assert there.headers == gone.headers


class TestThrottles:
    """They count logins and installations; what a proxy says of addresses is nothing."""

    @pytest.fixture(params=[None, 0, 1])
    def _proxies(self, request: pytest.FixtureRequest, settings: Any) -> None:
        settings.REST_FRAMEWORK = {"NUM_PROXIES": request.param}

    @pytest.mark.usefixtures("_proxies")
    def test_of_a_login(self, api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LoginThrottle, "rate", "2/min")
        other = Client()
        other.force_login(BrowserFactory(account__key="C-1").login)

        answers = [
            api.get(
                f"{API}account/",
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
                REMOTE_ADDR=f"198.51.100.{number}",
            ).status_code
            for number in range(3)
        ]

        assert answers == [200, 200, 429]
        # A colleague behind the same address is not held back.
        assert other.get(f"{API}account/").status_code == 200

    @pytest.mark.usefixtures("_proxies")
    def test_of_a_worker(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(InstallationThrottle, "rate", "2/min")

        answers = [
            report(browser, **{"X-Forwarded-For": f"203.0.113.{number}"}).status_code
            for number in range(3)
        ]

        assert answers == [204, 204, 429]
        assert report(BrowserFactory()).status_code == 204

    def test_playing_with_the_switch_asks_google_once(
        self, api: Client, browser: Browser, time_machine: Any
    ) -> None:
        time_machine.move_to("2026-03-02 10:00:00+00:00", tick=False)
        checks = Recipient.objects.filter(notification__kind="check")

        for enabled in "010101":
            api.post("/push/account/", {"enabled": enabled})
        assert checks.count() == 1

        time_machine.shift(11)
        for enabled in "01":
            api.post("/push/account/", {"enabled": enabled})
        assert checks.count() == 2


def test_the_worker_has_no_scope_beyond_its_folder(client: Client) -> None:
    answer = client.get("/push/sw/worker.js")

    # https://www.w3.org/TR/service-workers/#service-worker-allowed
    assert not answer.has_header("Service-Worker-Allowed")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
