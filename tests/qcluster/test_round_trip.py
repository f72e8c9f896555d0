"""A real qcluster, the real firebase-admin, the emulator, and a decrypting receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from example_site.demo.by_receiver import Listener, ReceiverTrip
from example_site.demo.customer import CONFIRMATION, INVOICE, NEW_BROWSER, OUTAGE
from example_site.demo.stack import Stack
from tests.running import StartStack, execute
from wagtail_push.emulator.registry import Kind


pytestmark = pytest.mark.qcluster

Listen = Callable[..., Listener]


@pytest.fixture
def listen(site: Stack) -> Iterator[Listen]:
    """Return what starts a listener at the shared site."""
    started: list[Listener] = []

    def start(**kwargs: Any) -> Listener:
        started.append(Listener(site, **kwargs))
        return started[-1]

    yield start
    # Nobody is left who would be counted by the next test.
    execute(site, "UPDATE wagtail_push_browser SET paused_at = '2026-01-01 00:00:00'")
    for listener in started:
        listener.close()


@pytest.mark.promise("M-01", "M-22")
def test_round_trip_on_postgresql_and_redis(
    start_stack: StartStack,
    postgresql: str,
    redis: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = {"DATABASE_URL": postgresql, "REDIS_URL": redis}
    stack = start_stack(environ=environ)
    trip = ReceiverTrip(stack)
    monkeypatch.setattr(stack, "start", lambda: None)
    try:
        done = [title for title, act in trip.steps() if act()]
    finally:
        trip.close()
        stack.stop()

    assert len(done) == 6


@pytest.mark.promise("M-01", "M-22")
@pytest.mark.parametrize("kind", ["fid", "token"])
def test_an_invoice_reaches_the_registered_browser(
    kind: Kind, listen: Listen, site: Stack
) -> None:
    listener = listen(kind=kind)
    listener.enable()
    confirmation = listener.take(CONFIRMATION)
    listener.customer.issue_invoice()
    invoice = listener.take(INVOICE)

    data = invoice["data"]
    assert sorted(invoice) == ["data", "fcmMessageId", "from", "priority"]
    assert (data["v"], data["lang"], data["title"]) == ("1", "en", "New invoice")
    assert data["url"].startswith("/account/C-10023/?next=")
    assert confirmation["data"]["id"] != data["id"]
    registered = site.emulator.registrations()
    [row] = [row for row in registered if row["fid"] == listener.receiver.fid]
    assert (row["kind"], row["alive"]) == (kind, True)

    site.emulator.kill(listener.receiver.target)
    listener.customer.announce_outage()
    assert listener.wait_until_removed() == "unregistered"


def google(site: Stack) -> list[str]:
    """Return what the portal has asked of "Google"; a browser asks other hosts."""
    paths = [request["path"] for request in site.emulator.requests()]
    return [path for path in paths if path.startswith(("/fcm.", "/oauth2."))]


@pytest.mark.promise("M-27", "M-06")
def test_only_the_queue_talks_to_google_and_never_of_what_has_expired(
    site: Stack, listen: Listen
) -> None:
    site.stop_queue()
    try:
        listener = listen()
        listener.enable()
        listener.customer.announce_outage()
        expired = "expires_at = '2026-01-01 00:00:00' WHERE kind = 'message'"
        execute(site, f"UPDATE wagtail_push_notification SET {expired}")
        listener.customer.issue_invoice()
        before = google(site)
    finally:
        site.start_queue()
    listener.take(CONFIRMATION)
    listener.take(INVOICE)

    asked = google(site)[len(before) :]
    assert len([path for path in asked if path.endswith("/messages:send")]) == 2
    assert listener.receiver.payloads == []


def test_before_the_queue_starts_nothing_was_asked(start_stack: StartStack) -> None:
    stack = start_stack(queue=False)
    listener = Listener(stack)
    try:
        browser = listener.enable()["browser"]["id"]
        listener.customer.issue_invoice()
        listener.customer.call("POST", f"browsers/{browser}/check/")
        listener.customer.call("POST", "tests/", {"browsers": [browser]})
        for enabled in (False, True):
            listener.customer.call("PUT", "account/", {"enabled": enabled})

        assert google(stack) == []
    finally:
        listener.close()
        stack.stop()


@pytest.mark.promise("M-05")
def test_a_receiver_that_is_off_gets_it_at_its_next_start(listen: Listen) -> None:
    listener = listen()
    listener.enable()
    listener.take(CONFIRMATION)
    listener.receiver.disconnect()
    listener.customer.announce_outage()
    listener.receiver.connect()

    assert listener.take(OUTAGE)["data"]["title"] == OUTAGE


DEACTIVATED = "UPDATE auth_user SET is_active = {} WHERE username = 'piotr'"
LEFT = """UPDATE portal_membership SET active = {} WHERE user_id =
(SELECT id FROM auth_user WHERE username = 'piotr')"""


@pytest.mark.promise("M-30")
@pytest.mark.parametrize("end", [DEACTIVATED, LEFT], ids=["deactivated", "left"])
def test_nothing_is_sent_through_a_login_that_may_no_longer_act(
    end: str, listen: Listen, site: Stack
) -> None:
    piotr, anna = listen(login="piotr"), listen(login="anna")
    for listener in (piotr, anna):
        listener.enable()
        listener.take(CONFIRMATION)
    piotr.take(NEW_BROWSER)
    execute(site, end.format(0))
    try:
        before = len(site.emulator.pushes())
        anna.customer.issue_invoice()
        anna.take(INVOICE)
        # One account, two logins: the same batch held both browsers.
        assert len(site.emulator.pushes()) == before + 1
        assert piotr.receiver.payloads == []
    finally:
        execute(site, end.format(1))


@pytest.mark.promise("M-14")
def test_a_paused_browser_gets_nothing_and_keeps_its_registration_at_google(
    listen: Listen, site: Stack
) -> None:
    paused, active = listen(), listen(login="piotr")
    for listener in (paused, active):
        listener.enable()
        listener.take(CONFIRMATION)
    paused.take(NEW_BROWSER)
    path = f"browsers/{paused.known_as()['id']}/"
    assert paused.customer.call("PATCH", path, {"paused": True})["status"] == "paused"
    active.customer.issue_invoice()
    active.take(INVOICE)

    assert paused.receiver.payloads == []
    assert is_alive_at_google(paused, site)
    # One click activates it again.
    paused.customer.call("PATCH", path, {"paused": False})
    active.customer.issue_invoice()
    paused.take(INVOICE)


@pytest.mark.promise("M-19")
def test_a_removed_browser_gets_nothing_and_stays_valid_at_google(
    listen: Listen, site: Stack
) -> None:
    removed, active = listen(), listen(login="piotr")
    for listener in (removed, active):
        listener.enable()
        listener.take(CONFIRMATION)
    removed.take(NEW_BROWSER)
    browser = removed.known_as()["id"]
    removed.customer.call("DELETE", f"browsers/{browser}/")
    before = len(site.emulator.pushes())
    active.customer.issue_invoice()
    active.take(INVOICE)

    assert len(site.emulator.pushes()) == before + 1
    assert removed.receiver.payloads == []
    assert is_alive_at_google(removed, site)


def is_alive_at_google(listener: Listener, site: Stack) -> bool:
    """Tell whether the target is valid and nobody ever asked Google to end one."""
    registered = {row["fid"]: row for row in site.emulator.registrations()}
    ended = [r for r in site.emulator.requests() if r["method"] == "DELETE"]
    return not ended and bool(registered[listener.receiver.fid]["alive"])


@pytest.mark.promise("M-20", "M-22")
def test_a_check_finds_a_dead_target_for_every_account_that_holds_it(
    listen: Listen, site: Stack
) -> None:
    anna = listen()
    anna.enable()
    anna.take(CONFIRMATION)
    # The same browser on her other account, which reads Czech.
    anna.customer.session.get(f"{site.url}/account/C-10057/", timeout=15)
    anna.enable()
    anna.take("Oznámení jsou zapnutá")
    other = anna.known_as()["id"]
    site.emulator.kill(anna.receiver.target)

    anna.customer.call("POST", f"browsers/{other}/check/")

    assert anna.wait_until_removed() == "unregistered"
    anna.customer.session.get(f"{site.url}/account/C-10023/", timeout=15)
    assert anna.wait_until_removed() == "unregistered"
