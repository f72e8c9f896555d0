"""In a portal with LoginRequiredMiddleware nothing of ours has to be exempted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wagtail_push.receipts import make_capability
from wagtail_push.test.factories import BrowserFactory


@pytest.mark.django_db
def test_the_worker_and_its_reports_need_no_login(settings: Any) -> None:
    login_required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, login_required]
    visitor = Client()
    capability = make_capability(BrowserFactory().installation)
    reports = {"Authorization": f"Capability {capability}"}
    json = "application/json"

    api = "wagtail_push:api:"
    worker = visitor.get(reverse("wagtail_push:worker"))
    schema = visitor.get(reverse(f"{api}schema"))
    changes = visitor.post(
        reverse(f"{api}changes"), {}, content_type=json, headers=reports
    )
    account = visitor.get(reverse(f"{api}account"))
    page = visitor.get(reverse("wagtail_push:settings"))

    assert [worker.status_code, schema.status_code, changes.status_code] == [
        200,
        200,
        204,
    ]
    # The page's JavaScript reads a problem document, not a page for signing in.
    assert (account.status_code, account.json()["code"]) == (403, "not_authenticated")
    assert page.headers["Location"] == "/sign-in/?next=/push/"
