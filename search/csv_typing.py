# SPDX-License-Identifier: EUPL-1.2
"""What people may have meant by a code that nobody knows as it was typed. Pure; knows no codes.

What is told of an unknown code depends on what was typed alone, never on what the archive holds: from a hint
nobody learns whether he was near.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive.errors import InvalidRequest
from archive.identifiers import CSV_LENGTH, normalise_csv, plain_csv

_ALIKE: Final = {"B": "8", "8": "B", "S": "5", "5": "S", "Z": "2", "2": "Z", "G": "6", "6": "G"}
"""Pairs that both stand in codes of ours and that paper, or a fax, makes alike."""
_NEAR: Final = 4
"""So many signs too few or too many still look like a code of ours."""
_FOLDED: Final = str.maketrans("OL1UB", "0IIV8")


class Slip(StrEnum):
    """What seems to be wrong with a code that is unknown."""

    NONE = "none"
    """It has the length of our codes."""
    SHORT = "short"
    LONG = "long"
    OTHER = "other"
    """It is no code of ours by its length: another platform's, or no code."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What can be said of a text from itself."""

    slip: Slip
    length: int
    """Letters and digits in it."""
    missing: int = 0
    """Of a code of ours; below zero are too many."""


def look_at(text: str) -> Typed:
    """Say how a text differs from a code of ours."""
    length = len(plain_csv(text))
    missing = CSV_LENGTH - length
    if missing == 0:
        return Typed(Slip.NONE, length)
    if abs(missing) > _NEAR:
        return Typed(Slip.OTHER, length)
    return Typed(Slip.SHORT if missing > 0 else Slip.LONG, length, missing)


def variants(text: str) -> Iterator[str]:
    """Yield the codes of ours that differ from a typed one in one sign that looks alike, normalised.

    One sign, not several: whoever guesses gains 28 tries, which of 2^140 is nothing.
    """
    try:
        code = normalise_csv(text)
    except InvalidRequest:
        return
    for at, sign in enumerate(code):
        if sign in _ALIKE:
            yield code[:at] + _ALIKE[sign] + code[at + 1 :]


def folded(text: str) -> str:
    """Return what all readings of a code have in common: any platform's alphabet, any slip of the eye.

    Law: a code and the same code in lower case, with hyphens, with O for 0, I or L for 1, U for V, B for 8 or
    the reverse fold alike. Codes that differ by nothing else are one code to whoever reads paper.
    """
    return plain_csv(text).translate(_FOLDED)
