"""Importing fcm-django's real table, and files: once, in full, and with its reasons."""

import hashlib
import os
import re
import shlex
import sys
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from fcm_django.models import FCMDevice

from tests.commands import running
from tests.commands.running import Said
from tests.example.factories import CustomerFactory
from wagtail_push import registry
from wagtail_push.exceptions import NotRegistered
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import Account, Browser, Installation
from wagtail_push.registry import importing
from wagtail_push.test.factories import (
    BrowserFactory,
    InstallationFactory,
    LoginFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

ROOT = Path(__file__).parents[2]

#: How many rows the long import has; .ci/run imports 100 000.
ROWS = int(os.environ.get("IMPORT_ROWS", "2000"))
ACCOUNTS_OF = "tests.commands.test_import.accounts_of"


def accounts_of(logins: Any) -> dict[Any, str]:
    """Give each login an account, but not the one that has none."""
    return {login: f"C-{login}" for login in logins if login not in WITHOUT}


WITHOUT: set[Any] = set()


def fid(number: int) -> str:
    return f"c{number:021d}"


def token(number: int) -> str:
    return f"{fid(number)}:APA91b{number:0130d}"


def device(number: int, **values: Any) -> FCMDevice:
    made = {"user": values.pop("user", None) or LoginFactory(), "type": "web"}
    return FCMDevice.objects.create(registration_id=token(number), **{**made, **values})


def run(*args: Any, **options: Any) -> Said:
    return running.run("push_import", *args, **{"accounts_of": ACCOUNTS_OF, **options})


def everything() -> list[Any]:
    """Return all that the registry holds."""
    return [list(model.objects.values()) for model in (Account, Browser, Installation)]


def test_a_device_becomes_a_browser() -> None:
    login = LoginFactory()
    device(7, user=login, name="Office laptop", device_id="d-7")

    assert run() == ("Imported: 1\nThere already: 0\n", "", "")

    browser = Browser.objects.get()
    installation = browser.installation
    assert (browser.name, browser.login, browser.account.key) == (
        "Office laptop",
        login,
        f"C-{login.pk}",
    )
    assert browser.status == "active"
    assert installation.target == token(7)
    assert installation.target_kind == "token"
    assert installation.target_hash == Target(TargetKind.TOKEN, token(7)).digest
    assert installation.fid_hash == Target(TargetKind.FID, fid(7)).digest
    assert installation.worker == "foreign"


def test_a_second_run_changes_nothing_whatever_became_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    for number in range(5):
        device(number)
    run()
    renewed, dead, removed, paused, _ = Browser.objects.order_by("pk")
    registry.renew(
        login=renewed.login, device_id=None, target=Target(TargetKind.FID, fid(0))
    )
    Installation.objects.erase([dead.installation.target_hash], "unregistered")
    registry.remove(removed)
    registry.pause(paused)
    before = everything()

    assert run() == ("Imported: 0\nThere already: 5\n", "", "")
    assert everything() == before


def test_what_breaks_off_is_begun_again_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    for number in range(5):
        device(number)
    write = importing._write
    calls: list[int] = []

    def break_off(new: Any) -> int:
        calls.append(len(new))
        done = write(new)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(importing, "_write", break_off)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert Browser.objects.count() == Installation.objects.count() == 2
    monkeypatch.setattr(importing, "_write", write)
    assert run().out == "Imported: 3\nThere already: 2\n"


def test_who_registered_here_already_is_left_alone() -> None:
    device(1)
    device(2)
    own = BrowserFactory(installation=InstallationFactory(fid=fid(1)))
    same = InstallationFactory(target=token(2), target_kind="token")
    BrowserFactory(installation=same)
    before = everything()

    assert run()[0] == "Imported: 0\nThere already: 2\n"
    assert everything() == before
    own.refresh_from_db()
    assert own.status == "active"


def test_what_is_no_matter_is_counted_and_what_is_wrong_is_told() -> None:
    good = device(1)
    device(2, active=False)
    device(3, type="android")
    nobody = FCMDevice.objects.create(registration_id=token(4), type="web")
    broken = device(5)
    FCMDevice.objects.filter(pk=broken.pk).update(registration_id="<script>")
    without = device(6)
    WITHOUT.add(without.user_id)

    out, err, error = run()

    WITHOUT.clear()
    assert out == (
        "Imported: 1\nThere already: 0\nLeft out, inactive: 1\n"
        "Left out, not a browser: 1\n"
    )
    assert err.splitlines() == [
        f"row {nobody.pk}: it has no login",
        f"row {broken.pk}: what it holds is neither a registration token nor a Firebase "
        "installation ID",
        f"row {without.pk}: login {without.user_id} has no account",
    ]
    assert error == (
        "3 rows can't be imported, for the reasons above; all others are. Mend them and "
        "run the command again: what is there already is left alone."
    )
    assert Browser.objects.get().login_id == good.user_id


def test_nobody_gets_an_account_for_which_the_login_may_not_act(accounts: Any) -> None:
    one = device(1)
    accounts.revoked = {(one.user_id, f"C-{one.user_id}")}

    _, err, _ = run()

    key = f"C-{one.user_id}"
    assert err == (f"row {one.pk}: login {one.user_id} may not act for account {key}\n")
    assert not Browser.objects.exists()


def test_a_browser_without_a_name_is_called_by_its_day_in_its_language(
    accounts: Any,
) -> None:
    one = device(1)
    FCMDevice.objects.update(date_created="2024-05-03T10:00:00Z")

    run()

    assert Browser.objects.get().name == "Browser 2024-05-03"
    assert one.name is None


def test_a_dry_run_writes_nothing() -> None:
    device(1)

    assert run(dry_run=True) == ("To import: 1\nThere already: 0\n", "", "")
    assert everything() == [[], [], []]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devices.csv"


def test_a_file_with_bad_lines_loses_nothing_else(file: Path) -> None:
    anna, piotr = LoginFactory(username="anna"), LoginFactory(username="piotr")
    file.write_bytes(
        "\ufeffregistration_id,username,account,name,language,active,type\n".encode()
        + f'{token(1)},anna,C-1,"Office, laptop",pl,true,web\n'.encode()
        + f"{token(2)},nobody,C-1,,,,\n".encode()
        + f"{token(3)},piotr,C-2\n".encode()
        + f"{token(4)},piotr,C-2,a,b,maybe\n".encode()
        + b",piotr,C-2\n"
        + f"{token(5)},piotr,C-2,\xff,,,\n".encode("latin-1")
        + f"{token(6)},piotr,C-2,,,,,,,\n".encode()
        + f"{token(1)},anna,C-1,again,,,\n".encode()
        + f"{fid(7)},piotr,C-2,,cs,f,\n".encode()
        + f"{fid(8)},piotr,C-2,,cs,,\n".encode()
        + f"{fid(9)},piotr,C-2,a\0,cs,,\n".encode()
    )

    out, err, error = run(file, accounts_of=None)

    assert out == "Imported: 3\nThere already: 1\nLeft out, inactive: 1\n"
    assert err.splitlines() == [
        "line 3: there is no login 'nobody'",
        "line 5: active is 'maybe': true or false",
        "line 6: it has no registration",
        "line 7: it is not UTF-8",
        "line 8: it has more values than the first line has names",
        "line 12: it has a zero byte, which is no text",
    ]
    assert error.startswith("6 rows can't be imported")
    told = Browser.objects.order_by("pk").values_list(
        "login", "account__key", "name", "language", "installation__target_kind"
    )
    assert list(told) == [
        (anna.pk, "C-1", "Office, laptop", "pl", "token"),
        (piotr.pk, "C-2", "Browser", "", "token"),
        (piotr.pk, "C-2", "Prohlížeč", "cs", "fid"),
    ]
    # What the registry now holds is in none of the complaints.
    assert fid(1)[:12] not in err + out


def test_a_login_that_no_column_holds_is_told_of_its_line(file: Path) -> None:
    anna = LoginFactory(username="anna")
    file.write_text(
        "registration_id,user_id,account\n"
        f"{token(1)},{10**23},C-1\n"
        f"{token(2)},{anna.pk},C-1\n"
    )

    out, err, _ = run(file, accounts_of=None)

    assert out == "Imported: 1\nThere already: 0\n"
    assert err.splitlines() == [f"line 2: '{10**23}' is no primary key of a login"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("token,username,account\n", "has no column registration_id. Its first line"),
        ("registration_id,account\n", "has no column user_id or username. Its first"),
        ("registration_id,user_id\n", "has no column account (or give --accounts-of)"),
        ("", "has no column registration_id and no column user_id or username and no"),
    ],
)
def test_a_file_without_a_column(content: str, says: str, file: Path) -> None:
    file.write_text(content)

    assert says in run(file, accounts_of=None)[2]


def test_what_is_missing_is_told_with_what_to_do(file: Path) -> None:
    assert run(file)[2] == (
        f"{file} can't be read: No such file or directory. Give the path of a CSV file."
    )
    assert "Add --accounts-of with the dotted path" in run(accounts_of=None)[2]
    assert "Name a function by its dotted path" in run(accounts_of="no.where")[2]
    assert "Keep fcm_django in INSTALLED_APPS until" in run(model="no.Model")[2]
    assert "has no field named 'registration_id'" in run(model="auth.User")[2]


@contextmanager
def counted() -> Iterator[list[Any]]:
    queries: list[Any] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield queries


def test_many_rows_and_a_second_run_that_only_asks() -> None:
    logins = LoginFactory.create_batch(10)
    FCMDevice.objects.bulk_create(
        FCMDevice(user=logins[number % 10], type="web", registration_id=token(number))
        for number in range(ROWS)
    )
    begun = time.monotonic()
    assert run()[0] == f"Imported: {ROWS}\nThere already: 0\n"
    first = time.monotonic() - begun
    held = digest()
    with counted() as queries:
        begun = time.monotonic()
        assert run()[0] == f"Imported: 0\nThere already: {ROWS}\n"
        second = time.monotonic() - begun

    print(f"{ROWS} rows: {first:.1f} s, then {second:.1f} s")
    assert Browser.objects.count() == Installation.objects.count() == ROWS
    assert digest() == held
    assert len(queries) <= ROWS / 1000 * 20
    assert not [
        sql for sql in queries if sql.startswith(("INSERT", "UPDATE", "DELETE"))
    ]


def digest() -> str:
    """Return what stands for all that the registry holds."""
    found = hashlib.sha256()
    for model in (Account, Browser, Installation):
        for row in model.objects.order_by("pk").values_list().iterator():
            found.update(repr(row).encode())
    return found.hexdigest()


class TestHowTo:
    """The guide's function, commands and file, as they stand there."""

    PAGE = ROOT / "docs" / "how-to" / "move-from-fcm-django.md"

    def lines(self) -> list[list[str]]:
        """Return the arguments of each import that the guide runs."""
        found = re.findall(r"^python manage.py (push_import.*)$", self.text, re.M)
        return [shlex.split(line)[1:] for line in found]

    @property
    def text(self) -> str:
        return self.PAGE.read_text()

    def code(self, language: str) -> str:
        [code] = re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.M | re.S)
        return str(code)

    def test_it_works_as_written(
        self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names: dict[str, Any] = {}
        exec(self.code("python"), names)
        module = types.ModuleType("portal.accounts")
        module.accounts_of = names["accounts_of"]  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "portal", types.ModuleType("portal"))
        monkeypatch.setitem(sys.modules, "portal.accounts", module)
        monkeypatch.chdir(tmp_path)
        settings.WAGTAIL_PUSH = {
            **settings.WAGTAIL_PUSH,
            "ACCOUNTS": "example_site.portal.accounts.CustomerAccounts",
        }
        login = LoginFactory(pk=1)
        CustomerFactory(number="C-10023", logins=[login])
        Path("devices.csv").write_text(self.code("text"))
        device(1, user=login, name="Phone")

        said = [running.run("push_import", *args) for args in self.lines()]

        assert said == [
            Said("To import: 1\nThere already: 0\n"),
            Said("Imported: 1\nThere already: 0\n"),
            Said("Imported: 1\nThere already: 0\n"),
        ]
        told = Browser.objects.order_by("pk").values_list("name", "account__key")
        assert list(told) == [("Phone", "C-10023"), ("Office laptop", "C-10023")]


class TestFirstVisit:
    """What came from an older registry finds its row by the FID, for its own login."""

    @pytest.fixture
    def browser(self) -> Browser:
        device(1, name="Office laptop")
        run()
        return Browser.objects.get()

    def test_a_renewal_without_a_cookie_finds_the_row(self, browser: Browser) -> None:
        before = Browser.objects.values().get()

        done = registry.renew(
            login=browser.login, device_id=None, target=Target(TargetKind.FID, fid(1))
        )

        assert (done.changed, done.installation) == (True, browser.installation)
        assert Browser.objects.values().get() == before
        assert Installation.objects.get().worker == "own"

    def test_the_page_is_told_that_it_may_be_one(self, browser: Browser) -> None:
        def imported(login: Any) -> bool:
            client = Client()
            client.force_login(login)
            return '"imported": true' in client.get("/push/").content.decode()

        assert imported(browser.login) is True
        assert imported(LoginFactory()) is False
        registry.renew(
            login=browser.login, device_id=None, target=Target(TargetKind.FID, fid(1))
        )
        assert imported(browser.login) is False

    def test_registering_finds_it_as_well(self, browser: Browser) -> None:
        done = registry.register(
            key=browser.account.key,
            login=browser.login,
            device_id=None,
            target=Target(TargetKind.FID, fid(1)),
            name="Laptop",
        )

        assert (done.created, done.browser) == (False, browser)
        assert Installation.objects.get().target == fid(1)

    def test_two_tokens_of_one_browser_become_one(self, browser: Browser) -> None:
        older = f"{fid(1)}:APA91bOlder"
        FCMDevice.objects.create(
            registration_id=older, type="web", user=browser.login, name="Before"
        )
        run()
        assert Browser.objects.count() == 2

        registry.renew(
            login=browser.login, device_id=None, target=Target(TargetKind.FID, fid(1))
        )

        assert Browser.objects.get() == browser
        targets = Installation.objects.order_by("pk").values_list("target", flat=True)
        assert list(targets) == [fid(1), ""]

    def test_another_login_finds_nothing(self, browser: Browser) -> None:
        before = everything()
        with pytest.raises(NotRegistered):
            registry.renew(
                login=LoginFactory(),
                device_id=None,
                target=Target(TargetKind.FID, fid(1)),
            )
        assert everything() == before

    def test_what_serves_somebody_else_as_well_is_not_found(
        self, browser: Browser
    ) -> None:
        BrowserFactory(installation=browser.installation)
        before = everything()
        with pytest.raises(NotRegistered):
            registry.renew(
                login=browser.login,
                device_id=None,
                target=Target(TargetKind.FID, fid(1)),
            )
        assert everything() == before

    def test_what_its_customer_removed_stays_removed(self, browser: Browser) -> None:
        registry.remove(browser)
        with pytest.raises(NotRegistered):
            registry.renew(
                login=browser.login,
                device_id=None,
                target=Target(TargetKind.FID, fid(1)),
            )
        assert not Browser.objects.exists()
