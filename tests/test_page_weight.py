"""How much of our own JavaScript a customer loads before pressing "Continue"."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import wagtail_push


SCRIPTS = Path(wagtail_push.__file__).parent / "static" / "wagtail_push" / "js"
#: The two of the page itself, and what settings.js imports when it starts.
BEFORE_CONTINUE = ("regions", "settings", "card", "connect", "enable")

#: Bytes. Comments are a third of what is served, as nothing of ours is minified.
SERVED, CODE = 18_000, 12_000


def compressed(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


def without_comments(text: str) -> str:
    text = re.sub(r"/\*\*.*?\*/", "", text, flags=re.DOTALL)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def test_what_is_loaded_before_continue_is_small() -> None:
    scripts = [(SCRIPTS / f"{name}.js").read_text() for name in BEFORE_CONTINUE]

    assert sum(map(compressed, scripts)) < SERVED
    assert sum(compressed(without_comments(text)) for text in scripts) < CODE


def test_nothing_else_is_loaded_then() -> None:
    settings = (SCRIPTS / "settings.js").read_text()
    start = settings.partition("async function start()")[2]
    imported = set(re.findall(r"import\(modules\.(\w+)\)", start))
    template = SCRIPTS.parents[2] / "templates/wagtail_push/includes/scripts.html"
    of_the_page = set(re.findall(r"wagtail_push/js/(\w+)\.js", template.read_text()))

    assert imported | of_the_page == set(BEFORE_CONTINUE)
    for name in BEFORE_CONTINUE:
        static = re.findall(r"^import\b", (SCRIPTS / f"{name}.js").read_text(), re.M)
        assert static == [], "a module that imports another loads more than this"
