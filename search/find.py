# SPDX-License-Identifier: EUPL-1.2
"""The one way to ask: text of a person in, page of answers out, of what he may see and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from archive.errors import InvalidRequest
from search.index import Hit, Index, Request, SearchResult, Sort, read_facets, read_filters
from search.query import parse
from search.sight import NARROWEST, Sight

PAGE_OF_ALL: Final = 1_000
"""Hits held in memory while all of a result is gone through."""

Filters = Mapping[str, str] | Iterable[tuple[str, str]]


def search(
    index: Index,
    text: str,
    tenant_id: str,
    *,
    sight: Sight = NARROWEST,
    facets: Iterable[str] = (),
    filters: Filters = (),
    limit: int = 20,
    offset: int = 0,
    sort: str = Sort.RELEVANCE,
    after: int | None = None,
) -> SearchResult:
    """Search the documents of one tenant.

    Args:
        index: Any index.
        text: As typed (see `search.query`); never an error. Empty means everything, for browsing.
        tenant_id: Whose archive. Nothing of another tenant shows in any part of the result.
        sight: What the asker may see (`search.sight.sight_of`); the least where nothing is said.
        facets: Names to count over all hits (`search.fields.FACETS` or their aliases; `persona` too, for
            who may see people).
        filters: Pairs of field and value; the same field twice means either value.
        limit: Hits given, 0 to 1,000; 0 gives only total and facets.
        offset: Hits left out before, at most 100,000.
        sort: A value of `search.index.Sort`.
        after: With `Sort.PLACE`: the `after` of the result before this one.

    Returns:
        Total, hits in order, facets under the names asked for, position of the index in the ledger.

    Raises:
        InvalidRequest: No tenant, an unknown facet, filter or order, or a limit out of range.
        IndexUnavailable: The index cannot be read.
    """
    asked = request_for(index, text, {tenant_id: sight}, facets=facets, filters=filters)
    return index.search(replace(asked, limit=limit, offset=offset, sort=read_sort(sort), after=after))


def request_for(
    index: Index,
    text: str,
    sights: Mapping[str, Sight],
    *,
    facets: Iterable[str] = (),
    filters: Filters = (),
) -> Request:
    """Return the request that an index takes: of one tenant, or of several that were consented to.

    Args:
        index: Any index; a question is analysed with its rules.
        text: As typed.
        sights: By tenant, what may be seen of it; the caller has asked whether it may be searched at all.
        facets: As `search`; `persona` only where people may be seen in all of them.
        filters: As `search`.

    Raises:
        InvalidRequest: As `search`.
    """
    people = bool(sights) and all(sight.people for sight in sights.values())
    pairs = filters.items() if isinstance(filters, Mapping) else filters
    return Request(
        sights=tuple(sights.items()),
        question=parse(text, index.analysis),
        facets=read_facets(facets, people=people),
        filters=read_filters(pairs, people=people),
    )


def read_sort(name: str) -> Sort:
    """Return the order of that name.

    Raises:
        InvalidRequest: There is none; the message gives those that are.
    """
    if name not in set(Sort):
        raise InvalidRequest(f"{name!r} is no order; there are: {', '.join(Sort)}")
    return Sort(name)


def everything(index: Index, asked: Request) -> Iterator[Hit]:
    """Yield all hits of a request, however many, object by object, a page in memory.

    What is indexed meanwhile may be there or not; nothing is given twice.
    """
    page = replace(asked, facets=(), limit=PAGE_OF_ALL, offset=0, sort=Sort.PLACE, after=None, snippets=False)
    while True:
        result = index.search(page)
        yield from result.hits
        if result.after is None:
            return
        page = replace(page, after=result.after)
