"""Texts in several languages: which are there, which are missing, what falls back."""

from typing import Any

import pytest
from django.conf import global_settings

from wagtail_push.models.scopes import default_language, site_languages
from wagtail_push.test.factories import ScopeFactory, ScopeTextFactory


@pytest.mark.parametrize(
    ("code", "languages", "default"),
    [
        ("cs", ["en", "cs"], "cs"),
        ("en-gb", ["pl", "en"], "en"),
        ("de", ["pl", "en"], "pl"),
    ],
    ids=["listed", "listed without its region", "not listed"],
)
def test_the_default_language_is_one_of_the_site(
    code: str, languages: list[str], default: str, settings: Any
) -> None:
    settings.LANGUAGE_CODE = code
    settings.LANGUAGES = [(language, language) for language in languages]

    assert default_language() == default
    assert site_languages()[0] == default
    assert sorted(site_languages()) == sorted(languages)


@pytest.mark.django_db
def test_a_language_is_served_by_the_one_without_its_region(settings: Any) -> None:
    settings.LANGUAGES = [(code, code) for code in ("en", "en-gb", "pt-br", "cs")]
    scope = ScopeFactory()
    ScopeTextFactory(scope=scope, language="de")
    ScopeTextFactory(scope=scope, language="cs")

    assert scope.languages() == ["en", "cs", "de"]
    assert scope.missing_languages() == ["pt-br"]


@pytest.mark.django_db
def test_a_default_language_is_served_without_its_region_as_well(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en-us"
    scope = ScopeFactory(text__language="pl", text__title="Faktury")
    ScopeTextFactory(scope=scope, language="en", title="Invoices")

    assert scope.text("cs").title == "Invoices"


@pytest.mark.django_db
def test_a_site_that_names_no_languages_misses_none_of_all(settings: Any) -> None:
    settings.LANGUAGES = global_settings.LANGUAGES
    scope = ScopeFactory()

    assert scope.missing_languages() == []
    scope.texts.update(language="pl")
    assert scope.missing_languages() == ["en"]


@pytest.mark.django_db
def test_a_reason_is_told_in_another_language_rather_than_not_at_all() -> None:
    scope = ScopeFactory(default="always")
    scope.texts.update(reason="Why.")
    ScopeTextFactory(scope=scope, language="pl", title="Awarie")
    ScopeTextFactory(scope=scope, language="cs", reason="Proč.")

    assert [scope.reason(code) for code in ("en", "pl", "cs", "de")] == [
        "Why.",
        "Why.",
        "Proč.",
        "Why.",
    ]
