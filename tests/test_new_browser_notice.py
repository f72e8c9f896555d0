"""The notice of a new browser: who gets it, and what it says."""

from typing import Any

import pytest
from django.utils import timezone

from wagtail_push import registry
from wagtail_push.messages import Envelope, Target, TargetKind
from wagtail_push.models import Browser, Notification
from wagtail_push.test.factories import AccountFactory, BrowserFactory, LoginFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("accounts")]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
NEW = "New browser on your account"


def register(name: str, target: str = "n" * 22, **more: Any) -> registry.Registration:
    return registry.register(
        key="C-1",
        login=more.pop("login", None) or LoginFactory(),
        device_id=more.pop("device_id", None),
        target=Target(TargetKind.FID, target),
        name=name,
        user_agent=FIREFOX,
        **more,
    )


def notices() -> list[Notification]:
    return list(Notification.objects.filter(kind="notice"))


def told(locmem: list[Envelope]) -> list[str]:
    """Return the names of the browsers that got a notice."""
    targets = [e.target.value for e in locmem if e.content.title == NEW]
    found = Browser.objects.filter(installation__target__in=targets)
    return sorted(found.values_list("name", flat=True))


def test_one_notice_to_the_accounts_other_browsers(
    locmem: list[Envelope], work: Any, accounts: Any
) -> None:
    mine = {"account": AccountFactory(key="C-1")}
    BrowserFactory(**mine, name="Home PC")
    BrowserFactory(**mine, name="Phone")
    BrowserFactory(**mine, name="paused", paused_at=timezone.now())
    BrowserFactory(**mine, name="signed out", signed_out_at=timezone.now())
    BrowserFactory(**mine, name="removed", removed_at=timezone.now())
    BrowserFactory(**mine, name="deactivated", login__is_active=False)
    gone = BrowserFactory(**mine, name="of a login without the right")
    accounts.revoked = {(gone.login_id, "C-1")}
    BrowserFactory(account__key="C-2", name="of another account")

    new = register("100 % {mine}").browser
    work()

    assert told(locmem) == ["Home PC", "Phone"]
    [notice] = notices()
    assert (notice.scope, notice.interactive) == (None, True)
    content = next(e.content for e in locmem if e.content.title == NEW)
    assert content.body == (
        "“100 % {mine}” (Firefox, Linux) now receives notifications. "
        "Not you? Remove it."
    )
    assert content.url == f"/account/C-1/?next=/push/browsers/{new.public_id}/"
    assert content.off == ""
    assert {e.content.id for e in locmem if e.content.title == NEW} == {
        str(notice.public_id)
    }


def test_the_first_browser_of_an_account_tells_nobody(locmem: Any, work: Any) -> None:
    BrowserFactory(account__key="C-2")
    register("First")
    work()

    assert notices() == []
    assert len(locmem) == 1


def test_renewing_tells_nobody(locmem: Any, work: Any) -> None:
    BrowserFactory(account=AccountFactory(key="C-1"))
    first = register("New")
    again = {"device_id": first.browser.installation.device_id}
    register("New", target="m" * 22, **again)
    Browser.objects.filter(pk=first.browser.pk).update(
        removed_at=timezone.now(), removed_reason="unregistered"
    )
    assert register("Back", target="o" * 22, **again).created is False

    assert len(notices()) == 1


def test_a_portal_can_do_without(settings: Any) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "NEW_BROWSER_NOTICE": False}
    BrowserFactory(account=AccountFactory(key="C-1"))

    register("New")

    assert notices() == []


def test_a_browser_of_several_accounts_is_told_which_and_hides_what_it_hides(
    locmem: list[Envelope], work: Any
) -> None:
    account = AccountFactory(key="C-1")
    shared = BrowserFactory(account=account)
    BrowserFactory(account__key="C-2", installation=shared.installation)
    hiding = BrowserFactory(account=account, hide_details=True)
    register("New")
    work()

    by_target = {e.target.value: e.content for e in locmem}
    assert by_target[shared.installation.target].body.startswith(
        "Customer C-1: “New” ("
    )
    hidden = by_target[hiding.installation.target]
    assert (hidden.title, hidden.body) == ("Nordhost", "You have a new message")
    assert "/push/open/" in hidden.url
