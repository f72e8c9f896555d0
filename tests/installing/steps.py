"""What docs/how-to/install.md says, and how it is done to a portal's files."""

from __future__ import annotations

import re
from pathlib import Path


ROOT = Path(__file__).parents[2]

#: ``## 3. Add two settings`` and what stands below it, up to the next heading.
STEP = re.compile(r"^## \d+\. (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)
BLOCK = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: A list of a portal's that gets more entries: its name, and what is in the brackets.
LIST = re.compile(r"(\w+) = \[\n((?: {4}.*\n)+)\]\n")


def steps() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each numbered step: its title, and its blocks as language and code."""
    text = (ROOT / "docs" / "how-to" / "install.md").read_text()
    return [(title, BLOCK.findall(below)) for title, below in STEP.findall(text)]


def block(page: str, part: str) -> str:
    """Return the one block of a page, of whatever language, that begins with a part."""
    found = [code for _, code in BLOCK.findall((ROOT / page).read_text())]
    [code] = [code for code in found if code.startswith(part)]
    return code


def is_line(line: str) -> bool:
    """Tell whether it is one that somebody has to write: no comment, not empty."""
    return bool(line.strip()) and not line.strip().startswith("#")


def is_list(code: str) -> bool:
    """Tell whether a block adds entries to a list that every portal has."""
    return bool(LIST.fullmatch(code))


def lines_of(code: str) -> list[str]:
    """Return the lines that a block adds to a portal.

    Of a list they are the entries: the list is there, and a comment with … stands for
    its own ones.
    """
    entries = LIST.fullmatch(code)
    return [
        line
        for line in (entries[2] if entries else code).splitlines(True)
        if is_line(line)
    ]


def add(code: str, settings: Path, urls: Path) -> list[str]:
    """Write a block into a portal's settings or addresses; return the added lines."""
    lines = lines_of(code)
    entries = LIST.fullmatch(code)
    name = entries[1] if entries else ""
    file = urls if name == "urlpatterns" else settings
    text = file.read_text()
    if entries:
        start = text.index(f"{name} = [\n") + len(f"{name} = [\n")
        if name == "INSTALLED_APPS":
            # The portal's own apps come first.
            start = text.index('    "wagtail.', start)
        text = text[:start] + "".join(lines) + text[start:]
    else:
        text += "\n" + code
    file.write_text(text)
    return lines
