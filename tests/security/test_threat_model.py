"""The threat model: every threat has a test, and every test that is named exists."""

import ast
import re
from pathlib import Path

import pytest


TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "explanation" / "threat-model.md"

#: What has to have a row, whatever else has one.
THREATS = {
    "Another customer's browser",
    "Another login on a shared browser",
    "Forged receipts and capabilities",
    "Replayed receipts and capabilities",
    "A stolen target posted by somebody else",
    "CSRF",
    "Throttles behind a proxy",
    "Open redirects by notification links",
    "XSS on the page",
    "XSS in the admin",
    "XSS by user agents",
    "XSS in a notification",
    "CSV formula injection",
    "Oversized bodies",
    "Malformed bodies",
    *(
        f"Targets and credentials in {place}"
        for place in (
            *("logs", "errors", "the admin", "the cache", "task rows"),
            "tracebacks with locals",
        )
    ),
    "Account enumeration",
    "The emulator as SSRF",
    "Worker response headers",
    "Secrets rotation",
}


def threats() -> list[tuple[str, str, str]]:
    """Return the table's rows: the threat, what we do, the tests."""
    table = PAGE.read_text().partition("## Threats")[2].partition("## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    return [row for row in rows if row[0] != "threat"]


def named_in(file: Path) -> set[str]:
    """Return the names of a file's tests, with the class where they stand in one."""
    if file.suffix == ".js":
        return set(re.findall(r'^test\("(.+?)",', file.read_text(), re.MULTILINE))
    found = set()
    for node in ast.parse(file.read_text()).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for part in inner:
            if isinstance(part, ast.FunctionDef):
                found.add(f"{prefix}{part.name}")
    return {name for name in found if "test_" in name}


def test_every_threat_has_a_row() -> None:
    assert {threat for threat, _, _ in threats()} >= THREATS


@pytest.mark.parametrize(
    ("threat", "tests"), [(threat, tests) for threat, _, tests in threats()]
)
def test_every_threat_has_a_test_that_exists(threat: str, tests: str) -> None:
    named = re.findall(r"`(.+?)::(.+?)`", tests)

    assert named, f"no test holds {threat!r}"
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (TESTS / file).is_file() or name not in named_in(TESTS / file)
    ]
    assert missing == []
