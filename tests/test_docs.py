"""The documentation: nothing is left out, no link is dead, and its examples run."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import threading
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import firebase_admin
import pytest
from django.conf import settings
from django.core.management import BaseCommand, load_command_class
from django.utils import timezone
from wagtail import hooks

from example_site.portal.middleware import policy
from tests.example.factories import CustomerFactory, DomainFactory, InvoiceFactory
from tests.installing.steps import lines_of, steps
from wagtail_push import models, recipients
from wagtail_push.backends import get_backend
from wagtail_push.conf import SETTING_NAMES
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver
from wagtail_push.messages import (
    Answer,
    Content,
    DeliveryResult,
    Envelope,
    Target,
    TargetKind,
)
from wagtail_push.test.factories import (
    BrowserFactory,
    NotificationFactory,
    ScopeFactory,
)


ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference"

COMMANDS = [
    "python3 -m venv .venv && .venv/bin/pip install tox-uv && .venv/bin/tox run -e demo",
    "python3 -m venv .venv && .venv/bin/pip install tox-uv && .venv/bin/tox run",
]
FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r"^```\{(?:image|literalinclude)\} (\S+)$", re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    found = FENCE.findall(page.read_text())
    return [code for _, named, code in found if named == language]


def headings(page: Path) -> set[str]:
    """Return the headings of a page, without their backticks."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {heading.replace("`", "") for heading in found}


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub and the documentation's builder make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def example(page: Path, part: str) -> dict[str, Any]:
    """Run the one Python block of a page that has this part; return its names."""
    [code] = [code for code in blocks(page, "python") if part in code]
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, page.name, "exec"), names)
    return names


def envelope(target: str, title: str) -> Envelope:
    return Envelope(
        target=Target(TargetKind.FID, target),
        content=Content(id="1", title=title, body="Text"),
        ttl=60,
    )


def test_the_readme_begins_with_the_two_commands() -> None:
    assert [code.strip() for code in blocks(README, "sh")[:2]] == COMMANDS


def test_installing_takes_five_lines() -> None:
    # They are applied as they stand here: tox run -e install.
    code = [code for _, found in steps() for lang, code in found if lang == "python"]
    lines = [
        line.split("  #")[0].strip() for part in code[:3] for line in lines_of(part)
    ]

    assert lines == [
        '"wagtail_push",',
        '"django_q",',
        'WAGTAIL_PUSH = {"NAME": "Nordhost"}',
        'Q_CLUSTER = {"timeout": 60, "retry": 120, "orm": "default"}',
        'path("push/", include("wagtail_push.urls")),',
    ]
    assert blocks(README, "python")[:3] == code[:3]


def test_the_versions_that_are_named_are_those_of_the_package_and_of_tox() -> None:
    page = (ROOT / "docs" / "explanation" / "versions.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tox = (ROOT / "tox.ini").read_text()
    named = {
        name: row.split(", ")
        for name, row in re.findall(
            r"^\| (Python|Django) \| (.+) \|$", page, re.MULTILINE
        )
    }

    for name, label in (("Python", "Programming Language"), ("Django", "Framework")):
        pattern = rf"{label} :: {name} :: (\d+\.\d+)"
        classified = re.findall(pattern, " ".join(project["classifiers"]))
        assert named[name] == classified
    run = re.findall(r"^    py(\d)(\d+)-django(\d)(\d)-", tox, re.MULTILINE)
    assert named["Python"] == [f"{major}.{minor}" for major, minor, _, _ in run]
    assert named["Django"] == [f"{major}.{minor}" for _, _, major, minor in run]


def test_every_module_that_is_called_public_is_there() -> None:
    page = (ROOT / "docs" / "explanation" / "versions.md").read_text()
    named = set(re.findall(r"`(wagtail_push\.[\w.]+)`", page))

    assert len(named) >= 15
    assert [
        name for name in sorted(named) if importlib.util.find_spec(name) is None
    ] == []


def test_every_setting_has_a_heading() -> None:
    assert headings(REFERENCE / "settings.md") >= SETTING_NAMES


def test_every_check_has_a_heading_and_no_heading_is_left_over() -> None:
    code = (ROOT / "wagtail_push" / "checks.py").read_text()
    ids = set(re.findall(r'id="(wagtail_push\.\w+)"', code))

    assert len(ids) >= 25
    assert headings(REFERENCE / "checks.md") == {"Checks", *ids}


def test_every_command_has_a_heading_and_no_heading_is_left_over() -> None:
    page = (REFERENCE / "commands.md").read_text()
    described = re.findall(r"^## `(push_\w+)", page, re.MULTILINE)
    folder = ROOT / "wagtail_push" / "management" / "commands"

    assert described == sorted(path.stem for path in folder.glob("push_*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_line_that_runs_a_command_is_understood_by_it(page: Path) -> None:
    for code in blocks(page, "sh"):
        for line in re.findall(r"^python manage.py (push_.*)$", code, re.MULTILINE):
            name, *args = shlex.split(line, comments=True)
            command = load_command_class("wagtail_push", name)
            command.create_parser("manage.py", name).parse_args(args)


def test_every_option_of_a_command_is_described() -> None:
    page = (REFERENCE / "commands.md").read_text()
    sections = re.split(r"^## `", page, flags=re.MULTILINE)[1:]
    by_name = {re.match(r"\w+", section)[0]: section for section in sections}  # type: ignore[index]
    ours = set(by_name) - {"push_check"}
    for name in ours:
        parser = load_command_class("wagtail_push", name).create_parser("", name)
        common = BaseCommand().create_parser("", name)
        known = {
            option for action in common._actions for option in action.option_strings
        }
        options = {
            action.option_strings[0]
            for action in parser._actions
            if action.option_strings
        } - known
        assert options == {o for o in options if o in by_name[name]}, name


def test_every_model_has_a_heading_and_no_heading_is_left_over() -> None:
    assert headings(REFERENCE / "models.md") == {"Models", *models.__all__}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [link for link in LINK.findall(text) if "://" not in link]
    dead = []
    for link in [*links, *IMAGE.findall(text)]:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.is_file() or (
            anchor and anchor not in map(slug, headings(target))
        ):
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_environment_of_tox_that_is_named_exists(page: Path) -> None:
    tox = (ROOT / "tox.ini").read_text()
    known = {*re.findall(r"^\[testenv:(\w+)\]", tox, re.MULTILINE)}
    known |= {*re.findall(r"^    (py\d\S+)$", tox, re.MULTILINE)}
    named = set(re.findall(r"tox run -e ([\w-]+)", page.read_text()))
    if page.name == "CONTRIBUTING.md":
        table = page.read_text().partition("## The environments of tox")[2]
        named = set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))

        assert named == known
    assert named <= known


def test_the_policy_that_is_advised_is_the_one_that_is_tested() -> None:
    page = (ROOT / "docs" / "how-to" / "csp.md").read_text()
    advised = page.partition("Content-Security-Policy:\n")[2].partition("```")[0]
    advised = " ".join(advised.split())

    tested = policy().replace(f" {settings.PUSH_EMULATOR}", "")
    more = {"img-src 'self' data:"}
    assert set(tested.split("; ")) - more == set(advised.split("; "))


@pytest.mark.django_db
def test_the_hook_of_the_how_to_narrows(monkeypatch: pytest.MonkeyPatch) -> None:
    # Registered for this test alone.
    monkeypatch.setattr(hooks, "register", lambda name: lambda function: function)
    page = ROOT / "docs" / "how-to" / "narrow-recipients.md"
    rule = example(page, "construct_push_recipients")["only_where_the_outage_is"]
    monkeypatch.undo()
    for key in ("north-1", "south-1"):
        BrowserFactory(account__key=key)
    told = []

    with hooks.register_temporarily("construct_push_recipients", rule):
        for scope in ("outages", "invoices"):
            notification = NotificationFactory(
                scope__key=scope, to_everyone=True, params={"region": "north"}
            )
            found = recipients.of(notification).order_by("pk")
            told.append(list(found.values_list("account__key", flat=True)))

    assert told == [["north-1"], ["north-1", "south-1"]]


@pytest.mark.django_db
def test_every_reason_for_being_left_out_has_a_row() -> None:
    page = ROOT / "docs" / "how-to" / "narrow-recipients.md"
    rows = re.findall(r"^\| `([\w-]+)` \|", page.read_text(), re.MULTILINE)

    assert [
        row for row in rows if row != "left_out"
    ] == models.Notification.LeftOut.values


@pytest.mark.django_db
def test_the_readme_sends() -> None:
    for key in ("invoices", "outages", "domains"):
        ScopeFactory(key=key)
    customer = CustomerFactory()
    invoice = InvoiceFactory(customer=customer, number="7-1", amount=Decimal("9.50"))
    domain = DomainFactory(customer=customer, name="rye.example")
    starts = timezone.now() + timedelta(hours=1)
    ends = starts + timedelta(hours=2)

    names = example(README, "def invoice_issued")
    names["invoice_issued"](invoice)
    names["invoice_issued"](invoice)
    names["outage_planned"](starts, ends)
    names["remind"]({customer: [domain.name]})

    sent = models.Notification.objects.order_by("pk")
    assert [
        (
            row.scope and row.scope.key,
            row.to_everyone,
            row.body,
            [(r.account.key, r.params) for r in row.recipients.all()],
        )
        for row in sent
    ] == [
        (
            "invoices",
            False,
            {"": "{number}: {amount} EUR"},
            [(customer.number, {})],
        ),
        ("outages", True, {"": f"From {starts:%H:%M} to {ends:%H:%M}"}, []),
        (
            "domains",
            False,
            {"": "{names}"},
            [(customer.number, {"names": "rye.example"})],
        ),
    ]
    assert sent[0].params == {"number": "7-1", "amount": "9.50"}
    assert sent[1].expires_at == ends


def test_the_backend_of_the_readme_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    backend = example(README, "class FileBackend")["FileBackend"]()

    results = backend.send([envelope("a", "One"), envelope("b", "Two")])

    lines = (tmp_path / "pushes.jsonl").read_text().splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["One", "Two"]
    assert results == [DeliveryResult(answer=Answer.ACCEPTED)] * 2


@pytest.fixture
def gateway() -> Iterator[str]:
    """Serve a gateway that answers with the status that the title asks for."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            message = json.loads(self.rfile.read(length))
            self.send_response(int(message["data"]["title"]))
            self.end_headers()
            self.wfile.write(f"for {message['to']}".encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_the_backend_of_the_guide_works(gateway: str) -> None:
    page = ROOT / "docs" / "how-to" / "write-a-backend.md"
    names = example(page, "class GatewayBackend")
    names["GATEWAY"] = gateway
    backend = names["GatewayBackend"]()
    titles = ["200", "404", "429", "503"]

    results = backend.send([envelope(f"to {title}", title) for title in titles])
    names["GATEWAY"] = "http://127.0.0.1:9/"
    [unreachable] = backend.send([envelope("nobody", "200")])

    assert results == [
        DeliveryResult(answer=Answer.ACCEPTED, message_id="for to 200"),
        DeliveryResult(answer=Answer.UNREGISTERED, detail="HTTP 404"),
        DeliveryResult(answer=Answer.BUSY, detail="HTTP 429"),
        DeliveryResult(answer=Answer.UNAVAILABLE, detail="HTTP 503"),
    ]
    assert unreachable == DeliveryResult(
        answer=Answer.UNAVAILABLE, detail="ConnectionError"
    )


def test_the_backends_that_are_named_exist(settings: Any) -> None:
    text = (REFERENCE / "settings.md").read_text()
    named = sorted(set(re.findall(r'"(wagtail_push\.backends\.[\w.]+)"', text)))
    assert len(named) == 3
    for path in named:
        settings.WAGTAIL_PUSH = {"BACKEND": path}
        assert type(get_backend()).__name__ == path.rpartition(".")[2]


def test_firebase_admin_is_led_to_the_emulator_as_described(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # google-auth also asks another host, in a thread of its own.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    page = ROOT / "docs" / "how-to" / "emulator.md"
    [code] = [c for c in blocks(page, "python") if "class ToEmulator" in c]
    with EmulatorProcess() as emulator, Receiver(emulator.url) as browser:
        names: dict[str, Any] = {}
        exec(code.replace("http://127.0.0.1:8979", emulator.url), names)
        try:
            message = names["messaging"].Message(
                data={"a": "1"}, fid=browser.register()
            )
            browser.connect()
            names["messaging"].send(message, app=names["app"])
            payload = browser.wait_for()
        finally:
            firebase_admin.delete_app(names["app"])

    assert payload["data"] == {"a": "1"}


def test_no_promise_is_left_out() -> None:
    text = (ROOT / "docs" / "explanation" / "promises.md").read_text()
    listed = re.findall(r"^\| ([MB]-\d\d) \| (\w+) \|", text, re.MULTILINE)

    expected = [f"M-{n:02}" for n in range(1, 32)] + [f"B-{n:02}" for n in range(1, 9)]
    assert sorted(name for name, _ in listed) == sorted(expected)
    assert {level for _, level in listed} == {"browser", "qcluster", "http"}
