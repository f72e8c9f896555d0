"""Each check says what was taken away, and its hint, taken literally, puts it right.

The portal of ``tests/set_up.py`` has nothing to be said of. Each case takes one thing
away, and applies no more than what stands in the hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.conf import global_settings
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.urls import get_resolver, include, path
from django_q.models import Schedule

from tests.set_up import (
    BASE,
    FIREBASE,
    account_json,
    entries,
    set_up,
    use_templates,
    vapid_key,
)
from wagtail_push import checks
from wagtail_push.accounts import AccountAdapter
from wagtail_push.models import NotificationScope
from wagtail_push.test.factories import ScopeFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_test")]


class Unfinished(AccountAdapter):
    """Has audiences, and nothing else."""

    def audiences(self) -> dict[str, str]:
        return {"business": "Business customers"}


@dataclass
class Portal:
    """What a case changes: as a developer would, whose editor shows the hint."""

    settings: Any
    folder: Path
    patch: pytest.MonkeyPatch

    def take(self, *names: str) -> None:
        """Take settings away."""
        left = self.settings.WAGTAIL_PUSH.items()
        self.settings.WAGTAIL_PUSH = {k: v for k, v in left if k not in names}

    def give(self, given: dict[str, Any]) -> None:
        """Add settings; those of a dict in them, one by one."""
        merged = dict(self.settings.WAGTAIL_PUSH)
        for name, value in given.items():
            before = merged.get(name)
            both = isinstance(before, dict) and isinstance(value, dict)
            merged[name] = {**before, **value} if both else value
        self.settings.WAGTAIL_PUSH = merged

    def queue(self, **given: Any) -> None:
        """Change ``Q_CLUSTER``; None takes a key away."""
        cluster = {**self.settings.Q_CLUSTER, **given}
        self.settings.Q_CLUSTER = {k: v for k, v in cluster.items() if v is not None}

    def urls(self, patterns: list[Any]) -> None:
        """Have these patterns."""
        module = ModuleType("urls")
        module.urlpatterns = patterns  # type: ignore[attr-defined]
        self.settings.ROOT_URLCONF = module


@pytest.fixture
def portal(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    set_up(settings, tmp_path)
    settings.SILENCED_SYSTEM_CHECKS = []
    ScopeFactory()
    return Portal(settings, tmp_path, monkeypatch)


def found() -> list[CheckMessage]:
    told = run_checks(
        tags=["wagtail_push"], include_deployment_checks=True, databases=["default"]
    )
    return [message for message in told if not message.is_silenced()]


Change = Callable[[Portal], None]
Apply = Callable[[Portal, str], None]
CASES: dict[str, list[tuple[Change, Apply]]] = {}


def case(name: str, change: Change, apply: Apply) -> None:
    CASES.setdefault(f"wagtail_push.{name}", []).append((change, apply))


def quoted(hint: str) -> list[str]:
    return re.findall(r'"([^"]+)"', hint)


def give(portal: Portal, hint: str) -> None:
    """Add what the hint names to ``WAGTAIL_PUSH``."""
    portal.give(entries(hint))


def assign(portal: Portal, hint: str) -> None:
    """Write what the hint assigns into the settings module."""
    for name, value in re.findall(r"([A-Z_]+) = ([\[{].*?[\]}]|\"[^\"]*\"|True)", hint):
        setattr(portal.settings, name, eval(value))


# Settings


def misspell(portal: Portal) -> None:
    portal.give({"NAM": "Nordhost"})
    portal.take("NAME")


def spell(portal: Portal, hint: str) -> None:
    portal.give({quoted(hint)[0]: portal.settings.WAGTAIL_PUSH["NAM"]})
    portal.take("NAM")


case("E001", misspell, spell)
case(
    "E001",
    lambda portal: portal.give({"zzz": 1}),
    lambda portal, hint: portal.take(*re.findall(r'Remove "(\w+)"', hint)),
)
for wrong in (
    {"ACCOUNTS": "nowhere.Accounts"},
    {"BACKEND": "wagtail_push.backends.base.Backend"},  # abstract
    {"BACKEND": "builtins.dict"},
    {"EMULATOR": "http://127.0.0.1:8979"},  # beside credentials
    {"EMULATOR": "http://192.0.2.1"},
    {"TARGET_KIND": "email"},
    {"TTL": 0},
    {"PACE": "fast"},
    {"LEASE": 0},
    {"RETENTION": 1},
    {"NEW_BROWSER_NOTICE": "no"},
    {"SIGN_OUT": "stop"},
):
    case("E003", partial(Portal.give, given=wrong), give)


for name in ("ICON", "BADGE"):
    case("W012", partial(Portal.give, given={name: "portal/none.png"}), give)


# Applications


def uninstall(portal: Portal, name: str) -> None:
    installed = {config.name for config in apps.get_app_configs()} - {name}
    portal.settings.INSTALLED = installed
    portal.patch.setattr(apps, "is_installed", lambda name: name in installed)


def install(portal: Portal, hint: str) -> None:
    portal.settings.INSTALLED.update(re.findall(r'Add "([\w.]+)"', hint))


for name in ("django_q", "wagtail.snippets", "wagtail.admin"):
    case("E002", partial(uninstall, name=name), install)


# The adapter


def add_method(portal: Portal, hint: str) -> None:
    names: dict[str, Any] = {}
    exec(hint[hint.index("def ") :], names)
    [method] = [value for key, value in names.items() if key != "__builtins__"]
    portal.patch.setattr(Unfinished, method.__name__, method)


case(
    "E009",
    lambda portal: portal.give({"ACCOUNTS": f"{__name__}.Unfinished"}),
    add_method,
)


# Firebase


def try_without_google(portal: Portal, hint: str) -> None:
    give(portal, hint[hint.index("To try it without Google") :])
    portal.take("CREDENTIALS")


def configure(portal: Portal, hint: str) -> None:
    give(portal, hint[: hint.index("To try it without Google")])


case("E004", lambda portal: portal.take("FIREBASE"), configure)
case("E004", lambda portal: portal.give({"FIREBASE": "demo-project"}), configure)
case("E004", lambda portal: portal.take("VAPID_KEY"), configure)
case("E004", lambda portal: portal.give({"FIREBASE": {"appId": ""}}), configure)


def remove_from_firebase(portal: Portal, hint: str) -> None:
    named = quoted(hint[: hint.index("from")])
    given = portal.settings.WAGTAIL_PUSH["FIREBASE"].items()
    left = {k: v for k, v in given if k not in named}
    portal.take("FIREBASE")
    portal.give({"FIREBASE": left})


case(
    "E012",
    lambda portal: portal.give(
        {"FIREBASE": {"client_email": "portal@p.invalid", "private_key": "secret"}}
    ),
    remove_from_firebase,
)
for wrong_key in ("A" * 43, vapid_key()[:-2], f"{vapid_key()[:-1]}!", "é"):
    case("E011", partial(Portal.give, given={"VAPID_KEY": wrong_key}), give)


def give_to_firebase(portal: Portal, hint: str) -> None:
    portal.give({"FIREBASE": entries(hint)})


for mixed in (
    {"messagingSenderId": "1"},
    {"appId": "1:123456789012:android:0a1b2c3d4e5f"},
):
    case("W009", partial(Portal.give, given={"FIREBASE": mixed}), give_to_firebase)


# Credentials


def spoil(portal: Portal, text: str) -> None:
    Path(portal.settings.WAGTAIL_PUSH["CREDENTIALS"]).write_text(text)


def download(portal: Portal, hint: str) -> None:
    """Write it where the hint says, below the test's own folder."""
    named = Path(str(portal.folder) + entries(hint)["CREDENTIALS"])
    named.parent.mkdir(parents=True)
    named.write_text(account_json())
    portal.give({"CREDENTIALS": str(named)})


def put_there(portal: Portal, hint: str) -> None:
    assert "JSON file there" in hint
    Path(portal.settings.WAGTAIL_PUSH["CREDENTIALS"]).write_text(account_json())


for text in (
    "",
    "[]",
    '{"type": "authorized_user"}',
    account_json().replace("BEGIN PRIVATE", "BEGIN"),
    account_json().replace('"client_email"', '"email"'),
    account_json().replace("\\n", "\\\\n"),
):
    case("E010", partial(spoil, text=text), download)


def use_its_text(portal: Portal) -> None:
    portal.give({"CREDENTIALS": account_json()})


def use_a_dict(portal: Portal) -> None:
    portal.take("CREDENTIALS")
    portal.give({"CREDENTIALS": {"type": "service_account"}})


def lose(portal: Portal) -> None:
    Path(portal.settings.WAGTAIL_PUSH["CREDENTIALS"]).unlink()


case("E010", use_a_dict, download)
case("E010", use_its_text, download)
case("W002", lose, put_there)
case("W002", lose, assign)
case(
    "W003",
    lambda portal: portal.give({"FIREBASE": {"projectId": "another"}}),
    give,
)


# The queue


def take_queue(portal: Portal) -> None:
    del portal.settings.Q_CLUSTER


def take_broker(portal: Portal) -> None:
    portal.queue(orm=None, redis=None)
    portal.patch.setattr(checks, "find_spec", lambda name: None)


def name_broker(portal: Portal, hint: str) -> None:
    portal.queue(**entries(hint))


case("E005", take_queue, assign)
for given in ({"timeout": None}, {"timeout": 30}, {"timeout": 60, "retry": 60}):
    case("W001", partial(Portal.queue, **given), assign)
case(
    "W010",
    lambda portal: portal.queue(sync=True),
    lambda portal, hint: portal.queue(
        **dict.fromkeys(re.findall(r'Remove "(\w+)"', hint))
    ),
)
case("E015", lambda portal: portal.queue(orm="queue"), name_broker)
case("E015", take_broker, name_broker)


# Addresses


def line(hint: str) -> Any:
    [code] = re.findall(r'path\("[\w/]*", include\("[\w.]+"\)\)', hint)
    return eval(code, {"path": path, "include": include})


def use_urls(portal: Portal, name: str) -> None:
    portal.settings.ROOT_URLCONF = f"tests.hosts.{name}"


def include_them(portal: Portal, hint: str) -> None:
    portal.urls([line(hint), *get_resolver().url_patterns])


def move_out(portal: Portal, hint: str) -> None:
    portal.urls([line(hint)])


def move_up(portal: Portal, hint: str) -> None:
    moved, route = line(hint), re.findall(r'above "([^"]+)"', hint)[0]
    patterns = list(get_resolver().url_patterns)
    [place] = [i for i, p in enumerate(patterns) if str(p.pattern) == route]
    portal.urls([*patterns[:place], moved, *patterns[place:]])


case("E006", partial(use_urls, name="no_urls"), include_them)
case("E007", partial(use_urls, name="i18n_urls"), move_out)
case("E013", partial(use_urls, name="hidden"), move_up)


def ask_for_a_login(portal: Portal) -> None:
    portal.settings.OPEN = []
    asking = "tests.hosts.asking.ask_for_a_login"
    portal.settings.MIDDLEWARE = [asking, *portal.settings.MIDDLEWARE]


def let_through(portal: Portal, hint: str) -> None:
    portal.settings.OPEN = re.findall(r'Let "([^"]+)" through', hint)


case("E014", ask_for_a_login, let_through)


def use_no_sign_in(portal: Portal, to: str) -> None:
    portal.settings.LOGIN_URL = to


for nowhere in (global_settings.LOGIN_URL, "members:sign-in"):
    case("W011", partial(use_no_sign_in, to=nowhere), assign)


# Time


def ignore_time_zones(portal: Portal) -> None:
    portal.settings.USE_TZ = False


case("E016", ignore_time_zones, assign)


# Production


def use_the_emulator(portal: Portal) -> None:
    portal.take("FIREBASE", "VAPID_KEY", "CREDENTIALS")
    portal.give({"EMULATOR": "http://127.0.0.1:8979"})


def use_google(portal: Portal, hint: str) -> None:
    portal.take(*re.findall(r'Remove "(\w+)"', hint))
    file = portal.folder / "firebase-service-account.json"
    values = {"FIREBASE": FIREBASE, "CREDENTIALS": str(file)}
    named = quoted(hint[hint.index("configure") :])
    portal.give({name: values[name] for name in named})
    # What check_firebase says next.
    portal.give({"VAPID_KEY": vapid_key()})


def open_cookies(portal: Portal) -> None:
    portal.settings.SESSION_COOKIE_SECURE = False
    portal.settings.CSRF_COOKIE_SECURE = False


def without_https(portal: Portal) -> None:
    portal.settings.WAGTAILADMIN_BASE_URL = "http://nordhost.example"


def without_manifest(portal: Portal) -> None:
    lines = [text for text in BASE.splitlines() if "manifest" not in text]
    (portal.folder / "wagtail_push" / "base.html").write_text("\n".join(lines))
    use_templates(portal.settings, portal.folder)


def add_to_head(portal: Portal, hint: str) -> None:
    [template] = re.findall(r"head of ([\w/.]+),", hint)
    [link] = re.findall("<link [^>]+>", hint)
    file = portal.folder / template
    file.write_text(file.read_text().replace("</head>", f"{link}</head>"))
    use_templates(portal.settings, portal.folder)


case("E008", use_the_emulator, use_google)
case("W004", open_cookies, assign)
case("W005", without_https, assign)
case("W006", without_manifest, add_to_head)


# The database


def take_scopes(portal: Portal) -> None:
    NotificationScope.objects.all().delete()


def in_the_shell(portal: Portal, hint: str) -> None:
    exec(hint.partition("shell: ")[2], {})


def take_a_schedule(portal: Portal) -> None:
    Schedule.objects.get(name="wagtail_push.sweep").delete()


def manage(portal: Portal, hint: str) -> None:
    [command] = re.findall(r"manage\.py (\w+)", hint)
    call_command(command, verbosity=0)


case("W007", take_scopes, in_the_shell)
case("W008", take_a_schedule, manage)


def test_nothing_is_said_of_a_portal_that_is_set_up(portal: Portal) -> None:
    assert found() == []


@pytest.mark.promise("M-26")
@pytest.mark.parametrize(
    ("name", "change", "apply"),
    [
        pytest.param(name, *pair, id=f"{name.partition('.')[2]}-{number}")
        for name, pairs in CASES.items()
        for number, pair in enumerate(pairs)
    ],
)
def test_its_hint_taken_literally_makes_it_go_away(
    name: str, change: Change, apply: Apply, portal: Portal
) -> None:
    change(portal)
    told = [message for message in found() if message.id == name]
    assert told

    for message in told:
        assert message.hint
        apply(portal, message.hint)

    assert found() == []


def test_no_check_is_without_a_case() -> None:
    code = Path(checks.__file__).read_text()

    assert set(re.findall(r'id="(wagtail_push\.\w+)"', code)) == CASES.keys()
