# SPDX-License-Identifier: EUPL-1.2
"""The one place that touches names private to pyHanko.

`tests/unit/preservation/signatures/test_pdf_writer.py` notices when they move.
"""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive.digests import read_chunks


def incremental_writer(stream: BinaryIO, *, salt: bytes) -> Any:
    """Return a writer of one incremental update whose file identifier comes from the content.

    pyHanko draws the second half of `/ID` from the system's randomness; ISO 32000-1 section 14.4 asks only
    that it changes with the content, so a digest of the file serves and keeps signing repeatable.

    Args:
        stream: The whole PDF, seekable; also written to where the caller updates in place.
        salt: Tells apart several updates of the same bytes.

    Raises:
        pyhanko.pdf_utils.misc.PdfError: Not a PDF that can be updated; the caller turns it into ours.
    """
    stream.seek(0)
    content = hashlib.sha256(salt)
    for chunk in read_chunks(stream):
        content.update(chunk)
    seed = content.digest()
    stream.seek(0)
    # Spanish administrations' PDFs are seldom strictly correct; a hybrid cross-reference is read by all
    writer = IncrementalPdfFileWriter(stream, strict=False)
    if writer.prev.encrypted:
        # an encrypted file that opens for everybody is updated with the same key
        writer.encrypt(b"")  # type: ignore[no-untyped-call]
    first, _ = writer._document_id  # noqa: SLF001
    kept = first if _has_identifier(writer) else generic.ByteStringObject(seed[16:])
    writer._document_id = generic.ArrayObject([kept, generic.ByteStringObject(seed[:16])])  # noqa: SLF001
    # pyHanko would write the machine's time into /Info: signing does not change the document, a PDF/A wants
    # /Info and XMP to agree, and time is a parameter here
    setattr(writer, "_update_meta", _leave_metadata)  # noqa: B010
    return writer


def _leave_metadata() -> None:
    """Stand in for pyHanko's update of the document's dates."""


def _has_identifier(writer: Any) -> bool:
    return "/ID" in writer.prev.trailer
