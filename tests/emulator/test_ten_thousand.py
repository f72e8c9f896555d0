"""Ten thousand registrations: they survive, and the emulator stays usable."""

import asyncio
import time
from urllib.request import urlopen

import pytest
from aiohttp import ClientSession, TCPConnector

from wagtail_push.emulator.receiver import Receiver, new_fid


MANY = 10_000
AT_ONCE = 50
PATH = "/fcmregistrations.googleapis.com/v1/projects/demo-project/registrations"


async def register(url, body, fids):
    waiting = iter(fids)
    async with ClientSession(url, connector=TCPConnector(limit=AT_ONCE)) as session:

        async def work():
            for fid in waiting:
                auth = {"x-goog-firebase-installations-auth": f"FIS fis.{fid}.x"}
                async with session.post(PATH, json=body, headers=auth) as answer:
                    assert answer.status == 200
                    await answer.read()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


@pytest.fixture
def browser(own_emulator):
    """A browser on many origins: every FID leads to its one push subscription."""
    with Receiver(own_emulator.url) as browser:
        own_emulator.reset()
        yield browser


@pytest.mark.thorough
def test_they_survive_sigkill_and_can_be_looked_through(
    own_emulator, browser, make_sender
):
    fids = [new_fid() for _ in range(MANY)]
    body = {**browser._subscription(), "fcm_sdk_version": "0.13.3"}
    begin = time.monotonic()
    asyncio.run(register(own_emulator.url, body, fids))
    took = time.monotonic() - begin

    own_emulator.restart(kill=True)

    begin = time.monotonic()
    registrations = own_emulator.registrations()
    with urlopen(f"{own_emulator.url}/emulator/", timeout=10) as answer:
        page = answer.read().decode()
    looked = time.monotonic() - begin
    assert {row["fid"] for row in registrations if row["alive"]} == set(fids)
    assert len(registrations) == MANY
    assert "10000 alive of 10000" in page
    assert page.count("Kill registration") == 100
    with urlopen(f"{own_emulator.url}/emulator/?before=101", timeout=10) as answer:
        last = answer.read().decode()
    assert 'aria-label="Kill registration 1"' in last
    assert "Older" in page
    assert "Older" not in last
    sender = make_sender(own_emulator)
    for place in (0, -1):
        sender.send("fid", fids[place], {"place": str(place)})
        assert browser.wait_for()["data"] == {"place": str(place)}
    # Far from what it takes, and far from what nobody would wait for.
    assert took < 60
    assert looked < 10
    print(f"registered in {took:.1f} s, looked through in {looked:.2f} s")
