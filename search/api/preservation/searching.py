# SPDX-License-Identifier: EUPL-1.2
"""Search of the protocol: objects by the same question, and with the same sight, as in the search box."""

from __future__ import annotations

from typing import Final

from archive.errors import IndexUnavailable
from archive.identity import Principal, Right
from search.find import search
from search.index import Index
from search.sight import sight_of

MOST: Final = 500
"""Hits looked at in each municipality."""


def poids(index: Index | None, principal: Principal, question: str) -> tuple[list[str], bool]:
    """Return the objects that answer a question, each once, and whether there may be more.

    Raises:
        IndexUnavailable: There is no index, or it cannot be read.
    """
    if index is None:
        raise IndexUnavailable("this installation serves without a search index")
    found: dict[str, None] = {}
    more = False
    for tenant_id in principal.tenants(Right.SEARCH):
        result = search(index, question, tenant_id, sight=sight_of(principal, tenant_id), limit=MOST)
        found.update(dict.fromkeys(hit.object_id for hit in result.hits))
        more = more or result.total > MOST
    return list(found), more
