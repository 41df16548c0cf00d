# SPDX-License-Identifier: EUPL-1.2
"""Evidence records inside the CMS of a PDF's signatures (ETSI TS 119 122-3 within EN 319 142-1).

The hexadecimal strings that hold one are looked up in the bytes. A record covers the CMS around it, and in
the external form the octets that the CMS signs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from preservation import der
from preservation.signatures.cms.records import EXTERNAL, INTERNAL, evidence_in_cms
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import EvidenceFacts

_NAMES: Final = tuple(der.oid(name).hex() for name in (INTERNAL, EXTERNAL))
WRITTEN: Final = tuple(form.encode() for name in _NAMES for form in (name, name.upper()))
"""/Contents is in hexadecimal (ISO 32000-1 12.8.1)."""
_HEXADECIMAL: Final = re.compile(rb"[0-9A-Fa-f\s]+>")
_BYTE_RANGE: Final = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_MAX_STRINGS: Final = 32


def evidence_in_pdf(data: bytes) -> list[EvidenceFacts]:
    """Find the evidence records that the signatures of a PDF carry, in the order of the file."""
    starts: set[int] = set()
    for written in WRITTEN:
        at = data.find(written)
        while at >= 0 and len(starts) < _MAX_STRINGS:
            starts.add(data.rfind(b"<", 0, at) + 1)
            at = data.find(written, data.find(b">", at) + 1 or len(data))
    found: list[EvidenceFacts] = []
    for number, start in enumerate(sorted(starts), start=1):
        string = _HEXADECIMAL.match(data, start)
        signed = None if string is None else _signed_around(data, start - 1, string.end())
        if string is None or signed is None:
            continue  # of a PDF inside this one, perhaps
        digits = b"".join(string[0][:-1].split())
        contents = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
        inside = evidence_in_cms(contents, signed)
        found += [replace(each, place=f"contents[{number}]/{each.place}") for each in inside]
    return found


def _signed_around(data: bytes, start: int, end: int) -> Content | None:
    """Return the octets that the ByteRange with just this gap takes; None where there is none."""
    for stated in _BYTE_RANGE.finditer(data):
        first, second, size = (int(each) for each in stated.groups())
        if (first, second) == (start, end) and second + size <= len(data):
            return BytesContent(data[:first] + data[second : second + size])
    return None
