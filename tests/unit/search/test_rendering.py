# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pypdfium2
import pytest
import typst

from archive.errors import InvalidRequest, LimitExceeded, LongevaError
from search import rendering
from search.copy_pdf import Line
from search.rendering import image_page, render_text, render_xml


def test_every_word_of_an_xml_is_shown_in_its_order():
    """Elements, attributes, text between elements and empty elements: nothing is left out."""
    data = b"<a n='1'>uno<b>dos</b>tres<FechaInicioObra/><c><d>cuatro</d></c></a>"
    assert render_xml(data).lines == (
        Line(0, "a", ""), Line(1, "@n", "1"), Line(1, "", "uno"), Line(1, "b", "dos"), Line(1, "", "tres"),
        Line(1, "Fecha Inicio Obra", "—"), Line(1, "c", ""), Line(2, "d", "cuatro"),
    )  # fmt: skip


def test_signature_inside_an_xml_is_named_and_not_spelled_out():
    """Base64 for pages helps nobody: the diligencia speaks of the signatures."""
    data = b'<a><s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"><s:SignatureValue>QUJD</s:SignatureValue>'
    shown = render_xml(data + b"</s:Signature></a>").lines
    assert "véase la diligencia" in shown[-1].value
    assert not any("QUJD" in line.value for line in shown)


@pytest.mark.parametrize(
    "data",
    [b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<a><b></a>", b"<a>" * 5000 + b"</a>" * 5000, b""],
)
def test_hostile_xml_is_a_known_error(data):
    """Entities, broken and bottomless documents are refused in the archive's own words."""
    with pytest.raises(LongevaError):
        render_xml(data)


def test_endless_documents_are_refused(monkeypatch):
    """A copy on paper has an end."""
    monkeypatch.setattr(rendering, "MAX_LINES", 10)
    with pytest.raises(LimitExceeded):
        render_text(b"x\n" * 11)
    with pytest.raises(LimitExceeded):
        render_xml(b"<a>" + b"<b>1</b>" * 11 + b"</a>")


def test_text_keeps_its_lines_and_title():
    """A byte order mark and empty lines are not content; tabs become spaces."""
    shown = render_text("\ufeffuno\n\n\tdos".encode(), "Nota")
    assert shown.title == "Nota"
    assert [line.value for line in shown.lines] == ["uno", "    dos"]


def test_image_stands_on_one_page_in_its_direction():
    """A wide image lies, a broken one is refused; the same image gives the same page."""
    png = typst.compile(b"#set page(width: 8cm, height: 2cm)\nhola", format="png", ppi=30)
    made = image_page(png, 1_741_000_000)
    assert made == image_page(png, 1_741_000_000)
    document = pypdfium2.PdfDocument(made)
    assert len(document) == 1
    assert document[0].get_width() > document[0].get_height()
    document.close()
    with pytest.raises(InvalidRequest):
        image_page(png[:40], 0)
