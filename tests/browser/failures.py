"""A customer with whom something goes wrong: what is read, heard and focused."""

from __future__ import annotations

from typing import Any

from example_site.demo.customer import Customer
from example_site.demo.stack import Stack
from tests.running import execute


ENABLE = "[data-wagtail-push-action]"
CONTINUE = "[data-wagtail-push-form] [type=submit]"
ALERT = "[data-wagtail-push-alert]"
RETRY = "[data-wagtail-push-retry]"
FINISH = "[data-wagtail-push-finish]"
NAME = "[data-wagtail-push-name]"

RENEW = "Renew"

#: A Firefox that allows notifications without being asked.
ALLOWED: dict[str, Any] = {"permission": "allow"}

#: Words of browsers and of the SDK, which are for developers.
RAW = (
    "AbortError",
    "DOMException",
    "Error:",
    "Firebase",
    "InvalidState",
    "NetworkError",
    "ServiceWorker",
    "[object",
    "applicationServerKey",
    "installations/",
    "messaging/",
    "undefined",
)

#: What a screen reader says by itself, as far as it can be perceived at this moment.
LIVE = """
const modal = document.querySelector("dialog[open]");
return [...document.querySelectorAll("[role=alert], [role=status], [aria-live]")]
  .filter((region) => region.checkVisibility() && (!modal || modal.contains(region)))
  .map((region) => region.innerText.replace(/\\s+/g, " ").trim())
  .filter(Boolean);
"""

FOCUS = """
const { activeElement } = document;
return activeElement === document.body ? "" : activeElement.innerText.trim();
"""

CARD = """
const card = document.querySelector("[data-wagtail-push-card]");
const button = card.querySelector("[data-wagtail-push-action]");
return {
  heading: card.querySelector("[data-wagtail-push-heading]").innerText,
  text: card.innerText.replace(/\\s+/g, " "),
  button: button.checkVisibility() ? button.innerText : "",
};
"""

FAILURE = f"""
const alert = document.querySelector("{ALERT}");
return alert.checkVisibility() && alert.querySelector("strong").innerText;
"""

#: Which view of the dialog is seen.
DIALOG = """
const seen = (css) => document.querySelector(css).checkVisibility();
return {
  form: seen("[data-wagtail-push-form]"),
  steps: seen("[data-wagtail-push-steps]"),
};
"""

#: Whether Firefox shows its question whether the site may show notifications.
ASKS = "return Boolean(PopupNotifications.getNotification('web-notifications'));"

PRINCIPAL = """
const principal = Services.scriptSecurityManager
  .createContentPrincipalFromOrigin(arguments[0]);
"""
FORBID = PRINCIPAL + (
    "Services.perms.removeFromPrincipal(principal, 'desktop-notification');"
)
ALLOW = PRINCIPAL + (
    "Services.perms.addFromPrincipal(principal, 'desktop-notification',"
    " Services.perms.ALLOW_ACTION);"
)


class Troubled(Customer):
    """A customer who reads, hears and sees what the page says of a failure."""

    def presses_renew(self) -> None:
        """Press the button of the card: from then on the dialog shows how far it is."""
        self.firefox.click(ENABLE)
        assert self.firefox.evaluate(DIALOG) == {"form": False, "steps": True}

    def press_continue(self, name: str = "Office laptop", state: str = "") -> None:
        """Open the settings, press the green button, type a name, and continue."""
        self.open_settings(state)
        self.firefox.click(ENABLE)
        self.firefox.type(NAME, name)
        self.firefox.click(CONTINUE)

    def hears(self, words: str) -> None:
        """Wait until a live region holds these words."""
        self.firefox.wait(
            lambda: any(words in said for said in self.firefox.evaluate(LIVE)),
            15,
            f"{words!r} is announced",
        )

    def is_asked(self) -> bool:
        """Return whether the browser asks for permission at this moment."""
        return bool(self.firefox.chrome(ASKS))

    @property
    def focus(self) -> str:
        """Return the text of what has the focus, or nothing if nothing has."""
        return str(self.firefox.evaluate(FOCUS))

    def sees_card(self, heading: str, *words: str, button: str) -> None:
        """Assert what the card says and offers, and that it is announced."""
        self.firefox.wait(
            lambda: self.firefox.evaluate(CARD)["heading"] == heading,
            20,
            f"the card {heading!r}",
        )
        card = self.firefox.evaluate(CARD)
        for word in words:
            assert word in card["text"]
        assert card["button"] == button
        self.hears(heading)
        self.reads_no_raw_words()

    def sees_failure(self, heading: str, *words: str, button: str) -> None:
        """Assert what the dialog says, offers, announces, and where the focus is."""
        browser = self.firefox
        browser.wait(lambda: browser.evaluate(FAILURE) == heading, 20, heading)
        text = " ".join(browser.text(ALERT).split())
        for word in words:
            assert word in text
        [said] = [said for said in browser.evaluate(LIVE) if heading in said]
        assert said == text
        assert self.focus == browser.text(RETRY) == button
        assert "Failed" in browser.text("[data-wagtail-push-steps]")
        self.reads_no_raw_words()

    def reads_no_raw_words(self) -> None:
        """Assert that nothing on the page is a word of a browser or of the SDK."""
        text = self.firefox.text("body")
        assert [word for word in RAW if word in text] == []


def finish(customer: Troubled, name: str = "Office laptop") -> None:
    """Wait for the end of enabling, which nothing of the failure is left of."""
    customer.wait_for_proof()
    assert not customer.is_asked()
    assert customer.firefox.evaluate(
        "return document.querySelector('[data-wagtail-push-alert]').hidden"
    )
    assert customer.known_as()["name"] == name
    assert customer.known_as()["status"] == "active"


def troubles(site: Stack) -> list[Any]:
    """Return what the portal has kept of failures that are its own."""
    return execute(site, "SELECT code, times FROM wagtail_push_trouble ORDER BY id")


def forget_browsers(site: Stack) -> None:
    """Forget every browser and what they met, as if the site were new."""
    execute(site, "DELETE FROM wagtail_push_recipient")
    execute(site, "DELETE FROM wagtail_push_browser")
    execute(site, "DELETE FROM wagtail_push_trouble")
    execute(site, "UPDATE wagtail_push_account SET enabled = 1, forbidden = 0")
    # A worker that is still sending may need the row itself.
    execute(site, "UPDATE wagtail_push_installation SET changed_at = NULL")
