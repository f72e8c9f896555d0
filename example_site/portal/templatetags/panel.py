"""Filters of the panel's templates."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language

from example_site.portal.money import NO_BREAK, euros


register = template.Library()

# Short enough for tables, and never a month taken for a day.
DAY = {"en": "j M Y", "pl": "d.m.Y", "cs": f"j.{NO_BREAK}n.{NO_BREAK}Y"}


@register.filter
def money(amount: Decimal | None) -> str:
    """Write an amount in the reader's language."""
    return euros(amount or Decimal(0), get_language() or "en")


@register.filter
def day(value: date | datetime) -> str:
    """Write a day in the reader's language."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return format_date(value, DAY[get_language() or "en"])
