"""The editor's job: what is done to a scope in Wagtail's admin reaches the customers.

The editor and the customer each sit at a real Firefox.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from example_site.demo.customer import Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from wagtail_push.test.firefox import Firefox


pytestmark = pytest.mark.browser

OFFERS = """
const rows = document.querySelectorAll(".wagtail-push-offer");
return [...rows].map((row) => [
  row.closest("fieldset").querySelector("legend").textContent.trim(),
  (row.querySelector("span > span:not(.wagtail-push-tag)") ?? row.querySelector("span").firstChild)
    .textContent.trim(),
  row.querySelector("small")?.textContent ?? "",
  row.querySelector("input")?.checked ?? true,
]);
"""

REORDER = """
const listing = document.querySelector("[data-w-orderable-url-value]");
const url = listing.dataset.wOrderableUrlValue.replace("999999", arguments[0]);
const headers = { "x-csrftoken": arguments[1] };
const answer = await fetch(`${url}?position=0`, { method: "POST", headers });
return answer.json();
"""


class Editor:
    """What an editor of scopes does, by mouse and keyboard."""

    def __init__(self, firefox: Firefox, site: str) -> None:
        self.firefox = firefox
        self.site = site
        self.scopes = f"{site}/admin/snippets/wagtail_push/notificationscope/"

    def sign_in(self) -> None:
        self.firefox.open(f"{self.site}/admin/login/")
        self.firefox.type("input[name=username]", "editor")
        self.firefox.type("input[name=password]", "demo")
        self.firefox.click("form [type=submit]")
        self.firefox.wait("location.pathname === '/admin/'")

    def sign_out(self) -> None:
        """Sign out of the portal and its admin, as the header's button does it."""
        self.firefox.open(f"{self.site}/overview/")
        self.firefox.click("form[action='/sign-out/'] button")
        self.firefox.wait("location.pathname === '/sign-in/'")

    def write(self, number: int, language: str, title: str, description: str) -> None:
        """Fill in one of the inline texts."""
        field = f"#id_texts-{number}"
        self.click(f"{field}-language option[value={language}]")
        self.firefox.type(f"{field}-title", title)
        self.firefox.type(f"{field}-description", description)

    def choose(self, field: str, option: str) -> None:
        """Choose an option by its words."""
        value = self.firefox.evaluate(
            "return [...document.querySelector(arguments[0]).options]"
            ".find((option) => option.text === arguments[1]).value;",
            f"#id_{field}",
            option,
        )
        self.click(f"#id_{field} option[value='{value}']")

    def click(self, css: str) -> None:
        """Bring something out from under the footer and click it."""
        self.firefox.evaluate(
            "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' });",
            css,
        )
        self.firefox.click(css)

    def save(self) -> None:
        """Press the button in the footer."""
        self.firefox.click("footer button[type=submit]")

    def save_and_return(self) -> None:
        """Save and wait for the listing."""
        self.save()
        self.firefox.wait(f"location.href === '{self.scopes}'")
        self.firefox.wait("document.readyState === 'complete'")

    def open(self, title: str) -> str:
        """Open a scope from the listing; return its number."""
        self.firefox.open(self.scopes)
        address = self.firefox.evaluate(
            "return [...document.querySelectorAll('table.listing a')]"
            ".find((link) => link.textContent.trim() === arguments[0]).href;",
            title,
        )
        self.firefox.open(address)
        return str(address).rstrip("/").rpartition("/")[2]


@pytest.fixture(scope="module")
def editor(site: Stack, firefox: StartFirefox) -> Editor:
    """Return Edith, signed in at a Firefox of her own."""
    edith = Editor(firefox(site.push_service, permission="ask"), site.url)
    edith.sign_in()
    return edith


@pytest.fixture(scope="module")
def eva(site: Stack, firefox: StartFirefox) -> Customer:
    """Return a customer, signed in at another Firefox that is not registered.

    Her account gets no invoices, so other tests at this site don't notice it.
    """
    customer = Customer(firefox(site.push_service, permission="ask"), site.url)
    customer.sign_in("eva")
    return customer


def offers(customer: Customer) -> dict[str, list[Any]]:
    """Return what the dialog of enabling offers, by title, in the page's order."""
    customer.open_settings()
    rows = customer.firefox.evaluate(OFFERS)
    return {title: [group, text, on] for group, title, text, on in rows}


def speak(customer: Customer, language: str) -> None:
    """Change the portal's language in its header."""
    choice = f"button[name=language][value={language}]"
    customer.firefox.click(f"details:has({choice}) summary")
    customer.firefox.click(choice)
    customer.firefox.wait(f"document.documentElement.lang === '{language}'")


@pytest.mark.promise("M-24")
def test_a_scope_from_its_first_text_to_its_retirement(
    editor: Editor, eva: Customer
) -> None:
    # A browser is registered before there is such a scope.
    eva.enable("Office laptop")
    eva.firefox.dismiss_notifications()
    eva.close_dialog()

    # The editor adds a scope in two of the three languages.
    page = editor.firefox
    page.open(f"{editor.scopes}add/")
    editor.write(0, "en", "Parcels", "When a parcel is on its way.")
    page.wait("document.querySelector('#id_key').value === 'parcels'")
    editor.click("#id_texts-ADD")
    editor.write(1, "pl", "Paczki", "Gdy paczka jest w drodze.")
    editor.choose("group", "Services")
    editor.choose("default", "Off unless switched on")
    page.type("#id_max_ttl", "3600")
    editor.save_and_return()
    listed = page.text("table.listing")
    assert "en, pl · missing cs" in listed

    # Customers read it in their language, or in the default one.
    english = "When a parcel is on its way."
    assert offers(eva)["Parcels"] == ["Služby", english, False]
    speak(eva, "pl")
    assert offers(eva)["Paczki"] == ["Usługi", "Gdy paczka jest w drodze.", False]
    speak(eva, "en")
    assert offers(eva)["Parcels"] == ["Services", english, False]
    assert eva.wants("parcels") is False

    # The editor is told whom another default affects, before it is saved.
    number = editor.open("Parcels")
    editor.choose("default", "On unless switched off")
    editor.save()
    told = page.text("[data-push-effect]")
    assert "“Parcels” will be on for browsers that register from now on." in told
    assert re.search(r"registered browsers? stays? as .* \(on: 0, off: \d+\)", told)
    assert "Nothing is saved yet." in told
    assert offers(eva)["Parcels"][2] is False
    assert page.text("footer button[type=submit]") == "Save with the new default"
    editor.save_and_return()

    # The browser that is registered stays off; a new one is offered it on.
    assert eva.wants("parcels") is False
    new = Customer(page, editor.site)
    editor.sign_out()
    new.sign_in("eva")
    new.open_settings("can-ask")
    speak(new, "en")
    assert offers(new)["Parcels"][2] is True
    editor.sign_in()

    # The order is the editor's.
    titles = list(offers(eva))
    assert titles.index("Parcels") > titles.index("Domains expiring")
    page.open(f"{editor.scopes}?ordering=sort_order")
    token = page.evaluate(
        "return JSON.parse(document.querySelector('#wagtail-config').textContent)"
        ".CSRF_TOKEN;"
    )
    assert page.evaluate(REORDER, number, token) == {"success": True}
    titles = list(offers(eva))
    assert titles.index("Parcels") < titles.index("Domains expiring")

    # Retired, it is gone for customers; the editor still finds it.
    editor.open("Parcels")
    editor.click("#id_retired")
    editor.save_and_return()
    assert "Parcels" not in offers(eva)
    assert "parcels" not in {scope["key"] for scope in eva.known_as()["scopes"]}
    page.open(f"{editor.scopes}?retired=true")
    assert "Parcels" in page.text("table.listing")
