# SPDX-License-Identifier: EUPL-1.2
"""What archivists type that is no word: dates, and identifiers written in groups. Pure; no input is an error.

12/03/2025 · 12-3-2025 · 2025-03-12 · 2025-03 · 03/2025      a day, a month
2024-11..2025-03 · 01/02/2025..28/02/2025 · ..2020-12 · 2025-01..      a span, open on a side too
12 345 678 Z · 12.345.678-Z · X 1234567 L · B 12345674       NIF, NIE, CIF (Orden EHA/451/2008)
AB12 CD34 EF56 GH78                                           a CSV read from paper
REGAGE 24 e 00012345678901                                    number of the common registry (SICRES 4)
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from typing import Final

_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_DAY_LAST: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH_LAST: Final = re.compile(r"(\d{4})-(\d{1,2})")
_MONTH_FIRST: Final = re.compile(r"(\d{1,2})/(\d{4})")
_YEAR: Final = re.compile(r"(\d{4})")
_HOUR: Final = re.compile(r"T([01]\d|2[0-3]):([0-5]\d)")
_YEARS: Final = range(1000, 3000)
_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_LEGAL: Final = re.compile(r"[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]")
_PERSONAL: Final = re.compile(r"([XYZ]?)(\d{7,8})([A-Z])")
_REGISTRY: Final = re.compile(r"REGAGE\d{2}[ES]\d{11,14}")
_GROUP: Final = re.compile(r"[0-9A-Za-z]{4}")
_SEPARATORS: Final = str.maketrans("", "", " .-")
MAX_GROUPS: Final = 12
"""Pieces of one identifier: a CSV of 48 signs."""

Span = tuple[int, int]
"""First and last day as numbers, 20250312; both count."""

BEGINNING: Final = 1_00_00
END: Final = 9999_12_31


def span_of(text: str, *, years: bool = False) -> Span | None:
    """Return the days that a text names; None where it names none.

    Args:
        text: Without blanks around.
        years: Take `2025` for a year, as in `fecha:2025`; alone in the box it is a number like others.
    """
    first, dots, last = text.partition("..")
    if not dots:
        return _days(first, years=years)
    begin = _days(first, years=True) if first else (BEGINNING, END)
    end = _days(last, years=True) if last else (BEGINNING, END)
    return (begin[0], end[1]) if begin and end and text != ".." else None


def day_number(date: str) -> int:
    """Return the day of an ISO date as a number, 20250312; 0 where there is none."""
    found = _DAY_LAST.match(date)
    return _day(*found.groups()) if found else 0


def minute_number(date: str) -> int:
    """Return a number that grows with an ISO date and its hour, below 2^30; 0 where there is no date."""
    day = day_number(date)
    if not day:
        return 0
    found = _HOUR.match(date, 10)
    hour = int(found[1]) * 60 + int(found[2]) if found else 0
    days = (day // 10_000 - _YEARS.start) * 372 + (day // 100 % 100 - 1) * 31 + day % 100 - 1
    return min(days * 1440 + hour, (1 << 30) - 2) + 1


def is_tax_number(text: str) -> bool:
    """Tell whether it is a NIF, NIE or CIF by its shape and, for persons, by its letter."""
    plain = text.translate(_SEPARATORS).upper()
    personal = _PERSONAL.fullmatch(plain)
    if personal:
        prefix, digits, letter = personal.groups()
        number = int(f"{'XYZ'.index(prefix)}{digits}" if prefix else digits)
        return len(prefix + digits) == 8 and _LETTERS[number % 23] == letter
    return bool(_LEGAL.fullmatch(plain))


def joined(pieces: Sequence[str]) -> tuple[str, int]:
    """Return the identifier that the first pieces make together, and how many they are; ("", 0) where none.

    One piece is left as it is: only what was typed in groups is put together.
    """
    for count in range(min(len(pieces), MAX_GROUPS), 1, -1):
        whole = "".join(pieces[:count]).translate(_SEPARATORS).upper()
        if is_tax_number(whole) or _REGISTRY.fullmatch(whole) or _is_code(pieces[:count]):
            return whole, count
    return "", 0


def _is_code(pieces: Sequence[str]) -> bool:
    """Three groups of four or more, digits among them and capitals, or no letter at all in none of them."""
    if len(pieces) < 3 or not all(_GROUP.fullmatch(piece) for piece in pieces):
        return False
    # Words of four letters are no code: each group must have a digit, or they all are written in capitals.
    mixed = sum(any(char.isdigit() for char in piece) for piece in pieces)
    return mixed * 2 >= len(pieces)


def _days(text: str, *, years: bool) -> Span | None:
    for shape, (year, month, day) in ((_DAY_FIRST, (3, 2, 1)), (_DAY_LAST, (1, 2, 3))):
        if found := shape.fullmatch(text):
            number = _day(found[year], found[month], found[day])
            return (number, number) if number else None
    for shape, year, month in ((_MONTH_LAST, 1, 2), (_MONTH_FIRST, 2, 1)):
        if found := shape.fullmatch(text):
            return _month(int(found[year]), int(found[month]))
    whole = years and _YEAR.fullmatch(text)
    return (int(text) * 10_000 + 101, int(text) * 10_000 + 1231) if whole else None


def _day(year: str, month: str, day: str) -> int:
    span = _month(int(year), int(month))
    return span[0] + int(day) - 1 if span and 1 <= int(day) <= span[1] % 100 else 0


def _month(year: int, month: int) -> Span | None:
    if year not in _YEARS or not 1 <= month <= 12:
        return None
    base = year * 10_000 + month * 100
    return base + 1, base + calendar.monthrange(year, month)[1]
