"""What the page reports of a set-up that keeps browsers from registering."""

import logging
from typing import Any

import pytest
from django.test import Client

from wagtail_push.models import Trouble
from wagtail_push.test.factories import AccountFactory, LoginFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

URL = "/push/api/v1/troubles/"


@pytest.fixture
def login() -> Any:
    AccountFactory(key="C-1")
    return LoginFactory(username="anna")


@pytest.fixture
def api(client: Client, login: Any) -> Client:
    client.force_login(login)
    return client


def report(api: Client, code: Any, **headers: str) -> Any:
    body = {"code": code}
    return api.post(URL, body, content_type="application/json", headers=headers)


def test_it_is_counted_by_its_code_and_logged_without_a_customer(
    api: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "wagtail_push"):
        answers = [report(api, code) for code in ("SW-404", "FCM-403", "SW-404")]

    assert [(a.status_code, a.content) for a in answers] == [(204, b"")] * 3
    kept = Trouble.objects.order_by("pk").values_list("code", "times")
    assert list(kept) == [("SW-404", 2), ("FCM-403", 1)]
    assert caplog.messages == [
        "A browser could not register: SW-404",
        "A browser could not register: FCM-403",
        "A browser could not register: SW-404",
    ]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "SW-40",
        "SW-4044",
        "SW-999",
        "XSW-404",
        "SW-404 call us",
        "FCM-call-this-number",
        "HTTP-500",
        "EMULATOR",
        "sw-404",
        None,
        {"code": "SW-404"},
    ],
)
def test_nothing_else_is_kept(
    api: Client, code: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = report(api, code)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "code" in answer.json()["fields"]
    assert not Trouble.objects.exists()
    assert [kept for kept in caplog.records if kept.name == "wagtail_push"] == []


def test_without_the_forms_token_nothing_is_kept(login: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(login)

    answer = report(strict, "SW-404")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert not Trouble.objects.exists()


def test_one_login_can_report_only_so_often(api: Client) -> None:
    answers = [report(api, "SW-404").status_code for _ in range(11)]

    assert answers == [204] * 10 + [429]
    assert Trouble.objects.get().times == 10
