"""What the service worker reports, and what the page learns from it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.devices import come_back_as
from wagtail_push import receipts
from wagtail_push.models import Account, Browser, Delivery, Notification, Receipt
from wagtail_push.signals import receipt_recorded
from wagtail_push.test.factories import (
    BatchFactory,
    BrowserFactory,
    NotificationFactory,
    RecipientFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts", "work")]


@pytest.fixture
def browser() -> Browser:
    return BrowserFactory(account__key="C-1")


def post(browser: Any, body: Any, capability: str | None = None) -> Any:
    if capability is None:
        capability = receipts.make_capability(browser.installation)
    return Client(enforce_csrf_checks=True).post(
        "/push/api/v1/receipts/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Capability {capability}"},
    )


def on_its_way(browser: Browser) -> Notification:
    """Return a notification that is being sent to this browser."""
    notification = RecipientFactory(account=browser.account).notification
    BatchFactory(notification=notification, last_id=browser.installation_id)
    return notification


@pytest.mark.promise("M-28")
def test_a_receipt_is_kept_once(
    browser: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    notification = on_its_way(browser)
    body = {"notification": str(notification.public_id), "event": "shown"}
    told = []

    def listen(receipt: Receipt, **kwargs: Any) -> None:
        told.append(receipt.event)

    receipt_recorded.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        first, again = post(browser, body), post(browser, body)
        assert told == []

    assert (first.status_code, first.content) == (204, b"")
    assert again.status_code == 204
    receipt = Receipt.objects.get()
    assert (receipt.notification, receipt.installation, receipt.event) == (
        notification,
        browser.installation,
        "shown",
    )
    assert told == ["shown"]


@pytest.mark.parametrize("recorded", [True, False])
def test_a_receipt_costs_three_statements(
    recorded: bool, browser: Browser, django_assert_num_queries: Any
) -> None:
    """Who reports, whether it was sent there, and the row: each time the same."""
    notification = on_its_way(browser)
    if recorded:
        Delivery.objects.create(
            notification=notification,
            installation=browser.installation,
            batch=notification.batches.get(),
            status="accepted",
        )
    body = {"notification": str(notification.public_id), "event": "shown"}

    for _ in range(2):
        with django_assert_num_queries(3):
            assert post(browser, body).status_code == 204
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whole", [True, False], ids=["ATOMIC_REQUESTS", "autocommit"])
def test_a_receiver_of_the_host_that_fails_loses_no_receipt(
    whole: bool, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", whole)
    notification = on_its_way(browser)

    def broken(receipt: Receipt, **kwargs: Any) -> None:
        Account.objects.create(key=browser.account.key)

    receipt_recorded.connect(broken)
    body = {"notification": str(notification.public_id), "event": "clicked"}

    assert post(browser, body).status_code == 204
    assert Receipt.objects.get().event == "clicked"


def test_only_who_was_to_get_it_can_report_it(browser: Browser) -> None:
    other = BrowserFactory()
    notification = on_its_way(other)
    unplanned = RecipientFactory(account=browser.account).notification

    for one in (notification, unplanned):
        body = {"notification": str(one.public_id), "event": "shown"}
        assert post(browser, body).status_code == 404
    assert not Receipt.objects.exists()


def test_a_capability_of_an_older_version_is_worthless(browser: Browser) -> None:
    capability = receipts.make_capability(browser.installation)
    browser.installation.capability_version += 1
    browser.installation.save()
    notification = NotificationFactory()

    response = post(
        browser,
        {"notification": str(notification.public_id), "event": "shown"},
        capability,
    )

    assert response.status_code == 401
    assert response.json()["code"] == "bad_capability"
    assert response["WWW-Authenticate"] == "Capability"
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("capability", ["", "x", "a:b:c", "\xff", "Ą".encode().hex()])
def test_a_forged_capability(capability: str, browser: Browser) -> None:
    notification = NotificationFactory()
    body = {"notification": str(notification.public_id), "event": "shown"}

    assert post(browser, body, capability).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"notification": str(uuid.uuid4()), "event": "shown"}, 404),
        ({"notification": "7", "event": "shown"}, 400),
        ({"notification": str(uuid.uuid4()), "event": "eaten"}, 400),
        ({}, 400),
        ([], 400),
    ],
)
def test_bad_receipts(body: Any, status: int, browser: Browser) -> None:
    assert post(browser, body).status_code == status


class TestProgress:
    @pytest.fixture
    def api(self, browser: Browser) -> Client:
        client = Client()
        client.force_login(browser.login)
        come_back_as(client, browser)
        return client

    @pytest.fixture
    def notification(self, browser: Browser) -> Any:
        return RecipientFactory(account=browser.account, browser=browser).notification

    def deliver(self, browser: Browser, notification: Any, **kwargs: Any) -> None:
        Delivery.objects.create(
            notification=notification,
            installation=browser.installation,
            batch=BatchFactory(notification=notification),
            **kwargs,
        )

    def get(self, api: Client, notification: Any) -> dict[str, Any]:
        browser = notification.recipients.get().browser
        response = api.get(
            f"/push/api/v1/browsers/{browser.public_id}"
            f"/notifications/{notification.public_id}/"
        )
        assert response.status_code == 200
        body: dict[str, Any] = response.json()
        return body

    def test_waiting(self, api: Client, notification: Any) -> None:
        assert self.get(api, notification) == {
            "kind": "message",
            "state": "waiting",
            "sent_at": None,
            "shown_at": None,
            "seconds": None,
            "reason": "",
            "stalled": False,
        }

    @pytest.mark.promise("B-02")
    def test_shown_and_how_long_it_took(
        self, api: Client, notification: Any, browser: Browser
    ) -> None:
        sent = timezone.now()
        self.deliver(browser, notification, status="accepted", at=sent)
        assert self.get(api, notification)["state"] == "sent"
        Receipt.objects.create(
            notification=notification,
            installation=browser.installation,
            event="shown",
            at=sent + timedelta(seconds=1.24),
        )

        body = self.get(api, notification)

        assert (body["state"], body["seconds"]) == ("shown", 1.2)

    def test_a_receipt_may_come_before_its_delivery_row(
        self, api: Client, notification: Any, browser: Browser
    ) -> None:
        BatchFactory(notification=notification)
        event = Receipt.Event.SHOWN
        receipts.report(browser.installation, notification.public_id, event)

        body = self.get(api, notification)

        assert (body["state"], body["seconds"]) == ("shown", None)

    @pytest.mark.parametrize(
        ("status", "state"),
        [("retry", "waiting"), ("failed", "failed"), ("expired", "expired")],
    )
    def test_what_became_of_it(
        self,
        status: str,
        state: str,
        api: Client,
        notification: Any,
        browser: Browser,
    ) -> None:
        self.deliver(browser, notification, status=status)

        assert self.get(api, notification)["state"] == state

    def test_anothers_notification_does_not_exist_here(
        self, api: Client, browser: Browser
    ) -> None:
        other = RecipientFactory(browser=BrowserFactory()).notification

        response = api.get(
            f"/push/api/v1/browsers/{browser.public_id}"
            f"/notifications/{other.public_id}/"
        )

        assert response.status_code == 404


@pytest.mark.promise("M-28")
def test_the_schema_names_our_endpoints_and_nothing_else() -> None:
    response = Client().get(
        "/push/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}
    )

    assert response.status_code == 200
    assert sorted(response.json()["paths"]) == [
        "/account/",
        "/browsers/",
        "/browsers/{browser_id}/",
        "/browsers/{browser_id}/check/",
        "/browsers/{browser_id}/copy-choices/",
        "/browsers/{browser_id}/notifications/{notification_id}/",
        "/browsers/{browser_id}/scopes/{scope}/",
        "/changes/",
        "/installation/",
        "/receipts/",
        "/tests/",
        "/troubles/",
    ]
