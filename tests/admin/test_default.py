"""Another default is saved only when its effect was shown and confirmed."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.log_actions import registry as log_registry

from tests.admin.editors import (
    SCOPES,
    errors_of,
    saved_data,
    scope_data,
    scope_editor,
    text,
)
from wagtail_push.models import NotificationScope, ScopeChoice
from wagtail_push.test.factories import (
    BrowserFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]

REFUSED = "You may not decide whether a scope is always on."


@pytest.fixture
def scope() -> NotificationScope:
    """Return a scope that is on; one of three browsers switched it off."""
    scope: NotificationScope = ScopeFactory(key="invoices", text__title="Invoices")
    scope.texts.update(reason="The law asks for it.")
    ScopeChoiceFactory(scope=scope, wanted=False)
    BrowserFactory.create_batch(2)
    return scope


def save(client: Client, scope: NotificationScope, **change: Any) -> Any:
    url = reverse(f"{SCOPES}:edit", args=[scope.pk])
    return client.post(url, saved_data(scope, **change))


def saved_default(scope: NotificationScope) -> str:
    return NotificationScope.objects.get(pk=scope.pk).default


def history(scope: NotificationScope) -> list[str]:
    """Return what Wagtail's history says of a scope, the oldest first."""
    logs = log_registry.get_logs_for_instance(scope).order_by("pk")
    return [
        log_registry.get_formatter(log).format_message(log)
        for log in logs
        if log.action.startswith("wagtail_push")
    ]


def asked(response: Any) -> list[str]:
    """Return the sentences of the question, which has to stand on the page."""
    page = unescape(response.content.decode())
    assert response.status_code == 200
    assert "Save with the new default" in page
    assert "Nothing is saved yet." in page
    sentences: list[str] = response.context["effect"]
    assert all(sentence in page for sentence in sentences)
    return sentences


def test_nothing_is_saved_before_it_is_confirmed(
    admin_client: Client, scope: NotificationScope
) -> None:
    response = save(admin_client, scope, default="off", max_ttl="60")

    assert asked(response) == [
        "“Invoices” will be off for browsers that register from now on.",
        "3 registered browsers stay as they are (on: 2, off: 1).",
    ]
    scope.refresh_from_db()
    assert (scope.default, scope.max_ttl) == ("on", None)
    assert ScopeChoice.objects.count() == 1
    # What the editor has typed is still there.
    form = response.context["form"]
    assert (form["default"].value(), form["max_ttl"].value()) == ("off", "60")


def test_confirmed_it_is_saved_and_logged(
    admin_client: Client, scope: NotificationScope
) -> None:
    question = save(admin_client, scope, default="off").content.decode()
    value = question.partition('name="confirmed_default" value="')[2].partition('"')[0]

    response = save(
        admin_client, scope, default="off", max_ttl="60", confirmed_default=value
    )

    assert response.status_code == 302, errors_of(response)
    scope.refresh_from_db()
    assert (scope.default, scope.max_ttl) == ("off", 60)
    assert sorted(scope.choices.values_list("wanted", flat=True)) == [False, True, True]
    assert history(scope) == [
        "Default changed from “On unless switched off” to “Off unless switched on”"
    ]
    log = log_registry.get_logs_for_instance(scope).get(action="wagtail_push.default")
    assert log.user.get_username() == "admin"


def test_the_confirmation_of_another_change_does_not_count(
    admin_client: Client, scope: NotificationScope
) -> None:
    for stale in ("on → always", "always → off", "off → on", "yes"):
        response = save(admin_client, scope, default="off", confirmed_default=stale)
        assert asked(response)
    # Somebody else was faster: the question that was confirmed is not this one.
    NotificationScope.objects.update(default="always")
    response = save(admin_client, scope, default="off", confirmed_default="on → off")

    assert asked(response)[0] == (
        "“Invoices” will be off for browsers that register from now on."
    )
    assert saved_default(scope) == "always"
    assert history(scope) == []


def test_other_changes_need_no_confirmation(
    admin_client: Client, scope: NotificationScope
) -> None:
    response = save(admin_client, scope, max_ttl="60", retired="on")

    assert response.status_code == 302, errors_of(response)
    scope.refresh_from_db()
    assert (scope.max_ttl, scope.retired) == (60, True)
    assert ScopeChoice.objects.count() == 1


def test_errors_come_before_the_question(
    admin_client: Client, scope: NotificationScope
) -> None:
    response = save(admin_client, scope, default="off", max_ttl="0")

    assert list(errors_of(response)) == ["max_ttl"]
    assert "Save with the new default" not in response.content.decode()


def test_a_script_gets_the_question_as_an_error(
    admin_client: Client, scope: NotificationScope
) -> None:
    url = reverse(f"{SCOPES}:edit", args=[scope.pk])
    response = admin_client.post(
        url,
        saved_data(scope, default="off"),
        headers={"Accept": "application/json"},
    )

    assert response.status_code == 400
    assert response.json()["error_code"] == "unconfirmed_default"
    assert saved_default(scope) == "on"


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (
            "off",
            "on",
            [
                "“Invoices” will be on for browsers that register from now on.",
                "3 registered browsers stay as they are (on: 0, off: 3).",
            ],
        ),
        (
            "on",
            "always",
            [
                "“Invoices” will be always on: nobody can switch it off.",
                "1 registered browser that has it off will get it from now on.",
            ],
        ),
        (
            "off",
            "always",
            [
                "“Invoices” will be always on: nobody can switch it off.",
                "3 registered browsers that have it off will get it from now on.",
            ],
        ),
        (
            "always",
            "off",
            [
                "“Invoices” will be off for browsers that register from now on.",
                "2 registered browsers still get it.",
                "1 that had switched it off before it was always on no longer gets it.",
            ],
        ),
    ],
)
def test_whom_it_affects(
    old: str,
    new: str,
    sentences: list[str],
    admin_client: Client,
    scope: NotificationScope,
) -> None:
    NotificationScope.objects.update(default=old)
    scope.refresh_from_db()

    assert asked(save(admin_client, scope, default=new)) == sentences


@pytest.mark.parametrize(
    ("old", "new", "last"),
    [
        ("on", "off", "No browser is registered yet."),
        ("on", "always", "No browser is registered yet."),
    ],
)
def test_without_browsers(old: str, new: str, last: str, admin_client: Client) -> None:
    scope = ScopeFactory(default=old)
    scope.texts.update(reason="Why.")

    assert asked(save(admin_client, scope, default=new))[1:] == [last]


def test_all_have_it_already(admin_client: Client) -> None:
    scope = ScopeFactory()
    scope.texts.update(reason="Why.")
    BrowserFactory()

    assert asked(save(admin_client, scope, default="always"))[1:] == [
        "Every registered browser gets it already."
    ]


def offered(response: Any) -> list[str]:
    return [
        value for value, _ in response.context["form"].fields["default"].widget.choices
    ]


def test_without_the_permission_always_on_is_neither_offered_nor_accepted(
    client: Client, scope: NotificationScope
) -> None:
    scope_editor(client)
    page = client.get(reverse(f"{SCOPES}:edit", args=[scope.pk]))
    always = {"default": "always", "confirmed_default": "on → always"}
    changed = save(client, scope, **always)
    texts = [text("en", "Outages", reason="Why.")]
    added = client.post(
        reverse(f"{SCOPES}:add"), scope_data(default="always", texts=texts)
    )

    assert offered(page) == ["on", "off"]
    assert errors_of(changed) == errors_of(added) == {"default": [REFUSED]}
    assert [one.default for one in NotificationScope.objects.all()] == ["on"]
    # All the rest may be changed.
    assert save(client, scope, max_ttl="60").status_code == 302


def test_without_the_permission_always_on_stays(
    client: Client, scope: NotificationScope
) -> None:
    NotificationScope.objects.update(default="always")
    scope.refresh_from_db()
    scope_editor(client)
    page = client.get(reverse(f"{SCOPES}:edit", args=[scope.pk]))
    cleared = save(client, scope, default="on", confirmed_default="always → on")
    response = save(client, scope, max_ttl="60")

    assert offered(page) == ["always"]
    assert REFUSED in page.content.decode()
    assert errors_of(cleared) == {"default": [REFUSED]}
    assert response.status_code == 302, errors_of(response)
    scope.refresh_from_db()
    assert (scope.default, scope.max_ttl) == ("always", 60)


def test_with_the_permission_it_is_made_always_on_and_logged(
    client: Client, scope: NotificationScope
) -> None:
    editor = scope_editor(client, "require_notificationscope")
    assert asked(save(client, scope, default="always"))
    response = save(client, scope, default="always", confirmed_default="on → always")
    texts = [text("en", "Outages", reason="Why.")]
    client.post(
        reverse(f"{SCOPES}:add"),
        scope_data(key="outages", default="always", texts=texts),
    )

    assert response.status_code == 302, errors_of(response)
    assert saved_default(scope) == "always"
    assert history(scope) == [
        "Default changed from “On unless switched off” to “Always on”"
    ]
    outages = NotificationScope.objects.get(key="outages")
    assert history(outages) == ["Created as “Always on”"]
    logs = log_registry.get_logs_for_instance(outages)
    assert {log.user for log in logs} == {editor}
