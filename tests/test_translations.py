"""Every sentence in every language: the catalogues, and the customer's page.

After a change of texts, in the folder wagtail_push::

    django-admin makemessages --all --no-location --no-wrap
    (translate)
    django-admin compilemessages
"""

import ast
import gettext
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

import wagtail_push
from tests.devices import come_back_as
from wagtail_push.models import NotificationScope
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    ScopeFactory,
)


PACKAGE = Path(wagtail_push.__file__).parent
LANGUAGES = ("cs", "pl")
LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)? ?(".*")')
FILLED = re.compile(r"%\(\w+\)[sd]|%[sd]|</?\w+[^>]*>")


@dataclass
class Entry:
    """One message of a .po file."""

    flags: str = ""
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return what a .mo file keeps it under."""
        context = self.parts.get("msgctxt")
        return (f"{context}\x04" if context else "") + self.parts["msgid"]

    @property
    def translations(self) -> dict[str, str]:
        """Return the translation, or one for each form of the plural."""
        return {
            name: text for name, text in self.parts.items() if name.startswith("msgstr")
        }


def read_po(path: Path) -> Iterator[Entry]:
    """Yield the messages of a .po file, without the header and obsolete ones."""
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        entry, part = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry.flags += line
            elif found := LINE.fullmatch(line):
                part = found[1] or part
                text = ast.literal_eval(found[2])
                entry.parts[part] = entry.parts.get(part, "") + text
        if entry.parts.get("msgid"):
            yield entry


def po(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


def entries(language: str) -> list[Entry]:
    found = list(read_po(po(language)))
    assert len(found) > 200
    return found


def need(tool: str) -> None:
    """Skip without this tool of GNU gettext; on CI, fail."""
    if shutil.which(tool):
        return
    words = f"{tool} is missing: apt-get install gettext"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(language: str) -> None:
    unsure = [entry.key for entry in entries(language) if "fuzzy" in entry.flags]
    empty = [
        entry.key
        for entry in entries(language)
        if not entry.translations or not all(entry.translations.values())
    ]

    assert (unsure, empty) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_stays(language: str) -> None:
    changed = {
        text: entry.key
        for entry in entries(language)
        for text in entry.translations.values()
        if sorted(FILLED.findall(text))
        != sorted(FILLED.findall(entry.parts.get("msgid_plural", entry.key)))
    }

    assert changed == {}


@pytest.mark.parametrize(
    ("language", "quotes"), [("cs", "„“"), ("pl", "„”")], ids=LANGUAGES
)
def test_quotes_of_the_language(language: str, quotes: str) -> None:
    texts = [text for e in entries(language) for text in e.translations.values()]
    wrong = [
        text
        for text in texts
        if "".join(re.findall("[„“”\"'‘’«»]", text)).replace(quotes, "")
    ]

    assert any(quotes[0] in text for text in texts)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_with_a_lone_letter(language: str) -> None:
    """Prepositions of one letter hold on to the next word by a no-break space."""
    loose = [
        text
        for entry in entries(language)
        for text in entry.translations.values()
        if re.search(r"(?<![\w)])[aikosuvwz] ", text, re.IGNORECASE)
    ]

    assert loose == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_is_what_is_written(language: str) -> None:
    with po(language).with_suffix(".mo").open("rb") as mo:
        compiled: dict[Any, str] = gettext.GNUTranslations(mo)._catalog  # type: ignore[attr-defined]
    written: dict[Any, str] = {}
    for entry in entries(language):
        for name, text in entry.translations.items():
            form = name.removeprefix("msgstr").strip("[]")
            written[(entry.key, int(form)) if form else entry.key] = text

    del compiled[""]
    assert compiled == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_gettext_accepts_it(language: str, tmp_path: Path) -> None:
    need("msgfmt")
    mo = tmp_path / "django.mo"
    run = subprocess.run(
        ["msgfmt", "--check-format", "-o", mo, po(language)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    with mo.open("rb") as made, po(language).with_suffix(".mo").open("rb") as kept:
        # With the header, so with the rule for the plural.
        assert (
            gettext.GNUTranslations(made).info() == gettext.GNUTranslations(kept).info()
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_missing(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("xgettext")
    copy = tmp_path / "wagtail_push"
    shutil.copytree(
        PACKAGE, copy, ignore=shutil.ignore_patterns("locale", "__pycache__")
    )
    made = copy / "locale" / language / "LC_MESSAGES" / "django.po"
    made.parent.mkdir(parents=True)
    monkeypatch.chdir(copy)
    call_command("makemessages", locale=[language], verbosity=0)

    in_the_source = {entry.key for entry in read_po(made)}
    in_the_catalogue = {entry.key for entry in entries(language)}
    assert in_the_source - in_the_catalogue == set()
    assert in_the_catalogue - in_the_source == set()


ENGLISH = (
    "PUSH notifications",
    "Learn of what matters",
    "Notification settings for this customer account",
    "Notifications on",
    "How push works here",
    "The browser must be running",
    "Browsers registered on this account",
    "Kinds of notification",
    "Needs attention",
    "It no longer receives",
    "the browser no longer accepts notifications",
    "What this browser is told about",
    "Always on",
    "Enable notifications for this browser",
    "Name of this browser",
    "Connect to the push service",
    "There is something new for you.",
)


def visit(client: Client, language: str) -> str:
    answer = client.get("/push/", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def spoken(html: str) -> dict[str, str]:
    """Return what the page's JavaScript may say, by its place in the config."""
    found = re.search(r'<script id="wagtail-push-config"[^>]*>(.*?)</script>', html)
    assert found

    def leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(value, str):
            yield place, value
            return
        for key, inner in value.items():
            yield from leaves(inner, f"{place}/{key}")

    return dict(leaves(json.loads(found[1])["text"]))


@pytest.fixture
def customer(client: Client, accounts: Any) -> Client:
    """A customer with this browser, and one that lost its registration."""
    login = LoginFactory()
    account = AccountFactory(key="C-1")
    here = BrowserFactory(account=account, login=login, name="A")
    BrowserFactory(
        account=account,
        login=login,
        name="B",
        removed_at=timezone.now(),
        removed_reason="unregistered",
    )
    ScopeFactory(key="invoices", text__title="S")
    ScopeFactory(
        key="outages", text__title="T", default=NotificationScope.Default.ALWAYS
    )
    client.force_login(login)
    come_back_as(client, here)
    return client


@pytest.mark.promise("M-25")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "title"), [("cs", "Oznámení PUSH"), ("pl", "Powiadomienia PUSH")]
)
def test_the_page_speaks_the_language(
    customer: Client, language: str, title: str
) -> None:
    english, html = visit(customer, "en"), visit(customer, language)

    assert [words for words in ENGLISH if words not in english] == []
    assert [words for words in ENGLISH if words in html] == []
    assert f'<html lang="{language}"' in html
    assert f"<h1>{title}</h1>" in html
    before, after = spoken(english), spoken(html)
    assert len(before) > 80
    # A heading that is only the browser's name is the same everywhere, and so is the
    # empty body of the question for which the server's answer has the words.
    same = {place: before[place] for place in before if before[place] == after[place]}
    assert set(same.values()) == {"%(name)s", ""}
    assert [place for place in same if not same[place]] == [
        "/failures/another-login/body"
    ]
