# SPDX-License-Identifier: EUPL-1.2
"""A forecast as a picture: years across, bars of records, for a terminal and for a page.

Both pictures are made of the same numbers, and neither is the only place where they stand: whoever shows one
shows the table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preservation.renewal.falls import Year

HEIGHT: Final = 8
"""Lines of text that the tallest bar takes."""
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_CROSSED: Final = "▒"
_CELL: Final = 3


def text_plot(years: Sequence[Year]) -> list[str]:
    """Return the lines of a plot in block characters: bars of records renewed, hatched where trees are new.

    At most 26 years fit into eighty columns; of more, the lines are longer.
    """
    top = max((year.renewed + year.rehashed for year in years), default=0)
    label = max(len(_short(top)), 1)
    lines = []
    for line in range(HEIGHT, 0, -1):
        cells = "".join(f"{_cell(year, line, top):<{_CELL}}" for year in years)
        lines.append(f"{_short(top) if line == HEIGHT else '':>{label}} │{cells}".rstrip())
    lines.append(f"{0:>{label}} └" + "─" * (_CELL * len(years)))
    names = "".join(f"{year.year % 100:02d} " for year in years)
    tokens = "".join(f"{year.tokens or '·':<{_CELL}}" for year in years)
    return [*lines, f"{'':>{label}}  {names}".rstrip(), f"{'':>{label}}  {tokens}".rstrip()]


def _cell(year: Year, line: int, top: int) -> str:
    """Return what of a bar lies in one line of text, from the bottom: 1 to `HEIGHT`."""
    if not top:
        return ""
    total = (year.renewed + year.rehashed) * HEIGHT * 8 // top
    if year.renewed + year.rehashed:
        total = max(total, 1)  # something is not nothing
    eighths = max(0, min(8, total - 8 * (line - 1)))
    if not eighths:
        return ""
    hatched = year.rehashed * HEIGHT * 8 // top
    piece = _CROSSED if hatched >= 8 * (line - 1) + min(eighths, 4) and year.rehashed else _EIGHTHS[eighths]
    return piece * 2


def _short(number: int) -> str:
    for size, unit in ((1_000_000, "M"), (10_000, "k")):
        if number >= size:
            divided = number / (1_000 if unit == "k" else size)
            return f"{divided:.3g}{unit}"
    return str(number)


@dataclass(frozen=True, slots=True)
class Bar:
    """One year's bar in the units of a picture: x to the right, y downwards."""

    year: Year
    x: int
    width: int
    renewed_y: int
    renewed_height: int
    rehashed_y: int
    rehashed_height: int

    @property
    def middle(self) -> int:
        """Return where its label stands."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot to be drawn."""

    width: int
    height: int
    baseline: int
    left: int
    bars: tuple[Bar, ...]
    marks: tuple[tuple[int, int], ...]
    """Height and number of each line across."""


def picture(years: Sequence[Year], *, width: int = 760, height: int = 260) -> Picture:
    """Lay out the bars of a forecast.

    Args:
        years: In order.
        width: Of the drawing, in its own units.
        height: Likewise.
    """
    left, right, bottom, above = 84, 36, 40, 26
    baseline = height - bottom
    top = max((year.renewed + year.rehashed for year in years), default=0)
    high = _round_up(top)
    step = (width - left - right) / max(len(years), 1)

    def tall(number: int) -> int:
        scaled = round(number * (baseline - above) / high)
        return max(scaled, 2) if number else 0

    bars = []
    for place, year in enumerate(years):
        x, wide = round(left + place * step + step * 0.15), max(round(step * 0.7), 2)
        renewed, rehashed = tall(year.renewed), tall(year.rehashed)
        first = baseline - renewed
        bars.append(Bar(year, x, wide, first, renewed, first - rehashed, rehashed))
    marks = tuple(
        (baseline - tall(high * part // 4), high * part // 4) for part in ((0, 2, 4) if top else (0,))
    )
    return Picture(width, height, baseline, left, tuple(bars), marks)


def _round_up(number: int) -> int:
    """Return the next of 4, 8, 20, 40, 80, 200…: quarters of it are whole."""
    size = 4
    while size < number:
        size = size * 2 if str(size)[0] in "42" and not str(size).startswith("8") else size * 5 // 2
    return size
