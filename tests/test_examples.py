"""The examples of the documentation: each compiles, and what can run alone runs."""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
import pytest
from django.core import checks
from django.core.management.base import CommandError
from django.template import engines
from django.test import Client, override_settings
from django.utils import timezone
from wagtail import hooks

from example_site.portal.middleware import FIREBASE
from tests.example.factories import CustomerFactory
from tests.test_docs import PAGES, REFERENCE, ROOT, blocks, example
from wagtail_push import definitions
from wagtail_push.checks import check_adapter
from wagtail_push.conf import SETTING_NAMES
from wagtail_push.models import Heartbeat, Notification, NotificationScope
from wagtail_push.notify import notify
from wagtail_push.test import assert_pushed
from wagtail_push.test.factories import (
    BrowserFactory,
    LoginFactory,
    NotificationFactory,
    ScopeFactory,
)


HOW_TO = ROOT / "docs" / "how-to"
WRITTEN = [
    pytest.param(page, code, id=f"{page.relative_to(ROOT)}:{number}")
    for page in PAGES
    for number, code in enumerate(blocks(page, "python"))
]


@pytest.mark.parametrize(("page", "code"), WRITTEN)
def test_what_an_example_imports_of_ours_exists(page: Path, code: str) -> None:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "wagtail_push"
        ):
            module = importlib.import_module(str(node.module))
            for name in node.names:
                assert hasattr(module, name.name), (page.name, node.module, name.name)


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "code"), WRITTEN)
def test_the_settings_of_an_example_are_known_and_sound(page: Path, code: str) -> None:
    for node in ast.parse(code).body:
        if not isinstance(node, ast.Assign):
            continue
        [name] = [ast.unparse(target) for target in node.targets]
        if name == "WAGTAIL_PUSH":
            assert set(ast.literal_eval(node.value)) <= SETTING_NAMES
        elif name == "Q_CLUSTER":
            with override_settings(Q_CLUSTER=ast.literal_eval(node.value)):
                found = {message.id for message in checks.run_checks()}
            assert not found & {"wagtail_push.E005", "wagtail_push.W001"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_of_json_and_of_a_template_can_be_read(page: Path) -> None:
    for code in blocks(page, "json"):
        json.loads(code)
    for code in blocks(page, "html+django"):
        # What it loads, a portal's base template has loaded.
        loads = "{% load i18n static wagtail_push_tags %}"
        engines["django"].from_string(
            code if code.startswith("{% extends") else loads + code
        )


@pytest.mark.django_db
def test_the_scopes_of_the_reference_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hooks, "register", lambda name: lambda function: function)
    scopes = example(REFERENCE / "hooks.md", "register_push_scopes")["scopes"]
    monkeypatch.undo()

    with hooks.register_temporarily("register_push_scopes", scopes):
        definitions.write()

    assert [
        (
            scope.key,
            scope.group and scope.group.key,
            scope.default,
            scope.max_ttl,
            scope.urgency,
            scope.sensitive,
            sorted(
                scope.texts.values_list("language", "title", "description", "reason")
            ),
        )
        for scope in NotificationScope.objects.all()
    ] == [
        (
            "invoices",
            "billing",
            "on",
            None,
            "normal",
            True,
            [
                ("en", "Invoices", "A new invoice has been issued.", ""),
                ("pl", "Faktury", "A new invoice has been issued.", ""),
            ],
        ),
        (
            "outages",
            None,
            "always",
            86400,
            "high",
            False,
            [
                (
                    "en",
                    "Outages and maintenance",
                    "",
                    "An outage can stop your website.",
                )
            ],
        ),
    ]


# Which mailer there is, is the host's to say, from Django 6.1 on.
@pytest.mark.filterwarnings("ignore:.*will not have a default mailer")
@pytest.mark.django_db
def test_the_receiver_of_the_reference_writes_instead(mailoutbox: list[Any]) -> None:
    write = example(REFERENCE / "signals.md", "def write_instead")["write_instead"]
    browser = BrowserFactory(login__email="anna@bakery.example")
    BrowserFactory()

    for key in ("outages", "invoices"):
        write(NotificationFactory(scope__key=key), {browser.pk: "unregistered"})

    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        (["anna@bakery.example"], "Outage")
    ]


@pytest.mark.django_db
def test_the_watchdog_of_the_guide_barks_after_150_seconds() -> None:
    command = example(HOW_TO / "scale.md", "class Command")["Command"]()

    with pytest.raises(CommandError, match="since None"):
        command.handle()
    for age, awake in ((140, True), (160, False)):
        at = timezone.now() - timedelta(seconds=age)
        Heartbeat.objects.update_or_create(name="sender", defaults={"at": at})
        if awake:
            command.handle()
        else:
            with pytest.raises(CommandError, match="No worker was at work since 2"):
                command.handle()


@pytest.mark.django_db
def test_the_tutorial_sends() -> None:
    ScopeFactory(key="outages")
    CustomerFactory(number="C-10023")

    example(ROOT / "docs" / "tutorial" / "first-push.md", "From my own line of Python")

    sent = Notification.objects.get()
    assert (sent.title, sent.url) == ({"": "Hello"}, "/overview/")
    assert [row.account.key for row in sent.recipients.all()] == ["C-10023"]


@pytest.mark.skipif(django.VERSION < (6,), reason="Django has no policy of its own")
def test_the_policy_of_django_is_the_one_that_is_advised() -> None:
    from django.utils.csp import build_policy  # type: ignore[import-not-found]

    page = HOW_TO / "csp.md"
    text = page.read_text().partition("Content-Security-Policy:\n")[2]
    advised = " ".join(text.partition("```")[0].split())

    given = build_policy(example(page, "SECURE_CSP")["SECURE_CSP"])

    assert set(given.split("; ")) == set(advised.split("; "))
    assert all(host in given for host in FIREBASE)


def test_the_manifest_opens_the_portal_by_itself() -> None:
    [code] = blocks(HOW_TO / "home-screen.md", "json")
    manifest = json.loads(code)

    assert manifest["display"] in {"standalone", "fullscreen"}
    assert manifest["start_url"].startswith(manifest["scope"])


#: Each example of overriding: the template that it is, where it is shown, and words of ours
#: that stay, that go, and of theirs that come.
OVERRIDING = [
    (
        REFERENCE / "templates.md",
        "includes/panel.html",
        ["On a computer", "Browsers registered on this account"],
        [],
        "Questions? Call 0800 123 456.",
    ),
    (
        HOW_TO / "style.md",
        "settings.html",
        ["On a computer", "css/wagtail-push.css", "wagtail-push-config"],
        ["Learn of what matters the moment it happens"],
        "We write to you only about what you choose here.",
    ),
    (
        HOW_TO / "style.md",
        "includes/style.html",
        ["On a computer", "wagtail-push-config"],
        ["css/wagtail-push.css"],
        "portal/push.css",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "name", "stay", "go", "come"), OVERRIDING)
def test_one_block_is_changed_without_a_copy(
    page: Path,
    name: str,
    stay: list[str],
    go: list[str],
    come: str,
    client: Client,
    settings: Any,
) -> None:
    [template] = [code for code in blocks(page, "html+django") if come in code]
    [ours] = settings.TEMPLATES
    loaders = [
        ("django.template.loaders.locmem.Loader", {f"wagtail_push/{name}": template}),
        "django.template.loaders.app_directories.Loader",
    ]
    options = {**ours["OPTIONS"], "loaders": loaders}
    settings.TEMPLATES = [{**ours, "APP_DIRS": False, "OPTIONS": options}]
    login = LoginFactory()
    CustomerFactory(logins=[login])
    client.force_login(login)

    html = client.get("/push/").content.decode()

    assert re.findall(re.escape(come), html) == [come]
    assert [words for words in stay if words not in html] == []
    assert [words for words in go if words in html] == []


@pytest.mark.django_db
def test_the_smallest_adapter_lets_a_login_act_for_its_company(
    client: Client, settings: Any, push_outbox: list[Any], monkeypatch: Any
) -> None:
    [code] = [c for c in blocks(HOW_TO / "adapter.md", "python") if "allowed" in c]
    names: dict[str, Any] = {"__name__": "example"}
    # The user model of these tests has no company.
    exec(code.replace("company_id", "last_name"), names)
    monkeypatch.setitem(sys.modules, "example", SimpleNamespace(**names))
    path = "example.CompanyAccounts"
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "ACCOUNTS": path}
    login, former = LoginFactory(last_name="7"), LoginFactory(last_name="8")
    browser = BrowserFactory(account__key="7", login=login)
    BrowserFactory(account__key="7", login=former)
    ScopeFactory(key="news")

    assert check_adapter() == []
    assert client.get("/push/").status_code == 302
    client.force_login(login)
    assert client.get("/push/api/v1/account/").json()["key"] == "7"
    notify("news", "7", title="T", body="B")
    [push] = assert_pushed("7")
    assert push.browsers == [browser]
