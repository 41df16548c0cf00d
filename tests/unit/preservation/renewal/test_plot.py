# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from preservation.renewal.falls import Year
from preservation.renewal.plot import HEIGHT, picture, text_plot


def _years(*records: tuple[int, int]) -> list[Year]:
    return [Year(2026 + place, renewed, rehashed) for place, (renewed, rehashed) in enumerate(records)]


def test_a_text_plot_has_a_column_for_each_year():
    """The tallest bar fills the height, a small one is still seen, a year without any stays empty."""
    lines = text_plot(_years((1_000_000, 0), (0, 0), (1, 0)))
    assert len(lines) == HEIGHT + 3
    assert all(line.startswith(("1M │██", "   │██")) for line in lines[:HEIGHT])
    assert lines[HEIGHT - 1].count("▁") == 2
    assert lines[-2].split() == ["26", "27", "28"]


def test_new_trees_are_hatched():
    """Whoever sees no colour tells them apart."""
    assert "▒" in "".join(text_plot(_years((0, 10))))
    assert "▒" not in "".join(text_plot(_years((10, 0))))


@pytest.mark.parametrize("top", [0, 1, 3, 7, 1190, 10_000_000])
def test_a_picture_keeps_its_bars_inside(top):
    """Bars stand on the baseline and below the highest mark, in proportion, whatever the numbers."""
    drawn = picture(_years((top, 0), (top // 2, top // 4), (0, 0)))
    first, second, third = drawn.bars
    assert drawn.marks[-1][1] >= top
    for bar in drawn.bars:
        assert bar.renewed_y + bar.renewed_height == drawn.baseline
        assert bar.rehashed_y + bar.rehashed_height == bar.renewed_y
        assert bar.rehashed_y >= 0
        assert drawn.left <= bar.x < bar.x + bar.width <= drawn.width
    assert first.renewed_height >= second.renewed_height >= third.renewed_height == 0


def test_marks_are_round():
    """Quarters of the highest mark are whole numbers."""
    for top in (1, 5, 9, 41, 900, 123_456):
        assert all(isinstance(number, int) for _, number in picture(_years((top, 0))).marks)
        assert picture(_years((top, 0))).marks[-1][1] < 3 * max(top, 4)
