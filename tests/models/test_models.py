"""What the tables themselves promise."""

import re

import pytest
from django.db import IntegrityError, transaction

from wagtail_push.messages import Content, Target, TargetKind
from wagtail_push.models import Browser, Installation
from wagtail_push.test.factories import (
    BrowserFactory,
    InstallationFactory,
    ScopeFactory,
    ScopeTextFactory,
)


pytestmark = pytest.mark.django_db


def test_targets_of_any_length_are_unique() -> None:
    long = "c" + "x" * 20_000
    InstallationFactory(fid=long)

    assert Installation.objects.get().target == long
    with pytest.raises(IntegrityError), transaction.atomic():
        InstallationFactory(fid=long)


def test_many_erased_targets_are_no_duplicates() -> None:
    first, second = InstallationFactory(), InstallationFactory()

    Installation.objects.erase([first.target_hash, second.target_hash], "unregistered")

    assert Installation.objects.filter(target_hash=None, target="").count() == 2


def test_erasing_ends_the_capability_and_keeps_name_and_reason() -> None:
    browser = BrowserFactory(name="Laptop")

    ended = Installation.objects.erase(
        [browser.installation.target_hash], Browser.Reason.BAD_TARGET
    )

    assert ended == [browser.pk]
    browser.refresh_from_db()
    assert (browser.status, browser.name, browser.removed_reason) == (
        "removed",
        "Laptop",
        "bad-target",
    )
    assert browser.installation.capability_version == 2


def test_a_targets_value_never_shows() -> None:
    target = Target(TargetKind.TOKEN, "secret:APA91b")

    assert "secret" not in repr(target)
    assert target.fid_digest == Target(TargetKind.FID, "secret").digest


def test_topic_follows_the_tag() -> None:
    one, same, other = (
        Content(id=number, title="T", body="B", tag=tag)
        for number, tag in (("1", "outage-1"), ("2", "outage-1"), ("3", "outage-2"))
    )

    assert one.topic == same.topic
    assert one.topic != other.topic
    assert re.fullmatch(r"[\w-]{32}", one.topic)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("pl", "Polski"), ("pl-PL", "Polski"), ("cs", "English"), ("", "English")],
)
def test_a_text_falls_back_to_the_default_language(wanted: str, found: str) -> None:
    scope = ScopeFactory(text__title="English")
    ScopeTextFactory(scope=scope, language="pl", title="Polski")

    assert scope.text(wanted or "xx").title == found


def test_without_any_text_the_key_stands_in() -> None:
    scope = ScopeFactory(key="bare", text=None)

    assert (scope.text("en").title, str(scope)) == ("bare", "bare")
