# SPDX-License-Identifier: EUPL-1.2
"""Parts of a file over HTTP: what `Range` asks for. Pure. Source: RFC 9110 section 14.

One range, or the last so many bytes. Several at once are answered with the whole, as a server may (14.2):
players ask for one, and many small ones are how servers are worn out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(
    r"bytes[ \t]*=[ \t]*(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))[ \t]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    """Some bytes of a file: from `first` to `last`, both counted from 0 and both given."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """The file has no byte of what was asked for: 416."""


def read_range(header: str | None, size: int) -> Span | Unsatisfiable | None:
    """Return what a `Range` header asks of a file.

    Args:
        header: Its value; anything at all.
        size: Bytes of the file.

    Returns:
        The bytes, cut to what there is; `Unsatisfiable`; or None for the whole: no header, one of another
        unit, one that is malformed, or several ranges (RFC 9110 14.2: ignored).
    """
    found = _RANGE.fullmatch(header or "")
    if found is None:
        return None
    start, end, suffix = found.groups()
    if suffix is not None:
        wanted = min(int(suffix), size)
        if wanted:
            return Span(size - wanted, size - 1)
        return Unsatisfiable() if not int(suffix) else None
    first, last = int(start), int(end) if end else size - 1
    if end and last < first:
        return None
    return Span(first, min(last, size - 1)) if first < size else Unsatisfiable()


def range_holds(if_range: str | None, etag: str) -> bool:
    """Tell whether the part may be given: there is no `If-Range`, or it names these very bytes.

    Source: RFC 9110 13.1.5. A date never holds: what is here has a strong validator, and a date is not one.
    """
    return if_range is None or if_range.strip() == etag
