"""The script that a portal puts on its own pages: what it is given, and when."""

import hashlib
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from wagtail_push import device, registry
from wagtail_push.models import Browser, Installation
from wagtail_push.test.factories import BrowserFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]

TEMPLATE = "{% load wagtail_push_tags %}{% push_renew %}"


@pytest.fixture
def browser() -> Browser:
    return BrowserFactory(account__key="C-1")


def render(browser: Browser | None, user: Any) -> str:
    """Return what the tag renders on a page of the portal in this browser."""
    request = RequestFactory().get("/anywhere/")
    request.user = user
    if browser:
        answer = HttpResponse()
        device.write_device(request, answer, browser.installation.device_id)
        request.COOKIES[device.COOKIE] = answer.cookies[device.COOKIE].value
    return Template(TEMPLATE).render(Context({"request": request}))


def config_of(html: str) -> dict[str, Any]:
    found = re.search(
        r'<script id="wagtail-push-renew" type="application/json">(.*?)</script>', html
    )
    assert found
    config: dict[str, Any] = json.loads(found[1])
    return config


@pytest.mark.promise("B-04")
def test_a_registered_browser(
    browser: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        html = render(browser, browser.login)

    config = config_of(html)
    script = "/static/wagtail_push/js/renew.js"
    assert f'<script type="module" src="{script}"></script>' in html
    assert config == {
        "api": "/push/api/v1/",
        "worker": "/push/sw/worker.js",
        "workerScope": "/push/sw/",
        "sdk": "/static/wagtail_push/vendor/firebase-messaging.js",
        "modules": {
            name: f"/static/wagtail_push/js/{name}.js"
            for name in ("card", "connect", "enable", "regions", "renew")
        },
        "firebase": None,
        "vapidKey": None,
        "kind": "fid",
        "emulator": "http://127.0.0.1:8979",
        "emulatorModule": "/static/wagtail_push/js/emulator.js",
        "csrf": config["csrf"],
        "asked": False,
    }


@pytest.mark.promise("B-04")
def test_nothing_for_whom_there_is_nothing_to_renew(
    browser: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert render(browser, AnonymousUser()).strip() == ""
        assert render(None, browser.login).strip() == ""
        assert Template(TEMPLATE).render(Context()).strip() == ""
    registry.remove(browser)
    assert render(browser, browser.login).strip() == ""


def test_what_another_took_over(browser: Browser) -> None:
    Browser.objects.update(removed_at=timezone.now(), removed_reason="taken-over")

    assert render(browser, browser.login).strip() == ""


@pytest.mark.promise("B-04")
@pytest.mark.parametrize(
    "ask",
    [
        lambda: Browser.objects.update(
            removed_at=timezone.now(), removed_reason="unregistered"
        ),
        lambda: Installation.objects.update(changed_at=timezone.now()),
        lambda: Installation.objects.update(target_kind="token"),
    ],
    ids=["ended", "changed", "mode"],
)
def test_the_server_asks_for_it(ask: Any, browser: Browser) -> None:
    ask()

    assert config_of(render(browser, browser.login))["asked"] is True


@pytest.mark.promise("B-04")
def test_the_server_asks_for_it_when_its_key_changed(
    browser: Browser, settings: Any
) -> None:
    firebase = {"EMULATOR": None, "FIREBASE": {"apiKey": "x"}, "VAPID_KEY": "BKey"}
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, **firebase}
    assert config_of(render(browser, browser.login))["asked"] is True

    Installation.objects.update(key_fingerprint=hashlib.sha256(b"BKey").hexdigest())

    assert config_of(render(browser, browser.login))["asked"] is False


def test_the_settings_page_says_that_it_needs_attention(
    browser: Browser, client: Any
) -> None:
    Installation.objects.update(changed_at=timezone.now())
    client.force_login(browser.login)

    assert "its registration changed" in client.get("/push/").content.decode()
