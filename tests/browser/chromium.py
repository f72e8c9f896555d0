"""A headless Chromium over its DevTools protocol, for what Firefox does not measure."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from example_site.demo.by_http import HttpCustomer
from tests.running import missing


class Page:
    """The one tab of a running Chromium."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Any) -> None:
        self._loop = loop
        self._socket = socket
        self._ids = itertools.count(1)

    def call(self, method: str, **params: Any) -> Any:
        """Call a method of the protocol; events are not waited for."""
        return self._loop.run_until_complete(self._call(method, params))

    def sign_in(self, customer: HttpCustomer) -> None:
        """Take over the session of a customer who is signed in."""
        for cookie in customer.session.cookies:
            self.call(
                "Network.setCookie",
                name=cookie.name,
                value=cookie.value or "",
                url=customer.url,
            )

    def evaluate(self, js: str) -> Any:
        """Return the value of an expression, awaited if it is a promise."""
        answer = self.call(
            "Runtime.evaluate", expression=js, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, js: str, timeout: float = 15) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + timeout
        while not self.evaluate(f"Boolean({js})"):
            assert time.monotonic() < until, f"{js} is not true"
            self._loop.run_until_complete(asyncio.sleep(0.05))

    async def _call(self, method: str, params: dict[str, Any]) -> Any:
        sent = next(self._ids)
        await self._socket.send_json({"id": sent, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=30)
            if answer.get("id") == sent:
                assert "error" not in answer, answer
                return answer["result"]


@contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """Run a Chromium that reaches nothing but this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("Chromium", "apt-get install chromium")
    process = subprocess.Popen(
        [
            program,
            *("--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu"),
            *("--disable-background-networking", "--disable-component-update"),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
            *("--remote-debugging-port=0", f"--user-data-dir={profile}"),
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    loop = asyncio.new_event_loop()
    session = loop.run_until_complete(_session())
    try:
        socket = loop.run_until_complete(_connect(session, profile, process))
        yield Page(loop, socket)
    finally:
        loop.run_until_complete(session.close())
        loop.close()
        process.send_signal(signal.SIGTERM)
        process.wait(20)


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


async def _connect(
    session: aiohttp.ClientSession, profile: Path, process: subprocess.Popen[bytes]
) -> Any:
    file = profile / "DevToolsActivePort"
    until = time.monotonic() + 60
    while not (file.exists() and file.read_text().count("\n")):
        assert process.poll() is None, "Chromium ended by itself"
        assert time.monotonic() < until, "Chromium does not listen"
        await asyncio.sleep(0.05)
    port = file.read_text().split()[0]
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        tabs = await answer.json()
    [tab] = [tab for tab in tabs if tab["type"] == "page"]
    return await session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0)
