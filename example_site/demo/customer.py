"""A customer of the example site at a real Firefox."""

from __future__ import annotations

from typing import Any

from wagtail_push.test.firefox import Firefox


INVOICE = "New invoice"
OUTAGE = "Maintenance of the mail servers"
CONFIRMATION = "Notifications are on"
NEW_BROWSER = "New browser on your account"


class Customer:
    """What a customer does in the panel, by mouse and keyboard."""

    def __init__(self, firefox: Firefox, url: str) -> None:
        """Sit down at this browser; ``url`` is the portal's origin."""
        self.firefox = firefox
        self.url = url

    def sign_in(self, login: str = "anna", password: str = "demo") -> None:
        """Sign in with a demo login."""
        self.firefox.open(f"{self.url}/sign-in/")
        self.firefox.type("input[name=username]", login)
        self.firefox.type("input[name=password]", password)
        self.firefox.click("main form [type=submit]")
        self.firefox.wait("location.pathname === '/overview/'")

    def sign_out(self) -> None:
        """Sign out with the panel's button."""
        self.firefox.open(f"{self.url}/overview/")
        self.firefox.click("form.sign-out button")
        self.firefox.wait("location.pathname === '/sign-in/'")

    def open_settings(self, state: str = "") -> None:
        """Open "PUSH notifications" from the menu and wait until the card is settled."""
        self.firefox.open(f"{self.url}/push/")
        self.wait_for_card(state)

    def wait_for_card(self, state: str = "", timeout: float = 15) -> None:
        """Wait until "This browser" shows a state; without one, any but checking."""
        card = "document.querySelector('[data-wagtail-push-card]')?.dataset.state"
        condition = f"{card} === '{state}'" if state else f"{card} !== 'checking'"
        self.firefox.wait(condition, timeout, f"the card of this browser: {state}")

    def enable(self, name: str) -> str:
        """Press the green button and go through the dialog; return what is proven.

        It ends when the page says that the confirmation was really shown.
        """
        self.open_settings("can-ask")
        self.firefox.click("[data-wagtail-push-action]")
        self.firefox.type("[data-wagtail-push-name]", name)
        self.firefox.click("[data-wagtail-push-form] [type=submit]")
        self.firefox.answer_permission(allow=True)
        return self.wait_for_proof()

    def wait_for_proof(self) -> str:
        """Wait until the page says how long the confirmation took to be shown."""
        self.firefox.wait(
            "document.querySelector('[data-wagtail-push-step=confirm]')"
            ".dataset.state === 'done'",
            30,
            "the confirmation is reported as shown",
        )
        self.wait_for_card("active")
        return self.firefox.text("[data-wagtail-push-dialog-status]")

    def close_dialog(self) -> None:
        """Close the dialog of enabling."""
        self.firefox.click("[data-wagtail-push-finish]")

    def issue_invoice(self) -> None:
        """Press the demo's button that issues an invoice."""
        self.firefox.open(f"{self.url}/invoices/")
        self.firefox.click("button[formaction='/demo/invoice/']")

    def announce_outage(self) -> None:
        """Press the demo's button that announces an outage to everyone."""
        self.firefox.open(f"{self.url}/overview/")
        self.firefox.click("button[formaction='/demo/outage/']")

    def switch_scope(self, key: str) -> None:
        """Press the switch of one scope of this browser and wait until it is saved."""
        before = self.wants(key)
        self.firefox.click(f"[data-wagtail-push-switch][data-scope='{key}']")
        self.firefox.wait(
            lambda: self.wants(key) is not before, 10, f"the switch of {key} is saved"
        )
        # The page says so, too.
        self.firefox.wait("!document.querySelector('form[aria-busy=true]')")

    def wants(self, key: str) -> bool:
        """Return whether the portal will send this scope to this browser."""
        scopes = self.known_as()["scopes"]
        return next(bool(scope["wanted"]) for scope in scopes if scope["key"] == key)

    def known_as(self) -> dict[str, Any]:
        """Return what the portal knows of this browser."""
        browser: dict[str, Any] = self.firefox.evaluate(
            "const answer = await fetch('/push/api/v1/browsers/');"
            "return (await answer.json()).results.find((browser) => browser.current);"
        )
        return browser
