"""Who gets a notification."""

from typing import Any

import pytest
from django.utils import timezone

from wagtail_push import recipients
from wagtail_push.models import Browser
from wagtail_push.test.factories import (
    BrowserFactory,
    NotificationFactory,
    RecipientFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = pytest.mark.django_db


def wanting(notification: Any) -> list[str]:
    return sorted(recipients.of(notification).values_list("name", flat=True))


@pytest.mark.promise("M-14", "M-30")
@pytest.mark.parametrize(
    ("change", "gets"),
    [
        ({}, True),
        ({"paused_at": timezone.now()}, False),
        ({"signed_out_at": timezone.now()}, False),
        ({"removed_at": timezone.now()}, False),
        ({"account__enabled": False}, False),
        ({"account__forbidden": True}, False),
        ({"login__is_active": False}, False),
        ({"installation__target_hash": None}, False),
    ],
)
def test_what_keeps_a_browser_out(change: dict[str, Any], gets: bool) -> None:
    BrowserFactory(name="it", **change)

    assert wanting(NotificationFactory(to_everyone=True)) == (["it"] if gets else [])


@pytest.mark.parametrize(
    ("default", "choice", "gets"),
    [
        ("on", None, True),
        ("on", True, True),
        ("on", False, False),
        ("off", None, False),
        ("off", True, True),
        ("off", False, False),
        ("always", None, True),
        ("always", False, True),
    ],
)
def test_choice_and_default(default: str, choice: bool | None, gets: bool) -> None:
    scope = ScopeFactory(default=default)
    browser = BrowserFactory(name="it")
    if choice is not None:
        ScopeChoiceFactory(browser=browser, scope=scope, wanted=choice)
    ScopeChoiceFactory(browser=browser, wanted=not choice)

    notification = NotificationFactory(scope=scope, to_everyone=True)

    assert wanting(notification) == (["it"] if gets else [])


def test_a_retired_scope_reaches_nobody() -> None:
    BrowserFactory()
    notification = NotificationFactory(scope__retired=True, to_everyone=True)

    assert wanting(notification) == []


def test_only_the_accounts_it_is_addressed_to() -> None:
    mine = BrowserFactory(name="mine")
    BrowserFactory(name="other")
    notification = RecipientFactory(account=mine.account).notification

    assert wanting(notification) == ["mine"]


def test_only_the_browser_it_is_addressed_to() -> None:
    one = BrowserFactory(name="one")
    BrowserFactory(name="two", account=one.account)
    notification = RecipientFactory(account=one.account, browser=one).notification

    assert wanting(notification) == ["one"]


def test_a_page_holds_each_installation_once_with_all_its_browsers(
    accounts: Any,
) -> None:
    first = BrowserFactory(name="first, one account")
    BrowserFactory(name="other account", installation=first.installation)
    second = BrowserFactory(name="second")
    third = BrowserFactory(name="third")
    notification = NotificationFactory(to_everyone=True)

    def page(after: int, last: int) -> tuple[int, list[list[str]]]:
        cursor, installed = recipients.page(
            notification, after=after, last=last, size=2
        )
        return cursor, [[row["name"] for row in rows] for rows in installed]

    end = third.installation_id
    assert page(0, end) == (
        second.installation_id,
        [["first, one account", "other account"], ["second"]],
    )
    assert page(second.installation_id, end) == (end, [["third"]])
    assert page(end, end) == (end, [])
    assert page(0, first.installation_id)[1] == [
        ["first, one account", "other account"]
    ]


@pytest.mark.promise("M-30")
def test_a_login_that_may_no_longer_act_for_the_account(accounts: Any) -> None:
    gone, here = BrowserFactory(name="gone"), BrowserFactory(name="here")
    accounts.revoked.add((gone.login_id, gone.account.key))
    notification = NotificationFactory(to_everyone=True)

    _cursor, installed = recipients.page(notification, after=0, last=2**62, size=9)

    assert [[row["name"] for row in rows] for rows in installed] == [["here"]]
    assert recipients.at(notification, [gone.installation_id]) == []
    assert len(recipients.at(notification, [here.installation_id])) == 1


@pytest.mark.promise("M-30")
def test_a_deleted_login_takes_its_browsers_along() -> None:
    BrowserFactory().login.delete()

    assert not Browser.objects.exists()


def test_reading_a_page_costs_two_queries(
    accounts: Any, django_assert_num_queries: Any
) -> None:
    BrowserFactory.create_batch(5)
    notification = NotificationFactory(to_everyone=True)

    with django_assert_num_queries(2):
        recipients.page(notification, after=0, last=2**62, size=100)
