"""The round trip without a browser: a receiver written in Python in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from example_site.demo.by_http import API, HttpCustomer
from example_site.demo.customer import CONFIRMATION, INVOICE, OUTAGE
from example_site.demo.stack import Stack
from wagtail_push.emulator.receiver import Payload, Receiver
from wagtail_push.emulator.registry import Kind


class Listener:
    """A customer's browser that is only a program: registered, decrypting, reporting."""

    def __init__(self, stack: Stack, kind: Kind = "fid", login: str = "anna") -> None:
        """Sign in at the portal and start to receive; nothing is registered yet."""
        self.customer = HttpCustomer(stack.url)
        self.customer.sign_in(login)
        self.receiver = Receiver(stack.emulator.url, kind)
        self.receiver.connect()
        self.capability = ""

    def close(self) -> None:
        """Stop receiving."""
        self.receiver.close()

    def enable(self, name: str = "Receiver") -> dict[str, Any]:
        """Register as the page does; return what the portal answered."""
        answer: dict[str, Any] = self.customer.call(
            "POST",
            "browsers/",
            {
                "target": self.receiver.register(),
                "kind": self.receiver.kind,
                "name": name,
            },
        )
        self.capability = answer["capability"]
        return answer

    def take(self, title: str, timeout: float = 30) -> Payload:
        """Wait for a message with this title, and report it as shown."""
        payload = self.receiver.wait_for(lambda p: p["data"]["title"] == title, timeout)
        url = f"{self.customer.url}{API}receipts/"
        message = payload["data"]["id"]
        status = self.receiver.report(url, self.capability, message, "shown")
        if status != 204:
            raise AssertionError(f"the receipt was answered with {status}")
        return payload

    def known_as(self) -> dict[str, Any]:
        """Return what the portal knows of this browser."""
        listed = self.customer.call("GET", "browsers/")
        return next(browser for browser in listed["results"] if browser["current"])

    def wait_until_removed(self, timeout: float = 30) -> str:
        """Wait until the portal removed this browser; return the reason."""
        until = time.monotonic() + timeout
        while (known := self.known_as())["status"] != "removed":
            if time.monotonic() > until:
                raise AssertionError(f"it was not removed within {timeout} s")
            # The portal tells nobody: it is asked, and not without a pause.
            time.sleep(0.1)
        return str(known["removed_reason"])


class ReceiverTrip:
    """Every step of the round trip, in order."""

    def __init__(self, stack: Stack) -> None:
        """Go round this stack."""
        self.stack = stack
        self.listening: Listener | None = None

    def close(self) -> None:
        """Stop receiving."""
        if self.listening:
            self.listening.close()

    @property
    def listener(self) -> Listener:
        """Return the signed-in listener."""
        if self.listening is None:
            self.listening = Listener(self.stack)
        return self.listening

    def steps(self) -> Iterator[tuple[str, Callable[[], str | None]]]:
        """Yield each step's title and what it does."""
        yield "site, qcluster and emulator run", self.start
        yield "a customer signs in", self.sign_in
        yield "the receiver is registered", self.enable
        yield "an invoice is issued, decrypted and reported", self.invoice
        yield "the invoices scope is switched off: no push", self.switch_off
        yield "a dead target is removed, with the reason", self.dead_target

    def start(self) -> str:
        """Start everything."""
        self.stack.start()
        return f"{self.stack.url}, emulator {self.stack.emulator.url}"

    def sign_in(self) -> str:
        """Sign in."""
        return self.listener.customer.url

    def enable(self) -> str:
        """Register and report the confirmation, as page and worker would."""
        answer = self.listener.enable()
        self.listener.take(CONFIRMATION)
        browser = answer["browser"]["id"]
        path = f"browsers/{browser}/notifications/{answer['confirmation']}/"
        progress = self.listener.customer.call("GET", path)
        if progress["state"] != "shown":
            raise AssertionError(f"the portal says: {progress}")
        return f"reported {progress['seconds']} s after sending"

    def invoice(self) -> str:
        """Issue an invoice, decrypt it and report it."""
        self.listener.customer.issue_invoice()
        return str(self.listener.take(INVOICE)["data"]["body"])

    def switch_off(self) -> str:
        """Switch invoices off; an invoice then sends nothing, an outage still does."""
        path = f"browsers/{self.listener.known_as()['id']}/scopes/invoices/"
        self.listener.customer.call("PUT", path, {"wanted": False})
        before = len(self.stack.emulator.pushes())
        self.listener.customer.issue_invoice()
        self.listener.customer.announce_outage()
        # The queue takes the older one first, so the invoice would have come by now.
        self.listener.take(OUTAGE)
        sent = len(self.stack.emulator.pushes()) - before
        if sent != 1:
            raise AssertionError(f"{sent} pushes were sent")
        return "1 push for the outage, none for the invoice"

    def dead_target(self) -> str:
        """Let the registration die at "Google"; the next sending removes it."""
        self.stack.emulator.kill(self.listener.receiver.target)
        self.listener.customer.announce_outage()
        return self.listener.wait_until_removed()
