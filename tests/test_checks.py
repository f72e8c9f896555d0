"""System checks: what they say of one fault and another.

That each hint makes its check go away is held by ``test_check_hints.py``.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.urls import reverse_lazy

from tests.set_up import set_up, use_templates, vapid_key
from wagtail_push import checks, conf
from wagtail_push.conf import SETTING_NAMES
from wagtail_push.exceptions import PushConfigurationError


pytestmark = pytest.mark.usefixtures("no_test")

FIREBASE = {"apiKey": "k", "appId": "a", "messagingSenderId": "1", "projectId": "p"}


def found(**kwargs: Any) -> list[str]:
    return [
        message.id
        for message in run_checks(**kwargs)
        if message.id and message.id.startswith("wagtail_push.")
    ]


@pytest.mark.promise("M-26")
def test_the_example_site_is_well(db: None) -> None:
    assert found() == []


def test_every_property_is_a_known_setting() -> None:
    assert {"ACCOUNTS", "EMULATOR", "FIREBASE", "TTL"} <= SETTING_NAMES


@pytest.mark.parametrize(
    "icon", [None, "", "/icon.png", "https://cdn.example/icon.png", "portal/icon.svg"]
)
def test_pictures_that_are_there_or_elsewhere(icon: Any, settings: Any) -> None:
    settings.WAGTAIL_PUSH = {"ICON": icon, "BADGE": icon}

    assert checks.check_pictures() == []


@pytest.mark.parametrize("wrong", [None, ["NAME"], "Nordhost"])
def test_settings_that_are_no_dict(wrong: Any, settings: Any) -> None:
    settings.WAGTAIL_PUSH = wrong

    with pytest.raises(
        PushConfigurationError, match=f"type {type(wrong).__name__}, but must be a dict"
    ):
        run_checks()


def test_what_is_none_is_not_set(settings: Any) -> None:
    names = ("NAME", "VAPID_KEY", "ICON", "BADGE")
    settings.WAGTAIL_PUSH = {}
    unset = [getattr(conf.settings, name.lower()) for name in names]

    settings.WAGTAIL_PUSH = dict.fromkeys(names)

    assert [getattr(conf.settings, name.lower()) for name in names] == unset


def test_a_number_that_is_no_text_is_the_same_project(
    settings: Any, tmp_path: Path
) -> None:
    set_up(settings, tmp_path)
    firebase = settings.WAGTAIL_PUSH["FIREBASE"]
    firebase = {**firebase, "messagingSenderId": int(firebase["messagingSenderId"])}
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "FIREBASE": firebase}

    assert checks.check_firebase_values() == []


def test_unknown_settings_get_a_suggestion(settings: Any) -> None:
    settings.WAGTAIL_PUSH = {"EMULATR": None, "zzz": 1, 7: 1, "TTL": 60}

    number, first, second = checks.check_setting_names()

    assert number.msg == 'WAGTAIL_PUSH has the unknown setting "7".'
    assert first.msg == 'WAGTAIL_PUSH has the unknown setting "EMULATR".'
    assert first.hint == 'Did you mean "EMULATOR"?'
    assert second.hint is not None
    assert second.hint.startswith('Remove "zzz". Known settings: ACCOUNTS, ')


@pytest.mark.promise("M-26")
@pytest.mark.parametrize("app", ["django_q", "wagtail.snippets"])
def test_missing_apps(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "is_installed", lambda name: name != app)

    [message] = checks.check_apps()

    assert message.id == "wagtail_push.E002"
    assert message.hint == f'Add "{app}" to INSTALLED_APPS.'


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ACCOUNTS": "nowhere.Accounts"}, "cannot be imported"),
        ({"ACCOUNTS": "builtins.dict"}, "is not a subclass"),
        ({"BACKEND": "nowhere.Backend"}, "cannot be imported"),
        ({"BACKEND": "builtins.dict"}, "is not a subclass"),
        ({"EMULATOR": "http://192.0.2.1:80"}, "only ever reached on this machine"),
        ({"EMULATOR": "https://localhost"}, "only ever reached on this machine"),
        (
            {"EMULATOR": "http://127.0.0.1:1", "CREDENTIALS": {"a": 1}},
            'both "EMULATOR" and "CREDENTIALS"',
        ),
        ({"EMULATOR": "http://127.0.0.1"}, "which has no port between 0 and 65535"),
        ({"EMULATOR": "http://127.0.0.1:65536"}, "which has no port between 0 and 655"),
        ({"EMULATOR": "http://["}, "only ever reached on this machine"),
        ({"NEW_BROWSER_NOTICE": "False"}, "is 'False': use True or False"),
        ({"TARGET_KIND": "email"}, 'use "fid" or "token"'),
        ({"TTL": 0}, "use seconds from 1 to 2419200"),
        ({"TTL": 2_419_201}, "use seconds from 1 to 2419200"),
        ({"TTL": "60"}, "use seconds from 1 to 2419200"),
        ({"SIGN_OUT": "stop"}, 'is \'stop\': use "keep" (sending goes on), "pause"'),
    ],
)
def test_values_that_cannot_be_used(
    given: dict[str, Any], words: str, settings: Any
) -> None:
    settings.WAGTAIL_PUSH = given

    [message] = checks.check_values()

    assert message.id == "wagtail_push.E003"
    assert words in message.msg


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"FIREBASE": None}, ['"FIREBASE": {"apiKey": "…", ', '"VAPID_KEY": "…"']),
        ({}, ['"FIREBASE": {"apiKey": "…", ', '"projectId": "…"}', '"VAPID_KEY"']),
        ({"FIREBASE": FIREBASE}, ['"VAPID_KEY": "…"']),
        (
            {"FIREBASE": {**FIREBASE, "appId": ""}, "VAPID_KEY": "v"},
            ['"FIREBASE": {"appId": "…"}'],
        ),
    ],
)
def test_no_firebase_project(
    given: dict[str, Any], missing: list[str], settings: Any
) -> None:
    settings.DEBUG = False
    settings.WAGTAIL_PUSH = given

    [message] = checks.check_firebase()

    assert message.id == "wagtail_push.E004"
    assert message.hint is not None
    for line in missing:
        assert line in message.hint


@pytest.mark.parametrize(
    ("debug", "given"),
    [
        (True, {}),  # the emulator is the default
        (False, {"EMULATOR": "http://127.0.0.1:8979"}),
        (False, {"FIREBASE": FIREBASE, "VAPID_KEY": "v"}),
        (False, {"BACKEND": "wagtail_push.backends.console.ConsoleBackend"}),
    ],
)
def test_a_firebase_project_or_none_needed(
    debug: bool, given: dict[str, Any], settings: Any
) -> None:
    settings.DEBUG = debug
    settings.WAGTAIL_PUSH = given

    assert checks.check_firebase() == []


@pytest.mark.promise("M-26")
@pytest.mark.parametrize(
    ("cluster", "ids"),
    [
        (None, ["wagtail_push.E005"]),
        ({"orm": "default"}, ["wagtail_push.W001"]),
        ({"timeout": 30, "retry": 60}, ["wagtail_push.W001"]),
        ({"timeout": 60, "retry": 60}, ["wagtail_push.W001"]),
        ({"timeout": 60, "retry": 120}, []),
    ],
)
def test_queue(cluster: Any, ids: list[str], settings: Any) -> None:
    if cluster is None:
        del settings.Q_CLUSTER
    else:
        settings.Q_CLUSTER = cluster

    assert [message.id for message in checks.check_queue()] == ids


@pytest.mark.promise("M-26")
@pytest.mark.parametrize(
    ("urlconf", "ids"),
    [
        ("tests.hosts.no_urls", ["wagtail_push.E006"]),
        ("tests.hosts.i18n_urls", ["wagtail_push.E007"]),
        ("example_site.urls", []),
    ],
)
def test_urls(urlconf: str, ids: list[str], settings: Any) -> None:
    settings.ROOT_URLCONF = urlconf

    assert [message.id for message in checks.check_urls()] == ids


@pytest.mark.parametrize(
    ("urlconf", "to", "words"),
    [
        (
            "no_urls",
            "/accounts/login/",
            ["LOGIN_URL, '/accounts/login/', leads to no "],
        ),
        ("no_urls", reverse_lazy("nowhere"), ["LOGIN_URL leads to no "]),
        ("no_urls", "/sign-in/", []),
        ("no_urls", "https://login.nordhost.example/", []),
        ("sign_in", "/accounts/login/", []),
        ("sign_in_i18n", "/accounts/login/", []),
        ("sign_in", "login", []),
    ],
)
def test_where_visitors_sign_in(
    urlconf: str, to: Any, words: list[str], settings: Any
) -> None:
    settings.ROOT_URLCONF, settings.LOGIN_URL = f"tests.hosts.{urlconf}", to

    told = checks.check_sign_in()

    assert [message.msg.partition("view")[0] for message in told] == words


def test_the_example_site_is_not_for_production() -> None:
    ids = ["E008", "W004", "W005", "W006"]
    assert sorted(found(include_deployment_checks=True)) == [
        f"wagtail_push.{name}" for name in ids
    ]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("A" * 43, "is a private key, and every browser gets it."),
        ("BKey", "is no public key: that is 65 bytes in base64url"),
    ],
)
def test_a_vapid_key_that_is_none(
    key: str, words: str, settings: Any, tmp_path: Path
) -> None:
    set_up(settings, tmp_path)
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "VAPID_KEY": key}

    [message] = checks.check_vapid_key()

    assert message.msg.startswith(f'WAGTAIL_PUSH["VAPID_KEY"] {words}')


def test_a_public_key_is_taken_in_either_alphabet_and_with_padding(
    settings: Any, tmp_path: Path
) -> None:
    set_up(settings, tmp_path)
    standard = vapid_key().replace("-", "+").replace("_", "/") + "="
    for key in (vapid_key(), f"{vapid_key()}=", standard):
        settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "VAPID_KEY": key}

        assert checks.check_vapid_key() == []


def test_nothing_of_the_credentials_is_quoted(settings: Any, tmp_path: Path) -> None:
    set_up(settings, tmp_path)
    file = Path(settings.WAGTAIL_PUSH["CREDENTIALS"])
    account = json.loads(file.read_text())
    for spoilt in (
        {**account, "private_key": account["private_key"].replace("\n", "\\n")},
        {**account, "type": "authorized_user"},
    ):
        file.write_text(json.dumps(spoilt))

        [message] = checks.check_credentials()

        assert message.id == "wagtail_push.E010"
        for value in (spoilt["private_key"][40:60], account["client_email"]):
            assert value not in f"{message.msg} {message.hint}"


@pytest.mark.parametrize(
    ("hosts", "www", "asked"),
    [
        (["*"], False, "localhost"),
        ([".nordhost.example"], False, "nordhost.example"),
        (["*", "www.nordhost.example"], True, "www.nordhost.example"),
        (["nordhost.example", "www.nordhost.example"], True, "www.nordhost.example"),
    ],
)
def test_the_worker_is_asked_for_as_a_browser_would(
    hosts: list[str], www: bool, asked: str, settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.PREPEND_WWW = hosts, www
    settings.SECURE_SSL_REDIRECT = True
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.note"]
    NOTED.clear()

    assert checks.check_worker() == []
    assert [f"https://{asked}/push/sw/worker.js"] == NOTED


NOTED: list[str] = []


def note(get_response: Any) -> Any:
    """Note what is asked for."""

    def middleware(request: Any) -> Any:
        NOTED.append(request.build_absolute_uri())
        return get_response(request)

    return middleware


def test_a_worker_that_is_a_page(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.hosts.hidden"

    [message] = checks.check_worker()

    assert message.msg == (
        "The service worker's address does not answer with the worker, but with "
        "status 200 and text/html; charset=utf-8."
    )


def test_nothing_is_asked_of_a_database_that_is_not_meant(db: None) -> None:
    for check in (checks.check_scopes, checks.check_schedules):
        assert check() == check(databases=[]) == check(databases=["other"]) == []


def test_a_manifest_that_another_template_names(settings: Any, tmp_path: Path) -> None:
    set_up(settings, tmp_path)
    pages = {
        "wagtail_push/base.html": "{% extends 'own/base.html' %}",
        "own/base.html": '{% include "own/head.html" %}{% include "own/none.html" %}',
        "own/head.html": '{% include "own/base.html" %}<link rel="manifest" href="/m">',
    }
    (tmp_path / "own").mkdir()
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    use_templates(settings, tmp_path)

    assert checks.check_manifest() == []
    (tmp_path / "own" / "head.html").write_text("")
    use_templates(settings, tmp_path)

    assert [message.id for message in checks.check_manifest()] == ["wagtail_push.W006"]
