"""Names of one long word, tiny windows, and how far apart things stand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from example_site.demo.customer import CONFIRMATION, Customer
from example_site.demo.stack import Stack
from tests.browser.conftest import StartFirefox
from tests.browser.failures import forget_browsers


pytestmark = [pytest.mark.browser, pytest.mark.thorough]

#: As long as a name may be, and nowhere to break it.
NAME = "W" * 60
WIDTH = "return document.documentElement.scrollWidth"
#: Give every browser and account on the page of states such a name; count them.
RENAME = """
const walker = document.createTreeWalker(
  document.querySelector("main"), NodeFilter.SHOW_TEXT
);
let renamed = 0;
while (walker.nextNode()) {
  const before = walker.currentNode.data;
  walker.currentNode.data = before.replace(/Office laptop|Baltic Bakery/g, arguments[0]);
  if (walker.currentNode.data !== before) renamed += 1;
}
return renamed;
"""
GAPS = """
const places = [...document.querySelectorAll("main .wagtail-push-card")].map((card) =>
  card.getBoundingClientRect()
);
return places.slice(1).map(({ top }, index) => Math.round(top - places[index].bottom));
"""
#: How far each moment begins from where its lines do.
INDENTS = """
return [...document.querySelectorAll(".wagtail-push-facts > .wagtail-push-moment")]
  .filter((moment) => moment.checkVisibility())
  .map((moment) => {
    const from = moment.parentElement.getBoundingClientRect().left;
    return Math.round(moment.getBoundingClientRect().left - from);
  });
"""


@pytest.fixture(scope="module")
def registered(own_site: Stack, firefox: StartFirefox) -> Iterator[Customer]:
    """Return Anna at a Firefox that she has given the longest name."""
    customer = Customer(firefox(own_site.push_service, permission="ask"), own_site.url)
    customer.sign_in()
    customer.enable(NAME)
    customer.firefox.wait_for_notification(CONFIRMATION)
    customer.close_dialog()
    yield customer
    # Nobody is left to whom another module's pushes would go, too.
    forget_browsers(own_site)


@pytest.fixture
def anna(registered: Customer) -> Iterator[Customer]:
    """Return Anna at the smallest phone."""
    registered.firefox.set_window(320, 640)
    yield registered
    registered.firefox.set_window(1280, 800)


@pytest.mark.parametrize(
    "page", ["", "turn-off/invoices/", "browsers/{}/", "browsers/{}/remove/"]
)
def test_a_long_name_breaks_no_page(anna: Customer, page: str) -> None:
    path = page.format(anna.known_as()["id"])
    anna.firefox.open(f"{anna.url}/push/{path}")
    anna.firefox.wait("document.readyState === 'complete'")

    assert NAME in anna.firefox.text("main")
    assert anna.firefox.evaluate(WIDTH) <= 320


def test_a_long_name_breaks_nothing_else(anna: Customer) -> None:
    anna.firefox.open(f"{anna.url}/demo/states/")
    anna.firefox.wait("document.documentElement.dataset.states === 'ready'", 30)

    assert anna.firefox.evaluate(RENAME, NAME) > 100
    assert anna.firefox.evaluate(WIDTH) <= 320


def test_each_moment_begins_a_line_on_a_phone(anna: Customer) -> None:
    anna.firefox.set_window(500, 800)
    anna.firefox.open(f"{anna.url}/demo/states/")
    anna.firefox.wait("document.documentElement.dataset.states === 'ready'", 30)

    indents = anna.firefox.evaluate(INDENTS)
    assert len(indents) > 50
    assert set(indents) == {0}


def test_the_cards_of_a_browser_stand_evenly(anna: Customer) -> None:
    anna.firefox.open(f"{anna.url}/push/browsers/{anna.known_as()['id']}/")

    gaps = anna.firefox.evaluate(GAPS)
    assert len(gaps) == 5
    assert len(set(gaps)) == 1
