"""Every public name, command, hook, template, block and property is documented.

Settings, checks and models have headings of their own: ``test_docs.py``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.dispatch import Signal
from django.template import Node, Variable, engines
from django.template.loader_tags import BlockNode, IncludeNode

import wagtail_push
from tests.test_docs import PAGES, REFERENCE, ROOT, headings
from wagtail_push.management import commands
from wagtail_push.templatetags.wagtail_push_tags import register


PACKAGE = Path(wagtail_push.__file__).parent
TEMPLATES = PACKAGE / "templates" / "wagtail_push"
STYLE = PACKAGE / "static" / "wagtail_push" / "css" / "wagtail-push.css"

#: The modules that a portal's code may import from.
PUBLIC = (
    "wagtail_push",
    "wagtail_push.accounts",
    "wagtail_push.backends",
    "wagtail_push.backends.base",
    "wagtail_push.backends.console",
    "wagtail_push.backends.fcm",
    "wagtail_push.backends.locmem",
    "wagtail_push.definitions",
    "wagtail_push.exceptions",
    "wagtail_push.messages",
    "wagtail_push.notify",
    "wagtail_push.signals",
)

#: A directive that has Sphinx describe a name from its docstring.
DIRECTIVE = re.compile(r"^\.\. auto(?:class|data|exception|function):: (\S+)$", re.M)

#: What every template may read.
ALWAYS = {"None", "block", "forloop"}


def reference() -> str:
    return "\n".join(page.read_text() for page in sorted(REFERENCE.glob("*.md")))


def is_data(module: Any, name: str) -> bool:
    """Tell whether a module describes this value by a comment of its own."""
    return re.search(rf"^#: .*\n{name}\b", inspect.getsource(module), re.M) is not None


def public_names() -> set[str]:
    """Return the names that the public modules define, each by where it is defined."""
    found = set()
    for path in PUBLIC:
        module = importlib.import_module(path)
        for name in getattr(module, "__all__", vars(module)):
            value = getattr(module, name)
            if name.startswith("_") or inspect.ismodule(value):
                continue
            if isinstance(value, Signal) or name in {"EVERYONE", "outbox"}:
                if is_data(module, name):
                    found.add(f"{path}.{name}")
            elif getattr(value, "__module__", "") in PUBLIC and hasattr(
                value, "__qualname__"
            ):
                found.add(f"{value.__module__}.{value.__qualname__}")
    return found


def test_every_public_name_is_documented_and_none_is_left_over() -> None:
    documented = DIRECTIVE.findall(reference())

    assert len(documented) == len(set(documented))
    described = {name for name in documented if name.rpartition(".")[0] in PUBLIC}
    assert described == public_names()


def test_what_is_documented_has_a_docstring() -> None:
    for name in public_names():
        path, _, attribute = name.rpartition(".")
        value = getattr(importlib.import_module(path), attribute)
        assert inspect.getdoc(value), name


def test_every_command_is_documented() -> None:
    text = reference()
    names = [module.name for module in pkgutil.iter_modules(commands.__path__)]

    assert "push_emulator" in names
    page = REFERENCE / "commands.md"
    told = " ".join(headings(page)) if page.is_file() else text
    assert [
        name for name in names if name not in told and f"manage.py {name}" not in text
    ] == []


def hooks_that_are_asked() -> set[str]:
    """Return the names of the hooks that our code calls."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and "get_hooks" in ast.unparse(node.func):
                dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                names = vars(importlib.import_module(dotted))
                found.add(eval(ast.unparse(node.args[0]), dict(names)))
    return found


def test_every_hook_has_a_heading_and_no_heading_is_left_over() -> None:
    assert headings(REFERENCE / "hooks.md") == {"Hooks", *hooks_that_are_asked()}


def test_every_tag_is_documented() -> None:
    prefix = "wagtail_push.templatetags.wagtail_push_tags."
    documented = {
        name.removeprefix(prefix)
        for name in DIRECTIVE.findall(reference())
        if name.startswith(prefix)
    }

    assert documented == set(register.tags)


def walk(value: Any) -> Iterator[Any]:
    """Yield the parts of a compiled template, from anywhere in its nodes."""
    yield value
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list | tuple):
        parts = list(value)
    else:
        names = {*getattr(value, "__dict__", ()), "first", "second", "value"}
        for kind in type(value).__mro__:
            names.update(getattr(kind, "__slots__", ()))
        parts = [getattr(value, name, None) for name in names - {"origin", "parser"}]
    for part in parts:
        if isinstance(part, Node | list | tuple | dict) or hasattr(
            part, "resolve" if not hasattr(part, "eval") else "eval"
        ):
            yield from walk(part)


def compiled(path: Path) -> tuple[list[str], set[str]]:
    """Return the blocks of a template, and the names that it reads from its context."""
    blocks: list[str] = []
    read: set[str] = set()
    made: set[object] = set()
    for part in walk(engines["django"].from_string(path.read_text()).template.nodelist):  # type: ignore[attr-defined]
        if isinstance(part, Variable) and part.lookups:
            read.add(part.lookups[0])
        if isinstance(part, BlockNode) and part.name not in blocks:
            blocks.append(part.name)
        # What a template includes has names of its own.
        if isinstance(part, Node) and not isinstance(part, IncludeNode):
            made.update(getattr(part, "loopvars", None) or ())
            made.update(getattr(part, "extra_context", None) or {})
            made.update(getattr(part, name, None) for name in ("variable", "asvar"))
    return blocks, read - made - ALWAYS


def test_every_template_has_a_row_with_its_blocks_and_its_context() -> None:
    text = (REFERENCE / "templates.md").read_text()
    rows = re.findall(r"^\| `([\w/]+\.html)` \| .+ \| (.*) \| (.*) \|$", text, re.M)
    documented = {
        name: (re.findall(r"`(\w+)`", blocks), set(re.findall(r"`(\w+)`", context)))
        for name, blocks, context in rows
    }

    assert documented == {
        str(path.relative_to(TEMPLATES)): compiled(path)
        for path in TEMPLATES.rglob("*.html")
    }


def test_every_property_of_the_style_has_a_row() -> None:
    style = STYLE.read_text()
    page = (ROOT / "docs" / "how-to" / "style.md").read_text()
    rows = re.findall(r"^\| `(--wagtail-push-[\w-]+)` \|", page, re.M)

    assert sorted(rows) == sorted(set(re.findall(r"--wagtail-push-[\w-]+", style)))


@pytest.mark.parametrize("page", ["README.md", "docs/explanation/design.md"])
def test_every_room_has_a_line(page: str) -> None:
    text = (ROOT / page).read_text()
    rooms = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in PACKAGE.iterdir()
        if path.name not in {"__init__.py", "__pycache__", "py.typed"}
    }

    assert {room for room in rooms if not re.search(rf"\b{room}", text)} == set()


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    pages = {
        str(page.relative_to(ROOT / "docs").with_suffix(""))
        for page in PAGES
        if (ROOT / "docs") in page.parents and page.name != "index.md"
    }

    assert {page for page in pages if f"\n{page}\n" not in index} == set()
