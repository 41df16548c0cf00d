# SPDX-License-Identifier: EUPL-1.2
"""Cost against size as a picture: one line a kind of work, both axes logarithmic (SVG)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 900
HEIGHT: Final = 440
LEFT: Final = 70
RIGHT: Final = 300
TOP: Final = 70
BOTTOM: Final = 50
_COLOURS: Final = ("#0b3d66", "#b00020", "#1d70b8", "#5a2d82", "#00703c", "#8a5a00", "#555555")


@dataclass(frozen=True, slots=True)
class Curve:
    """Microseconds for each record, by how many there are."""

    name: str
    points: Sequence[tuple[int, float]]


def costs_svg(title: str, curves: Sequence[Curve]) -> str:
    """Return the picture; a flat line is a cost that does not grow with the archive.

    Args:
        title: Words over it.
        curves: Each with at least one point, sizes and microseconds above zero.
    """
    sizes = [size for curve in curves for size, _ in curve.points]
    costs = [cost for curve in curves for _, cost in curve.points]
    across = _Scale(min(sizes), max(sizes), LEFT, WIDTH - RIGHT)
    up = _Scale(_decade(min(costs)), 10 * _decade(max(costs)), HEIGHT - BOTTOM, TOP)
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" {size} font-family="sans-serif" font-size="13"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="10" y="24" font-size="16" fill="#1d1d1d">{escape(title)}</text>',
        '<text x="10" y="44" fill="#555555">µs of processor time a record · records in the batch</text>',
    ]
    for value in _decades(up):
        y = up.at(value)
        lines.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#dddddd"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#555555">{value:g}</text>')
    for value in sorted(set(sizes)):
        x = across.at(value)
        lines.append(f'<text x="{x}" y="{HEIGHT - 20}" text-anchor="middle" fill="#555555">{value:,}</text>')
    ends = _apart([up.at(curve.points[-1][1]) for curve in curves])
    for number, (curve, end) in enumerate(zip(curves, ends, strict=True)):
        lines += _drawn(curve, _COLOURS[number % len(_COLOURS)], across, up, end)
    return "\n".join([*lines, "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    first: int
    last: int

    def at(self, value: float) -> float:
        span = math.log10(self.high / self.low) or 1.0
        return round(self.first + math.log10(value / self.low) / span * (self.last - self.first), 1)


def _decade(value: float) -> float:
    return 10.0 ** math.floor(math.log10(value))


def _decades(scale: _Scale) -> list[float]:
    count = round(math.log10(scale.high / scale.low))
    return [scale.low * 10**number for number in range(count + 1)]


def _apart(heights: Sequence[float], least: float = 17.0) -> list[float]:
    """Move the words at the ends of lines so far apart that each can be read."""
    moved: dict[int, float] = {}
    last = -math.inf
    for number in sorted(range(len(heights)), key=lambda each: heights[each]):
        last = max(heights[number], last + least)
        moved[number] = last
    return [moved[number] for number in range(len(heights))]


def _drawn(curve: Curve, colour: str, across: _Scale, up: _Scale, end: float) -> list[str]:
    points = [(across.at(size), up.at(cost)) for size, cost in curve.points]
    path = " ".join(f"{x},{y}" for x, y in points)
    last = points[-1]
    words = f"{curve.name}: {curve.points[-1][1]:.3g} µs"
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in points),
        f'<line x1="{last[0] + 5}" y1="{last[1]}" x2="{WIDTH - RIGHT + 24}" y2="{end}" stroke="{colour}"/>',
        f'<text x="{WIDTH - RIGHT + 28}" y="{end + 4}" fill="{colour}">{escape(words)}</text>',
    ]
