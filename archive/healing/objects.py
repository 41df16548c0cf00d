# SPDX-License-Identifier: EUPL-1.2
"""What an object must be in every copy, and why.

The inventory that counts is, of those that a store vouches for, the one that reaches furthest. Where stores
tell different histories it is that of most stores: a quorum acknowledged it, and what a writer left behind
that died, or what somebody forged in one store, is in fewer. Where there is no such majority, or a quorum is
none, nothing is changed and people are told. All else follows from it: content by its manifest, and what
frames it by OCFL.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from archive.errors import IntegrityError, LongevaError, NotFound
from archive.healing.places import Place
from archive.healing.round import Right, Round
from archive.inventory import Inventory, parse_inventory, sidecar
from archive.layout import (
    INVENTORY,
    OBJECT_DECLARATION,
    SIDECAR,
    object_declaration,
    object_root,
    version_name,
)
from archive.lineages import continues, counting
from archive.object_reading import current_inventory
from archive.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an object must be."""

    inventory: Inventory
    data: bytes
    """The inventory's bytes."""
    apart: frozenset[str] = frozenset()
    """Stores that tell another history."""


class ForkedError(IntegrityError):
    """Stores tell different histories of an object, and nobody can say which is right."""


def judge(round_: Round, place: Place) -> Verdict | None:
    """Return the inventory that counts, None where there is none: content that nobody acknowledged.

    Raises:
        ForkedError: Stores tell different histories, and none is that of most.
        IntegrityError: Inventories are there, and no store vouches for any.
    """
    votes: Counter[bytes] = Counter()
    verdicts: dict[str, Verdict] = {}
    damaged: list[str] = []
    for name, store in round_.answering():
        keys = place.listed.get(name, frozenset())
        try:
            found = round_.ask(
                name,
                lambda store=store, keys=keys: _counting(store, place.prefix, keys),  # type: ignore[misc]
                None,
            )
        except IntegrityError:
            damaged.append(name)
            continue
        if found is not None:
            votes[found.data] += 1
            verdicts[name] = found
    if damaged and not verdicts:
        detail = f"no store has an inventory that can be vouched for ({', '.join(damaged)})"
        raise IntegrityError(detail, place=place.prefix + INVENTORY)
    if not verdicts:
        return None
    inventory = _counting_of(round_, place, [each.inventory for each in verdicts.values()])
    alike = [each for each in verdicts.values() if each.inventory == inventory]
    chosen = max(alike, key=lambda each: votes[each.data])
    apart = (name for name, each in verdicts.items() if not continues(inventory, each.inventory))
    return replace(chosen, apart=frozenset(apart))


def _counting_of(round_: Round, place: Place, found: Sequence[Inventory]) -> Inventory:
    company = round_.store.company
    try:
        # Where a quorum is no majority, two histories may both have been acknowledged.
        majority = 2 * company.quorum > len(company.active)
        return counting(found, company.size if majority else 2 * company.size)
    except IntegrityError as cause:
        raise ForkedError(str(cause), place=place.prefix + INVENTORY) from cause


def expected(round_: Round, place: Place, verdict: Verdict) -> dict[str, Right]:
    """Return every key that an object must have, and what it must hold."""
    prefix, inventory, data = place.prefix, verdict.inventory, verdict.data
    rights = {prefix + path: Right(sha256) for path, sha256 in inventory.manifest.items()}
    rights[prefix + OBJECT_DECLARATION] = right_of(object_declaration(), late=True)
    there = frozenset[str]().union(*place.listed.values())
    for number in range(1, inventory.head + 1):
        folder = f"{prefix}{version_name(number)}/"
        if folder + INVENTORY in there:
            copy = data if number == inventory.head else _older(round_, place, verdict, number)
            if copy is None:
                round_.cannot(folder + INVENTORY, "no store has the inventory of this version as it was")
                continue
            # Its sidecar first: the version is there from the instant its inventory is.
            rights[folder + SIDECAR] = right_of(sidecar(copy), late=True)
            rights[folder + INVENTORY] = right_of(copy, late=True)
    rights[prefix + INVENTORY] = right_of(data, late=True, always=True)
    rights[prefix + SIDECAR] = right_of(sidecar(data), late=True, always=True)
    return rights


def right_of(data: bytes, *, late: bool = False, always: bool = False) -> Right:
    """Return what a key must hold whose bytes are known."""
    return Right(hashlib.sha256(data).hexdigest(), data, late, always)


def _counting(store: ObjectStore, prefix: str, keys: frozenset[str]) -> Verdict | None:
    inventory = current_inventory(store, prefix, keys)
    if inventory is None:
        return None
    if not prefix.endswith(f"{object_root(inventory.object_id)}/"):
        raise IntegrityError("E037: the inventory is another object's", place=prefix + INVENTORY)
    for key in (prefix + INVENTORY, f"{prefix}{version_name(inventory.head)}/{INVENTORY}"):
        if key in keys:
            data = store.read(key)
            with suppress(IntegrityError):  # damaged, and the other vouches for it
                if parse_inventory(data, key) == inventory:
                    return Verdict(inventory, data)
    return None


def _older(round_: Round, place: Place, verdict: Verdict, number: int) -> bytes | None:
    """Return the inventory as it was at an older version: one that says the same of it as the newest."""
    key = f"{place.prefix}{version_name(number)}/{INVENTORY}"
    votes: Counter[bytes] = Counter()
    for name, store in round_.answering():
        if key not in place.listed.get(name, ()):
            continue
        try:
            data = round_.ask(name, lambda store=store: store.read(key), b"")  # type: ignore[misc]
            inventory = parse_inventory(data, key)
        except (IntegrityError, NotFound, LongevaError):
            continue
        if inventory.versions == verdict.inventory.versions[:number]:
            votes[data] += 1
    return max(votes, key=lambda data: votes[data]) if votes else None
