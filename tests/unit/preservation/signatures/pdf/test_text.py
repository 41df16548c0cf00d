# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from preservation.signatures.pdf.text import decode_text, parse_pdf_date


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (b"Firma", "Firma"),
        (b"\xfe\xff\x00\xd1", "Ñ"),
        (b"\xff\xfe\xd1\x00", "Ñ"),
        (b"\xef\xbb\xbf\xc3\x91", "Ñ"),
        (b"A\xa0o \xd1", "A€o Ñ"),
        (b"\xfe\xff\xd8", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_text_is_decoded_by_its_mark(stored, text):
    """ISO 32000-1 7.9.2.2: UTF-16 and UTF-8 by their marks, PDFDocEncoding without; nothing broken raises."""
    assert decode_text(stored) == text


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("D:20261121101500Z", datetime(2026, 11, 21, 10, 15, tzinfo=UTC)),
        ("D:20261121111500+01'00'", datetime(2026, 11, 21, 10, 15, tzinfo=UTC)),
        ("D:20261121091500-0100", datetime(2026, 11, 21, 10, 15, tzinfo=UTC)),
        ("D:2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("D:20261321101500Z", None),
        ("D:00010101000000+23'00'", None),
        ("21/11/2026", None),
    ],
)
def test_a_date_is_read_with_its_zone_or_not_at_all(text, instant):
    """ISO 32000-1 7.9.4: what is left out has its default, what does not exist is no date."""
    assert parse_pdf_date(text) == instant
