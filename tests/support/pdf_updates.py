# SPDX-License-Identifier: EUPL-1.2
"""A small PDF form written by hand, and incremental updates of it octet by octet, lawful or not."""

from __future__ import annotations

import re
from collections.abc import Mapping

PAGE, CONTENT, FONT, FIELD, LOOK, FORM, EMPTY, DANGLING = 3, 4, 5, 6, 7, 8, 9, 99
OBJECTS = {
    1: b"<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/Metadata 11 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Annots[6 0 R 9 0 R 99 0 R]"
    b"/Resources<</Font<</F1 5 0 R>>/XObject<</X1 10 0 R>>>>>>",
    4: b"<</Length 38>>stream\nBT /F1 12 Tf 50 700 Td (100 EUR) Tj ET\nendstream",
    5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    6: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(importe)/V(1)/Rect[50 600 150 620]/F 4/P 3 0 R/AP<</N 7 0 R>>>>",
    7: b"<</Type/XObject/Subtype/Form/BBox[0 0 100 20]/Length 2>>stream\nq \nendstream",
    8: b"<</Fields[6 0 R 9 0 R]/SigFlags 3>>",
    9: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(vacio)/Rect[50 500 150 520]/F 4/P 3 0 R>>",
    10: b"<</Type/XObject/Subtype/Form/BBox[0 0 100 20]/Length 2>>stream\nQ \nendstream",
    11: b"<</Type/Metadata/Subtype/XML/Length 1>>stream\n \nendstream",
    12: b"<</Type/Catalog/Pages 13 0 R/AcroForm 8 0 R>>",
    13: b"<</Type/Pages/Kids[]/Count 0>>",
}
"""What the document holds; 12 and 13 are a second catalog that nobody uses, 99 is missing."""


def document(objects: Mapping[int, bytes] | None = None) -> bytes:
    """Return the document, with some objects instead of its own."""
    return b"%PDF-1.7\n" + _revision({**OBJECTS, **(objects or {})}, 9, b"", 1)


def update(
    pdf: bytes, objects: Mapping[int, bytes], *, trailer: bytes = b"", root: int = 1, listed: bool = True
) -> bytes:
    """Append an incremental update.

    Args:
        pdf: The file.
        objects: New or replaced objects by number.
        trailer: More keys for the trailer.
        root: Number of the catalog.
        listed: Whether the cross-reference speaks of them.
    """
    start = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    previous = re.findall(rb"startxref\s+(\d+)", pdf)[-1]
    return start + _revision(objects, len(start), b"/Prev " + previous + trailer, root, listed=listed)


def pointing(pdf: bytes, offsets: Mapping[int, int]) -> bytes:
    """Append an update without objects, whose cross-reference points at octets that are already there."""
    previous = re.findall(rb"startxref\s+(\d+)", pdf)[-1]
    return pdf + _section(dict(offsets), len(pdf), b"/Prev " + previous, 1)


def _revision(
    objects: Mapping[int, bytes], base: int, trailer: bytes, root: int, *, listed: bool = True
) -> bytes:
    pieces, offsets, at = [], {}, base
    for number, value in objects.items():
        offsets[number] = at
        pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, value))
        at += len(pieces[-1])
    return b"".join(pieces) + _section(offsets if listed else {}, at, trailer, root)


def _section(offsets: Mapping[int, int], at: int, trailer: bytes, root: int) -> bytes:
    made = b"xref\n"
    if b"/Prev" not in trailer:
        made += b"0 1\n0000000000 65535 f \n"
    made += b"".join(b"%d 1\n%010d 00000 n \n" % each for each in sorted(offsets.items()))
    # more than any writer after the first has taken
    size = 1000 if b"/Prev" in trailer else 200
    made += b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, trailer, at)
    return made


def section_only(pdf: bytes, trailer: bytes) -> bytes:
    """Append a cross-reference section that lists nothing, with its own trailer keys."""
    previous = re.findall(rb"startxref\s+(\d+)", pdf)[-1]
    return pdf + _section({}, len(pdf), b"/Prev " + previous + trailer, 1)
