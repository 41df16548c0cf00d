# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pypdfium2
import pytest

from demo.documents import pieces
from demo.papers import TEXTS, paper
from demo.town import csv_of, on

AT = on("2025-03-10 13:00")
NAMES = sorted(text.name[:-4] for text in TEXTS.iterdir() if text.name.endswith(".typ"))
PAPERS = [name for name in NAMES if name not in {"letterhead", "indice"}]


def _text(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


@pytest.mark.parametrize("name", PAPERS)
def test_each_paper_reads_like_one(name):
    """Every text becomes a PDF of one to three pages with several paragraphs of Spanish in it."""
    pdf = paper(name, AT, csv=csv_of(name), act_csv=csv_of("act"))
    assert pdf.startswith(b"%PDF-")
    assert 1 <= len(pypdfium2.PdfDocument(pdf)) <= 3
    words = _text(pdf)
    assert len(words) > 900
    assert "ó" in words


def test_every_text_is_used():
    """No text of demo/texts lies there without a document that is made of it."""
    used = {piece.source.rpartition(":")[2] for piece in pieces()}
    assert set(PAPERS) <= used


def test_a_paper_shows_its_csv_and_its_page_number():
    """A document with CSV shows it on each page with the address where it is verified."""
    words = _text(paper("resolucion", AT, csv="CODIGO-DE-PRUEBA"))
    assert words.count("CODIGO-DE-PRUEBA") == 2
    assert "sede.villanuevadelencinar.example/csv" in words
    assert "Página 2 de 2" in words


def test_the_resolution_can_be_found():
    """The resolution holds the words that the demonstration searches for."""
    words = _text(paper("resolucion", AT, csv="X"))
    for expected in ("Antecedentes de hecho", "Fundamentos de Derecho", "RESUELVO", "Martín Escribano Núñez"):
        assert expected.lower() in words.lower()


def test_the_same_paper_has_the_same_bytes():
    """Setting a text again gives the same bytes, and another instant gives others."""
    first = paper("cierre", AT)
    paper.__globals__["_compiled"].cache_clear()
    assert paper("cierre", AT) == first
    assert paper("cierre", on("2025-03-11 13:00")) != first
