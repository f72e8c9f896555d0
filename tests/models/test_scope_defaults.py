"""A changed default leaves the browsers that are registered as they are."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wagtail_push import registry
from wagtail_push.models import Browser, NotificationScope, ScopeChoice
from wagtail_push.models.scopes import DefaultChange
from wagtail_push.test.factories import (
    BrowserFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = pytest.mark.django_db


def wanting(scope: NotificationScope) -> list[str]:
    """Return the names of the browsers that get this scope."""
    found = Browser.objects.filter(scope.wanted()).order_by("name")
    return list(found.values_list("name", flat=True))


def change(scope: NotificationScope, new: str) -> None:
    scope.default = new
    scope.save()


@pytest.fixture
def scope() -> NotificationScope:
    """Return a scope with a browser that chose on, one that chose off, and one neither."""
    scope: NotificationScope = ScopeFactory(key="invoices")
    for name, wanted in (("said on", True), ("said off", False)):
        ScopeChoiceFactory(scope=scope, wanted=wanted, browser__name=name)
    BrowserFactory(name="said nothing")
    return scope


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("on", "off", ["said nothing", "said on"], ["said nothing", "said on"]),
        ("off", "on", ["said on"], ["said on"]),
        (
            "on",
            "always",
            ["said nothing", "said on"],
            ["said nothing", "said off", "said on"],
        ),
        ("off", "always", ["said on"], ["said nothing", "said off", "said on"]),
        (
            "always",
            "on",
            ["said nothing", "said off", "said on"],
            ["said nothing", "said on"],
        ),
        (
            "always",
            "off",
            ["said nothing", "said off", "said on"],
            ["said nothing", "said on"],
        ),
    ],
)
def test_registered_browsers_stay_and_new_ones_get_the_new_default(
    old: str, new: str, before: list[str], after: list[str], scope: NotificationScope
) -> None:
    NotificationScope.objects.update(default=old)
    scope.refresh_from_db()
    assert wanting(scope) == before

    told = scope.changed_to(new)
    change(scope, new)

    assert wanting(scope) == after
    assert (told.old, told.new) == (old, new)
    assert (told.on, told.off, told.registered) == (len(after), 3 - len(after), 3)
    assert told.gaining == len(set(after) - set(before))
    assert told.losing == len(set(before) - set(after))
    late = BrowserFactory(name="zzz late")
    assert (late.name in wanting(scope)) is (new != "off")


def test_what_a_change_does_is_told_before_it_is_written(
    scope: NotificationScope,
) -> None:
    told = scope.changed_to("off")

    assert told == DefaultChange(old="on", new="off", on=2, off=1)
    assert ScopeChoice.objects.count() == 2
    assert NotificationScope.objects.get().default == "on"


def test_browsers_that_the_system_removed_come_back_as_they_were(
    scope: NotificationScope,
) -> None:
    gone = BrowserFactory(name="gone", removed_at=timezone.now())
    assert scope.changed_to("off").registered == 3

    change(scope, "off")

    choices = {choice.scope_id: choice.wanted for choice in gone.choices.all()}
    assert registry.is_wanted(scope, choices)


def test_always_on_and_back_remembers_what_was_chosen_before(
    scope: NotificationScope,
) -> None:
    change(scope, "off")
    before = wanting(scope)
    change(scope, "always")
    change(scope, "on")

    assert wanting(scope) == before == ["said nothing", "said on"]


def test_nothing_else_writes_choices(scope: NotificationScope) -> None:
    scope.max_ttl = 60
    scope.save()
    ScopeFactory(key="other", default="off")
    # What is in memory but not saved changes nothing.
    scope.default = "off"
    scope.save(update_fields=["sort_order"])

    assert ScopeChoice.objects.count() == 2
    assert NotificationScope.objects.get(key="invoices").default == "on"


def test_choices_and_default_are_written_together(
    scope: NotificationScope,
) -> None:
    scope.default, scope.max_ttl = "off", 0

    # No transaction of the test's own around it: this is about the model's.
    with pytest.raises(IntegrityError):
        scope.save()

    assert ScopeChoice.objects.count() == 2


def test_many_browsers_cost_one_statement(scope: NotificationScope) -> None:
    BrowserFactory.create_batch(9)

    with CaptureQueriesContext(connection) as queries:
        change(scope, "off")

    inserts = [q["sql"] for q in queries if q["sql"].startswith("INSERT")]
    assert len(inserts) == 1
    assert ScopeChoice.objects.filter(scope=scope, wanted=True).count() == 11
    assert set(wanting(scope)) == set(
        Browser.objects.exclude(name="said off").values_list("name", flat=True)
    )
