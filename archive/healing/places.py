# SPDX-License-Identifier: EUPL-1.2
"""Where to look: after the ledger's events, or everywhere.

A place is an object's folder, with what each store lists there, or some keys beside the objects.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from archive.catalog import INSTALLATION
from archive.errors import NotFound, StorageUnavailable
from archive.healing.round import Round
from archive.home import EVIDENCE_ROOT
from archive.journal import ledger_prefix
from archive.layout import object_root, root_files
from archive.model import LedgerEvent
from archive.record import deposit_key
from archive.registers import key_of
from archive.store.replicated.mark import KEY
from archive.tenants import tenant_key

OBJECT_KINDS: Final = frozenset({"object.stored", "object.updated", "object.disposed"})
EVIDENCE_KINDS: Final = frozenset({"evidence.sealed", "evidence.renewed"})
EVENTS_A_PAGE: Final = 1_000
LOOSE_KEYS: Final = 500
"""Keys beside objects that are looked at together."""

_OBJECT: Final = re.compile(r"((?:tenants/[^/]+|evidence)/ocfl/(?:[0-9a-f]{3}/){3}[0-9a-f]{64}/)")


@dataclass(frozen=True, slots=True)
class Place:
    """Something that every store must have alike."""

    prefix: str
    """Folder of an object; empty for keys beside objects."""
    listed: Mapping[str, frozenset[str]] = field(hash=False)
    """What each store that answers has there."""


def everywhere(round_: Round) -> Iterator[Place]:
    """Yield everything that any store has; one object's names are in memory at a time.

    A store that cannot be listed to its end has failed.
    """
    lists = [_listing(round_, name) for name, _ in round_.answering()]
    loose: dict[str, set[str]] = {}
    count = 0
    for prefix, group in groupby(heapq.merge(*lists), lambda each: _prefix_of(each[0])):
        if prefix:
            found: dict[str, set[str]] = {}
            for key, name in group:
                found.setdefault(name, set()).add(key)
            yield _place(round_, prefix, found)
            continue
        for key, name in group:
            loose.setdefault(name, set()).add(key)
            count += 1
        if count >= LOOSE_KEYS:
            yield _place(round_, "", loose)
            loose, count = {}, 0
    if loose:
        yield _place(round_, "", loose)


def after_events(round_: Round, position: int, last: int) -> Iterator[tuple[int, Place]]:
    """Yield what the events after one position and up to another speak of, with how many were followed."""
    tenants: dict[str, None] = {}
    seen: set[str] = set()
    followed = 0
    while position < last:
        with round_.home.catalog.reading(INSTALLATION) as tx:
            events = [each for each in tx.events(position, EVENTS_A_PAGE) if each.position <= last]
        if not events:
            break
        for event in events:
            tenants[event.tenant_id] = None
            followed += 1
            for prefix in {_object_of(round_, event)} - seen - {""}:
                seen.add(prefix)
                yield followed, look(round_, prefix)
        beside = {key for event in events for key in (_deposit_of(event), key_of(event)) if key}
        if beside:
            yield followed, look_at(round_, beside)
        position = events[-1].position
    for tenant_id in tenants:
        yield followed, look_at(round_, _frame(tenant_id), ledger_prefix(tenant_id))


def look(round_: Round, prefix: str) -> Place:
    """List an object's folder in every store that answers."""
    return _place(
        round_, prefix, {name: set(_listed(round_, name, prefix)) for name, _ in round_.answering()}
    )


def look_at(round_: Round, keys: set[str], prefix: str = "") -> Place:
    """See which of some keys, and of those under a prefix, every store that answers has."""
    found: dict[str, set[str]] = {}
    for name, store in list(round_.answering()):
        there = round_.ask(name, lambda store=store: {key for key in keys if store.exists(key)}, set[str]())  # type: ignore[misc]
        found[name] = there | (set(_listed(round_, name, prefix)) if prefix else set())
    return _place(round_, "", found)


def _place(round_: Round, prefix: str, found: Mapping[str, set[str]]) -> Place:
    names = [name for name, _ in round_.answering()]
    return Place(prefix, {name: frozenset(found.get(name, ())) for name in names})


def _listing(round_: Round, name: str) -> Iterator[tuple[str, str]]:
    for key in _listed(round_, name, ""):
        if key != KEY:
            yield key, name


def _listed(round_: Round, name: str, prefix: str) -> Iterator[str]:
    store = dict(round_.answering()).get(name)
    try:
        yield from store.keys(prefix) if store else ()
    except StorageUnavailable as cause:
        round_.report.failed[name] = str(cause)


def _prefix_of(key: str) -> str:
    found = _OBJECT.match(key)
    return found[1] if found else ""


def _object_of(round_: Round, event: LedgerEvent) -> str:
    if event.kind in OBJECT_KINDS:
        return f"tenants/{event.tenant_id}/ocfl/{object_root(event.subject)}/"
    if event.kind in EVIDENCE_KINDS:
        try:
            with round_.home.catalog.reading(INSTALLATION) as tx:
                return f"{EVIDENCE_ROOT}{object_root(tx.batch(event.subject).object_key)}/"
        except NotFound:
            return ""
    return ""


def _deposit_of(event: LedgerEvent) -> str:
    # A deposit that became an object at once is told in it, and has no file of its own.
    deposit = "" if event.kind in OBJECT_KINDS else event.detail.get("deposit")
    return deposit_key(event.tenant_id, str(deposit)) if deposit else ""


def _frame(tenant_id: str) -> set[str]:
    roots = [f"tenants/{tenant_id}/ocfl/", EVIDENCE_ROOT]
    return {tenant_key(tenant_id), *(root + path for root in roots for path in root_files())}
