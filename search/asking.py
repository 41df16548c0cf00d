# SPDX-License-Identifier: EUPL-1.2
"""A question about one home: the rights of who asks, and what the index does not know yet, go into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from archive.home import Home
from search.find import Filters, request_for
from search.index import Index, Request
from search.indexer import withheld
from search.query import All, Not, OneOf
from search.sight import Sight


def ask_of(
    home: Home,
    index: Index,
    text: str,
    sights: Mapping[str, Sight],
    *,
    facets: Iterable[str] = (),
    filters: Filters = (),
) -> Request:
    """Return the request that an index takes, as `search.find.request_for` makes it.

    Objects whose access changed after what the index has followed are left out for who may not see what is
    reserved: a ruling counts from the moment it is made.

    Raises:
        InvalidRequest: As `search.find.search`.
        IndexUnavailable: The index cannot be read, or is too far behind changes of access.
    """
    asked = request_for(index, text, sights, facets=facets, filters=filters)
    hidden = [
        object_id
        for tenant_id, sight in sights.items()
        if not sight.reserved
        for object_id in withheld(home, index, tenant_id)
    ]
    if not hidden:
        return asked
    return replace(asked, question=All((asked.question, Not(OneOf("objeto", tuple(hidden))))))
