# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from pdf_updates import CONTENT, OBJECTS, document, update

from preservation.signatures.pdf.boundary import reaching_beyond
from preservation.signatures.pdf.document import PdfFile


def _old(pdf: bytes):
    """Return the first revision of a file with two."""
    grown = PdfFile(update(pdf, {500: b"<</A(" + b"x" * 3000 + b")>>"}))
    section = grown.sections[1]
    return grown.at_section(section.offset, len(pdf)), grown


def test_reaching_beyond_of_a_sound_revision_is_nothing():
    """Every object ends where it should."""
    view, file = _old(document())
    assert reaching_beyond(view, *file.ends) == ""


def test_reaching_beyond_tells_streams_strings_and_cross_references():
    """What goes on, swallows the cross-reference, or stands in the future is told."""
    long = {CONTENT: OBJECTS[CONTENT].replace(b"/Length 38", b"/Length 3000")}
    view, file = _old(document(long))
    assert "goes on" in reaching_beyond(view, *file.ends)
    view, file = _old(document())
    view.file.sections[1].end = len(file.data)
    assert "cross-reference" in reaching_beyond(view, *file.ends)
    pdf = document()
    later = pdf.replace(b"%010d 00000 n" % pdf.index(b"5 0 obj"), b"%010d 00000 n" % (len(pdf) + 9))
    view, file = _old(later)
    assert "nothing was signed" in reaching_beyond(view, *file.ends)
