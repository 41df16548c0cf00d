# SPDX-License-Identifier: EUPL-1.2
"""What happened in a simulation, as values: entries in order, and how each municipality stood every year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from archive.clock import format_instant


def shown_algorithm(name: str) -> str:
    """Write `sha256` as people do: SHA-256."""
    family, _, bits = name.upper().replace("SHA", "SHA-", 1).replace("SHA-3_", "SHA3_").partition("_")
    return f"{family}-{bits}" if bits else family


class Kind(StrEnum):
    """What an entry tells."""

    SEAL = "seal"
    RENEWAL = "renewal"
    """Time-stamp renewal."""
    TREE_RENEWAL = "tree-renewal"
    """Hash-tree renewal."""
    MISFORTUNE = "misfortune"
    MENDED = "mended"
    DECISION = "decision"
    """Somebody changed how things are done."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Spanish and English."""

    es: str
    en: str

    def to_json(self) -> dict[str, str]:
        """Return both."""
        return {"es": self.es, "en": self.en}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened on a day."""

    at: datetime
    kind: Kind
    title: Words
    """A few words, for the picture."""
    told: Words
    """A sentence, for the page."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it for `account.json`."""
        return {
            "at": format_instant(self.at),
            "kind": str(self.kind),
            "title": self.title.to_json(),
            "told": self.told.to_json(),
            **({"facts": dict(self.facts)} if self.facts else {}),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How the objects of a municipality stood at the end of a year."""

    year: int
    tenant: str
    proven: int
    unproven: int

    def to_json(self) -> dict[str, Any]:
        """Return it for `account.json`."""
        return {
            "year": self.year,
            "tenant": self.tenant,
            "proven": self.proven,
            "unproven": self.unproven,
        }


@dataclass(slots=True)
class Chronicle:
    """Grows while the years go by."""

    entries: list[Entry] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)

    def tell(
        self, at: datetime, kind: Kind, title: tuple[str, str], told: tuple[str, str], **facts: Any
    ) -> None:
        """Note an entry; title and sentence in Spanish and English."""
        self.entries.append(Entry(at, kind, Words(*title), Words(*told), facts))

    def of(self, *kinds: Kind) -> list[Entry]:
        """Return the entries of some kinds, in their order."""
        return [each for each in self.entries if each.kind in kinds]
