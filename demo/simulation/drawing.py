# SPDX-License-Identifier: EUPL-1.2
"""The few shapes that the timeline is drawn with (SVG). Each can be told apart when printed in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

INK: Final = "#1d1d1d"
QUIET: Final = "#595959"
LINE: Final = "#d4d8dc"
BAND: Final = "#f4f6f8"
NAVY: Final = "#0b3d66"
BLUE: Final = "#3f7fb5"
PALE: Final = "#bcd3e6"
RED: Final = "#b00020"
GREEN: Final = "#2f6b3c"
LETTER: Final = 0.56
"""Width of a letter of the face, on average, in units of its size."""

DEFS: Final = f"""<defs>
<pattern id="fallen" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="#ffffff"/><rect width="2.4" height="6" fill="{RED}"/></pattern>
<pattern id="retired" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="#ffffff"/><rect width="1.6" height="6" fill="#8a8f94"/></pattern>
</defs>"""


@dataclass(frozen=True, slots=True)
class Scale:
    """From days to places across the picture."""

    first: datetime
    last: datetime
    left: float
    right: float

    def x(self, at: datetime) -> float:
        """Return the place of an instant; what lies outside is put at the edge."""
        part = (at - self.first) / (self.last - self.first)
        return round(self.left + min(1.0, max(0.0, part)) * (self.right - self.left), 1)


def width_of(words: str, size: float = 12) -> float:
    """Return about how wide words are drawn."""
    return len(words) * size * LETTER


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = 12,
    fill: str = INK,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    """Return words that stand on a line."""
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"'
    return f"<text {place}{weight}>{escape(words)}</text>"


def coloured(x: float, y: float, parts: Sequence[tuple[str, str]], *, anchor: str) -> str:
    """Return words of several colours on one line, with dots between."""
    spans = [f'<tspan fill="{fill}">{escape(words)}</tspan>' for words, fill in parts]
    dot = f'<tspan fill="{QUIET}"> · </tspan>'
    return f'<text x="{x:g}" y="{y:g}" font-size="12" text-anchor="{anchor}">{dot.join(spans)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, **more: str) -> str:
    """Return a line; `dash` and `width` may be given."""
    dash = f' stroke-dasharray="{more["dash"]}"' if "dash" in more else ""
    place = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    return f'<line {place} stroke="{stroke}" stroke-width="{more.get("width", "1")}"{dash}/>'


def box(
    x: float, y: float, width: float, height: float, fill: str, stroke: str = "none", rx: float = 0
) -> str:
    """Return a rectangle."""
    place = f'x="{x:g}" y="{y:g}" width="{max(0.0, width):g}" height="{height:g}"'
    return f'<rect {place} rx="{rx:g}" fill="{fill}" stroke="{stroke}"/>'


def disc(x: float, y: float, radius: float, fill: str, stroke: str = "none") -> str:
    """Return a disc: a seal."""
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
    )


def diamond(x: float, y: float, fill: str) -> str:
    """Return a diamond: a time-stamp renewal."""
    return f'<path d="M{x:g} {y - 7:g}l7 7l-7 7l-7 -7z" fill="{fill}"/>'


def tree(x: float, y: float, fill: str) -> str:
    """Return a small tree of hashes: a hash-tree renewal."""
    return (
        f'<path d="M{x:g} {y - 6:g}L{x - 7:g} {y + 5:g}M{x:g} {y - 6:g}L{x + 7:g} {y + 5:g}M{x:g} {y - 6:g}'
        f'V{y + 5:g}" stroke="{fill}" stroke-width="1.8" fill="none"/>'
        + "".join(disc(x + dx, y + dy, 3, fill) for dx, dy in ((0, -6), (-7, 5), (0, 5), (7, 5)))
    )


PENNANTS: Final = {
    "pointed": "l13 4.5l-13 4.5z",
    "hollow": "l13 4.5l-13 4.5z",
    "square": "h11v9h-11z",
}
"""Shapes of flags, from the top of the pole."""


def flag(x: float, y: float, bottom: float, fill: str, pennant: str) -> str:
    """Return a flag, of a shape of `PENNANTS`, on a pole that reaches down to `bottom`."""
    inside = "#ffffff" if pennant == "hollow" else fill
    return (
        line(x, y, x, bottom, fill, width="1.4")
        + f'<path d="M{x:g} {y:g}{PENNANTS[pennant]}" fill="{inside}" stroke="{fill}" stroke-width="1.2"/>'
    )


def cross(x: float, y: float) -> str:
    """Return the mark of an end by force."""
    place = f"M{x - 5:g} {y - 5:g}l10 10m0 -10l-10 10"
    return f'<path d="{place}" stroke="{RED}" stroke-width="2.6" fill="none"/>'
