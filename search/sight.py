# SPDX-License-Identifier: EUPL-1.2
"""What somebody may see of a municipality's archive when he searches, and where the index keeps that apart.

Every document lies in one compartment of its tenant: what is reserved in one, all else in another. Words,
identifiers and the tenant itself are written with the compartment's name, so a question that is not asked of
a compartment meets nothing of it: no posting, no count, no word to suggest. There is no filter to forget.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from archive.identity import Principal, Right
from archive.regime import Access


@dataclass(frozen=True, slots=True)
class Sight:
    """What may be seen. Whoever forgets to say gets the least."""

    reserved: bool = False
    """What is reserved, too; without it, that does not exist (RD 1708/2011 art. 29.3)."""
    people: bool = False
    """Names and identifiers of interested parties: to search by them, and to count them."""
    content: bool = False
    """The words inside documents: without it, only descriptions are searched and no snippet is shown."""

    @property
    def word_fields(self) -> tuple[str, ...]:
        """Fields in which a word or a phrase is looked for."""
        return ("stems" if self.content else "titles", *(("names",) if self.people else ()))

    @property
    def exact_fields(self) -> tuple[str, ...]:
        """Fields in which an identifier, or the beginning of a word, is looked for."""
        return ("exact" if self.content else "known", *(("people",) if self.people else ()))


NARROWEST: Final = Sight()
WHOLE: Final = Sight(reserved=True, people=True, content=True)
"""Of who answers for the archive, and of the command line."""


def sight_of(principal: Principal, tenant_id: str) -> Sight:
    """Return what somebody may see when he searches a municipality's archive.

    Whether he may search it at all (`Right.SEARCH`) is asked before.
    """
    return Sight(
        reserved=principal.may(Right.RESERVED, tenant_id),
        people=principal.may(Right.PEOPLE, tenant_id),
        content=principal.may(Right.READ, tenant_id),
    )


@dataclass(frozen=True, slots=True)
class Compartment:
    """A part of the index: of one tenant, reserved or not."""

    tenant_id: str
    reserved: bool = False

    @property
    def name(self) -> str:
        """As written in the index; `/` stands in no tenant's id."""
        return f"{self.tenant_id}/{Access.RESERVED}" if self.reserved else self.tenant_id

    @property
    def mark(self) -> str:
        """What stands before each word of the compartment."""
        return _mark(self.name)


def compartment_of(tenant_id: str, acceso: str) -> Compartment:
    """Return where a document lies. A regime that is not known is taken for reserved."""
    return Compartment(tenant_id, acceso not in {Access.OPEN, Access.LIMITED})


def compartments(sights: tuple[tuple[str, Sight], ...]) -> list[tuple[Compartment, Sight]]:
    """Return where to look, and with what sight."""
    return [
        (Compartment(tenant_id, reserved), sight)
        for tenant_id, sight in sights
        for reserved in ((False, True) if sight.reserved else (False,))
    ]


@lru_cache(maxsize=4096)
def _mark(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:10] + "~"
