"""Who gets a notification."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from wagtail import hooks

from wagtail_push import recipients
from wagtail_push.exceptions import PushConfigurationError
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

    def page(after: int, last: int, size: int) -> tuple[int, list[list[str]]]:
        cursor, installed, _revoked = recipients.page(
            notification, after=after, last=last, size=size
        )
        return cursor, [[row["name"] for row in rows] for rows in installed]

    one, two, end = (b.installation_id for b in (first, second, third))
    both = ["first, one account", "other account"]
    assert page(0, end, 3) == (two, [both, ["second"]])
    assert page(two, end, 3) == (end, [["third"]])
    assert page(end, end, 3) == (end, [])
    assert page(0, one, 3) == (one, [both])
    # None is cut in two: it begins the next page, or comes alone.
    assert page(0, end, 2) == (one, [both])
    assert page(0, end, 1) == (one, [both])
    assert page(one, end, 1) == (two, [["second"]])


def test_an_installation_without_a_target_is_on_no_page() -> None:
    bare = BrowserFactory(installation__target="")
    notification = NotificationFactory(to_everyone=True)

    page = recipients.page(notification, after=0, last=2**62, size=9)
    assert page == (2**62, [], 0)
    assert recipients.at(notification, [bare.installation_id]) == []


@pytest.mark.promise("M-30")
def test_a_login_that_may_no_longer_act_for_the_account(accounts: Any) -> None:
    gone, here = BrowserFactory(name="gone"), BrowserFactory(name="here")
    accounts.revoked.add((gone.login_id, gone.account.key))
    notification = NotificationFactory(to_everyone=True)

    _, installed, revoked = recipients.page(notification, after=0, last=2**62, size=9)

    assert revoked == 1
    assert [[row["name"] for row in rows] for rows in installed] == [["here"]]
    assert recipients.at(notification, [gone.installation_id]) == []
    assert len(recipients.at(notification, [here.installation_id])) == 1


@pytest.mark.promise("M-30")
@pytest.mark.parametrize("in_bulk", [True, False])
def test_a_deleted_login_takes_its_browsers_along(
    in_bulk: bool, django_capture_on_commit_callbacks: Any
) -> None:
    gone = BrowserFactory()
    ended = BrowserFactory(installation=gone.installation, removed_at=timezone.now())
    shared = BrowserFactory(login=gone.login)
    left = BrowserFactory(installation=shared.installation)
    deleted = get_user_model().objects.filter(pk=gone.login_id)

    with django_capture_on_commit_callbacks(execute=True):
        (deleted if in_bulk else gone.login).delete()

    assert set(Browser.objects.all()) == {ended, left}
    # Its target goes at once, unless another login has registered the same browser.
    gone.installation.refresh_from_db()
    assert (gone.installation.target, gone.installation.target_hash) == ("", None)
    shared.installation.refresh_from_db()
    assert shared.installation.target


def test_reading_a_page_costs_one_query(
    accounts: Any, django_assert_num_queries: Any
) -> None:
    BrowserFactory.create_batch(5)
    notification = NotificationFactory(to_everyone=True)

    with django_assert_num_queries(1):
        recipients.page(notification, after=0, last=2**62, size=100)


def test_ranges_of_installations_cost_two_queries(
    django_assert_num_queries: Any,
) -> None:
    notification = NotificationFactory(to_everyone=True)
    assert recipients.ranges(notification, 2).ends == []
    browsers = BrowserFactory.create_batch(5)
    # An installation counts once, and whoever does not want it not at all.
    BrowserFactory(installation=browsers[0].installation)
    BrowserFactory(paused_at=timezone.now())
    a, b, c, d, e = (browser.installation_id for browser in browsers)

    with django_assert_num_queries(2):
        assert recipients.ranges(notification, 2).ends == [(0, b), (b, d), (d, e)]
    assert recipients.ranges(notification, 5).ends == [(0, e)]
    assert recipients.ranges(notification, 1).ends == [
        (0, a),
        (a, b),
        (b, c),
        (c, d),
        (d, e),
    ]


class TestRules:
    """What a host's hook does to who gets a message."""

    @pytest.fixture(autouse=True)
    def _rule(self) -> Iterator[None]:
        def without_two(browsers: Any, notification: Any) -> Any:
            return browsers.exclude(name="two")

        with hooks.register_temporarily(recipients.HOOK, without_two):
            yield

    def test_it_narrows(self) -> None:
        for name in ("one", "two"):
            BrowserFactory(name=name)

        assert wanting(NotificationFactory(to_everyone=True)) == ["one"]

    @pytest.mark.parametrize("kind", ["confirmation", "test", "check"])
    def test_what_somebody_waits_for_obeys_no_rule(self, kind: str) -> None:
        browser = BrowserFactory(name="two")
        notification = NotificationFactory(kind=kind, scope=None)
        RecipientFactory(
            notification=notification, account=browser.account, browser=browser
        )

        assert wanting(notification) == ["two"]

    def test_whoever_it_leaves_out_is_counted(self) -> None:
        for name in ("one", "two", "two"):
            BrowserFactory(name=name)

        counted = recipients.left_out(NotificationFactory(to_everyone=True))

        assert counted == {"rule": 2}

    def test_one_that_returns_something_else_is_named(self) -> None:
        def broken(browsers: Any, notification: Any) -> Any:
            return list(browsers)

        with (
            hooks.register_temporarily(recipients.HOOK, broken),
            pytest.raises(
                PushConfigurationError,
                match=r"construct_push_recipients tests\.test_recipients\.TestRules.*"
                "returned list: return the queryset",
            ),
        ):
            recipients.of(NotificationFactory(to_everyone=True))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"removed_at": timezone.now()}, None),
        ({"paused_at": timezone.now()}, "paused"),
        ({"signed_out_at": timezone.now()}, "signed-out"),
        ({"account__enabled": False}, "account-off"),
        ({"account__enabled": False, "account__forbidden": True}, "forbidden"),
        ({"account__forbidden": True, "paused_at": timezone.now()}, "forbidden"),
        ({"login__is_active": False}, "login"),
    ],
)
def test_whoever_is_left_out_is_counted_by_reason(
    change: dict[str, Any], reason: str | None
) -> None:
    BrowserFactory(**change)
    BrowserFactory()

    counted = recipients.left_out(NotificationFactory(to_everyone=True))

    assert counted == ({reason: 1} if reason else {})


@pytest.mark.parametrize(
    ("default", "counted"),
    [("on", {"scope-off": 1}), ("off", {"scope-off": 2}), ("always", {})],
)
def test_the_scope_is_off_by_choice_or_default(
    default: str, counted: dict[str, int]
) -> None:
    scope = ScopeFactory(default=default)
    ScopeChoiceFactory(scope=scope, wanted=False)
    ScopeChoiceFactory(scope=scope, wanted=True)
    BrowserFactory()

    notification = NotificationFactory(scope=scope, to_everyone=True)

    assert recipients.left_out(notification) == counted


def test_of_addressed_accounts_those_without_a_browser_are_counted(
    django_assert_num_queries: Any,
) -> None:
    notification = NotificationFactory()
    RecipientFactory(notification=notification)
    gone = BrowserFactory(removed_at=timezone.now())
    here = BrowserFactory()
    paused = BrowserFactory(account=here.account, paused_at=timezone.now())
    BrowserFactory(account__enabled=False)  # it is not addressed
    for browser in (gone, here):
        RecipientFactory(notification=notification, account=browser.account)

    with django_assert_num_queries(2):
        assert recipients.left_out(notification) == {"no-browser": 2, "paused": 1}
    assert paused.account == here.account


def test_a_retired_scope_leaves_all_out() -> None:
    BrowserFactory()
    notification = NotificationFactory(scope__retired=True, to_everyone=True)

    assert recipients.left_out(notification) == {"retired": 1}


def test_walking_along_browsers_finds_the_same(accounts: Any) -> None:
    notification = NotificationFactory()
    one = BrowserFactory(account__key="C-1")
    BrowserFactory(account=one.account, paused_at=timezone.now())
    BrowserFactory(account__key="C-not-addressed")
    shared = BrowserFactory(account__key="C-2", installation=one.installation)
    single, _twin = BrowserFactory.create_batch(2, account__key="C-3")
    for browser, only in ((one, None), (shared, None), (single, single)):
        RecipientFactory(
            notification=notification,
            account=browser.account,
            browser=only,
            params={"for": browser.name},
        )

    def page(**kwargs: Any) -> list[tuple[str, dict[str, str]]]:
        found = recipients.page(notification, after=0, last=2**62, size=9, **kwargs)
        rows = [row for rows in found.installed for row in rows]
        return [(row["name"], row[recipients.PARAMS]) for row in rows]

    expected = [(b.name, {"for": b.name}) for b in (one, shared, single)]
    assert page() == expected
    assert page(walk=True) == expected
