# SPDX-License-Identifier: EUPL-1.2
"""Where each moment of an evidence line stands in its picture: arithmetic, without a word. Pure.

The picture runs downwards, so that it is as readable on a telephone as on a screen. Distances follow time, as
far as the words leave room: between two moments there is at least the height of a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from search.viewing.moments import PROVEN, Moment, Stage

WIDTH: Final = 360
LINE: Final = 18
"""Distance of the line from the left edge."""
TOP: Final = 22
STEP: Final = 54
"""Least distance between two moments: two lines of words."""
STRETCH: Final = 260
"""What is shared out over all gaps by their length in time."""


@dataclass(frozen=True, slots=True)
class Point:
    """A moment with its place."""

    moment: Moment
    y: int
    shape: str
    """`proven` (a full disc), `told` (a ring), `now` (a bar) or `ahead` (a dashed ring)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a template draws."""

    points: tuple[Point, ...]
    width: int
    height: int
    now: int
    """Where the line turns from drawn to dashed."""
    x: int = LINE


def lay_out(moments: Sequence[Moment]) -> Picture:
    """Give each moment its place; they come oldest first."""
    if not moments:
        return Picture((), WIDTH, 0, 0)
    # The square root keeps an hour visible beside ten years.
    gaps = [max((later.at - earlier.at).total_seconds(), 0.0) ** 0.5 for earlier, later in pairwise(moments)]
    whole = sum(gaps) or 1.0
    spare = min(STRETCH, 40 * len(gaps))
    y, points = TOP, [Point(moments[0], TOP, _shape(moments[0]))]
    for gap, moment in zip(gaps, moments[1:], strict=True):
        y += STEP + round(spare * gap / whole)
        points.append(Point(moment, y, _shape(moment)))
    now = next((point.y for point in points if point.moment.stage is Stage.NOW), y)
    return Picture(tuple(points), WIDTH, y + 34, now)


def _shape(moment: Moment) -> str:
    if moment.stage is Stage.NOW:
        return "now"
    if moment.ahead:
        return "ahead"
    return "proven" if moment.stage in PROVEN else "told"
