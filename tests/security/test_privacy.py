"""The page on privacy says what models, periods and messages say."""

import dataclasses
import re
from pathlib import Path

from wagtail_push import conf, device, models, retention
from wagtail_push.messages import Content


PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "privacy.md"


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table that stands under a heading or bold words."""
    table = PAGE.read_text().partition(heading)[2].partition("\n|")[2]
    lines = table.partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][2:]


def names(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`(.+?)`", cell)


def test_every_model_has_a_row_and_no_row_is_left_over() -> None:
    named = [name for row in rows("## What is stored") for name in names(row[0])]

    assert sorted(named) == sorted(models.__all__)


def test_the_periods_are_those_of_the_code() -> None:
    assert [int(row[1]) for row in rows("## Periods")] == [
        conf.PushSettings().retention,
        28,
        retention.REMOVED_DAYS,
        retention.UNSEEN_DAYS,
        device.MAX_AGE / 24 / 3600,
        conf.MAX_TTL / 24 / 3600,
    ]


def test_the_cookie_has_its_name() -> None:
    assert device.COOKIE in names(rows("## In the browser")[0][0])


def test_every_field_of_a_message_has_a_row() -> None:
    parts = [field.name for field in dataclasses.fields(Content)]
    content = Content(**dict.fromkeys(parts, "x"))
    named = [
        name for row in rows("**When something is sent**") for name in names(row[0])
    ]

    assert sorted(named) == sorted([*content.data(), "TTL", "Urgency", "Topic"])
