# SPDX-License-Identifier: EUPL-1.2
"""What a signature covers of its file, and what came after it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, StandardDiffPolicy
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from preservation.signatures.facts import Change
from preservation.signatures.pdf.crossref import last_start
from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.fields import PdfSignature
from preservation.signatures.pdf.syntax import WHITE, Broken

MAX_BLANK = 1 << 16
"""White space after the end of the file that is nothing."""
WHOLE = "whole file"
_POLICY = StandardDiffPolicy(
    DEFAULT_DIFF_POLICY.global_rules, DEFAULT_DIFF_POLICY.form_rule, reject_object_freeing=False
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The place of a signature in the line of revisions."""

    words: str
    """`whole file`, `revision 2 of 3`, `beginning of the file`."""
    modified: str = ""
    changes: tuple[Change, ...] = ()


def coverage_of(file: PdfFile, signature: PdfSignature) -> Coverage:
    """Say what a signature covers, and what was changed after it."""
    words = covered_words(file, signature)
    if words == WHOLE:
        return Coverage(words)
    view = signed_view(file, signature.end)
    if view is None:
        return Coverage(words, "what follows is not a revision of its own")
    if not view.place:
        # readers that rebuild a damaged file would find what stands there
        return Coverage(words, "octets follow the last revision")
    return Coverage(words, _differences(file, signature))


def covered_words(file: PdfFile, signature: PdfSignature) -> str:
    """Say in words how much of the file a signature covers."""
    if len(file.data) <= signature.end + MAX_BLANK and not file.data[
        signature.end : signature.end + MAX_BLANK
    ].strip(WHITE):
        return WHOLE
    view = signed_view(file, signature.end)
    if view is None:
        return "beginning of the file"
    number, total = file.revision_number(view), file.revision_number(file.last)
    return f"revision {number} of {total}"


def signed_view(file: PdfFile, end: int) -> View | None:
    """Return the file as it stood at an offset; None where no revision ends there."""
    tail = file.data[max(0, end - 64) : end].rstrip(WHITE)
    if not tail.endswith(b"%%EOF"):
        return None
    try:
        return file.at_section(last_start(file.data, end))
    except Broken:
        return None


def _differences(file: PdfFile, signature: PdfSignature) -> str:
    try:
        reader = PdfFileReader(io.BytesIO(file.data), strict=False)
        if reader.encrypted:
            reader.decrypt(b"")
        found = next(
            each for each in enumerate_sig_fields(reader, filled_status=True) if each[0] == signature.name
        )
        embedded = EmbeddedPdfSignature(reader, found[2], signature.name)
        embedded.compute_integrity_info(diff_policy=_POLICY)  # type: ignore[no-untyped-call]
    except Exception as problem:  # noqa: BLE001 - the border of pyHanko
        return f"what follows cannot be analysed: {problem}"[:200]
    result = embedded.diff_result
    level = getattr(result, "modification_level", None)
    if level is None:
        return f"what follows is not a lawful update: {result}"[:200]
    if level is ModificationLevel.OTHER:
        return "content was changed"
    permitted = embedded.docmdp_level
    if permitted is not None and level.value > permitted.value:
        return "more was changed than the certification allows"
    return ""
