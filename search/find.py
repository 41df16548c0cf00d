# SPDX-License-Identifier: EUPL-1.2
"""The one way to ask: text of a person in, page of answers of one tenant out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from search.index import Index, Request, SearchResult, read_facets, read_filters
from search.query import parse


def search(
    index: Index,
    text: str,
    tenant_id: str,
    *,
    facets: Iterable[str] = (),
    filters: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    limit: int = 20,
    offset: int = 0,
) -> SearchResult:
    """Search the documents of one tenant.

    Args:
        index: Any index.
        text: As typed (see `search.query`); never an error. Empty means everything, for browsing.
        tenant_id: Whose archive. Nothing of another tenant shows in any part of the result.
        facets: Names to count over all hits (`search.fields.FACETS` or their aliases).
        filters: Pairs of field and value; the same field twice means either value.
        limit: Hits given, 0 to 1,000; 0 gives only total and facets.
        offset: Hits left out before.

    Returns:
        Total, hits best first, facets under the names asked for, position of the index in the ledger.

    Raises:
        InvalidRequest: No tenant, an unknown facet or filter, or a limit out of range.
        IndexUnavailable: The index cannot be read.
    """
    pairs = filters.items() if isinstance(filters, Mapping) else filters
    request = Request(
        tenant_id=tenant_id,
        question=parse(text, index.analysis),
        facets=read_facets(facets),
        filters=read_filters(pairs),
        limit=limit,
        offset=offset,
    )
    return index.search(request)
