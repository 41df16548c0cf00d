# SPDX-License-Identifier: EUPL-1.2
"""Searches that somebody keeps for himself, in the register `saved-searches` of the municipality.

Only whoever kept one sees it. What was searched may name people, so taking one away erases it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from archive.errors import InvalidRequest, LimitExceeded, NotFound
from archive.home import Home
from archive.identifiers import uuid7
from archive.identity import Principal
from archive.registers import Register

REGISTER: Final = "saved-searches"
MAX_KEPT: Final = 200
"""Searches of one account in one municipality."""
MAX_NAME: Final = 120
MAX_QUERY: Final = 4_000


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One search with a name."""

    search_id: str
    name: str
    query: str
    """What stands after `?` in the address of the search page."""


def saved_searches(home: Home, tenant_id: str, principal: Principal) -> list[SavedSearch]:
    """Return what somebody kept, by name."""
    found = [
        SavedSearch(entry.entry_id, str(entry.body["name"]), str(entry.body["query"]))
        for entry in Register(home, REGISTER).entries(tenant_id)
        if entry.body["account"] == principal.agent
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.search_id))


def save_search(home: Home, tenant_id: str, principal: Principal, name: str, query: str) -> SavedSearch:
    """Keep a search.

    Raises:
        InvalidRequest: No name, or something too long.
        LimitExceeded: So many are kept already.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise InvalidRequest(f"a saved search has a name of at most {MAX_NAME} characters")
    if not query or len(query) > MAX_QUERY:
        raise InvalidRequest("there is no search to keep, or it is too long")
    if len(saved_searches(home, tenant_id, principal)) >= MAX_KEPT:
        raise LimitExceeded(f"at most {MAX_KEPT} searches are kept: take one away first")
    made = SavedSearch(str(uuid7(home.clock.now())), name, query)
    body = {"account": principal.agent, "name": name, "query": query}
    Register(home, REGISTER).put(tenant_id, made.search_id, body, kind="search.kept", agent=principal.agent)
    return made


def forget_search(home: Home, tenant_id: str, principal: Principal, search_id: str) -> None:
    """Erase a search of one's own. Raises NotFound where there is none, or it is another's."""
    register = Register(home, REGISTER)
    try:
        entry = register.get(tenant_id, search_id)
    except InvalidRequest:
        raise NotFound("there is nothing here") from None
    if entry.body.get("account") != principal.agent:
        raise NotFound("there is nothing here")
    register.erase(tenant_id, search_id, kind="search.forgotten", agent=principal.agent)
