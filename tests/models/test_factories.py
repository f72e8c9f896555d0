"""The factories: one for each of our models, and what they make is right."""

from typing import Any

import pytest
from django.apps import apps
from factory.django import DjangoModelFactory
from wagtail.models import Site

from wagtail_push.accounts import get_adapter
from wagtail_push.test import factories
from wagtail_push.test.factories import BrowserFactory, LoginFactory


pytestmark = pytest.mark.django_db

MODELS = list(apps.get_app_config("wagtail_push").get_models())
FACTORIES: dict[Any, type[DjangoModelFactory[Any]]] = {
    factory._meta.model: factory
    for factory in vars(factories).values()
    if isinstance(factory, type)
    and issubclass(factory, DjangoModelFactory)
    and factory is not DjangoModelFactory
}


@pytest.mark.usefixtures("wagtail_rows")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_factory_whose_rows_are_valid(model: Any) -> None:
    if not Site.objects.exists():
        page = apps.get_model("wagtailcore.Page").get_first_root_node()
        Site.objects.create(hostname="localhost", root_page=page, is_default_site=True)

    made = FACTORIES[model]()

    found = model.objects.get(pk=made.pk)
    found.full_clean()
    assert FACTORIES[model]._meta.model is model


def test_the_account_of_a_browser_is_its_login_where_that_is_the_rule(
    settings: Any,
) -> None:
    assert BrowserFactory().account.key.startswith("C-")
    settings.WAGTAIL_PUSH = {
        "ACCOUNTS": "wagtail_push.accounts.LoginAccounts",
    }
    login = LoginFactory()
    browser = BrowserFactory(login=login)

    assert browser.account.key == str(login.pk) == get_adapter().key(login)
    assert BrowserFactory(account__key="C-7").account.key == "C-7"
