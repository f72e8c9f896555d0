"""System checks: each one is triggered, and its hint makes it go away."""

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks

from wagtail_push import checks
from wagtail_push.conf import SETTING_NAMES


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


def test_unknown_settings_get_a_suggestion(settings: Any) -> None:
    settings.WAGTAIL_PUSH = {"EMULATR": None, "zzz": 1, "TTL": 60}

    first, second = checks.check_setting_names()

    assert first.msg == 'WAGTAIL_PUSH has the unknown setting "EMULATR".'
    assert first.hint == 'Did you mean "EMULATOR"?'
    assert second.hint is not None
    assert second.hint.startswith("Known settings: ACCOUNTS, ")


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
        ({}, ['"FIREBASE": {', "'apiKey': …", "'projectId': …", '"VAPID_KEY"']),
        ({"FIREBASE": FIREBASE}, ['"VAPID_KEY": "…"']),
        ({"FIREBASE": {**FIREBASE, "appId": ""}, "VAPID_KEY": "v"}, ["'appId': …"]),
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


def test_the_emulator_is_not_for_production() -> None:
    assert found(include_deployment_checks=True) == ["wagtail_push.E008"]
