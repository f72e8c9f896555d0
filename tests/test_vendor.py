"""The Firebase SDK that is served: its versions, its licences, where it comes from."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
STATIC = Path("wagtail_push/static/wagtail_push")
VENDOR = STATIC / "vendor"
FRONTEND = Path("wagtail_push/frontend")


def versions() -> dict[str, dict[str, str]]:
    content: dict[str, dict[str, str]] = json.loads(
        (ROOT / VENDOR / "VERSIONS.json").read_text()
    )
    return content


def test_the_bundle_is_of_the_pinned_versions() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert versions()["pinned"] == pinned
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    assert versions()["bundled"] == {
        name: locked[f"node_modules/{name}"]["version"]
        for name in versions()["bundled"]
    }
    assert {"@firebase/app", "@firebase/messaging"} <= set(versions()["bundled"])


def test_the_bundle_runs_under_a_strict_content_security_policy() -> None:
    source = (ROOT / VENDOR / "firebase-messaging.js").read_text()

    assert re.findall(r"\beval\b|\bnew Function\b|\bimport\(", source) == []


def test_the_bundle_exports_what_the_page_uses() -> None:
    source = (ROOT / VENDOR / "firebase-messaging.js").read_text()
    (exports,) = re.findall(r"export\{([^}]*)\}", source)

    assert sorted(name.split(" as ")[-1] for name in exports.split(",")) == [
        "deleteToken",
        "getMessaging",
        "getToken",
        "initializeApp",
        "isSupported",
        "onRegistered",
        "register",
        "unregister",
    ]


def test_the_licence_of_every_bundled_package_is_shipped() -> None:
    licenses = (ROOT / VENDOR / "LICENSES.txt").read_text()

    for name, version in versions()["bundled"].items():
        assert re.search(rf"^{name} {version} \(", licenses, re.MULTILINE), name
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in licenses
    assert "Copyright (c) 2016, Jake Archibald" in licenses


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())

    assert [p for p in lock["packages"].values() if "resolved" in p] == []


def test_the_same_bytes_come_out_of_a_new_build(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        message = "npm is not installed: apt-get install npm"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / FRONTEND, tmp_path / FRONTEND)
    for arguments in (["ci", "--ignore-scripts", "--prefer-offline"], ["run", "build"]):
        run = subprocess.run(
            [npm, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stderr

    def contents(folder: Path) -> dict[str, bytes]:
        found = [path for path in folder.iterdir() if path.is_file()]
        return {path.name: path.read_bytes() for path in found}

    assert contents(tmp_path / VENDOR) == contents(ROOT / VENDOR)
    assert contents(tmp_path / STATIC / "js") == contents(ROOT / STATIC / "js")
