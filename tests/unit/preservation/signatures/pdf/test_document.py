# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

import pikepdf
import pytest
from pdf_updates import FONT, OBJECTS, document, section_only, update

from preservation.signatures.pdf.crossref import last_start
from preservation.signatures.pdf.document import PdfFile
from preservation.signatures.pdf.syntax import Broken


def test_pdf_file_shows_an_object_as_it_stood_after_each_update():
    """The old value is seen from the old revision."""
    first = document()
    second = update(first, {FONT: b"<</Type/Font/Subtype/Type3>>"})
    file = PdfFile(second)
    old = file.at_section(last_start(first, len(first)), len(first))
    assert (old.get(FONT)["Subtype"], file.last.get(FONT)["Subtype"]) == ("Type1", "Type3")
    assert (file.revision_number(old), file.revision_number(file.last)) == (1, 2)


@pytest.mark.parametrize("linearize", [False, True])
@pytest.mark.parametrize("mode", list(pikepdf.ObjectStreamMode))
def test_pdf_file_reads_what_qpdf_writes_in_any_form(mode, linearize):
    """Tables, streams, object streams and linearized files mean the same."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document())) as pdf:
        pdf.save(out, object_stream_mode=mode, linearize=linearize)
    file = PdfFile(out.getvalue())
    (page,) = [
        file.last.dictionary(each)
        for each in file.last.array(file.last.dictionary(file.last.root["Pages"])["Kids"])
    ]
    assert page["MediaBox"] == [0, 0, 600, 800]
    assert file.revision_number(file.last) == 1
    assert not file.damage


def test_pdf_file_with_damaged_cross_references_is_put_together_and_says_so():
    """The last object of each number counts."""
    damaged = update(document(), {FONT: b"<</Type/Font/Subtype/Type3>>"}).replace(
        b"startxref\n", b"startxref\n9"
    )
    file = PdfFile(damaged)
    assert file.damage
    assert file.last.get(FONT)["Subtype"] == "Type3"


def test_pdf_file_that_says_two_things_of_one_object_is_damaged():
    """Readers would choose differently between two subsections."""
    pdf = section_only(document(), b"").replace(
        b"xref\ntrailer", b"xref\n4 2\n" + b"0000000009 00000 n \n" * 2 + b"5 1\n0000000009 00000 n \ntrailer"
    )
    assert "two things" in PdfFile(pdf).damage


def test_pdf_file_without_anything_is_broken():
    """No header, no objects: no PDF."""
    for data in (b"", b"%PDF-1.7", OBJECTS[1]):
        with pytest.raises(Broken):
            PdfFile(data)
