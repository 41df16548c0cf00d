# SPDX-License-Identifier: EUPL-1.2
"""How far a store was compared with the others: a small file in the store itself.

    copies/mark.json    {"digest", "position", "quorum", "stores"}: the last event of the ledger compared

It lies with the bytes that it speaks of, so that whoever comes to a store from any machine finds it, and a
store that was swapped for an empty one has none. Losing it does no harm: the comparison starts again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from archive.canonical_json import canonical
from archive.errors import IntegrityError, NotFound
from archive.store import ObjectStore

KEY: Final = "copies/mark.json"
"""In every store of several."""


@dataclass(frozen=True, slots=True)
class Company:
    """Which stores there are, and how many of them make a quorum: with others, a mark means less."""

    active: tuple[str, ...]
    """Names of those that are written, sorted."""
    draining: tuple[str, ...]
    """Names of those that are only read, sorted."""
    quorum: int

    @classmethod
    def of(cls, active: Sequence[str], draining: Sequence[str], quorum: int) -> Company:
        """Make one of names in any order."""
        return cls(tuple(sorted(active)), tuple(sorted(draining)), quorum)

    @property
    def size(self) -> int:
        """How many stores there are."""
        return len(self.active) + len(self.draining)

    def dispensable(self) -> int:
        """How many stores may be silent while the others together have all that was ever acknowledged.

        That is so where every one of them was filled. Below the majority it is what the operator chose:
        `quorum` stores are taken at their word.
        """
        count = len(self.active)
        return count - min(self.quorum, count - self.quorum + 1)


@dataclass(frozen=True, slots=True)
class StoreMark:
    """Everything up to this event of the ledger is in the store, if it was in any."""

    position: int = 0
    digest: str = ""
    company: Company | None = None
    """Those with which it was compared."""


def read_mark(store: ObjectStore) -> StoreMark | None:
    """Return the mark of one store, None where it has none that can be understood.

    Raises:
        StorageUnavailable: The store does not answer.
    """
    try:
        body = json.loads(store.read(KEY))
        names = body["stores"]
        company = Company.of(names["active"], names["draining"], int(body["quorum"]))
        return StoreMark(int(body["position"]), str(body["digest"]), company)
    except (NotFound, IntegrityError, ValueError, TypeError, KeyError, RecursionError):
        return None


def write_mark(store: ObjectStore, mark: StoreMark) -> None:
    """Write the mark of one store; durable when it returns.

    Raises:
        StorageUnavailable: The store cannot be written.
    """
    company = mark.company or Company((), (), 0)
    body = {
        "position": mark.position,
        "digest": mark.digest,
        "quorum": company.quorum,
        "stores": {"active": list(company.active), "draining": list(company.draining)},
    }
    store.replace(KEY, canonical(body) + b"\n")
    store.sync()
