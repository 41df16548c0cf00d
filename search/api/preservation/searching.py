# SPDX-License-Identifier: EUPL-1.2
"""Search of the protocol: objects by the same question, and with the same sight, as in the search box."""

from __future__ import annotations

from typing import Final

from archive.errors import IndexUnavailable
from archive.home import Home
from archive.identity import Principal, Right
from search.find import search
from search.index import Index
from search.sight import sight_of

MOST: Final = 500
"""Hits looked at in each municipality."""


def poids(home: Home, index: Index | None, principal: Principal, question: str) -> tuple[list[str], bool]:
    """Return the objects that answer a question, each once, and whether there may be more.

    The ledger tells that somebody searched, and not what for.

    Raises:
        IndexUnavailable: There is no index, or it cannot be read.
    """
    if index is None:
        raise IndexUnavailable("this installation serves without a search index")
    found: dict[str, None] = {}
    more = False
    for tenant_id in principal.tenants(Right.SEARCH):
        result = search(index, question, tenant_id, sight=sight_of(principal, tenant_id), limit=MOST)
        home.reads.note(tenant_id, "search.made", tenant_id, principal.agent, {"hits": len(result.hits)})
        found.update(dict.fromkeys(hit.object_id for hit in result.hits))
        more = more or result.total > MOST
    return list(found), more
