"""What goes into a spreadsheet: what people have written is no formula there."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language, override
from wagtail.admin.views.mixins import SpreadsheetExportMixin


#: What a cell of a formula begins with, in one program or another.
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class PlainCells(SpreadsheetExportMixin):
    """Makes every cell text; Wagtail does so in workbooks of late, and not in CSV."""

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return what stands in a cell."""
        cell = super().preprocess_field_value(field, value, export_format)
        formula = isinstance(cell, str) and cell.startswith(FORMULA)
        return f"'{cell}" if formula and export_format == self.FORMAT_CSV else cell

    def stream_csv(self, queryset: Any) -> Iterator[str]:
        """Return the lines in the language of who asked.

        They are written when the request is over, and the editor's language with it.
        """
        return _spoken(super().stream_csv(queryset), get_language())

    def generate_xlsx_row(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Yield a workbook's cells; 8.0.0 leaves formulas what openpyxl takes them for."""
        for cell in super().generate_xlsx_row(*args, **kwargs):
            if cell.data_type == "f":
                cell.data_type = "s"
            yield cell


def _spoken(lines: Iterator[str], language: str | None) -> Iterator[str]:
    while True:
        with override(language):
            line = next(lines, None)
        if line is None:
            return
        yield line
