"""schemathesis calls the API with what its schema allows, and with what it does not.

Real views, a real session with its CSRF token, and a real capability; every call is
undone. Not a part of the plain tests: ``tox run -e schemathesis``.
"""

from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from hypothesis import HealthCheck
from hypothesis import settings as bounded

from tests.devices import come_back_as
from wagtail_push import receipts
from wagtail_push.api.policies import ACCOUNT_HEADER
from wagtail_push.test.factories import (
    BatchFactory,
    BrowserFactory,
    RecipientFactory,
    ScopeFactory,
)


schema = schemathesis.openapi.from_wsgi("/push/api/v1/schema/", WSGIHandler())
# It takes the server that the schema names for absolute.
schema.config.update(base_url="http://localhost/push/api/v1/")
schema.config.generation.update(with_security_parameters=False)
pytestmark = pytest.mark.django_db


@schema.auth()
class Caller:
    """Has schemathesis call without the credentials, and with wrong ones, as well.

    Cases are made before there is a database: ``call`` puts the credentials in.
    """

    def get(self, case: Any, ctx: Any) -> bool:
        return True

    def set(self, case: Any, data: bool, ctx: Any) -> None:
        pass


@pytest.fixture
def known(accounts: Any, work: Any) -> dict[str, Any]:
    """Return what may be asked for, by its name in addresses and bodies."""
    browser = BrowserFactory(account__key="C-1")
    addressed = RecipientFactory(account=browser.account, browser=browser)
    notification = addressed.notification
    BatchFactory(notification=notification, last_id=browser.installation_id)
    client = Client()
    client.force_login(browser.login)
    come_back_as(client, browser)
    client.cookies[settings.CSRF_COOKIE_NAME] = get_token(RequestFactory().get("/"))
    return {
        "cookies": {name: kept.value for name, kept in client.cookies.items()},
        "capability": receipts.make_capability(browser.installation),
        "browser_id": str(browser.public_id),
        "notification_id": str(notification.public_id),
        "scope": ScopeFactory().key,
        # In bodies.
        "browsers": [str(browser.public_id)],
        "notification": str(notification.public_id),
    }


@schema.parametrize()
@bounded(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_api(case: Any, known: dict[str, Any]) -> None:
    call(case, known)
    if case.meta.generation.mode.is_positive:
        # Made-up ids lead to 404: once more with those that are there.
        for part in (case.path_parameters, case.body):
            if isinstance(part, dict):
                part.update((name, known[name]) for name in part.keys() & known.keys())
        case.headers.pop(ACCOUNT_HEADER, None)
        call(case, known)


def call(case: Any, known: dict[str, Any]) -> None:
    """Call, compare what came with the schema, and undo it."""
    # Throttles have tests of their own.
    cache.clear()
    [security] = case.operation.definition.raw["security"]
    if "capability" in security:
        case.headers["Authorization"] = f"Capability {known['capability']}"
    else:
        case.cookies.update(known["cookies"])
        case.headers["X-CSRFToken"] = known["cookies"][settings.CSRF_COOKIE_NAME]
    with transaction.atomic():
        case.call_and_validate()
        transaction.set_rollback(True)
