# SPDX-License-Identifier: EUPL-1.2
"""What an index is: one protocol, the document that goes in and the result that comes out.

Implementations: `search.tantivy_index.TantivyIndex` (embedded), `search.elastic.index.ElasticIndex` (in a
cluster) and `search.memory_index.MemoryIndex`; all pass `tests/contracts/test_index.py`. Rules that every
implementation keeps:

* a search names the tenants it is of and what may be seen of each (`search.sight`); nothing else shows, in
  totals, counts, snippets, order or suggestions, and nothing of it is met on the way;
* the order is total and of the documents alone: no statistics of others decide it, so it is the same in every
  engine, and the same whether or not there is something that may not be seen;
* the ledger position is written with the documents, or after them where there are no transactions, so that
  the index can be behind, but never silently incomplete;
* words are made by `search.text` alone, never by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from archive.errors import InvalidRequest
from archive.regime import Access
from search.fields import FACETS, KEYWORDS, Keyword, canonical, keyword
from search.query import Node
from search.sight import Sight
from search.text import Analysis

MAX_PAGE: Final = 1_000
"""Hits given at a time."""
MAX_OFFSET: Final = 100_000
"""Farther pages are refused: narrow the question instead."""
MAX_FACET_VALUES: Final = 100
"""Values counted of a facet, the most frequent first."""
MAX_SUGGESTIONS: Final = 10


class Sort(StrEnum):
    """In which order hits come. Equal ones are told apart by what they are, never by when they came in."""

    RELEVANCE = "relevancia"
    """First those that have the words in the title, then all others; in each the newest first."""
    NEWEST = "recientes"
    OLDEST = "antiguos"
    """What has no date comes first."""
    TITLE = "titulo"
    PLACE = "lugar"
    """Object by object, the expediente before its documents: for going through all of a result in pages."""


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """One thing to be found: an expediente, a document of it, or a copy."""

    tenant_id: str
    object_id: str
    path: str
    """Logical path of its file in the object; with `object_id` the key."""
    kind: str
    """`expediente`, `documento`, `copia` (archive.model.ObjectKind)."""
    eni_id: str
    title: str
    text: str = ""
    """Full text, as extracted."""
    extraction: str = "none"
    """`full`, `partial` or `none`: how much of its text is here."""
    extraction_reason: str = ""
    """Why not all of it (search.extraction.Reason); empty where all is."""
    tipo_documental: str = ""
    estado: str = ""
    organos: tuple[str, ...] = ()
    interesados: tuple[str, ...] = ()
    """Names and identifiers; searched, and counted as `persona`, for those only who may see people."""
    serie: str = ""
    year: str = ""
    date: str = ""
    """ISO, as far as known."""
    media_type: str = ""
    verdict: str = ""
    """Worst indication of its signatures; `UNSIGNED` where there is none."""
    csv: tuple[str, ...] = ()
    object_title: str = ""
    """Of the expediente that a document stands in: shown with its hits, not searched with them."""
    acceso: str = Access.LIMITED
    """Access regime (archive.regime.Access); says in which compartment of the index it lies."""

    def values(self, known: Keyword) -> tuple[str, ...]:
        """Return the values of a keyword field as the index writes them, empty ones left out."""
        value = getattr(self, known.attribute)
        several = value if isinstance(value, tuple) else (value,)
        return tuple(dict.fromkeys(text for one in several if (text := canonical(known, one))))


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of the original text, with the places that answer the question."""

    text: str = ""
    highlights: tuple[tuple[int, int], ...] = ()
    """Start and end in `text`, in order, not overlapping."""

    def marked(self, before: str, after: str, escape: Callable[[str], str] = str) -> str:
        """Return the text with each highlight between two marks, every piece escaped."""
        pieces: list[str] = []
        place = 0
        for start, end in self.highlights:
            pieces += [escape(self.text[place:start]), before, escape(self.text[start:end]), after]
            place = end
        return "".join([*pieces, escape(self.text[place:])])


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer."""

    object_id: str
    path: str
    kind: str
    eni_id: str
    title: str
    snippet: Snippet
    score: float
    """Comparable within one result only."""
    tipo_documental: str = ""
    date: str = ""
    media_type: str = ""
    verdict: str = ""
    extraction: str = ""
    extraction_reason: str = ""
    object_title: str = ""
    """Title of the object that it is, or stands in."""
    tenant_id: str = ""
    acceso: str = ""
    serie: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        body = asdict(self)
        body["snippet"] = self.snippet.text
        body["highlights"] = [list(place) for place in self.snippet.highlights]
        return body


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many hits have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of answers, and what is known of all of them."""

    total: int
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    """By the name asked for; most frequent first, then by value."""
    position: int = 0
    """Ledger position that the index had followed to: what came later is not here yet."""
    after: int | None = None
    """With Sort.PLACE: what to ask the next page with; None where this is the last."""

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "total": self.total,
            "hits": [hit.to_json() for hit in self.hits],
            "facets": {name: {v.value: v.count for v in values} for name, values in self.facets.items()},
            "position": self.position,
        }


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request, in the form engines take; made by `search.find.search`."""

    sights: tuple[tuple[str, Sight], ...]
    """Tenants, and what may be seen of each."""
    question: Node
    facets: tuple[tuple[str, Keyword], ...] = ()
    """Name as asked, field."""
    filters: tuple[tuple[Keyword, tuple[str, ...]], ...] = ()
    """Each must hold with any of its values."""
    limit: int = 20
    offset: int = 0
    sort: Sort = Sort.RELEVANCE
    after: int | None = None
    """With Sort.PLACE: what comes after this one; from a result."""
    snippets: bool = True
    """False where nobody will read them."""
    facet_values: int = MAX_FACET_VALUES
    """Values counted of each facet, at most 10,000."""

    def __post_init__(self) -> None:
        if not self.sights or not all(tenant_id for tenant_id, _ in self.sights):
            raise InvalidRequest("A search needs a tenant")
        if not 0 <= self.limit <= MAX_PAGE or not 0 <= self.offset <= MAX_OFFSET:
            raise InvalidRequest(f"limit must be 0..{MAX_PAGE} and offset 0..{MAX_OFFSET}")
        if (self.after is not None or self.sort is Sort.PLACE) and (
            self.offset or self.sort is not Sort.PLACE or not self.limit
        ):
            raise InvalidRequest("going through all of a result is by `lugar` and `after`, without offset")

    def shows_content(self, tenant_id: str) -> bool:
        """Tell whether a snippet of a document of this tenant may be shown."""
        return dict(self.sights)[tenant_id].content


def read_facets(names: Iterable[str], *, people: bool = False) -> tuple[tuple[str, Keyword], ...]:
    """Return the fields to count.

    Args:
        names: As asked.
        people: Whether interested parties may be seen.

    Raises:
        InvalidRequest: A name is not countable; the message gives those that are.
    """
    found = {name: keyword(name) for name in names}
    for name, known in found.items():
        if known is None or not known.countable or (known.personal and not people):
            raise InvalidRequest(f"{name!r} is no facet; there are: {', '.join(FACETS)}")
    return tuple((name, known) for name, known in found.items() if known is not None)


def read_filters(
    filters: Iterable[tuple[str, str]], *, people: bool = False
) -> tuple[tuple[Keyword, tuple[str, ...]], ...]:
    """Return the filters: the same name twice means either value, different names must all hold.

    Args:
        filters: As asked.
        people: Whether interested parties may be seen.

    Raises:
        InvalidRequest: An unknown name; the message gives the known ones.
    """
    merged: dict[str, list[str]] = {}
    for name, value in filters:
        known = keyword(name)
        if known is None or (known.personal and not people):
            names = ", ".join(each.name for each in KEYWORDS if not each.personal)
            raise InvalidRequest(f"{name!r} is no filter; there are: {names}")
        merged.setdefault(known.name, []).append(canonical(known, value))
    by_name = {known.name: known for known in KEYWORDS}
    return tuple((by_name[name], tuple(values)) for name, values in merged.items())


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an index has followed the ledger: written in the same commit as the documents."""

    position: int = 0
    digest: str = ""
    """Of the event at that position: a catalogue restored from an older copy, or built anew in another
    order, has another event there."""


class Writer(Protocol):
    """What one may do while holding the index for writing. Nothing is seen before `commit`."""

    def add(self, document: IndexedDocument) -> None:
        """Add a document. `delete_object` first, when its object may be there already."""
        ...

    def delete_object(self, object_id: str) -> None:
        """Take away every document of an object; absent is fine."""
        ...

    def commit(self, position: int, digest: str = "") -> None:
        """Make everything since the last commit durable and visible, together with the mark.

        Args:
            position: Ledger position of the last event that the documents speak of.
            digest: Digest of that event.
        """
        ...


class Index(Protocol):
    """A searchable index of one home."""

    analysis: Analysis

    def mark(self) -> Mark:
        """Return the mark of the last commit."""
        ...

    def position(self) -> int:
        """Return the ledger position of the last commit, 0 for an empty index."""
        ...

    def writing(self) -> AbstractContextManager[Writer]:
        """Hold the index for writing; what was not committed at the end is dropped.

        Raises:
            IndexBusy: Another process holds it, and kept it for the time we wait.
        """
        ...

    def search(self, request: Request) -> SearchResult:
        """Answer a request, best first.

        Raises:
            IndexUnavailable: The index cannot be read; the message says `longeva rebuild`.
        """
        ...

    def suggest(self, start: str, request: Request, limit: int = MAX_SUGGESTIONS) -> list[tuple[str, int]]:
        """Return words of titles that begin so, as written there, with how many of the hits have each.

        Args:
            start: Folded (`search.text.fold`), at least one letter.
            request: Among which documents: its sights, question and filters.
            limit: At most so many, the most frequent first.
        """
        ...

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return (object id, path) of every document, sorted: for comparing with a rebuilt index."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...
