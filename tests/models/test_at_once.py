"""What PostgreSQL makes of two who write at the same moment.

What needs no certain order, tests/racing runs.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from wagtail_push import registry
from wagtail_push.models import (
    Batch,
    Browser,
    Installation,
    Notification,
    NotificationScope,
)
from wagtail_push.personal import erase, kept
from wagtail_push.test.factories import (
    BatchFactory,
    BrowserFactory,
    RecipientFactory,
    ScopeFactory,
)


pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="several writers need PostgreSQL: name one in DATABASE_URL",
    ),
]


def switch_off(scope: NotificationScope) -> None:
    """Change the default, as an editor does."""
    scope.default = "off"
    scope.save()


def alone(act: Callable[[], object]) -> None:
    """Do it in a thread of its own, and end that one's connection."""
    try:
        act()
    finally:
        connection.close()


def wait_until_somebody_waits(number: int = 1) -> None:
    """Wait until so many other connections want a lock that they do not get."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= number:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_a_customer_who_chooses_meanwhile_has_the_last_word() -> None:
    scope = ScopeFactory(key="invoices")
    browser = BrowserFactory()

    with ThreadPoolExecutor() as editor:
        with transaction.atomic():
            registry.choose_scope(browser, "invoices", False)
            saved = editor.submit(alone, lambda: switch_off(scope))
            wait_until_somebody_waits()
        saved.result(10)

    assert list(scope.choices.values_list("browser", "wanted")) == [(browser.pk, False)]
    assert NotificationScope.objects.get().default == "off"


def test_an_editor_and_a_customer_do_not_wait_for_each_other() -> None:
    scope = ScopeFactory(key="invoices")
    copied = BrowserFactory()
    same = {"account": copied.account, "login": copied.login}
    first, second = BrowserFactory.create_batch(2, **same)
    other = BrowserFactory()
    # PostgreSQL writes it anew, behind the others.
    registry.rename(first, "First")

    with ThreadPoolExecutor() as others:
        with transaction.atomic():
            registry.choose_scope(other, "invoices", False)
            saved = others.submit(alone, lambda: switch_off(scope))
            wait_until_somebody_waits()
            done = others.submit(alone, lambda: registry.copy_choices(copied))
            wait_until_somebody_waits(2)
        saved.result(10)
        done.result(10)

    chosen = dict(scope.choices.values_list("browser", "wanted"))
    assert chosen == {
        copied.pk: True,
        first.pk: True,
        second.pk: True,
        other.pk: False,
    }


def test_a_browser_that_is_removed_meanwhile_keeps_no_editor_from_saving() -> None:
    scope = ScopeFactory(key="invoices")
    gone, other = BrowserFactory.create_batch(2)

    with ThreadPoolExecutor() as others:
        with transaction.atomic():
            registry.choose_scope(other, "invoices", False)
            saved = others.submit(alone, lambda: switch_off(scope))
            wait_until_somebody_waits()
            removed = others.submit(alone, lambda: registry.remove(gone))
            wait_until_somebody_waits(2)
        saved.result(10)
        removed.result(10)

    assert list(scope.choices.values_list("browser", "wanted")) == [(other.pk, False)]
    assert NotificationScope.objects.get().default == "off"


def test_a_login_is_deleted_while_its_customer_chooses() -> None:
    ScopeFactory(key="invoices")
    browser = BrowserFactory()
    login = get_user_model().objects.get(pk=browser.login_id)

    with ThreadPoolExecutor() as host:
        with transaction.atomic():
            registry.choose_scope(browser, "invoices", False)
            registry.check(browser)
            deleted = host.submit(alone, login.delete)
            wait_until_somebody_waits()
        deleted.result(10)

    assert not Browser.objects.exists()


def test_a_customer_is_erased_while_an_account_is_being_changed() -> None:
    browser = BrowserFactory()
    key = browser.account.key

    with ThreadPoolExecutor() as operator:
        with transaction.atomic():
            # As whoever registers: first the account, then its browsers.
            registry.forbid_account(key, False)
            erased = operator.submit(alone, lambda: erase(kept(account=key)))
            wait_until_somebody_waits()
            registry.check(browser)
        erased.result(10)

    assert not Browser.objects.exists()


def test_a_customer_is_erased_while_a_page_is_being_recorded() -> None:
    browser = BrowserFactory()
    account, installation = browser.account, browser.installation
    notification = RecipientFactory(account=account).notification
    batch = BatchFactory(notification=notification)

    with ThreadPoolExecutor() as operator:
        with transaction.atomic():
            # As whoever records: first the batch, then what FCM calls dead.
            Batch.objects.select_for_update().get(pk=batch.pk)
            erased = operator.submit(alone, lambda: erase(kept(account=account.key)))
            wait_until_somebody_waits()
            Installation.objects.erase([installation.target_hash], "unregistered")
        erased.result(10)

    assert not Notification.objects.exists()
