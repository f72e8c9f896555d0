"""What tables of the page are made of."""

from collections.abc import Iterable, Sequence

from wagtail_push.emulator.page.markup import Markup, element


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str
) -> Markup:
    """Return a table whose first column names the row, or say that it is empty."""
    # On a narrow screen the rows are cards; the roles keep it a table for all.
    bodies = [
        element(
            "tr",
            element("th", first, role="rowheader", scope="row", data_label=columns[0]),
            *(
                element(
                    "td",
                    cell or "–",
                    role="cell",
                    data_label=label,
                    class_=None if cell else "none",
                )
                for label, cell in zip(columns[1:], cells, strict=True)
            ),
            role="row",
        )
        for first, *cells in rows
    ]
    if not bodies:
        return element("p", empty, class_="empty")
    heads = [
        element("th", column, role="columnheader", scope="col") for column in columns
    ]
    return element(
        "table",
        element("caption", caption, class_="unseen"),
        element(
            "thead",
            element("tr", *heads, role="row"),
            role="rowgroup",
        ),
        element("tbody", *bodies, role="rowgroup"),
        role="table",
    )


def badge(text: str, kind: str = "") -> Markup:
    """Return a word on a coloured ground."""
    return element("span", text, class_=f"badge {kind}".strip())


def button(action: str, name: str, value: int, text: str, label: str) -> Markup:
    """Return a form of one button."""
    return element(
        "form",
        element("input", type="hidden", name=name, value=value),
        element("button", text, type="submit", class_="small", aria_label=label),
        method="post",
        action=f"/emulator/page/{action}",
    )
