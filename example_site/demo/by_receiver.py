"""The round trip without a browser: a receiver written in Python in its place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

from example_site.demo.customer import CONFIRMATION, INVOICE, OUTAGE
from example_site.demo.stack import Stack
from wagtail_push.emulator.receiver import Payload, Receiver


API = "/push/api/v1/"


class ReceiverTrip:
    """Every step of the round trip, in order."""

    def __init__(self, stack: Stack) -> None:
        """Go round this stack."""
        self.stack = stack
        self.session = requests.Session()
        self.session.trust_env = False
        self.receiver: Receiver | None = None
        self.capability = ""

    def close(self) -> None:
        """Stop receiving."""
        if self.receiver:
            self.receiver.close()

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
        self.stack.__enter__()
        return f"{self.stack.url}, emulator {self.stack.emulator.url}"

    def sign_in(self) -> None:
        """Sign in."""
        data = {"username": "anna", "password": "demo"}
        answer = self._post_form("/sign-in/", "/sign-in/", data)
        if not answer.url.endswith("/overview/"):
            raise AssertionError(f"signing in led to {answer.url}")

    def enable(self) -> str:
        """Register and report the confirmation, as page and worker would."""
        self.receiver = Receiver(self.stack.emulator.url)
        self.receiver.connect()
        answer = self._call(
            "POST",
            "browsers/",
            {"target": self.receiver.register(), "kind": "fid", "name": "Receiver"},
        )
        self.capability = answer["capability"]
        self._take(CONFIRMATION)
        progress = self._call("GET", f"notifications/{answer['confirmation']}/")
        if progress["state"] != "shown":
            raise AssertionError(f"the portal says: {progress}")
        return f"reported {progress['seconds']} s after sending"

    def invoice(self) -> str:
        """Issue an invoice, decrypt it and report it."""
        self._post_form("/invoices/", "/demo/invoice/")
        return str(self._take(INVOICE)["data"]["body"])

    def switch_off(self) -> str:
        """Switch invoices off; an invoice then sends nothing, an outage still does."""
        path = f"browsers/{self._known_as()['id']}/scopes/invoices/"
        self._call("PUT", path, {"wanted": False})
        before = len(self.stack.emulator.pushes())
        self._post_form("/invoices/", "/demo/invoice/")
        self._post_form("/overview/", "/demo/outage/")
        # The queue takes the older one first, so the invoice would have come by now.
        self._take(OUTAGE)
        sent = len(self.stack.emulator.pushes()) - before
        if sent != 1:
            raise AssertionError(f"{sent} pushes were sent")
        return "1 push for the outage, none for the invoice"

    def dead_target(self) -> str:
        """Let the registration die at "Google"; the next sending removes it."""
        if self.receiver is None:
            raise AssertionError("nothing is registered")
        self.stack.emulator.kill(self.receiver.target)
        self._post_form("/overview/", "/demo/outage/")
        until = time.monotonic() + 30
        while self._known_as()["status"] != "removed":
            if time.monotonic() > until:
                raise AssertionError("the registration was not removed within 30 s")
            time.sleep(0.1)
        return str(self._known_as()["removed_reason"])

    def _take(self, title: str) -> Payload:
        if self.receiver is None:
            raise AssertionError("nothing is registered")
        payload = self.receiver.wait_for(lambda p: p["data"]["title"] == title, 30)
        url = f"{self.stack.url}{API}receipts/"
        status = self.receiver.report(
            url, self.capability, payload["data"]["id"], "shown"
        )
        if status != 204:
            raise AssertionError(f"the receipt was answered with {status}")
        return payload

    def _known_as(self) -> dict[str, Any]:
        [browser] = self._call("GET", "browsers/")
        found: dict[str, Any] = browser
        return found

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(
            method,
            f"{self.stack.url}{API}{path}",
            json=body,
            headers={"X-CSRFToken": self.session.cookies.get("csrftoken", "")},
            timeout=15,
        )
        answer.raise_for_status()
        return answer.json()

    def _post_form(
        self, page: str, action: str, data: dict[str, str] | None = None
    ) -> requests.Response:
        html = self.session.get(f"{self.stack.url}{page}", timeout=15).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
        if token is None:
            raise AssertionError(f"no form on {page}")
        answer = self.session.post(
            f"{self.stack.url}{action}",
            data={**(data or {}), "csrfmiddlewaretoken": token[1]},
            timeout=15,
        )
        answer.raise_for_status()
        return answer
