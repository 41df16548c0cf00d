# SPDX-License-Identifier: EUPL-1.2
"""A document cut into what engines keep, and what they give back: the same for all of them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from search.fields import KEYWORDS
from search.index import MAX_FACET_VALUES, FacetValue, Hit, IndexedDocument
from search.snippets import Highlighter
from search.text import Analysis, normalise


@dataclass(frozen=True, slots=True)
class Prepared:
    """An IndexedDocument with its tokens."""

    document: IndexedDocument
    """Title and text in the spelling of `search.text.normalise`."""
    stems: list[str]
    """Of everything that a plain question looks at: title, identifiers, persons, text."""
    exact: list[str]
    title: list[str]
    people: list[str]
    keywords: dict[str, tuple[str, ...]]
    """Field name to values."""


@lru_cache(maxsize=4096)
def tenant_mark(tenant_id: str) -> str:
    """Return what stands before each word of a tenant in an index."""
    return hashlib.sha256(tenant_id.encode()).hexdigest()[:10] + "~"


def prepare(document: IndexedDocument, analysis: Analysis) -> Prepared:
    """Cut a document into tokens."""
    title, text = normalise(document.title), normalise(document.text)
    people = normalise("\n".join(document.interesados))
    others = normalise("\n".join((document.eni_id, *document.csv)))
    whole = analysis.analyse(f"{title}\n{others}\n{people}\n{text}")
    return Prepared(
        document=replace(document, title=title, text=text),
        stems=whole.stems,
        exact=whole.exact,
        title=analysis.analyse(title).stems,
        people=analysis.analyse(people).exact,
        keywords={known.name: document.values(known) for known in KEYWORDS},
    )


def hit_of(document: IndexedDocument, highlighter: Highlighter, score: float) -> Hit:
    """Return the answer that shows a document."""
    return Hit(
        object_id=document.object_id,
        path=document.path,
        kind=document.kind,
        eni_id=document.eni_id,
        title=document.title,
        snippet=highlighter.snippet(document.text or document.title),
        score=round(score, 4),
        tipo_documental=document.tipo_documental,
        date=document.date,
        media_type=document.media_type,
        verdict=document.verdict,
        extraction=document.extraction,
        extraction_reason=document.extraction_reason,
        object_title=document.object_title,
    )


def ordered_counts(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    """Return the most frequent values, equal ones by name."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[:MAX_FACET_VALUES])
