# SPDX-License-Identifier: EUPL-1.2
"""The end of what was signed is the end of every object that was signed.

A stream whose length reaches beyond, a string that nobody closed or a cross-reference to octets still to come
would let a later update say what a signed object says, without touching it.

Source: ISO 32000-1 sections 7.3.8.2 (Length), 7.5.6; the shadow attacks' idea of preparing a file.
"""

from __future__ import annotations

from typing import Final

from preservation.signatures.pdf.document import View
from preservation.signatures.pdf.syntax import Broken, Budget, Stream, read_indirect

MAX_OBJECTS: Final = 60_000
"""Objects of a signed revision whose end is looked at."""


def reaching_beyond(view: View, ends: dict[int, int], budget: Budget) -> str:
    """Say which object of a signed revision goes on after its end; nothing where none does.

    Args:
        view: The revision.
        ends: Where objects end, by the offset of their beginning; grows, for all signatures of the file.
        budget: How much may be read.

    Raises:
        Broken: An object cannot be read, or there are too many.
    """
    sections = view.file.sections[view.place :]
    edge = sections[0].offset
    for section in sections:
        if max(section.end, 0 if section.hybrid is None else section.hybrid.end) > view.limit:
            return "a cross-reference of what was signed stands behind it"
        for number, entry in section.entries():
            if entry.kind != "n":
                continue
            if entry.where >= view.limit:
                return f"object {number} is said to stand where nothing was signed"
            if view.entry(number) != entry:
                continue
            if entry.where not in ends:
                if len(ends) >= MAX_OBJECTS:
                    raise Broken("more objects than are looked at")
                ends[entry.where] = _end(view, entry.where, budget)
            if ends[entry.where] > view.limit or entry.where < edge < ends[entry.where]:
                return f"object {number} goes on after the end of what was signed"
    return ""


def _end(view: View, where: int, budget: Budget) -> int:
    found = read_indirect(view.file.data, where, budget)
    if not isinstance(found.value, Stream):
        return found.end
    # a length that changes later is a change of its own
    length = view.resolve(found.value.dictionary.get("Length"))
    return found.end + (length if type(length) is int and length > 0 else 0)
