"""Amounts as customers of each language write them."""

from decimal import Decimal


NO_BREAK = "\N{NO-BREAK SPACE}"


def euros(amount: Decimal, language: str) -> str:
    """Write an amount in euros, "€1,234.50" or "1 234,50 €" by language."""
    written = f"{amount:,.2f}"
    if language == "en":
        return f"€{written}"
    marks = str.maketrans({",": NO_BREAK, ".": ","})
    return f"{written.translate(marks)}{NO_BREAK}€"
