# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.shapes import BEGINNING, END, day_number, is_tax_number, joined, minute_number, span_of


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("12/03/2025", (20250312, 20250312)),
        ("1-2-2025", (20250201, 20250201)),
        ("29/02/2024", (20240229, 20240229)),
        ("29/02/2025", None),
        ("2025-13-01", None),
        ("2024-02", (20240201, 20240229)),
        ("..2024", (BEGINNING, 20241231)),
        ("2024..", (20240101, END)),
        ("2024-11..3/2025", (20241101, 20250331)),
        ("..", None),
        ("2025", None),
        ("2025/000123", None),
        ("0000-01", None),
    ],
)
def test_days_are_read(text, span):
    """As Spain and as ISO write them; what is no day of the calendar is none."""
    assert span_of(text) == span


@pytest.mark.parametrize(
    ("text", "right"),
    [("12345678Z", True), ("12.345.678-Z", True), ("12345678A", False), ("X1234567L", True), ("X1234567A", False),
     ("B12345674", True), ("1234567", False), ("", False), ("12345678ZZ", False)],
)  # fmt: skip
def test_tax_numbers_are_told_by_their_letter(text, right):
    """NIF and NIE by the letter of control, legal persons by their shape."""
    assert is_tax_number(text) is right


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["12", "345", "678", "Z"], ("12345678Z", 4)),
        (["AB12", "CD34", "EF56", "licencia"], ("AB12CD34EF56", 3)),
        (["REGAGE", "24", "e", "00012345678"], ("REGAGE24E00012345678", 4)),
        (["obra", "casa", "muro"], ("", 0)),
        (["12345678Z"], ("", 0)),
        ([], ("", 0)),
    ],
)
def test_identifiers_in_groups_are_put_together(pieces, whole):
    """What was typed in groups; words of four letters are words."""
    assert joined(pieces) == whole


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text):
    """Whatever is typed."""
    span_of(text)
    joined(text.split())
    assert minute_number(text) >= 0


def test_dates_are_numbers_that_grow():
    """Days and minutes; what has no date comes before all."""
    dates = [
        "",
        "0999-01-01",
        "2024-12-31",
        "2025-01-01",
        "2025-01-01T00:01:00",
        "2025-01-01T23:59:59+01:00",
        "2999-12-31T23:59",
    ]
    numbers = [minute_number(date) for date in dates]
    assert numbers == sorted(numbers)
    assert max(numbers) < 1 << 30
    assert (day_number("2025-01-01T10"), day_number("ayer")) == (20250101, 0)
