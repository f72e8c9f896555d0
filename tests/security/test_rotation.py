"""Another SECRET_KEY: what the old one signed holds while it is among the fallbacks.

Three things are signed: the device cookie, the capability of a service worker, and the
nonce that proves which browser asks. The button "Turn off this kind" leads to a page for
whoever is signed in, so there is nothing to sign in its link.
"""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from tests.devices import come_back_as
from wagtail_push import receipts
from wagtail_push.device import COOKIE, read_device
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import Browser, Notification
from wagtail_push.registry.proving import ask_for_proof, is_proof
from wagtail_push.test.factories import BrowserFactory


OLD, NEW = "the old key, long enough to be one", "the new key, long enough to be one"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]


@pytest.fixture(autouse=True)
def _old_key(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []


@pytest.fixture
def browser() -> Browser:
    return BrowserFactory(account__key="C-1")


def rotate(settings: Any, *fallbacks: str) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, list(fallbacks)


@pytest.mark.parametrize(("fallbacks", "status"), [([OLD], 204), ([], 401)])
def test_a_capability(
    fallbacks: list[str], status: int, browser: Browser, settings: Any
) -> None:
    capability = receipts.make_capability(browser.installation)

    rotate(settings, *fallbacks)
    answer = Client().post(
        "/push/api/v1/changes/",
        headers={"Authorization": f"Capability {capability}"},
    )

    assert answer.status_code == status


@pytest.mark.parametrize(("fallbacks", "known"), [([OLD], True), ([], False)])
def test_the_device_cookie(
    fallbacks: list[str], known: bool, browser: Browser, settings: Any
) -> None:
    client = Client()
    come_back_as(client, browser)
    kept = client.cookies[COOKIE].value

    rotate(settings, *fallbacks)
    # Signed in anew: sessions hang on the key, too, and are no business of ours.
    client.force_login(browser.login)
    html = client.get("/push/").content.decode()

    assert ("wagtail-push-row--current" in html) is known
    assert (client.cookies[COOKIE].value == kept) is known


def test_a_renewal_signs_both_anew(browser: Browser, settings: Any) -> None:
    client = Client()
    come_back_as(client, browser)
    rotate(settings, OLD)
    client.force_login(browser.login)

    answer = client.put(
        "/push/api/v1/installation/",
        {"target": browser.installation.target, "kind": "fid"},
        content_type="application/json",
    )

    rotate(settings)
    capability = receipts.read_capability(answer.json()["capability"])
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = client.cookies[COOKIE].value
    assert capability == browser.installation
    assert read_device(request) == browser.installation.device_id


@pytest.mark.parametrize("fallbacks", [[OLD], []])
def test_a_proof(fallbacks: list[str], browser: Browser, settings: Any) -> None:
    target = Target(TargetKind.FID, browser.installation.target)
    ask_for_proof(target, browser.login)
    nonce = Notification.objects.get(kind="proof").params["proof"]

    rotate(settings, *fallbacks)

    assert is_proof(nonce, target, browser.login) is bool(fallbacks)


def test_the_link_to_turn_a_kind_off_is_not_signed(client: Client) -> None:
    answer = client.get("/push/turn-off/invoices/")

    assert answer["Location"].startswith("/sign-in/")
