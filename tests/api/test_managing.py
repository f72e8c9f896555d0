"""What the API lets a customer do with account and browsers."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy

from wagtail_push import registry
from wagtail_push.backends.locmem import LocMemBackend
from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.messages import Answer, DeliveryResult, Envelope
from wagtail_push.models import Account, Browser, Notification, Receipt
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    InstallationFactory,
    LoginFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

API = "/push/api/v1/"
Work = Callable[[], None]


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def account() -> Account:
    return AccountFactory(key="C-1")


@pytest.fixture
def browser(account: Account, login: Any) -> Browser:
    return BrowserFactory(account=account, login=login, name="Office laptop")


class Api:
    """The calls of a page, each with its status and its body."""

    def __init__(self, login: Any) -> None:
        self.client = Client()
        self.client.force_login(login)

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        call = getattr(self.client, method)
        answer = call(API + path, body, content_type="application/json")
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def api(login: Any) -> Api:
    return Api(login)


def path_of(browser: Browser, more: str = "") -> str:
    return f"browsers/{browser.public_id}/{more}"


@pytest.mark.promise("M-08")
def test_the_account(api: Api) -> None:
    assert api("get", "account/") == (
        200,
        {
            "key": "C-1",
            "label": "Customer C-1",
            "enabled": True,
            "forbidden": False,
            "check": None,
        },
    )


@pytest.mark.promise("M-10")
def test_switching_off_and_on_checks_every_browser(
    api: Api, account: Account, answers: dict[str, Any], work: Work
) -> None:
    alive, paused = (BrowserFactory(account=account) for _ in range(2))
    dead, unknown = (BrowserFactory(account=account) for _ in range(2))
    Browser.objects.filter(pk=paused.pk).update(paused_at=timezone.now())
    BrowserFactory(account=account, removed_at=timezone.now(), installation__target="")
    BrowserFactory(account__key="C-2")
    answers[dead.installation.target] = DeliveryResult(answer=Answer.UNREGISTERED)
    answers[unknown.installation.target] = DeliveryResult(answer=Answer.UNAVAILABLE)

    status, off = api("put", "account/", {"enabled": False})
    assert (status, off["enabled"], off["check"]) == (200, False, None)
    _, on = api("put", "account/", {"enabled": True})
    begun = {"total": 4, "valid": 0, "removed": 0, "unknown": 0}
    assert on["check"] == {**begun, "settled": False, "stalled": False}
    work()

    counted = {"total": 4, "valid": 2, "removed": 1, "unknown": 1}
    _, after = api("get", "account/")
    assert after["check"] == {**counted, "settled": True, "stalled": False}
    states = {b.pk: b.status for b in Browser.objects.filter(account=account)}
    assert [states[b.pk] for b in (alive, paused, dead, unknown)] == [
        "active",
        "paused",
        "removed",
        "active",
    ]
    # An answer that is not there yet is not waited for: it is asked once.
    assert [
        e.answer for e in Notification.objects.get().deliveries.filter(status="failed")
    ]
    work()
    assert api("get", "account/")[1]["check"]["unknown"] == 1


def test_switching_on_what_is_on_checks_nothing(api: Api, browser: Browser) -> None:
    assert api("put", "account/", {"enabled": True})[1]["check"] is None
    assert not Notification.objects.exists()


@pytest.mark.promise("M-09")
def test_the_operators_word_has_the_same_effect(api: Api, browser: Browser) -> None:
    registry.forbid_account("C-1", True)

    status, problem = api("put", "account/", {"enabled": False})
    assert (status, problem["code"]) == (409, "account_forbidden")
    status, problem = api("post", "tests/", {"browsers": [str(browser.public_id)]})
    assert (status, problem["code"]) == (409, "account_forbidden")
    account = registry.forbid_account("C-1", False)
    assert account.enabled
    assert account.last_check
    assert account.last_check.recipients.get().browser == browser


def test_an_account_that_its_customer_switched_off_stays_off_when_allowed_again(
    browser: Browser,
) -> None:
    registry.switch_account("C-1", False)
    registry.forbid_account("C-1", True)

    account = registry.forbid_account("C-1", False)

    assert (account.enabled, account.receives, account.last_check) == (
        False,
        False,
        None,
    )


@pytest.mark.parametrize("body", [{}, {"enabled": "maybe"}, [], {"enabled": None}])
def test_a_bad_switch(api: Api, body: Any) -> None:
    assert api("put", "account/", body)[0] == 400
    assert not Account.objects.filter(enabled=False).exists()


@pytest.mark.promise("M-17")
def test_renaming_pausing_and_activating(api: Api, browser: Browser) -> None:
    status, body = api("patch", path_of(browser), {"name": " Old laptop "})
    assert (status, body["name"], body["status"]) == (200, "Old laptop", "active")
    status, body = api("patch", path_of(browser), {"paused": True})
    assert (status, body["name"], body["status"]) == (200, "Old laptop", "paused")
    status, body = api("patch", path_of(browser), {"paused": False, "name": "New"})
    assert (status, body["name"], body["status"]) == (200, "New", "active")
    assert api("patch", path_of(browser), {}) == (200, body)


@pytest.mark.parametrize("name", ["hide_details", "pause_on_sign_out"])
def test_a_browsers_switches(api: Api, browser: Browser, name: str) -> None:
    others = {"hide_details", "pause_on_sign_out"} - {name}
    for wanted in (True, False):
        status, body = api("patch", path_of(browser), {name: wanted})
        assert (status, body[name], body[others.copy().pop()]) == (200, wanted, False)
        browser.refresh_from_db()
        assert getattr(browser, name) is wanted


def test_what_a_sign_out_paused_is_activated_by_hand(
    api: Api, browser: Browser
) -> None:
    Browser.objects.update(signed_out_at=timezone.now())
    assert api("get", path_of(browser))[1]["status"] == "signed-out"
    chosen = {"browsers": [str(browser.public_id)]}
    assert api("post", "tests/", chosen)[1]["code"] == "browser_paused"

    assert api("patch", path_of(browser), {"paused": False})[1]["status"] == "active"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"paused": "?"}, "paused"),
        ({"hide_details": "?"}, "hide_details"),
        ({"pause_on_sign_out": None}, "pause_on_sign_out"),
    ],
)
def test_a_bad_change(api: Api, browser: Browser, body: Any, field: str) -> None:
    status, problem = api("patch", path_of(browser), body)

    assert (status, list(problem["fields"])) == (400, [field])
    browser.refresh_from_db()
    assert (browser.name, browser.status) == ("Office laptop", "active")


@pytest.mark.promise("M-19")
def test_removing(api: Api, browser: Browser) -> None:
    installation = browser.installation

    assert api("delete", path_of(browser)) == (204, None)

    assert not Browser.objects.exists()
    version = installation.capability_version
    installation.refresh_from_db()
    assert (installation.target, installation.target_hash) == ("", None)
    assert installation.capability_version == version + 1
    assert api("delete", path_of(browser))[0] == 404


def test_removing_here_leaves_the_browsers_other_account_alone(
    api: Api, browser: Browser
) -> None:
    other = BrowserFactory(installation=browser.installation, account__key="C-2")

    api("delete", path_of(browser))

    other.refresh_from_db()
    assert other.status == "active"
    assert other.installation.target


@pytest.mark.parametrize(
    ("method", "more", "body"),
    [
        ("patch", "", {"name": "New"}),
        ("patch", "", {"paused": True}),
        ("patch", "", {"paused": False}),
        ("patch", "", {"hide_details": True}),
        ("patch", "", {"pause_on_sign_out": True}),
        ("post", "check/", None),
        ("put", "scopes/invoices/", {"wanted": False}),
    ],
)
def test_what_has_ended_can_only_be_removed(
    api: Api, browser: Browser, method: str, more: str, body: Any
) -> None:
    ScopeFactory(key="invoices")
    Browser.objects.update(removed_at=timezone.now(), removed_reason="unregistered")

    status, problem = api(method, path_of(browser, more), body)

    assert (status, problem["code"]) == (409, "browser_removed")
    assert not browser.choices.exists()
    assert api("delete", path_of(browser))[0] == 204


def test_what_ends_meanwhile_is_not_changed(browser: Browser) -> None:
    Browser.objects.update(removed_at=timezone.now(), removed_reason="unregistered")

    for change in (registry.pause, registry.activate):
        with pytest.raises(Exception, match="no longer registered"):
            change(browser)


@pytest.mark.promise("M-18")
def test_tests_name_their_browser(
    api: Api, account: Account, browser: Browser, locmem: list[Envelope], work: Work
) -> None:
    phone = BrowserFactory(
        account=account,
        name="Phone",
        language="pl",
        installation__software="Chrome",
        installation__system="Android",
    )
    BrowserFactory(account=account)
    ScopeFactory(key="invoices", default="off")
    chosen = [str(browser.public_id), str(phone.public_id)]

    status, body = api("post", "tests/", {"browsers": chosen})
    work()

    assert status == 202
    assert (sorted(body["sent"]), body["refused"]) == (sorted(chosen), [])
    assert [(e.content.title, e.content.body) for e in locmem] == [
        (
            "Test notification",
            "For “Office laptop” (Firefox, Linux). Account: Customer C-1",
        ),
        (
            "Powiadomienie testowe",
            "Dla „Phone” (Chrome, Android). Konto: Customer C-1",
        ),
    ]
    assert {e.content.url for e in locmem} == {"/account/C-1/?next=/push/"}
    path = path_of(phone, f"notifications/{body['id']}/")
    assert api("get", path)[1]["state"] == "sent"


def test_a_test_tells_a_label_that_is_translated_later(
    api: Api,
    browser: Browser,
    accounts: Any,
    locmem: list[Envelope],
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accounts, "label", lambda self, key: gettext_lazy("Account"))

    status, _ = api("post", "tests/", {"browsers": [str(browser.public_id)]})
    work()

    assert status == 202
    assert locmem[0].content.body.endswith("Account: Account")


def test_why_some_get_no_test(
    api: Api, account: Account, browser: Browser, accounts: Any
) -> None:
    paused = BrowserFactory(account=account, paused_at=timezone.now())
    removed = BrowserFactory(account=account, removed_at=timezone.now())
    revoked = BrowserFactory(account=account)
    inactive = BrowserFactory(account=account, login__is_active=False)
    accounts.revoked = {(revoked.login_id, "C-1")}
    every = [browser, paused, removed, revoked, inactive]

    body = {"browsers": [str(b.public_id) for b in every]}
    status, answer = api("post", "tests/", body)

    assert (status, answer["sent"]) == (202, [str(browser.public_id)])
    codes = {row["id"]: row["code"] for row in answer["refused"]}
    assert codes == {
        str(paused.public_id): "browser_paused",
        str(removed.public_id): "browser_removed",
        str(revoked.public_id): "login_revoked",
        str(inactive.public_id): "login_revoked",
    }
    assert all(row["detail"] for row in answer["refused"])
    # Those alone, and there is nothing to send.
    status, problem = api("post", "tests/", {"browsers": [str(revoked.public_id)]})
    assert (status, problem["code"]) == (409, "login_revoked")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"browsers": []}, 409),
        ({"browsers": [str(uuid.uuid4())]}, 404),
        ({"browsers": ["x"]}, 400),
        ({"browsers": None}, 400),
        ({}, 400),
    ],
)
def test_bad_selections(api: Api, browser: Browser, body: Any, status: int) -> None:
    assert api("post", "tests/", body)[0] == status
    assert not Notification.objects.exists()


def test_too_many_tests_say_when_to_go_on(
    api: Api, browser: Browser, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
    body = {"browsers": [str(browser.public_id)]}
    assert api("post", "tests/", body)[0] == 202
    time_machine.shift(timedelta(seconds=4))

    answer = api.client.post(f"{API}tests/", body, content_type="application/json")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "6")
    assert answer.json()["code"] == "too_often"
    assert answer.json()["detail"] == "That was too often. Try again in 6 seconds."


def check(api: Api, browser: Browser, work: Work) -> Any:
    status, asked = api("post", path_of(browser, "check/"))
    assert status == 202
    path = path_of(browser, f"notifications/{asked['id']}/")
    assert api("get", path)[1]["state"] == "waiting"
    work()
    return api("get", path)[1]


@pytest.mark.promise("M-20")
@pytest.mark.parametrize("paused", [False, True])
def test_a_check_of_a_live_browser(
    api: Api, browser: Browser, locmem: list[Envelope], work: Work, paused: bool
) -> None:
    if paused:
        registry.pause(browser)

    told = check(api, browser, work)

    assert (told["kind"], told["state"], told["reason"]) == (
        "check",
        "valid",
        "accepted",
    )
    assert [e.dry_run for e in locmem] == [True]
    assert not Receipt.objects.exists()


@pytest.mark.promise("M-20")
@pytest.mark.parametrize("answer", ["unregistered", "sender-mismatch", "bad-target"])
def test_a_check_of_a_dead_browser(
    api: Api, browser: Browser, answers: dict[str, Any], work: Work, answer: str
) -> None:
    answers[browser.installation.target] = DeliveryResult(answer=Answer(answer))

    told = check(api, browser, work)

    assert (told["state"], told["reason"]) == ("removed", answer)
    browser.refresh_from_db()
    assert (browser.status, browser.removed_reason) == ("removed", answer)


@pytest.mark.promise("M-20")
@pytest.mark.parametrize(
    "answer", ["unavailable", "busy", "misconfigured", "bad-message"]
)
def test_a_check_that_could_not_be_made_removes_nothing(
    api: Api, browser: Browser, answers: dict[str, Any], work: Work, answer: str
) -> None:
    answers[browser.installation.target] = DeliveryResult(answer=Answer(answer))

    told = check(api, browser, work)

    assert (told["state"], told["reason"]) == ("unknown", answer)
    browser.refresh_from_db()
    assert browser.status == "active"
    assert Notification.objects.get().status == "done"


def test_a_check_with_a_set_up_that_sends_nothing_removes_nothing(
    api: Api,
    browser: Browser,
    locmem: list[Envelope],
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def send(self: Any, envelopes: Any) -> Any:
        raise PushConfigurationError("no credentials")

    monkeypatch.setattr(LocMemBackend, "send", send)

    assert check(api, browser, work)["state"] == "unknown"
    browser.refresh_from_db()
    assert browser.status == "active"


def test_a_check_of_a_login_without_the_right_is_made_all_the_same(
    api: Api, browser: Browser, answers: dict[str, Any], work: Work, accounts: Any
) -> None:
    colleague = BrowserFactory(account=browser.account)
    accounts.revoked = {(colleague.login_id, "C-1")}
    answers[colleague.installation.target] = DeliveryResult(answer=Answer.UNREGISTERED)

    assert check(api, colleague, work)["state"] == "removed"


def test_two_checks_at_once(api: Api, browser: Browser) -> None:
    assert api("post", path_of(browser, "check/"))[0] == 202

    status, problem = api("post", path_of(browser, "check/"))

    assert (status, problem["code"]) == (429, "too_often")


FID = "dQw4w9WgXcQ0123456789a"


def post(client: Client, **change: Any) -> Any:
    body = {"target": FID, "kind": "fid", "name": "Mine", **change}
    return client.post(f"{API}browsers/", body, content_type="application/json")


class TestProof:
    """A target that stands under another device: the poster must prove itself."""

    @pytest.fixture
    def theirs(self) -> Browser:
        return BrowserFactory(
            installation=InstallationFactory(fid=FID), account__key="C-9", language="cs"
        )

    def pushed(self, locmem: list[Envelope], work: Work) -> Envelope:
        locmem.clear()
        work()
        [envelope] = [e for e in locmem if e.content.proof]
        return envelope

    def test_a_nonce_is_pushed_and_brought_back(
        self, api: Api, theirs: Browser, locmem: list[Envelope], work: Work
    ) -> None:
        refused = post(api.client)
        assert (refused.status_code, refused.json()["code"]) == (409, "proof_needed")
        envelope = self.pushed(locmem, work)
        assert envelope.target.value == FID
        assert envelope.content.data()["proof"] == envelope.content.proof
        words = envelope.content.title + envelope.content.body + envelope.content.url
        assert "C-9" not in words

        # The poster may not act for C-9, so its customer is asked first.
        done = post(api.client, proof=envelope.content.proof)
        assert done.status_code == 201
        assert done.json()["browser"]["id"] != str(theirs.public_id)
        installation = Browser.objects.get(name="Mine").installation
        assert installation == theirs.installation

    def test_nobody_is_ended_before_the_proof(
        self,
        api: Api,
        login: Any,
        theirs: Browser,
        locmem: list[Envelope],
        work: Work,
        accounts: Any,
    ) -> None:
        accounts.revoked = {(login.pk, "C-9")}

        refused = post(api.client, take_over=True)
        assert refused.json()["code"] == "proof_needed"
        theirs.refresh_from_db()
        assert theirs.status == "active"
        proof = self.pushed(locmem, work).content.proof
        asked = post(api.client, proof=proof)
        assert (asked.status_code, asked.json()["code"]) == (409, "another_login")
        theirs.refresh_from_db()
        assert theirs.status == "active"

        assert post(api.client, proof=proof, take_over=True).status_code == 201
        theirs.refresh_from_db()
        assert (theirs.status, theirs.removed_reason) == ("removed", "taken-over")

    def test_a_nonce_belongs_to_its_login_and_target(
        self, api: Api, theirs: Browser, locmem: list[Envelope], work: Work
    ) -> None:
        post(api.client)
        proof = self.pushed(locmem, work).content.proof
        other = Api(LoginFactory())
        second = "e" + FID[1:]
        BrowserFactory(installation=InstallationFactory(fid=second))

        for answer in (
            post(other.client, proof=proof),
            post(api.client, target=second, proof=proof),
            post(api.client, proof="x"),
            post(api.client, proof=proof[:-1]),
        ):
            assert answer.json()["code"] == "proof_needed"

    def test_a_nonce_ends_after_two_minutes(
        self,
        api: Api,
        theirs: Browser,
        locmem: list[Envelope],
        work: Work,
        time_machine: Any,
    ) -> None:
        time_machine.move_to("2026-11-24 12:00:00+00:00", tick=False)
        post(api.client)
        first = self.pushed(locmem, work).content.proof
        # Asking again pushes nothing new while the first one can be brought back.
        post(api.client)
        locmem.clear()
        work()
        assert locmem == []
        time_machine.shift(timedelta(seconds=121))

        assert post(api.client, proof=first).json()["code"] == "proof_needed"
        assert self.pushed(locmem, work).content.proof != first

    def test_it_reaches_a_browser_that_is_paused_or_switched_off(
        self, api: Api, theirs: Browser, locmem: list[Envelope], work: Work
    ) -> None:
        registry.pause(theirs)
        registry.switch_account("C-9", False)
        post(api.client)

        assert self.pushed(locmem, work).target.value == FID

    def test_two_rows_that_are_one_browser_become_one(
        self, api: Api, account: Account, login: Any, locmem: list[Envelope], work: Work
    ) -> None:
        first = post(api.client, target="f" + FID[1:], name="First").json()
        theirs = BrowserFactory(
            installation=InstallationFactory(fid=FID), account__key="C-2"
        )
        post(api.client)
        proof = self.pushed(locmem, work).content.proof

        done = post(api.client, proof=proof).json()

        assert done["browser"]["id"] == first["browser"]["id"]
        mine = Browser.objects.get(public_id=first["browser"]["id"])
        theirs.refresh_from_db()
        assert theirs.installation == mine.installation
        assert mine.installation.target == FID
        assert theirs.status == "active"
