# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

import pikepdf
import pypdfium2

from demo.papers import paper
from demo.scan import scanned
from demo.town import on

SHEET = paper("direccion", on("2025-01-14 12:00"))


def test_a_scan_is_a_picture_of_200_ppp():
    """The PDF holds one page with one image of at least 200 dots an inch and no text."""
    scan = scanned(SHEET, b"seed")
    with pikepdf.open(io.BytesIO(scan)) as pdf:
        (page,) = pdf.pages
        (image,) = page.Resources.XObject.values()
        width_inches = float(page.mediabox[2]) / 72
        assert int(image.Width) / width_inches >= 199.9
    assert pypdfium2.PdfDocument(scan)[0].get_textpage().get_text_bounded() == ""


def test_a_scan_is_not_perfect_but_repeatable():
    """The same seed gives the same grain, another seed another."""
    assert scanned(SHEET, b"seed") == scanned(SHEET, b"seed")
    assert scanned(SHEET, b"seed") != scanned(SHEET, b"other")
