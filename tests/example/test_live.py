"""Sending through a real Firebase project refuses in words what can't be."""

from pathlib import Path
from typing import Any

import pytest

from example_site.demo import live


COMPLETE = '{"apiKey": "k", "appId": "a", "messagingSenderId": "1", "projectId": "p"}'
SET = {"LIVE_FIREBASE": COMPLETE, "LIVE_VAPID_KEY": "v", "LIVE_CREDENTIALS": __file__}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            dict.fromkeys(SET, ""),
            [
                "LIVE_FIREBASE is not set: the web app's configuration, as one JSON "
                "object with apiKey, appId, messagingSenderId and projectId.",
                "LIVE_VAPID_KEY is not set: the public key of the Web Push certificates.",
                "LIVE_CREDENTIALS is not set: the path of the service account's JSON "
                "file.",
            ],
        ),
        ({"LIVE_FIREBASE": "apiKey"}, ["LIVE_FIREBASE is not a JSON object."]),
        ({"LIVE_FIREBASE": "1"}, ["LIVE_FIREBASE is not a JSON object."]),
        (
            {"LIVE_FIREBASE": '{"apiKey": "k", "appId": "a"}'},
            [
                "LIVE_FIREBASE has no messagingSenderId.",
                "LIVE_FIREBASE has no projectId.",
            ],
        ),
        ({"LIVE_CREDENTIALS": "nowhere.json"}, ["LIVE_CREDENTIALS names no file."]),
    ],
)
def test_it_says_what_is_missing_and_sends_nothing(
    changed: dict[str, str],
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Any,
) -> None:
    for name, value in {**SET, **changed}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["live"])
    monkeypatch.setattr(live, "dry_run", lambda: pytest.fail("it went on"))

    assert live.main() == 2
    assert capsys.readouterr().out.splitlines() == [
        "Nothing was sent.",
        *words,
        "docs/how-to/real-firebase.md says where to find them.",
    ]
