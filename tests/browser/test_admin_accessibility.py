"""Our pages of Wagtail's admin by axe-core: light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from example_site.demo.by_receiver import Listener
from example_site.demo.customer import Customer
from example_site.demo.editor import PAGES, make_editor, write_announcements
from tests.browser.conftest import StartFirefox
from tests.browser.test_accessibility import BOTH, inspect_looks
from tests.browser.test_accessibility import axe as axe
from tests.running import StartStack


pytestmark = [pytest.mark.browser, pytest.mark.thorough]


@pytest.fixture(scope="module")
def edith(start_stack: StartStack, firefox: StartFirefox) -> Iterator[Customer]:
    """Return an editor in the admin of a site with something to see."""
    site = start_stack()
    with closing(Listener(site)) as listener:
        listener.enable()
        write_announcements(site)
        make_editor(site, "anna")
        customer = Customer(firefox(site.push_service, permission="ask"), site.url)
        customer.sign_in()
        yield customer


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_admin(page: str, edith: Customer, axe: str) -> None:
    edith.firefox.open(f"{edith.url}/admin/{page}")
    edith.firefox.wait("document.readyState === 'complete'")

    assert "/admin/" in edith.firefox.url
    inspect_looks(edith.firefox, axe, BOTH, within="#main")
