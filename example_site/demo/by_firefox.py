"""The round trip with a real Firefox."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from example_site.demo.customer import CONFIRMATION, INVOICE, OUTAGE, Customer
from example_site.demo.stack import Stack
from wagtail_push.test.firefox import Firefox


class FirefoxTrip:
    """Every step of the round trip, in order."""

    def __init__(self, stack: Stack) -> None:
        """Go round this stack."""
        self.stack = stack
        self.firefox: Firefox | None = None

    def close(self) -> None:
        """Close the browser."""
        if self.firefox:
            self.firefox.quit()

    def steps(self) -> Iterator[tuple[str, Callable[[], str | None]]]:
        """Yield each step's title and what it does."""
        yield "site, qcluster and emulator run", self.start
        yield "a customer signs in", self.sign_in
        yield "the browser is registered", self.enable
        yield "an invoice is issued and shown, and the receipt arrives", self.invoice
        yield "the invoices scope is switched off: no push", self.switch_off
        yield "a dead target is removed, with the reason", self.dead_target

    def start(self) -> str:
        """Start everything."""
        self.stack.start()
        self.firefox = Firefox(self.stack.push_service, permission="ask")
        self.customer = Customer(self.firefox, self.stack.url)
        return f"{self.stack.url}, emulator {self.stack.emulator.url}"

    def sign_in(self) -> None:
        """Sign in."""
        self.customer.sign_in()

    def enable(self) -> str:
        """Enable notifications and see the confirmation."""
        proof = self.customer.enable("Demo Firefox")
        self.browser.wait_for_notification(CONFIRMATION)
        self.browser.dismiss_notifications()
        return proof

    def invoice(self) -> str:
        """Issue an invoice, see it shown, and see the receipt."""
        before = self.customer.known_as()["last_shown_at"]
        self.customer.issue_invoice()
        shown = self.browser.wait_for_notification(INVOICE, timeout=30)
        self.browser.wait(
            lambda: self.customer.known_as()["last_shown_at"] != before,
            15,
            "the receipt of the invoice",
        )
        self.browser.dismiss_notifications()
        return shown["body"]

    def switch_off(self) -> str:
        """Switch invoices off; an invoice then sends nothing, an outage still does."""
        self.customer.open_settings("active")
        self.customer.switch_scope("invoices")
        before = len(self.stack.emulator.pushes())
        self.customer.issue_invoice()
        self.customer.announce_outage()
        # The queue takes the older one first, so the invoice would have come by now.
        self.browser.wait_for_notification(OUTAGE, timeout=30)
        sent = len(self.stack.emulator.pushes()) - before
        titles = [shown["title"] for shown in self.browser.notifications()]
        if sent != 1 or INVOICE in titles:
            raise AssertionError(f"{sent} pushes were sent; on screen: {titles}")
        return "1 push for the outage, none for the invoice"

    def dead_target(self) -> str:
        """Let the registration die at "Google"; the next sending removes it."""
        [live] = [row for row in self.stack.emulator.registrations() if row["alive"]]
        self.stack.emulator.kill(live["fid"])
        self.customer.announce_outage()
        self.browser.wait(
            lambda: self.customer.known_as()["status"] == "removed",
            30,
            "the registration is removed",
        )
        return str(self.customer.known_as()["removed_reason"])

    @property
    def browser(self) -> Firefox:
        """Return the running browser."""
        return self.customer.firefox
