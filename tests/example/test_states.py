"""The page of states: nothing that a customer can meet is left out."""

from typing import Any

import pytest
from django.test import Client

from example_site.portal.states import CARDS, FAILURES
from wagtail_push.portal.texts import texts
from wagtail_push.test.factories import LoginFactory


URL = "/demo/states/"


def test_every_state_and_every_failure_has_its_place() -> None:
    text = texts("Nordhost")

    assert set(CARDS) == set(text["states"])
    assert set(FAILURES) == set(text["failures"])


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "pl", "cs"])
def test_the_page_shows_them_in_every_language(client: Client, language: str) -> None:
    client.force_login(LoginFactory())

    html = client.get(URL, headers={"Accept-Language": language}).content.decode()

    assert html.count("data-state-key=") == len(CARDS)
    assert html.count("data-failure-key=") == len(FAILURES)
    assert "%(" not in html.partition('<script id="states"')[0]


@pytest.mark.django_db
def test_it_is_there_in_a_demo_only(client: Client, settings: Any) -> None:
    client.force_login(LoginFactory())
    settings.DEMO = False

    assert client.get(URL).status_code == 404
