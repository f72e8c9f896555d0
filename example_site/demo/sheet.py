"""One contact sheet: many pictures on one, under headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont


WIDTH = 4000
GAP = 24
HEADING = 64
GROUNDS = {"light": ("#c9d1da", "#16222e"), "dark": ("#3a4653", "#f2f5f8")}


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures under one heading."""

    title: str
    pictures: list[Image.Image]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All pictures of one language, width and theme."""

    theme: str
    parts: list[Part] = field(default_factory=list)

    def add(self, title: str, *pictures: Image.Image) -> None:
        """Add pictures under a heading."""
        self.parts.append(Part(title, list(pictures)))

    def save(self, path: Path) -> tuple[int, int]:
        """Write the sheet as PNG and return its size."""
        ground, ink = GROUNDS[self.theme]
        places, height = self._places()
        sheet = Image.new("RGB", (WIDTH, height), ground)
        draw = ImageDraw.Draw(sheet)
        font = ImageFont.load_default(32)
        for title, top, pictures in places:
            draw.text((GAP, top + GAP), title, fill=ink, font=font)
            for picture, at in pictures:
                sheet.paste(picture, at)
        # A palette of colours keeps a sheet at a few megabytes.
        small = sheet.quantize(256, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        return sheet.size

    def _places(
        self,
    ) -> tuple[list[tuple[str, int, list[tuple[Image.Image, tuple[int, int]]]]], int]:
        """Return where everything goes: each picture into the shortest column."""
        top, found = 0, []
        for part in self.parts:
            wide = max(picture.width for picture in part.pictures)
            columns = [top + HEADING] * max(1, (WIDTH - GAP) // (wide + GAP))
            placed = []
            for picture in part.pictures:
                shortest = columns.index(min(columns))
                left = GAP + shortest * (wide + GAP)
                placed.append((picture, (left, columns[shortest])))
                columns[shortest] += picture.height + GAP
            found.append((part.title, top, placed))
            top = max(columns)
        return found, top + GAP
