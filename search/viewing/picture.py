# SPDX-License-Identifier: EUPL-1.2
"""What is asked of the process that draws, and what it answers, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

THUMBNAIL: Final = 180
PAGE: Final = 1000
LARGE: Final = 1800
WIDTHS: Final = (THUMBNAIL, PAGE, LARGE)
"""Pixels across that are drawn: no others, or whoever asks could fill the folder."""


class Trouble(StrEnum):
    """Why there is no picture."""

    NONE = ""
    ENCRYPTED = "encrypted"
    """A password is asked for."""
    MALFORMED = "malformed"
    """It is not what its first bytes promise, or it is broken."""
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    """The process that drew it died of it."""
    NO_PAGE = "no-page"
    """It has fewer pages."""


@dataclass(frozen=True, slots=True)
class DrawingLimits:
    """What a picture may cost."""

    seconds: int = 10
    memory: int = 1 << 30
    """Bytes of address space of the drawing process."""
    pixels: int = 8_000_000
    """Of a picture that is drawn: a plan of a metre is drawn smaller."""
    source_pixels: int = 120_000_000
    """Of an image that is read: a scan of A0 at 300 dpi has 140 million, A1 has 70."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The answer."""

    trouble: Trouble = Trouble.NONE
    pages: int = 0
    """How many pages the document has; 1 for an image."""
    png: bytes = b""
    """Empty where only the pages were counted."""
