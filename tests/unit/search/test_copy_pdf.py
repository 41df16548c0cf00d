# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
import segno
import typst
from archived import decree

from archive.errors import InvalidRequest
from search.copy_pdf import (
    CopySheet,
    Issuer,
    Line,
    Rendering,
    Row,
    Section,
    examine,
    frame_for,
    qr_svg,
    render_copy,
)

CSV = "7K3M-9QZT-4XWP-0N8R-C2HV-6JDB-YE00"
LINK = f"https://sede.example/verificar?csv={CSV}"


def sheet(**changes: object) -> CopySheet:
    """A sheet with little on it."""
    values: dict[str, object] = {
        "title": "Copia auténtica de «Decreto»",
        "issuer": Issuer("Ayuntamiento de Villar de la Encina", "L01990019"),
        "csv": CSV,
        "eni_id": "ES_L01990019_2026_ABC",
        "verify_text": "https://sede.example/verificar",
        "verify_link": LINK,
        "issued": "21 de noviembre de 2026, 10:15:00 (hora peninsular, UTC+1)",
        "issued_at": datetime(2026, 11, 21, 9, 15, tzinfo=UTC),
        "condition": "Copia electrónica auténtica con cambio de formato (EE02)",
        "norm": "Ley 39/2015, art. 27",
        "rehearsal": True,
        "statement": ("Se hace constar.",),
        "sections": (Section("Documento original", (Row("Nombre", "Decreto"),)),),
    }
    return CopySheet(**{**values, **changes})  # type: ignore[arg-type]


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_copy_says_on_every_page_what_the_law_asks():
    """CSV, verification address, organ with DIR3, date, condition of copy and page stand on each page."""
    pages = texts(render_copy(sheet(), decree()))
    assert len(pages) == 3
    for number, text in enumerate(pages, 1):
        flat = " ".join(text.split())
        for words in (
            CSV,
            "https://sede.example/verificar",
            "Ayuntamiento de Villar de la Encina · L01990019",
            "21 de noviembre de 2026, 10:15:00",
            "Copia electrónica auténtica con cambio de formato (EE02)",
            "Ley 39/2015, art. 27",
            f"Página {number} de 3",
        ):
            assert words in flat


def test_copy_shows_the_original_pages_with_their_own_text():
    """The text of the original's pages is in the copy's: they are drawn, not photographed."""
    pages = texts(render_copy(sheet(), decree()))
    assert "DECRETO DE ALCALDÍA N.º 214/2025" in pages[0]
    assert "zócalo de piedra" in pages[1]
    assert "Diligencia de copia auténtica" in pages[2]


def test_copy_of_the_development_authority_warns_on_every_page():
    """Every page of a rehearsal says that it has no legal value; no page of a real copy does."""
    warning = "PRUEBAS — SIN VALOR LEGAL"
    assert all(warning in text for text in texts(render_copy(sheet(), decree())))
    assert not any(warning in text for text in texts(render_copy(sheet(rehearsal=False), decree())))


def test_same_sheet_gives_the_same_bytes():
    """Nothing random and no clock gets into the unsealed copy."""
    assert render_copy(sheet(), decree()) == render_copy(sheet(), decree())


def test_qr_on_the_page_is_the_one_of_the_link():
    """Each module of the QR, sampled from the rendered page, is the one that segno makes of the link."""
    matrix = [list(row) for row in segno.make(LINK, error="m", micro=False, boost_error=False).matrix]
    document = pypdfium2.PdfDocument(render_copy(sheet(), decree()))
    scale = 4.0
    bitmap = document[0].render(scale=scale, grayscale=True)
    pixels, stride, height = bytes(bitmap.buffer), bitmap.stride, bitmap.height
    document.close()
    dark = [
        (x, y)
        for y in range(int(height * 0.88), height)
        for x in range(int(130 * scale))
        if pixels[y * stride + x] < 100
    ]
    left, size = min(x for x, _ in dark), 21 / 25.4 * 72 * scale
    column = [y for x, y in dark if x == left + 2]
    top = min(
        y
        for y in column
        if pixels[y * stride + left + int(size / len(matrix) * 3)] < 100 and y > min(column) + 6
    )
    module = size / len(matrix)
    seen = [
        [
            int(pixels[int(top + (row + 0.5) * module) * stride + int(left + (col + 0.5) * module)] < 128)
            for col in range(len(matrix))
        ]
        for row in range(len(matrix))
    ]
    assert seen == matrix


def test_frame_never_enlarges_and_keeps_proportions():
    """A small page stays its size, a large one becomes smaller in both directions alike."""
    small, a4 = frame_for(200, 300), frame_for(595.276, 841.89)
    assert (small.w, small.h) == (200, 300)
    assert a4.w < 595.276
    assert a4.w / a4.h == pytest.approx(595.276 / 841.89)


def test_plan_keeps_its_scale():
    """A drawing larger than paper in the office gets a larger sheet instead of an unreadable scale."""
    plan = frame_for(2384, 1684)
    assert (plan.w, plan.h) == (2384, 1684)
    assert plan.width > 2384


def test_lying_and_rotated_pages_stand_in_lying_sheets():
    """A page that shows as landscape, by size or by rotation, is given a landscape sheet."""
    source = pikepdf.open(io.BytesIO(decree()))
    source.pages[0].rotate(90, relative=False)
    out = io.BytesIO()
    source.save(out)
    document = pypdfium2.PdfDocument(render_copy(sheet(), out.getvalue()))
    widths = [page.get_width() > page.get_height() for page in document]
    document.close()
    assert widths == [True, False, False]


def test_scripts_and_attachments_stay_behind():
    """What is not page content does not come over: no script, no embedded file, no form."""
    source = pikepdf.open(io.BytesIO(decree()))
    source.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    source.attachments["malo.exe"] = b"MZ"
    out = io.BytesIO()
    source.save(out)
    with pikepdf.open(io.BytesIO(render_copy(sheet(), out.getvalue()))) as copy:
        assert "/OpenAction" not in copy.Root
        assert not copy.attachments
        assert "/AcroForm" not in copy.Root


def test_hostile_words_are_shown_and_not_evaluated():
    """Template code in a deposited title is text like any other."""
    title = '#panic("no") $x$ \\ *negrita* "comillas"'
    section = Section("Documento original", (Row("Nombre", title),))
    assert title in " ".join(texts(render_copy(sheet(sections=(section,)), decree()))[-1].split())


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.7\nnada", b"texto"])
def test_broken_original_is_a_known_error(broken):
    """What is no PDF is refused in words, never with a foreign exception."""
    with pytest.raises(InvalidRequest, match=r"cannot be opened|without pages"):
        render_copy(sheet(), broken)


def test_encrypted_original_is_a_known_error():
    """A PDF that asks for a password says so."""
    source, out = pikepdf.open(io.BytesIO(decree())), io.BytesIO()
    source.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(InvalidRequest, match="password"):
        examine(out.getvalue())


def test_rendering_is_archival_and_accessible_pdf():
    """A copy made of generated pages alone claims PDF/A-3a and PDF/UA-1, which the typesetter enforces."""
    rendering = Rendering("Acuse", "Sin páginas.", (Line(0, "Acuse", ""), Line(1, "Fecha", "2025-03-10")))
    pdf = render_copy(sheet(rendering=rendering))
    with pikepdf.open(io.BytesIO(pdf)) as copy, copy.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert metadata["pdfuaid:part"] == "1"
    assert "Fecha" in texts(pdf)[0]
    assert CSV in texts(pdf)[0]


def test_copy_of_foreign_pages_claims_no_archival_profile():
    """No claim is made for pages that are not ours."""
    made = typst.compile(b"hola", format="pdf", pdf_standards=["a-2b"], ignore_system_fonts=True)
    with pikepdf.open(io.BytesIO(render_copy(sheet(), made))) as copy, copy.open_metadata() as metadata:
        assert "pdfaid:part" not in metadata


def test_qr_drawing_holds_no_outside_reference():
    """The QR is a drawing, not a link to one."""
    assert "http" not in qr_svg(LINK).replace("http://www.w3.org/2000/svg", "")
