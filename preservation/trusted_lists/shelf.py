# SPDX-License-Identifier: EUPL-1.2
"""The lists that the archive keeps: every edition ever believed, by digest, with when it was obtained.

A list is believed when it comes in, against the keys known then, and stays believed: what was right in its
day must not become unreadable because a key of its operator ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from archive.clock import format_instant, parse_instant
from preservation.trust.dated import Anchor
from preservation.trust.kept import Kept
from preservation.trust.store import TrustStore
from preservation.trusted_lists.parse import LIST_OF_LISTS, Pointer, TrustedList, parse_list
from preservation.trusted_lists.services import anchors_of
from preservation.trusted_lists.verify import ListVerdict

SNAPSHOTS: Final = "snapshots"
OPERATORS: Final = "operators"
"""Folder of the certificates that may sign lists, such as those of the Official Journal."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One edition of a list, as the index tells of it."""

    digest: str
    type: str
    territory: str
    operator: str
    sequence: int
    issued: datetime
    next_update: datetime | None
    obtained_at: datetime
    url: str
    """Where it came from; the name of the file where it was given by hand."""
    signer: str
    """SHA-256 of the certificate that signed it."""
    because: str
    """Why that signer was believed."""

    @property
    def is_list_of_lists(self) -> bool:
        """Tell whether it points at the national lists."""
        return self.type == LIST_OF_LISTS

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "sha256": self.digest,
            "type": self.type,
            "territory": self.territory,
            "operator": self.operator,
            "sequence": self.sequence,
            "issued": format_instant(self.issued),
            "next_update": None if self.next_update is None else format_instant(self.next_update),
            "obtained_at": format_instant(self.obtained_at),
            "url": self.url,
            "signer": self.signer,
            "because": self.because,
        }


class Shelf:
    """The snapshots of a trust folder."""

    def __init__(self, trust_folder: Path) -> None:
        self._kept = Kept(trust_folder / SNAPSHOTS, ".xml")

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return every edition kept, by territory and age. Raises as `Kept.entries`."""
        found = [_snapshot(digest, entry) for digest, entry in self._kept.entries().items()]
        return tuple(sorted(found, key=lambda each: (each.territory, each.issued, each.sequence)))

    def read(self, snapshot: Snapshot) -> bytes:
        """Return the list as it was published. Raises as `Kept.read`."""
        return self._kept.read(snapshot.digest)

    def edition(self, digest: str) -> bytes:
        """Return the list of a digest as it was published. Raises as `Kept.read`."""
        return self._kept.read(digest)

    def keep(self, data: bytes, verdict: ListVerdict, *, url: str, at: datetime, because: str) -> Snapshot:
        """Keep a believed list.

        Args:
            data: The list.
            verdict: That it is believed.
            url: Where it came from.
            at: When it was obtained.
            because: Why its signer was believed.
        """
        found = verdict.found
        if found is None or not verdict.believed:
            raise ValueError("only a believed list is kept")
        entry = Snapshot(
            found.digest,
            found.type,
            found.territory,
            found.operator,
            found.sequence,
            found.issued,
            found.next_update,
            at,
            url,
            _digest_of(verdict.signer),
            because,
        )
        told = entry.to_json()
        del told["sha256"]
        self._kept.keep(data, told)
        return _snapshot(found.digest, self._kept.entries()[found.digest])

    def in_force(self, at: datetime) -> tuple[Snapshot, ...]:
        """Return one edition of each territory's list: the youngest issued by `at`, else the oldest there is.

        A list tells its own history, so a younger one speaks of older days too, and only of them.
        """
        chosen: dict[str, Snapshot] = {}
        for each in self.snapshots():
            if each.is_list_of_lists:
                continue
            if each.territory not in chosen or each.issued <= at:
                chosen[each.territory] = each
        return tuple(chosen.values())

    def operators_for(self, territory: str) -> tuple[bytes, ...]:
        """Return the certificates that any kept list of the lists names for a territory."""
        return self._operators(lambda each: each.territory == territory and each.type != LIST_OF_LISTS)

    def operators_for_list_of_lists(self) -> tuple[bytes, ...]:
        """Return the certificates that any kept list of the lists names for itself."""
        return self._operators(lambda each: each.type == LIST_OF_LISTS)

    def _operators(self, wanted: Callable[[Pointer], bool]) -> tuple[bytes, ...]:
        lists = [_parsed(self.read(each)) for each in self.snapshots() if each.is_list_of_lists]
        pointers = [pointer for each in lists for pointer in each.pointers if wanted(pointer)]
        return tuple(dict.fromkeys(der for each in pointers for der in each.operators))

    def trust(self, at: datetime, *, national: bool = False) -> TrustStore:
        """Return the anchors of the lists in force at an instant, with their dates."""
        anchors: list[Anchor] = []
        for each in self.in_force(at):
            anchors += anchors_of(_parsed(self.read(each)), national=national)
        return TrustStore().dating(anchors)

    def warnings(self, at: datetime) -> list[str]:
        """Say which lists in use, that of the lists too, are past their next update (TS 119 612 5.3.15)."""
        of_lists = [each for each in self.snapshots() if each.is_list_of_lists and each.issued <= at][-1:]
        used = (*self.in_force(at), *of_lists)
        late = [each for each in used if each.next_update is not None and each.next_update < at]
        return [
            f"the list of {each.territory} should have been renewed on {each.next_update:%Y-%m-%d}"
            f" ({_age(at - each.next_update)} ago); what changed since is not known"
            for each in late
            if each.next_update is not None
        ]


@lru_cache(maxsize=64)
def _parsed(data: bytes) -> TrustedList:
    return parse_list(data)[0]


def _digest_of(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def _snapshot(digest: str, entry: dict[str, Any]) -> Snapshot:
    following = entry["next_update"]
    return Snapshot(
        digest,
        entry["type"],
        entry["territory"],
        entry["operator"],
        int(entry["sequence"]),
        parse_instant(entry["issued"]),
        None if following is None else parse_instant(following),
        parse_instant(entry["obtained_at"]),
        entry["url"],
        entry["signer"],
        entry["because"],
    )


def _age(span: timedelta) -> str:
    return f"{span.days} days" if span.days != 1 else "a day"
