# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from preservation.signatures.pdf.writer import incremental_writer


def test_private_names_of_pyhanko_have_not_moved(plain_pdf):
    """The two private names that we touch are still there and still do what we rely on."""
    writer = IncrementalPdfFileWriter(io.BytesIO(plain_pdf), strict=False)
    assert len(writer._document_id) == 2
    assert callable(BasePdfFileWriter._update_meta)
    assert "_update_meta" in BasePdfFileWriter._prep_dom_for_writing.__code__.co_names
    assert "_document_id" in BasePdfFileWriter._populate_trailer.__code__.co_names


def test_incremental_writer_identifier_comes_from_the_content(plain_pdf):
    """The same file gives the same identifier, another salt another one, and the first half stays."""
    ids = [incremental_writer(io.BytesIO(plain_pdf), salt=salt).document_id for salt in (b"a", b"a", b"b")]
    assert ids[0] == ids[1]
    assert ids[0][1] != ids[2][1]
    assert ids[0][0] == ids[2][0]
