# SPDX-License-Identifier: EUPL-1.2
"""Text strings and dates of a PDF (ISO 32000-1 7.9.2.2 and 7.9.4)."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DATE: Final = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?")


def decode_text(value: bytes) -> str:
    """Decode a text string (ISO 32000-1 section 7.9.2.2; UTF-8 since ISO 32000-2)."""
    for mark, name in ((codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        if value.startswith(mark):
            return value[2:].decode(name, "replace")
    if value.startswith(codecs.BOM_UTF8):
        return value[3:].decode("utf-8", "replace")
    if value.isascii():
        return value.decode("ascii")
    import pikepdf  # noqa: F401, PLC0415 - it registers the encoding, which few files need

    return value.decode("pdfdoc", "replace")


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
