# SPDX-License-Identifier: EUPL-1.2
"""The octets after a signed revision: whole updates and nothing else.

Readers that rebuild a damaged file, or that search for objects, find what no cross-reference names. So every
octet after what was signed must belong to an object that its own update lists at this place, to a
cross-reference section that the file's chain goes through, or be white space and comments.

Source: ISO 32000-1 section 7.5.6; incremental saving attacks (pdf-insecurity.org, CCS 2019).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, Final

from preservation.signatures.pdf.crossref import Section
from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.syntax import (
    Broken,
    Dictionary,
    Ref,
    Stream,
    read_indirect,
    skip,
)

MAX_PIECES: Final = 100_000
"""Objects and sections after a signature that are looked at."""
_WORD: Final = re.compile(rb"\d+[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+obj|xref|trailer|startxref")
_NUMBER: Final = re.compile(rb"[\x00\t\n\x0c\r ]*(\d+)[\x00\t\n\x0c\r ]*(%%EOF)?")


def stray_octets(file: PdfFile, end: int, signed: View) -> str:
    """Say what stands after an offset and belongs to no update; nothing where all does.

    Args:
        file: The file.
        end: Offset after what was signed.
        signed: The file as it was signed.

    Raises:
        Broken: Something there cannot be read.
    """
    later = file.sections[: signed.place]
    hidden = [section.hybrid for section in later if section.hybrid is not None]
    sections = {skip(file.data, section.offset): section for section in (*later, *hidden)}
    if any(section.offset < end for section in sections.values()):
        return "a cross-reference of a later update stands inside what was signed"
    owners = sorted(sections)
    data, at = file.data, skip(file.data, end)
    for _ in range(MAX_PIECES):
        if at >= len(data):
            return ""
        word = _WORD.match(data, at)
        if word is None:
            return f"octets at {at} that belong to no update"
        if word[0] == b"startxref":
            found = _NUMBER.match(data, word.end())
            if found is None:
                return f"a startxref without offset at {at}"
            at = skip(data, found.end())
        elif word[0] in {b"xref", b"trailer"}:
            section = sections.get(at)
            if section is None or word[0] == b"trailer":
                return f"a cross-reference at {at} that the file does not go through"
            at = skip(data, section.end)
        else:
            why, at = _object(file, at, owners, sections)
            if why:
                return why
    raise Broken(f"more than {MAX_PIECES} objects after the signature")


def _object(file: PdfFile, at: int, owners: list[int], sections: dict[int, Section]) -> tuple[str, int]:
    found = read_indirect(file.data, at, file.budget)
    end = found.end
    if isinstance(found.value, Stream):
        end = _stream_end(file, found.value)
    end = skip(file.data, end)
    if file.data[end : end + 6] == b"endobj":
        end = skip(file.data, end + 6)
    if at in sections:
        return "", end
    after = bisect_right(owners, at)
    owner = sections[owners[after]] if after < len(owners) else None
    entry = None if owner is None else owner.find(found.number)
    named = entry is not None and entry.kind == "n" and skip(file.data, entry.where) == at
    if not named:
        return f"object {found.number} at {at}, which no cross-reference names", end
    return "", end


def _stream_end(file: PdfFile, stream: Stream) -> int:
    length = _length(file, stream.dictionary)
    if length is None:
        raise Broken("a stream whose length cannot be told")
    end = skip(file.data, stream.start + length)
    if file.data[end : end + 9] != b"endstream":
        raise Broken("a stream that does not end where it says")
    return end + 9


def _length(file: PdfFile, dictionary: Dictionary) -> int | None:
    stored: Any = dictionary.get("Length")
    if isinstance(stored, Ref):
        stored = file.last.resolve(stored)
    return stored if type(stored) is int and stored >= 0 else None
