# SPDX-License-Identifier: EUPL-1.2
"""What is known of the text of a file, as values. That there is none always has a reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a text is not there, or not all of it; recorded with the document and shown with its hits."""

    NONE = ""
    """All of it is there."""
    EMPTY = "empty"
    """No bytes."""
    NO_TEXT = "no-text"
    """Readable, and without text: an image of a page (EE03 scans) needs character recognition."""
    UNSUPPORTED = "unsupported"
    """A format that we take no text from: sound, pictures, unknown."""
    ENCRYPTED = "encrypted"
    MALFORMED = "malformed"
    """Not what its first bytes promise; or an XML that is not safe to read."""
    TOO_LARGE = "too-large"
    """More bytes than are looked at."""
    CUT = "cut"
    """More pages or characters than are kept: the beginning is there."""
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    """The reader died of it: the file is worth a look."""
    ABSENT = "absent"
    """The content stands elsewhere (a reference that did not come with the package)."""
    DAMAGED = "damaged"
    """What is stored disagrees with its digest: the audit will say so too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost."""

    size: int = 512 << 20
    """Bytes of a PDF."""
    markup_size: int = 64 << 20
    """Bytes of XML, HTML, text, and of the text part of an office file."""
    pages: int = 2_000
    characters: int = 2_000_000
    seconds: int = 30
    memory: int = 1 << 30
    """Bytes of address space of the reading process."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a file, as far as it could be had."""

    text: str = ""
    """In the spelling of `search.text.normalise`."""
    reason: Reason = Reason.NONE

    @property
    def status(self) -> str:
        """Return `full`, `partial` or `none`."""
        if self.reason is Reason.NONE:
            return "full"
        return "partial" if self.text else "none"

    def to_json(self) -> dict[str, Any]:
        """Return the form that crosses between the processes."""
        return asdict(self)


def extraction_from_json(body: dict[str, Any]) -> Extraction:
    """Read back what `Extraction.to_json` wrote."""
    return Extraction(str(body["text"]), Reason(body["reason"]))
