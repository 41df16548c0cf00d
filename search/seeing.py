# SPDX-License-Identifier: EUPL-1.2
"""The one door to an object for whoever asks: what he may not see is not there, in the same words and time.

Source: RD 1708/2011 art. 29.3 (the existence of what is reserved is reserved); Ley 19/2013 art. 14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from archive.errors import NotFound
from archive.home import Home
from archive.identity import Principal, Right
from archive.model import DocumentRecord, ObjectRecord
from archive.regime import Access, AccessRegime
from search.regimes import regime_under, rules_of
from search.regimes.register import today
from search.viewing.address import find_object
from search.viewing.opened import documents_of

NOTHING: Final = "there is nothing here"
PERSONAL: Final = ("interesados",)
"""Names in an object's metadata of what only `Right.PEOPLE` may see."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An object that whoever asked may know of."""

    record: ObjectRecord
    documents: tuple[DocumentRecord, ...]
    regime: AccessRegime


def see(home: Home, principal: Principal, tenant_id: str, short: str) -> Seen:
    """Return an object of a municipality, if the principal may know that it exists.

    That he has some right there was asked before (`archive.web.access.require`).

    Args:
        home: The archive.
        principal: Who asks.
        tenant_id: Whose archive.
        short: As it stands in addresses (`search.viewing.address`).

    Raises:
        NotFound: It is not there, is another municipality's, or is reserved and he may not see what is.
    """
    rules, on = rules_of(home, tenant_id), today(home)  # read in any case: time must tell nothing either
    record = find_object(home, tenant_id, short)
    documents, dated = documents_of(home, record)
    regime = regime_under(home, rules, record, dated, on=on)
    if regime.access is Access.RESERVED and not principal.may(Right.RESERVED, tenant_id):
        raise NotFound(NOTHING)
    return Seen(record, documents, regime)


def shown_metadata(record: ObjectRecord, principal: Principal) -> dict[str, Any]:
    """Return the metadata of an object without the people in it, for who may not see them."""
    if principal.may(Right.PEOPLE, record.tenant_id):
        return dict(record.metadata)
    return {name: value for name, value in record.metadata.items() if name not in PERSONAL}
