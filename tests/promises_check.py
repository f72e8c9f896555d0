"""After a whole run of the tests: is every promise held at its level?

``python tests/promises_check.py [promises.json]`` prints a line for each promise and
ends with status 1 if one is not held that docs/explanation/promises.md counts on.
"""

import json
import re
import sys
from pathlib import Path


PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "promises.md"

#: From the loosest to the strictest: a real browser has a real queue behind it.
LEVELS = ["unit", "http", "qcluster", "browser"]

ROW = re.compile(r"^\| ([MB]-\d\d) \| (\w+) \|", re.MULTILINE)
LATER = re.compile(r"^\*\*Not held yet:\*\* (.*)\.$", re.MULTILINE)


def main(path: Path) -> int:
    """Compare the file with the page; return the exit status."""
    text = PAGE.read_text()
    promised = dict(ROW.findall(text))
    later = set(re.findall(r"[MB]-\d\d", " ".join(LATER.findall(text))))
    found = json.loads(path.read_text())
    broken = [
        promise
        for promise, level in promised.items()
        if not _say(promise, level, found.get(promise), promise in later)
    ]
    for promise in sorted(found.keys() - promised.keys()):
        print(f"{promise} is promised nowhere")
        broken.append(promise)
    print(f"{len(broken)} of {len(promised)} promises are not as {PAGE.name} says")
    return 1 if broken else 0


def _say(promise: str, level: str, row: dict[str, object] | None, later: bool) -> bool:
    levels = row["levels"] if row else []
    strict = set(LEVELS[LEVELS.index(level) :])
    held = bool(row and row["held"] and strict & set(levels))
    words = "held" if held else "comes later" if later else "NOT HELD"
    at = ", ".join(levels) or "no test"
    print(f"{promise}  {words:12} wanted: {level:9} tests: {at}")
    return held or later


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "promises.json")))
