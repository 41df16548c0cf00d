# SPDX-License-Identifier: EUPL-1.2
"""Everything that can be read out of a PDF, for tests that something is not in it."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2


def texts(pdf: bytes) -> str:
    """All text of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def every_byte(pdf: bytes) -> bytes:
    """The file, and every stream and string in it, decoded."""
    parts = [pdf]
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for one in opened.objects:
            parts.append(repr(one).encode())
            if isinstance(one, pikepdf.Stream):
                parts.append(one.read_raw_bytes())
                if "/DCTDecode" not in repr(one.get("/Filter", "")):
                    parts.append(one.read_bytes())
    return b"\n".join(parts)
