"""One thing to look at: a real template with made-up data, and what finishes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string


#: Attributes that hold an id, or several.
ID = re.compile(r'(?<=\s)(id|for|aria-labelledby|aria-describedby)="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """One state of one part of the page.

    ``number`` is that of the failure which it belongs to; ``finish`` is what the page's
    script needs to do as the customer's page would.
    """

    key: str
    template: str
    context: dict[str, Any]
    number: str = ""
    finish: dict[str, Any] = field(default_factory=dict)

    def render(self, request: HttpRequest, name: str) -> str:
        """Return its HTML, whose ids are its own: a template is here many times."""
        html = render_to_string(self.template, self.context, request)

        def own(found: re.Match[str]) -> str:
            ids = " ".join(f"{name}-{one}" for one in found[2].split())
            return f'{found[1]}="{ids}"'

        return ID.sub(own, html)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Specimens of one kind under a heading."""

    key: str
    title: str
    specimens: list[Specimen]
