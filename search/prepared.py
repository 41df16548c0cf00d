# SPDX-License-Identifier: EUPL-1.2
"""A document cut into what engines keep, and what they give back: the same for all of them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from search.fields import KEYWORDS
from search.index import MAX_FACET_VALUES, FacetValue, Hit, IndexedDocument, Request, Snippet
from search.shapes import day_number, minute_number
from search.sight import Compartment, compartment_of
from search.snippets import Highlighter
from search.text import Analysis, fold, normalise, words

TITLE_LENGTH: Final = 200
"""Characters of a title that decide its place among others."""
SHORTEST_SUGGESTION: Final = 4
SLACK: Final = 16
"""Hits asked for beyond a page by place: to know whether there is more, and to keep equal places together."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An IndexedDocument with its tokens."""

    document: IndexedDocument
    """Title and text in the spelling of `search.text.normalise`."""
    compartment: Compartment
    stems: list[str]
    """Of what a plain question looks at: title, identifiers, text."""
    exact: list[str]
    title: list[str]
    known: list[str]
    """Words and identifiers of the description alone."""
    names: list[str]
    """Stems of interested persons' names."""
    people: list[str]
    suggested: list[str]
    """Words of the title, `folded~as written`."""
    keywords: dict[str, tuple[str, ...]]
    """Field name to values."""
    newest: int
    """Sorts by date, to the minute; which of two of the same minute comes first is theirs for ever:
    63 bits, of which 33 tell them apart."""
    by_title: str
    """Sorts by title; no two documents have the same."""
    place: int
    """Sorts by object, the object itself first: 63 bits. Two documents with the same are all but impossible,
    and nothing is lost if they are."""

    @property
    def day(self) -> int:
        """Its day as a number, 0 where it has none."""
        return day_number(self.document.date)


def prepare(document: IndexedDocument, analysis: Analysis) -> Prepared:
    """Cut a document into tokens."""
    title, text = normalise(document.title), normalise(document.text)
    said = analysis.analyse(normalise("\n".join(document.interesados)))
    known = analysis.analyse(normalise("\n".join((title, document.eni_id, *document.csv))))
    inside = analysis.analyse(text)
    own = hashlib.sha256(f"{document.object_id}\0{document.path}".encode("utf-8", "replace"))
    return Prepared(
        document=replace(document, title=title, text=text),
        compartment=compartment_of(document.tenant_id, document.acceso),
        stems=known.stems + inside.stems,
        exact=sorted({*known.exact, *inside.exact}),
        title=analysis.analyse(title).stems,
        known=known.exact,
        names=said.stems,
        people=said.exact,
        suggested=_suggested(title),
        keywords={known.name: document.values(known) for known in KEYWORDS},
        newest=minute_number(document.date) << 33 | int.from_bytes(own.digest()[:5]) >> 7,
        by_title=f"{fold(title)[:TITLE_LENGTH].strip()}\x01{own.hexdigest()[:16]}",
        place=_place(document, own.digest()),
    )


def hit_of(document: IndexedDocument, highlighter: Highlighter, score: float, request: Request) -> Hit:
    """Return the answer that shows a document, with no more of it than may be seen."""
    shown = request.snippets and request.shows_content(document.tenant_id)
    return Hit(
        object_id=document.object_id,
        path=document.path,
        kind=document.kind,
        eni_id=document.eni_id,
        title=document.title,
        snippet=highlighter.snippet(document.text or document.title) if shown else Snippet(),
        score=round(score, 4),
        tipo_documental=document.tipo_documental,
        date=document.date,
        media_type=document.media_type,
        verdict=document.verdict,
        extraction=document.extraction,
        extraction_reason=document.extraction_reason,
        object_title=document.object_title,
        tenant_id=document.tenant_id,
        acceso=document.acceso,
        serie=document.serie,
    )


def page_of(places: Sequence[int], limit: int) -> tuple[int, int | None]:
    """Return how many of the hits found are the page, and after which place the next one begins.

    Args:
        places: Of the hits found, in order; `limit + SLACK` were asked for.
        limit: Hits wanted; some more are given where equal places would be torn apart.
    """
    if len(places) <= limit:
        return len(places), None
    count = limit
    while count < len(places) and places[count] == places[count - 1]:
        count += 1
    return count, places[count - 1] if count < len(places) else None


def ordered_counts(counts: Mapping[str, int], limit: int = MAX_FACET_VALUES) -> tuple[FacetValue, ...]:
    """Return the most frequent values, equal ones by name."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[:limit])


def ordered_suggestions(counts: Mapping[str, int], limit: int) -> list[tuple[str, int]]:
    """Return words as written, by the most frequent spelling of each, the most frequent word first."""
    best: dict[str, tuple[int, str]] = {}
    for token, count in sorted(counts.items()):
        folded, _, written = token.partition("~")
        best[folded] = max(best.get(folded, (0, "")), (count, written))
    ordered = sorted(best.values(), key=lambda pair: (-pair[0], pair[1]))
    return [(written, count) for count, written in ordered[:limit]]


def _suggested(title: str) -> list[str]:
    folded = fold(title)
    return sorted(
        {
            f"{word}~{title[start:end].lower()}"
            for word, start, end in words(folded)
            if len(word) >= SHORTEST_SUGGESTION and word.isalpha()
        }
    )


def _place(document: IndexedDocument, own: bytes) -> int:
    whole = hashlib.sha256(document.object_id.encode("utf-8", "replace")).digest()
    within = int.from_bytes(own[:3]) >> 1 if document.path else 0
    return int.from_bytes(whole[:5]) << 23 | within
