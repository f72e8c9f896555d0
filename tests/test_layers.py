"""What import-linter can't say: a part of a package that only some rooms may know."""

import ast
from collections.abc import Iterator
from pathlib import Path

import wagtail_push


ROOT = Path(wagtail_push.__file__).parent
MAY_KNOW_THE_ADMIN = ("admin/", "portal/", "wagtail_hooks.py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_admin_portal_and_hooks_know_wagtails_admin() -> None:
    files = {str(path.relative_to(ROOT)): path for path in ROOT.rglob("*.py")}
    assert len(files) > 50

    knowing = {
        name
        for name, path in files.items()
        for module in imported(path)
        if module.startswith("wagtail.admin")
    }

    assert knowing
    assert not [name for name in knowing if not name.startswith(MAY_KNOW_THE_ADMIN)]
