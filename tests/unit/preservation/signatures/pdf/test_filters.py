# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import zlib

import pytest

from preservation.signatures.pdf import filters
from preservation.signatures.pdf.filters import decode
from preservation.signatures.pdf.syntax import Broken, read_value


def _options(written: bytes):
    return read_value(written, 0)[0]


def test_decode_undoes_filters_in_their_order():
    """Each filter by name, alone and one after the other."""
    assert decode(b"48 69>", "ASCIIHexDecode", None) == b"Hi"
    assert decode(b"87cUR~>", "ASCII85Decode", None) == b"Hell"
    assert decode(zlib.compress(b"Hi").hex().encode(), ["AHx", "Fl"], None) == b"Hi"


@pytest.mark.parametrize("kinds", [(2, 2), (0, 1), (3, 4)])
def test_decode_undoes_png_predictors(kinds):
    """Rows differ from their neighbours by the rule that each names (RFC 2083 section 6)."""
    rows = [b"\x01\x02\x03", b"\x04\x06\x09"]
    coded, above = b"", bytes(3)
    for kind, row in zip(kinds, rows, strict=True):
        coded += bytes([kind])
        for at, value in enumerate(row):
            left, corner = (row[at - 1], above[at - 1]) if at else (0, 0)
            coded += bytes([(value - filters._predicted(kind, left, above[at], corner)) & 0xFF])
        above = row
    options = _options(b"<</Predictor 12/Columns 3>>")
    assert decode(zlib.compress(coded), "FlateDecode", options) == b"".join(rows)


def test_decode_is_bounded(monkeypatch):
    """A few octets do not unfold to everything."""
    monkeypatch.setattr(filters, "MAX_DECODED", 100)
    with pytest.raises(Broken, match="more than"):
        decode(zlib.compress(bytes(1000)), "FlateDecode", None)


@pytest.mark.parametrize(
    ("name", "raw"), [("FlateDecode", b"\xff\xff"), ("DCTDecode", b""), ("AHx", b"zz>"), ("A85", b"{")]
)
def test_decode_of_damaged_data_is_broken(name, raw):
    """Nothing else is raised."""
    with pytest.raises(Broken):
        decode(raw, name, None)
