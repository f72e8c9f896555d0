"""What the reports under Wagtail's Reports menu tell, and whom."""

import csv
import io
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tests.adapter import OpenAccounts
from tests.admin.editors import REPORTS, scope_editor, sign_in
from wagtail_push.test.factories import BrowserFactory


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("wagtail_rows", "accounts", "now"),
]

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)

REASONS = [
    "the browser no longer accepts notifications",
    "it was registered with another sender",
    "its registration is not valid",
    "the browser no longer shows notifications of this site",
    "another customer registered it",
    "it was not used for nine months",
]


@pytest.fixture
def now() -> Iterator[None]:
    """Stop the clock."""
    with time_machine.travel(NOW, tick=False):
        yield


def cells(page: str) -> list[str]:
    """Return what stands in each cell of the listing."""
    rows = page.rpartition("<tbody")[2].partition("</tbody>")[0].split("<td")[1:]
    found = [cell.partition(">")[2].partition("</td>")[0] for cell in rows]
    return [" ".join(one.split()) for one in found]


def report(client: Client, view: str, **query: Any) -> str:
    response = client.get(reverse(f"{REPORTS}:{view}"), query)
    assert response.status_code == 200
    return response.content.decode()


def as_csv(client: Client, view: str, **query: Any) -> list[list[str]]:
    response: Any = client.get(reverse(f"{REPORTS}:{view}"), {"export": "csv", **query})
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text)))


def as_xlsx(client: Client, view: str) -> list[list[Any]]:
    response: Any = client.get(reverse(f"{REPORTS}:{view}"), {"export": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [list(row) for row in book.active.values]


def make(software: str, system: str, *ended: tuple[str, int], registered: int) -> None:
    """Make browsers of one kind: so many registered, and some that ended days ago."""
    kind = {"installation__software": software, "installation__system": system}
    BrowserFactory.create_batch(registered, **kind)
    for reason, days in ended:
        when = NOW - days * DAY
        BrowserFactory(removed_at=when, removed_reason=reason, **kind)


@pytest.fixture
def kinds() -> None:
    """Make three kinds of browser; of one, all are registered."""
    make("Chrome", "Windows", ("unregistered", 1), registered=2)
    make(
        "Firefox",
        "Linux",
        ("unregistered", 1),
        ("unregistered", 59),
        ("lost", 2),
        ("unseen", 61),
        registered=1,
    )
    make("", "Solaris", registered=1)


@pytest.mark.usefixtures("kinds")
def test_deliverability_by_kind_of_browser(client: Client) -> None:
    sign_in(client, "statistics_announcement")

    page = report(client, "deliverability")

    assert cells(page) == [
        *("Firefox", "Linux", "1", "3", "75.0"),
        f"{REASONS[0]}: 2, {REASONS[3]}: 1",
        *("Chrome", "Windows", "2", "1", "33.3"),
        f"{REASONS[0]}: 1",
        *("–", "Solaris", "1", "0", "0.0", ""),
    ]
    assert "Ended within 60 days" in page
    results = report(client, "deliverability_results")
    assert cells(results) == cells(page)
    assert "<html" not in results


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize(
    ("ordering", "kinds_in_order"),
    [
        ("registered", ["–", "Firefox", "Chrome"]),
        ("-share", ["Firefox", "Chrome", "–"]),
        ("software", ["–", "Chrome", "Firefox"]),
        ("-pk", ["Firefox", "Chrome", "–"]),
    ],
)
def test_it_can_be_ordered(
    client: Client, ordering: str, kinds_in_order: list[str]
) -> None:
    sign_in(client, "view_browser")

    page = report(client, "deliverability", ordering=ordering)

    assert cells(page)[::6] == kinds_in_order


@pytest.mark.usefixtures("kinds")
def test_deliverability_for_a_spreadsheet(client: Client) -> None:
    sign_in(client, "view_browser")
    heading = ["Browser", "System", "Registered", "Ended within 60 days"]
    heading += ["Share that ended, %", *REASONS]

    assert as_csv(client, "deliverability") == [
        heading,
        ["Firefox", "Linux", "1", "3", "75.0", "2", "0", "0", "1", "0", "0"],
        ["Chrome", "Windows", "2", "1", "33.3", "1", "0", "0", "0", "0", "0"],
        ["", "Solaris", "1", "0", "0.0", "0", "0", "0", "0", "0", "0"],
    ]
    assert as_xlsx(client, "deliverability") == [
        heading,
        ["Firefox", "Linux", 1, 3, 75, 2, 0, 0, 1, 0, 0],
        ["Chrome", "Windows", 2, 1, 33.3, 1, 0, 0, 0, 0, 0],
        [None, "Solaris", 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ]


def stale(days: int, key: str, **more: Any) -> Any:
    """Make a browser that was last seen so many days ago."""
    seen = NOW - days * DAY
    return BrowserFactory(
        account__key=key, installation__last_seen_at=seen, name=f"Of {key}", **more
    )


def test_stale_browsers(client: Client) -> None:
    sign_in(client, "view_browser")
    found = [stale(61, "C-1"), stale(200, "C-2", installation__system="")]
    stale(59, "C-3")
    stale(200, "C-4", removed_at=NOW)

    page = report(client, "stale")

    assert [cell for cell in cells(page) if "<" not in cell] == [
        *("Customer C-2", "Of C-2", "Firefox"),
        *("Customer C-1", "Of C-1", "Firefox on Linux"),
    ]
    assert ["May 12, 2026" in cells(page)[0], "Sept. 28, 2026" in cells(page)[4]] == [
        True,
        True,
    ]
    for browser in found:
        target = browser.installation.target
        assert target[-6:] not in page
        assert browser.installation.target_hash not in page


@pytest.mark.parametrize(
    ("days", "keys"),
    [
        ("", ["C-300", "C-200", "C-100", "C-61"]),
        ("90", ["C-300", "C-200", "C-100"]),
        ("180", ["C-300", "C-200"]),
        ("270", ["C-300"]),
    ],
)
def test_by_how_long(client: Client, days: str, keys: list[str]) -> None:
    sign_in(client, "statistics_announcement")
    for number in (100, 300, 61, 200):
        stale(number, f"C-{number}")

    for view in ("stale", "stale_results"):
        page = report(client, view, days=days)
        assert cells(page)[1::4] == [f"Customer {key}" for key in keys]
    exported = as_csv(client, "stale", days=days)
    assert [row[2] for row in exported[1:]] == keys


def test_stale_browsers_for_a_spreadsheet(client: Client) -> None:
    sign_in(client, "view_browser")
    browser = stale(61, "=C-1")
    browser.name = "@SUM(1)"
    browser.save()
    heading = ["Last seen", "Customer", "Account", "Name", "Browser"]

    # What somebody else has written must not be taken for a formula.
    assert as_csv(client, "stale") == [
        heading,
        [
            *("2026-09-28 12:00:00+00:00", "Customer =C-1", "'=C-1", "'@SUM(1)"),
            "Firefox on Linux",
        ],
    ]
    assert as_xlsx(client, "stale") == [
        heading,
        [
            *(datetime(2026, 9, 28, 12), "Customer =C-1", "=C-1", "@SUM(1)"),
            "Firefox on Linux",
        ],
    ]


def test_customers_are_asked_for_at_once(
    client: Client, accounts: type[OpenAccounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, "view_browser")
    asked: list[set[str]] = []

    def labels(self: OpenAccounts, keys: Collection[str]) -> dict[str, str]:
        asked.append(set(keys))
        return {"C-1": "Bakery"}

    monkeypatch.setattr(accounts, "labels", labels)
    for key in ("C-1", "C-1", "C-2"):
        stale(90, key)

    names = cells(report(client, "stale"))[1::4]

    assert names == ["Bakery", "Bakery", "C-2"]
    assert asked == [{"C-1", "C-2"}]


@pytest.mark.parametrize("view", ["deliverability", "stale"])
def test_it_costs_the_same_with_more_browsers_and_no_delivery_is_read(
    client: Client, view: str
) -> None:
    sign_in(client, "view_browser")

    def visit() -> int:
        with CaptureQueriesContext(connection) as queries:
            report(client, view)
        read = " ".join(query["sql"] for query in queries)
        assert "wagtail_push_delivery" not in read
        assert "wagtail_push_receipt" not in read
        assert '"target"' not in read
        return len(queries)

    stale(90, "C-1")
    visit()
    few = visit()
    for number in range(4):
        stale(90, f"C-{number}", installation__software=f"Browser {number}")

    assert visit() == few


@pytest.mark.parametrize("view", ["deliverability", "stale"])
def test_the_menu_leads_there(client: Client, view: str) -> None:
    address = reverse(f"{REPORTS}:{view}")
    home = reverse("wagtailadmin_home")
    scope_editor(client, "view_account")
    assert address not in client.get(home).content.decode()
    assert client.get(address).headers["Location"] == home
    refused = client.get(address, {"export": "csv"})
    assert refused.headers["Location"] == home

    for codename in ("statistics_announcement", "view_browser"):
        sign_in(client, codename)
        assert address in client.get(home).content.decode()
        assert client.get(address).status_code == 200
