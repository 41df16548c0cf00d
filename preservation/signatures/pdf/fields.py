# SPDX-License-Identifier: EUPL-1.2
"""Signature dictionaries of a PDF: found with pyHanko's reader, checked against the bytes by ourselves.

The signed octets come from `/ByteRange` alone, never from the parsed objects, and the gap between the two
ranges must be exactly the hexadecimal string of `/Contents`: a wider gap would let other content in unsigned.

Source: ISO 32000-1 sections 12.8.1 (ByteRange) and 12.8.3; ETSI EN 319 142-1 section 5.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from preservation.algorithms import new_digest

MAX_FIELDS: Final = 500
_DATE: Final = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?")


@dataclass(frozen=True, slots=True)
class PdfRevisionContent:
    """The octets that a `/ByteRange` takes."""

    data: bytes = field(repr=False)
    ranges: tuple[tuple[int, int], ...]

    def digest(self, algorithm: str) -> bytes | None:
        """Return their digest, or None where the algorithm is not known."""
        try:
            made = new_digest(algorithm)
        except KeyError:
            return None
        view = memoryview(self.data)
        for start, size in self.ranges:
            made.update(view[start : start + size])
        return bytes(made.digest())

    def whole(self) -> bytes | None:
        """Return them joined."""
        return b"".join(self.data[start : start + size] for start, size in self.ranges)


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """One filled signature field, read but not believed."""

    name: str
    """Fully qualified name of its field."""
    subfilter: str
    contents: bytes = field(repr=False)
    """`/Contents` with its padding."""
    signed: PdfRevisionContent = field(repr=False)
    end: int
    """Offset after the last signed octet."""
    claimed_time: datetime | None
    problems: tuple[str, ...]
    field_object: Any = field(repr=False, compare=False)
    """pyHanko's own, for its difference analysis."""

    @property
    def is_timestamp(self) -> bool:
        """Whether it is a document time stamp; old tools give it /Type /Sig, so the subfilter decides."""
        return self.subfilter == "/ETSI.RFC3161"


def open_pdf(data: bytes) -> Any:
    """Return pyHanko's reader, with the empty password where the file is encrypted for everybody.

    Raises:
        Exception: Whatever pyHanko raises on hostile bytes; the adapter is the border.
    """
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    if reader.encrypted:
        reader.decrypt(b"")
    return reader


def signatures_of(reader: Any, data: bytes) -> Iterator[PdfSignature]:
    """Yield every filled signature field, in the order of the form."""
    seen: set[int] = set()
    for number, (name, value, reference) in enumerate(enumerate_sig_fields(reader, filled_status=True)):
        if number >= MAX_FIELDS:
            return
        value = value.get_object()  # noqa: PLW2901 - an indirect reference in every real file
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield _read(str(name or f"field {number + 1}"), value, reference, data)


def _read(name: str, value: Any, reference: Any, data: bytes) -> PdfSignature:
    stored = value.raw_get("/Contents", decrypt=_raw())
    contents = bytes(getattr(stored, "original_bytes", stored))
    numbers = [int(each) for each in value["/ByteRange"]]
    problems = _range_problems(numbers, contents, data)
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    sound = tuple((start, size) for start, size in pairs if start >= 0 and size >= 0)
    claimed = value.get("/M")
    return PdfSignature(
        name=name,
        subfilter=str(value.get("/SubFilter", "")),
        contents=contents,
        signed=PdfRevisionContent(data, sound),
        end=max((start + size for start, size in sound), default=0),
        claimed_time=parse_pdf_date(str(claimed)) if claimed is not None else None,
        problems=tuple(problems),
        field_object=reference,
    )


def _raw() -> Any:
    from pyhanko.pdf_utils.generic import EncryptedObjAccess  # noqa: PLC0415 - only to read one raw string

    return EncryptedObjAccess.RAW


def _range_problems(numbers: list[int], contents: bytes, data: bytes) -> list[str]:
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0:
        return ["its ByteRange is not two ranges from the start of the file"]
    _, first, second, last = numbers
    if second < first or second + last > len(data):
        return ["its ByteRange goes back or beyond the end of the file"]
    gap = data[first:second].strip()
    if gap[:1] == b"<" and gap[-1:] == b">":
        gap = gap[1:-1]
    try:
        inside = bytes.fromhex(gap.decode("ascii"))
    except ValueError:
        return ["its ByteRange leaves out more than the signature"]
    if inside.rstrip(b"\x00") != contents.rstrip(b"\x00"):
        return ["its ByteRange leaves out something else than the signature"]
    return []


def parse_pdf_date(text: str) -> datetime | None:
    """Read a PDF date (ISO 32000-1 section 7.9.4); None where it is not one."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else default
        for part, default in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    zone: timezone = UTC
    if found[8]:
        shift = timedelta(hours=int(found[9]), minutes=int(found[10] or 0))
        zone = timezone(shift if found[8] == "+" else -shift)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
