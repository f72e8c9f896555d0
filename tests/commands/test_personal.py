"""What is kept of one customer: nothing is forgotten in the export, nothing is left."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from tests.commands.running import Said, run
from wagtail_push import personal, receipts, registry
from wagtail_push.messages import EVERYONE, Personal, Target, TargetKind
from wagtail_push.models import (
    Account,
    Announcement,
    Batch,
    Browser,
    Installation,
    Notification,
    Receipt,
)
from wagtail_push.notify import notify
from wagtail_push.registry import proving
from wagtail_push.registry.telling import tell_others
from wagtail_push.signals import browser_removed
from wagtail_push.test import failing
from wagtail_push.test.factories import (
    AnnouncementFactory,
    BrowserFactory,
    LoginFactory,
    NotificationFactory,
    RecipientFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("accounts", "locmem", "wagtail_rows"),
]

#: Stands in every text of the customer, and nowhere else.
SECRET = "Baltic"
MODELS = list(apps.get_app_config("wagtail_push").get_models(include_auto_created=True))


def test_every_model_is_one_or_the_other() -> None:
    assert {*personal.PERSONAL, *personal.IMPERSONAL} == {*MODELS, ModelLogEntry}
    assert not personal.PERSONAL.keys() & personal.IMPERSONAL


def customer(name: str, number: int) -> Browser:
    """Make a customer of whom each model keeps something, and send to it."""
    browser = BrowserFactory(
        account__key=f"{name}-{number}",
        login=LoginFactory(username=f"{name.lower()}-{number}"),
        name=f"{name} laptop",
        installation__software=f"{name} browser",
    )
    ScopeChoiceFactory(browser=browser, wanted=False)
    key = browser.account.key
    notify("invoices", key, title=f"{name} owes", body="B", url=f"/{name}/")
    registry.confirm(browser)
    registry.check(browser)
    AnnouncementFactory(created_by=browser.login, note="staff wrote it")
    log(browser, "wagtail.edit")
    log(browser.account, "wagtail.edit")
    log(BrowserFactory(), "wagtail.edit", data={"account": key})
    return browser


@pytest.fixture
def theirs(work: Callable[[], None]) -> Browser:
    """Make two customers, and something that went to both; return the first."""
    ScopeFactory(key="invoices")
    first, second = customer(SECRET, 7), customer("Praha", 8)
    keys = [Personal(b.account.key, who=b.name) for b in (first, second)]
    notify("invoices", keys, title="For {who}", body="B")
    everyone = notify("invoices", EVERYONE, title="All", body="B")
    target = Target(TargetKind.FID, second.installation.target)
    proving.ask_for_proof(target, first.login)
    work()
    for browser in (first, second):
        receipts.report(browser.installation, everyone.public_id, Receipt.Event.SHOWN)
    return first


def dump() -> dict[str, str]:
    """Return all rows of all models as text."""
    return {
        model.__name__: repr(list(model.objects.order_by("pk").values()))
        for model in [*MODELS, ModelLogEntry]
    }


def options_of(browser: Browser) -> dict[str, str]:
    return {"login": browser.login.username, "account": browser.account.key}


def export(**options: Any) -> dict[str, Any]:
    said = run("push_export", **options)
    assert (said.err, said.error) == ("", "")
    exported: dict[str, Any] = json.loads(said.out)
    return exported


def test_the_export_has_rows_of_every_model_and_no_secret(theirs: Browser) -> None:
    exported = export(**options_of(theirs))

    assert set(exported) == {m._meta.model_name for m in personal.PERSONAL}
    assert [name for name, rows in exported.items() if not rows] == []
    assert [row["name"] for row in exported["browser"]] == ["Baltic laptop"]
    assert {"": "Baltic owes"} in [row["title"] for row in exported["notification"]]
    assert {"who": "Baltic laptop"} in [row["params"] for row in exported["recipient"]]
    told = json.dumps(exported)
    installation = theirs.installation
    assert "Praha" not in told
    for secret in (
        installation.target,
        installation.target_hash,
        str(installation.device_id),
        *Notification.objects.filter(kind="proof").values_list(
            "params__proof", flat=True
        ),
    ):
        assert str(secret) not in told


def test_erased_is_erased_and_of_nobody_else(
    theirs: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    other = Browser.objects.get(account__key="Praha-8")
    others = export(**options_of(other))
    # The proof that the erased login asked the other browser for is the login's own.
    proof = Notification.objects.get(kind="proof").pk
    for name in ("recipient", "delivery"):
        others[name] = [row for row in others[name] if row["notification"] != proof]
    assert SECRET in str(dump())
    target = theirs.installation.target
    told = []

    def listen(browser: Browser, **kwargs: Any) -> None:
        told.append(browser.pk)

    browser_removed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        said = run("push_erase", interactive=False, **options_of(theirs))

    assert (said.error, told) == ("", [theirs.pk])
    assert said.out.startswith(
        "Erased:\n  account: 1\n  browser: 1\n  installation: 1\n"
    )
    left = dump()
    assert [name for name, rows in left.items() if SECRET in rows] == []
    assert target not in str(left)
    assert export(**options_of(theirs)) == {
        m._meta.model_name: [] for m in personal.PERSONAL
    }
    # What went to both is now the other's alone.
    still = export(**options_of(other))
    assert {**still, "notification": others["notification"]} == others
    # What is left of the browser tells of nobody, and is removed with what is old.
    bare = Installation.objects.get(pk=theirs.installation_id)
    assert (bare.target, bare.target_hash, bare.fid_hash) == ("", None, "")
    assert (bare.software, bare.system, bare.browsers.count()) == ("", "", 0)
    assert bare.device_id != theirs.installation.device_id
    # The announcement went to many; only who wrote it is forgotten.
    assert Announcement.objects.filter(created_by=None).count() == 1


def test_a_retry_that_is_erased_counts_as_dropped(
    work: Callable[[], None], time_machine: Any
) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    ScopeFactory(key="invoices")
    gone, _ = BrowserFactory.create_batch(2)
    everyone = notify("invoices", EVERYONE, title="All", body="B")
    with failing("quota", gone):
        work()
    run("push_erase", interactive=False, account=gone.account.key)
    time_machine.shift(3600)
    work()

    everyone.refresh_from_db()
    counted = (everyone.targeted, everyone.accepted, everyone.dropped)
    assert (everyone.status, counted) == ("done", (2, 1, 1))


def test_erasing_twice_changes_nothing_more(theirs: Browser) -> None:
    run("push_erase", interactive=False, **options_of(theirs))
    before = dump()

    again = run("push_erase", interactive=False, **options_of(theirs))

    assert again == Said("Nothing is kept.\n")
    assert dump() == before


@pytest.mark.parametrize("which", ["login", "account"])
def test_one_of_the_two_is_enough_for_what_is_its_own(
    which: str, theirs: Browser
) -> None:
    colleague = BrowserFactory(account=theirs.account, name="Colleague")
    elsewhere = BrowserFactory(login=theirs.login, name="Elsewhere")
    one = {which: options_of(theirs)[which]}

    run("push_erase", interactive=False, **one)

    left = Browser.objects.filter(pk__in=[theirs.pk, colleague.pk, elsewhere.pk])
    stays = colleague if which == "login" else elsewhere
    assert list(left) == [stays]
    assert Account.objects.filter(pk=theirs.account_id).exists() is (which == "login")


def test_a_notice_that_names_the_browser_goes_with_its_login() -> None:
    mine = BrowserFactory(name=f"{SECRET} laptop")
    colleague = BrowserFactory(account=mine.account)
    tell_others(mine)
    assert SECRET in str(dump())

    run("push_erase", interactive=False, login=mine.login.username)

    assert SECRET not in str(dump())
    assert Browser.objects.get() == colleague


def test_where_the_login_is_the_account_it_stands_for_it(settings: Any) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH}
    del settings.WAGTAIL_PUSH["ACCOUNTS"]
    login = LoginFactory(username="anna")
    BrowserFactory(login=login, account__key=str(login.pk))

    run("push_erase", interactive=False, login="anna")

    assert not Account.objects.filter(key=str(login.pk)).exists()


def test_what_another_customer_uses_as_well_stays_theirs(theirs: Browser) -> None:
    theirs_too = BrowserFactory(
        installation=theirs.installation, account__key="Other", name="Theirs too"
    )
    target = theirs.installation.target

    run("push_erase", interactive=False, **options_of(theirs))

    theirs_too.installation.refresh_from_db()
    assert theirs_too.installation.target == target
    assert Browser.objects.get(pk=theirs_too.pk).status == "active"


def test_it_asks_first(theirs: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "no"

    monkeypatch.setattr("builtins.input", answer)
    before = dump()

    said = run("push_erase", **options_of(theirs))

    assert (
        said.error
        == "Nothing was erased: it was not confirmed. Where nobody can type, give --no-input."
    )
    assert "  browser: 1\n" in said.out
    assert asked == ["Erase all this? It can't be undone. Type yes: "]
    assert dump() == before
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    assert "Erased:" in run("push_erase", **options_of(theirs)).out


def test_where_nobody_can_type_nothing_is_erased(
    theirs: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump()

    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        said = run("push_erase", **options_of(theirs))

    assert said.error.endswith("Where nobody can type, give --no-input.")
    assert dump() == before


def test_nothing_is_erased_while_something_is_on_its_way(theirs: Browser) -> None:
    recipient = RecipientFactory(
        account=theirs.account, notification=NotificationFactory()
    )
    Batch.objects.create(
        notification=recipient.notification,
        cursor=0,
        last_id=1,
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    before = dump()

    said = run("push_erase", interactive=False, **options_of(theirs))

    assert said.error == (
        "A notification to this customer is being sent at this moment. Nothing was "
        "erased: run the command again in a minute."
    )
    assert dump() == before


@pytest.mark.parametrize("command", ["push_export", "push_erase"])
def test_whom_it_is_about_must_be_said(command: str) -> None:
    assert run(command).error.startswith("Whom is it about? Give --login")
    said = run(command, login="nobody")
    assert said.error.startswith("There is no login 'nobody'. Give its username;")


def test_the_export_goes_into_a_file(theirs: Browser, tmp_path: Path) -> None:
    path = tmp_path / "anna.json"

    said = run("push_export", output=path, **options_of(theirs))

    assert said == Said(f"Written to {path}.\n")
    assert json.loads(path.read_text()) == export(**options_of(theirs))
    nowhere = tmp_path / "no" / "where"
    said = run("push_export", output=nowhere, **options_of(theirs))
    assert said.error == (
        f"{nowhere} can't be written: No such file or directory. Give another path."
    )
