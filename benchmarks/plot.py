# SPDX-License-Identifier: EUPL-1.2
"""Distributions as a picture: one line a kind of question, on a logarithmic scale (SVG)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 900
LEFT: Final = 250
RIGHT: Final = 130
ROW: Final = 30
TOP: Final = 70
_DECADES: Final = (0.1, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Series:
    """Milliseconds of one kind of question."""

    name: str
    values: list[float]

    def at(self, part: float) -> float:
        """Return the value below which this part of all lie."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def percentiles_svg(title: str, series: Sequence[Series], target: float) -> str:
    """Return the picture: every question a dot, p50 and p95 marked, p95 written at the end of the line.

    Args:
        title: Words over it.
        series: In the order of lines.
        target: Milliseconds, drawn as a line from top to bottom.
    """
    height = TOP + ROW * len(series) + 40
    bottom = TOP + ROW * len(series)
    size = f'width="{WIDTH}" height="{height}"'
    legend = f"dot: a question · bar: p50 · triangle: p95 (written) · red line: {target:g} ms"
    box = f'viewBox="0 0 {WIDTH} {height}" {size} font-family="sans-serif" font-size="13"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="10" y="24" font-size="16" fill="#1d1d1d">{escape(title)}</text>',
        f'<text x="10" y="44" fill="#555555">{legend}</text>',
    ]
    for value in _DECADES:
        x = _x(value)
        lines.append(f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{bottom}" stroke="#dddddd"/>')
        lines.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle" fill="#555555">{value:g}</text>')
    x = _x(target)
    lines.append(
        f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{bottom}" stroke="#b00020" stroke-width="1.5"/>'
    )
    for number, one in enumerate(series):
        lines += _row(one, TOP + ROW * number + ROW // 2)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _row(one: Series, y: int) -> list[str]:
    ordered = sorted(one.values)
    step = max(1, len(ordered) // 150)
    dots = sorted({_x(value) for value in (*ordered[::step], ordered[-1])})
    half, most = _x(one.at(0.5)), _x(one.at(0.95))
    return [
        f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end" fill="#1d1d1d">{escape(one.name)}</text>',
        *(f'<circle cx="{x}" cy="{y}" r="2.5" fill="#1d70b8" fill-opacity="0.3"/>' for x in dots),
        f'<line x1="{half}" y1="{y - 8}" x2="{half}" y2="{y + 8}" stroke="#0b3d66" stroke-width="3"/>',
        f'<path d="M{most - 5} {y - 9}h10l-5 9z" fill="#0b3d66"/>',
        f'<text x="{WIDTH - RIGHT + 40}" y="{y + 4}" fill="#1d1d1d">p95 {one.at(0.95):.1f} ms</text>',
    ]


def _x(milliseconds: float) -> float:
    low, high = math.log10(_DECADES[0]), math.log10(_DECADES[-1])
    part = (math.log10(max(milliseconds, _DECADES[0])) - low) / (high - low)
    return round(LEFT + min(1.0, part) * (WIDTH - LEFT - RIGHT), 1)
