"""How much of our own JavaScript a customer loads before pressing "Continue"."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import wagtail_push


PACKAGE = Path(wagtail_push.__file__).parent
SCRIPTS = PACKAGE / "static" / "wagtail_push" / "js"
SOURCES = PACKAGE / "frontend" / "page"
#: The two of the page itself, and what settings.js imports when it starts.
BEFORE_CONTINUE = ("regions", "settings", "card", "connect", "enable")

#: Bytes.
LIMIT = 12_000


def test_what_is_loaded_before_continue_is_small() -> None:
    scripts = [(SCRIPTS / f"{name}.js").read_bytes() for name in BEFORE_CONTINUE]

    assert sum(len(gzip.compress(script, 9)) for script in scripts) < LIMIT


def test_nothing_else_is_loaded_then() -> None:
    settings = (SOURCES / "settings.js").read_text()
    start = settings.partition("async function start()")[2]
    imported = set(re.findall(r"import\(modules\.(\w+)\)", start))
    template = PACKAGE / "templates/wagtail_push/includes/scripts.html"
    of_the_page = set(re.findall(r"wagtail_push/js/(\w+)\.js", template.read_text()))

    assert imported | of_the_page == set(BEFORE_CONTINUE)
    for name in BEFORE_CONTINUE:
        static = re.findall(r"^import\b", (SOURCES / f"{name}.js").read_text(), re.M)
        assert static == [], "a module that imports another loads more than this"
