"""Renewing a registration over HTTP: the same row, and never more than there was."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.devices import come_back_as
from wagtail_push import receipts, registry
from wagtail_push.device import COOKIE
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import Account, Browser, Installation, Notification
from wagtail_push.registry import proving
from wagtail_push.signals import browser_registered, browser_removed
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    InstallationFactory,
    LoginFactory,
    ScopeChoiceFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

OLD = "cQw4w9WgXcQ0123456789a"
NEW = "dQw4w9WgXcQ0123456789a"
URL = "/push/api/v1/installation/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
LONG_AGO = timezone.now() - timedelta(days=40)
Reason = Browser.Reason


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def browser(login: Any) -> Browser:
    installation = InstallationFactory(
        fid=OLD,
        software="Chrome",
        worker="foreign",
        last_seen_at=LONG_AGO,
        changed_at=LONG_AGO,
    )
    return BrowserFactory(
        installation=installation,
        account__key="C-1",
        login=login,
        name="Office laptop",
        language="pl",
        paused_at=LONG_AGO,
    )


@pytest.fixture
def api(login: Any, browser: Browser) -> Client:
    """Return the client that is this browser."""
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(login)
    come_back_as(client, browser)
    return client


def renew(api: Client, target: str = NEW, **change: Any) -> Any:
    body = {"target": target, "kind": "fid", "key_fingerprint": "b" * 64, **change}
    return api.put(URL, body, content_type="application/json")


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def end(browser: Browser, reason: Reason) -> None:
    [digest] = Installation.objects.filter(pk=browser.installation_id).values_list(
        "target_hash", flat=True
    )
    Installation.objects.erase([digest], reason)


@pytest.mark.promise("B-04")
def test_a_new_target_under_the_same_row(api: Client, browser: Browser) -> None:
    choice = ScopeChoiceFactory(browser=browser, wanted=False)
    before = Browser.objects.values().get()

    response = renew(api)

    installation = Installation.objects.get()
    assert (response.status_code, response.json()) == (
        200,
        {"changed": True, "capability": receipts.make_capability(installation)},
    )
    assert Browser.objects.values().get() == before, "name, language, pause and all"
    assert list(browser.choices.all()) == [choice]
    assert (installation.target, installation.target_kind) == (NEW, "fid")
    assert installation.target_hash == Target(TargetKind.FID, NEW).digest
    assert installation.key_fingerprint == "b" * 64
    assert (installation.software, installation.worker) == ("Firefox", "own")
    assert installation.last_seen_at > LONG_AGO
    assert installation.changed_at is None
    assert response.cookies[COOKIE].value, "it is recognised for another 400 days"
    assert NEW not in response.content.decode()
    assert not Notification.objects.exists(), "nobody is pushed anything"


@pytest.mark.promise("B-04")
def test_the_same_target_is_only_seen_again(api: Client, browser: Browser) -> None:
    response = renew(api, OLD)

    assert response.json()["changed"] is False
    assert Installation.objects.get().last_seen_at > LONG_AGO


@pytest.mark.promise("B-04")
def test_a_change_of_mode(api: Client) -> None:
    renew(api, f"{OLD}:APA91bXYZ", kind="token")

    installation = Installation.objects.get()
    assert installation.target_kind == "token"
    assert installation.fid_hash == Target(TargetKind.FID, OLD).digest


@pytest.mark.promise("B-03", "B-04")
@pytest.mark.parametrize(
    "reason",
    [Reason.UNREGISTERED, Reason.SENDER_MISMATCH, Reason.BAD_TARGET, Reason.LOST],
)
@pytest.mark.parametrize("target", [OLD, NEW])
def test_what_the_system_ended_comes_back(
    reason: Reason, target: str, api: Client, browser: Browser
) -> None:
    capability = receipts.make_capability(browser.installation)
    end(browser, reason)
    told = []

    def listen(browser: Browser, created: bool, **kwargs: Any) -> None:
        told.append((browser.name, browser.removed_at, created))

    browser_registered.connect(listen)

    response = renew(api, target)

    assert response.json()["changed"] is True
    again = Browser.objects.get()
    assert (again.pk, again.name, again.status) == (
        browser.pk,
        "Office laptop",
        "paused",
    )
    assert again.removed_reason == ""
    assert Installation.objects.get().target == target
    assert told == [("Office laptop", None, False)]
    assert receipts.read_capability(capability) is None
    assert receipts.read_capability(response.json()["capability"])


@pytest.mark.parametrize(
    "fail",
    [
        lambda browser: browser.no_such_thing,
        lambda browser: Account.objects.create(key=browser.account.key),
        # PostgreSQL takes nothing more of the transaction, and Django does not know.
        lambda browser: connection.cursor().execute("nonsense"),
    ],
    ids=["python", "orm", "sql"],
)
def test_a_receiver_of_the_host_that_fails_ends_no_renewal(
    fail: Any, api: Client, browser: Browser
) -> None:
    end(browser, Reason.LOST)

    def broken(browser: Browser, **kwargs: Any) -> None:
        fail(browser)

    browser_registered.connect(broken)

    assert renew(api, NEW).status_code == 200
    assert Installation.objects.get().target == NEW


@pytest.mark.promise("B-04")
def test_what_a_customer_removed_stays_removed(api: Client, browser: Browser) -> None:
    registry.remove(browser)

    assert code_of(renew(api)) == (409, "not_registered")
    assert not Browser.objects.exists()
    assert Installation.objects.get().target == ""


def test_what_another_took_over_stays_theirs(api: Client, browser: Browser) -> None:
    end(browser, Reason.TAKEN_OVER)

    assert code_of(renew(api)) == (409, "not_registered")
    assert Browser.objects.get().removed_reason == "taken-over"


def test_a_device_that_is_not_known(login: Any) -> None:
    client = Client()
    client.force_login(login)

    assert code_of(renew(client)) == (409, "not_registered")
    assert not Installation.objects.exists()


@pytest.mark.promise("B-04")
def test_all_accounts_of_a_login_come_back_at_once(
    api: Client, browser: Browser, login: Any
) -> None:
    BrowserFactory(installation=browser.installation, account__key="C-2", login=login)
    end(browser, Reason.UNREGISTERED)

    renew(api)

    assert Browser.objects.registered().count() == 2


@pytest.mark.promise("M-09", "B-04")
@pytest.mark.parametrize("off", [{"enabled": False}, {"forbidden": True}])
def test_an_account_that_is_off_keeps_targets_fresh_and_gets_none_back(
    off: dict[str, bool], api: Client, browser: Browser, login: Any
) -> None:
    BrowserFactory(
        installation=browser.installation,
        account=AccountFactory(key="C-off", **off),
        login=login,
        removed_at=LONG_AGO,
        removed_reason=Reason.UNREGISTERED,
    )
    type(browser.account).objects.filter(key="C-1").update(**off)

    assert renew(api).status_code == 200
    assert Installation.objects.get().target == NEW
    assert list(Browser.objects.registered()) == [browser]

    end(browser, Reason.UNREGISTERED)
    assert code_of(renew(api, OLD)) == (409, "account_off")
    assert Installation.objects.get().target == ""


@pytest.mark.promise("M-30")
def test_a_login_without_the_right_leads_nothing_elsewhere(
    api: Client, browser: Browser, login: Any, accounts: Any
) -> None:
    BrowserFactory(installation=browser.installation, account__key="C-2")
    accounts.revoked.add((login.pk, "C-2"))

    assert code_of(renew(api)) == (409, "another_login")
    assert Installation.objects.get().target == OLD
    # To be seen is no harm.
    assert renew(api, OLD).status_code == 200


@pytest.mark.promise("M-30")
def test_nothing_comes_back_into_a_browser_that_is_anothers_by_now(
    api: Client, browser: Browser, login: Any, accounts: Any
) -> None:
    end(browser, Reason.UNREGISTERED)
    Installation.objects.update(target=OLD, target_hash=digest_of(OLD))
    BrowserFactory(installation=browser.installation, account__key="C-2")
    accounts.revoked.add((login.pk, "C-2"))

    assert code_of(renew(api, OLD)) == (409, "another_login")
    assert Browser.objects.get(pk=browser.pk).status == "removed"


def digest_of(target: str) -> str:
    return Target(TargetKind.FID, target).digest


@pytest.mark.promise("M-30")
def test_a_login_that_may_act_for_none_of_its_accounts(
    api: Client, browser: Browser, login: Any, accounts: Any
) -> None:
    accounts.revoked.add((login.pk, "C-1"))

    assert code_of(renew(api)) == (409, "not_registered")
    assert Installation.objects.get().target == OLD


@pytest.mark.promise("B-04")
def test_a_target_of_another_device_needs_a_proof(
    api: Client, browser: Browser, login: Any
) -> None:
    theirs = BrowserFactory(installation__fid=NEW, account__key="C-2")

    assert code_of(renew(api)) == (409, "proof_needed")
    [asked] = Notification.objects.all()
    assert asked.kind == "proof"
    assert asked.recipients.get().browser == theirs
    assert Installation.objects.get(pk=browser.installation_id).target == OLD

    response = renew(api, proof=asked.params["proof"])

    assert response.status_code == 200
    theirs.refresh_from_db()
    assert theirs.installation_id == browser.installation_id
    assert Installation.objects.get(target=NEW).pk == browser.installation_id


def test_a_forged_proof(api: Client, browser: Browser) -> None:
    BrowserFactory(installation__fid=NEW)
    proof = proving.signing.dumps([digest_of(NEW), "0", "x"], salt=proving.SALT)

    assert code_of(renew(api, proof=proof)) == (409, "proof_needed")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "email"}, "kind"),
        ({"target": ""}, "target"),
        ({"target": "x" * 4097}, "target"),
        ({"key_fingerprint": "zz"}, "key_fingerprint"),
    ],
)
def test_bad_input_names_the_field(
    change: dict[str, Any], field: str, api: Client
) -> None:
    response = renew(api, **change)

    assert (response.status_code, list(response.json()["fields"])) == (400, [field])


def test_nobody_signed_in(browser: Browser) -> None:
    client = Client()
    come_back_as(client, browser)

    assert code_of(renew(client)) == (403, "not_authenticated")
    assert code_of(client.delete(URL)) == (403, "not_authenticated")
    assert Browser.objects.get().removed_at is None


class TestLost:
    @pytest.mark.promise("B-03")
    def test_the_browser_reports_it_itself(
        self, api: Client, browser: Browser, django_capture_on_commit_callbacks: Any
    ) -> None:
        told = []

        def listen(browser: Browser, reason: Reason, **kwargs: Any) -> None:
            told.append((browser.pk, reason))

        browser_removed.connect(listen)
        with django_capture_on_commit_callbacks(execute=True):
            response = api.delete(URL)

        assert (response.status_code, response.content) == (204, b"")
        lost = Browser.objects.get()
        assert (lost.status, lost.removed_reason) == ("removed", "lost")
        assert (lost.name, lost.paused_at) == ("Office laptop", LONG_AGO)
        installation = Installation.objects.get()
        assert (installation.target, installation.target_hash) == ("", None)
        assert told == [(browser.pk, "lost")]
        assert api.delete(URL).status_code == 204

    @pytest.mark.promise("M-30")
    def test_others_are_none_of_its_business(
        self, api: Client, browser: Browser, login: Any, accounts: Any
    ) -> None:
        theirs = BrowserFactory(installation=browser.installation, account__key="C-2")
        accounts.revoked.add((login.pk, "C-2"))

        api.delete(URL)

        assert list(Browser.objects.registered()) == [theirs]
        assert Installation.objects.get().target == OLD

    def test_a_device_that_is_not_known(self, login: Any, browser: Browser) -> None:
        client = Client()
        client.force_login(login)

        assert client.delete(URL).status_code == 204
        assert Browser.objects.registered().exists()


class TestChanges:
    URL = "/push/api/v1/changes/"

    def post(self, capability: str) -> Any:
        return Client(enforce_csrf_checks=True).post(
            self.URL,
            content_type="application/json",
            headers={"Authorization": f"Capability {capability}"},
        )

    @pytest.mark.promise("B-04")
    def test_the_worker_reports_and_the_page_says_so(
        self, api: Client, browser: Browser
    ) -> None:
        Installation.objects.update(changed_at=None)
        registry.activate(browser)
        assert "Needs attention</span>" not in api.get("/push/").content.decode()

        response = self.post(receipts.make_capability(browser.installation))

        assert (response.status_code, response.content) == (204, b"")
        assert Installation.objects.get().changed_at is not None
        assert "Needs attention</span>" in api.get("/push/").content.decode()
        renew(api, OLD)
        assert "Needs attention</span>" not in api.get("/push/").content.decode()

    def test_without_a_capability(self, browser: Browser) -> None:
        browser.installation.capability_version = 7

        for forged in ("", receipts.make_capability(browser.installation)):
            assert code_of(self.post(forged)) == (401, "bad_capability")
        assert Client().post(self.URL).status_code == 401
