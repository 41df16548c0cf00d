# SPDX-License-Identifier: EUPL-1.2
"""An upload as a value, and what its file may be called."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError, InvalidInput

LONGEST_NAME: Final = 1000
LONGEST_PART: Final = 240
"""Bytes of a name, and of each of its parts: with room for what a file system adds."""

_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class UploadSession:
    """A file that comes in parts."""

    upload_id: str
    tenant_id: str
    agent: str
    """Who sends it, and who alone may go on, from wherever: as the ledger names him."""
    name: str
    """A safe relative path with `/`: see `upload_name`."""
    length: int
    """Bytes that it will have."""
    begun_at: datetime
    offset: int = 0
    """Bytes that are here and durable."""
    changed_at: datetime | None = None
    """When the last part came; None before the first."""

    @property
    def finished(self) -> bool:
        """Whether every byte is here."""
        return self.offset == self.length

    def to_json(self) -> dict[str, Any]:
        """Return what is written once, when it begins."""
        return {
            "format": 1,
            "upload_id": self.upload_id,
            "tenant_id": self.tenant_id,
            "agent": self.agent,
            "name": self.name,
            "length": self.length,
            "begun_at": format_instant(self.begun_at),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote, at offset 0.

        Raises:
            IntegrityError: It is no such thing.
        """
        try:
            if body["format"] != 1:
                raise ValueError("another format")  # noqa: TRY301 - told like every other oddity
            return cls(
                body["upload_id"], body["tenant_id"], body["agent"], body["name"], int(body["length"]),
                parse_instant(body["begun_at"]),
            )  # fmt: skip
        except (ValueError, TypeError, KeyError) as cause:
            raise IntegrityError(f"an upload's file cannot be read: {cause!r}") from cause

    def at(self, offset: int, changed_at: datetime) -> Self:
        """Return it with so many bytes."""
        return replace(self, offset=offset, changed_at=changed_at)


def upload_name(text: str) -> str:
    """Return the name of a file that is sent, composed (NFC).

    Raises:
        InvalidInput: It is empty, too long, absolute, has `..`, `.`, empty parts, backslashes, a drive, or
            control characters: whoever wrote it may have meant harm, and it is not guessed what he meant.
    """
    name = unicodedata.normalize("NFC", text)
    parts = name.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError as cause:
        raise InvalidInput("the file's name is no Unicode") from cause
    strange = any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name)
    if strange or "\\" in name or _DRIVE.match(name) or any(part in {"", ".", ".."} for part in parts):
        raise InvalidInput("the file's name cannot be kept: give a plain name, or a relative path")
    if max(sizes) > LONGEST_PART or len(name.encode()) > LONGEST_NAME:
        raise InvalidInput(f"the file's name is too long: at most {LONGEST_PART} bytes in each part")
    return name
