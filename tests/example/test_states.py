"""The page of states: nothing that a customer can meet is left out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from example_site.portal.states.cards import STATES
from example_site.portal.states.dialogs import FAILURES
from example_site.portal.states.views import groups
from wagtail_push.models import Browser
from wagtail_push.portal.texts import texts
from wagtail_push.test.factories import LoginFactory


URL = "/demo/states/"
LANGUAGES = ["en", "pl", "cs"]


def test_every_state_and_every_failure_has_its_place() -> None:
    text = texts("Nordhost")

    assert set(STATES) == set(text["states"])
    assert set(FAILURES) == set(text["failures"])


def test_each_of_the_twenty_failures_can_be_looked_at() -> None:
    shown = groups(RequestFactory().get(URL))

    numbers = {one.number for group in shown for one in group.specimens} - {""}
    assert sorted(numbers) == [f"F{number:02}" for number in range(1, 21)]


def test_all_that_stands_below_the_steps_of_the_dialog_is_there() -> None:
    [dialogs] = [g for g in groups(RequestFactory().get(URL)) if g.key == "dialog"]
    said = {one.finish.get("say") for one in dialogs.specimens} - {None, ""}
    # The others are said of the end: title, button, toast, and how long it took.
    ends = {"shown", "shownAtOnce", "shownPlain", "unconfirmed", "registered"}
    ends |= {"ready", "done", "close"}

    assert said | ends == set(texts("Nordhost")["progress"])


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_the_database_for_nothing_but_the_login(
    client: Client, language: str, django_assert_max_num_queries: Any
) -> None:
    client.force_login(LoginFactory())

    with django_assert_max_num_queries(5) as queries:
        html = client.get(URL, headers={"Accept-Language": language}).content.decode()

    assert not [q for q in queries if Browser._meta.db_table in q["sql"]]
    assert f'<html lang="{language}"' in html
    assert "%(" not in html.partition('<script id="states"')[0]
    with translation.override(language):
        assert texts("Nordhost")["states"]["paused"]["body"] in html


@pytest.mark.django_db
def test_every_id_is_there_once_and_every_reference_leads_to_one(
    client: Client,
) -> None:
    client.force_login(LoginFactory())

    html = client.get(URL).content.decode()

    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 100
    references = re.findall(
        r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"', html
    )
    assert {one for some in references for one in some.split()} <= set(ids)


@pytest.mark.django_db
@pytest.mark.parametrize("url", [URL, "/demo/theme/"])
def test_it_is_there_in_a_demo_only(client: Client, settings: Any, url: str) -> None:
    client.force_login(LoginFactory())
    assert client.get(url).status_code == 200
    settings.DEMO = False

    assert client.get(url).status_code == 404
