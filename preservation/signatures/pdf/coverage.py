# SPDX-License-Identifier: EUPL-1.2
"""What a signature covers of its file, and what came after it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Final

from preservation.signatures.facts import Change
from preservation.signatures.pdf.boundary import reaching_beyond
from preservation.signatures.pdf.crossref import last_start
from preservation.signatures.pdf.differences import differences, later_numbers
from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.fields import PdfSignature
from preservation.signatures.pdf.references import References
from preservation.signatures.pdf.rights import rights_of
from preservation.signatures.pdf.syntax import WHITE, Broken
from preservation.signatures.pdf.tail import stray_octets

MAX_CHANGES: Final = 1000
MAX_BLANK: Final = 1 << 16
"""White space after the end of the file that is nothing."""
WHOLE: Final = "whole file"


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
    if file.damage:
        return Coverage(
            words, f"the cross-references are damaged, what follows cannot be told: {file.damage}"
        )
    view = signed_view(file, signature.end)
    if view is None:
        return Coverage(words, "what follows is not a revision of its own")
    if not view.place:
        # readers that rebuild a damaged file would find what stands there
        return Coverage(words, "octets follow the last revision")
    return _analysed(words, file, signature, view)


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
    if file.damage:
        return None
    tail = file.data[max(0, end - 64) : end].rstrip(WHITE)
    if not tail.endswith(b"%%EOF"):
        return None
    try:
        return file.at_section(last_start(file.data, end), end)
    except Broken:
        return None


def _references(file: PdfFile) -> References:
    """Search the file once, whatever the number of its signatures."""
    if file.searched is None:
        file.searched = References(file, later_numbers(file, View(file, len(file.sections) - 1)))
    found: References = file.searched
    return found


def _analysed(words: str, file: PdfFile, signature: PdfSignature, view: View) -> Coverage:
    try:
        why = stray_octets(file, signature.end, view) or reaching_beyond(view, *file.ends)
        if why:
            return Coverage(words, why, (Change("file", why, allowed=False),))
        rights = rights_of(signature, view)
        found = tuple(islice(differences(file, view, rights, _references(file)), MAX_CHANGES))
    except (Broken, RecursionError) as problem:
        why = f"what follows cannot be analysed: {problem}"[:300]
        return Coverage(words, why, (Change("file", why, allowed=False),))
    why = next((f"{each.what} ({each.where})" for each in found if not each.allowed), "")
    if not why and len(found) >= MAX_CHANGES:
        why = "more was changed than can be told"
    return Coverage(words, why, found)
