# SPDX-License-Identifier: EUPL-1.2
"""One healing under way: the stores that answer, and how to ask one so that its failure stops nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from archive.catalog import INSTALLATION
from archive.errors import StorageUnavailable
from archive.healing.report import HealReport
from archive.home import Home
from archive.ledger import EventDraft
from archive.model import SYSTEM_TENANT
from archive.problems import Problem
from archive.store import ObjectStore
from archive.store.replicated import ReplicatedStore

_Result = TypeVar("_Result")

REPAIRED: Final = "copy.repaired"
"""Ledger event: a store holds other bytes than it should, and they are replaced. Told before it is done."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a key must hold."""

    sha256: str
    data: bytes | None = None
    """The bytes, where they can be derived; None where a store must have them."""
    late: bool = False
    """Stands for other bytes: put only when those are stable, and while no writer is at it."""
    always: bool = False
    """Is rewritten, so that a store that has it may have an older one: look every time."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Other bytes in one store."""

    store: str
    key: str
    found: str
    """Their sha256; empty where the key is not there."""
    right: Right


@dataclass(slots=True)
class Round:
    """Stores, and what was done to them. One thread."""

    home: Home
    store: ReplicatedStore
    """An instance of our own: nothing is unsynced in it."""
    thorough: bool = False
    """Read every byte of what is there."""
    only: str = ""
    """Change only this store; empty for all that are written."""
    agent: str = "worker"
    report: HealReport = field(default_factory=HealReport)
    given: Counter[str] = field(default_factory=Counter)
    """Keys that a store lacked and was given, except the journal of what healings themselves tell."""
    touched: set[str] = field(default_factory=set)
    """Stores that were put something since their last sync."""

    def answering(self) -> Iterator[tuple[str, ObjectStore]]:
        """Yield the stores that have not failed in this healing, in the order of preference."""
        for member in self.store.members:
            # Looked up at each step: a store may fail between two of them.
            if member.name not in self.report.failed:
                yield member.name, member.bare

    def targets(self) -> Iterator[tuple[str, ObjectStore]]:
        """Yield those of them that are to be brought up."""
        draining = set(self.store.company.draining)
        for name, store in self.answering():
            if name not in draining and self.only in {"", name}:
                yield name, store

    def ask(self, name: str, what: Callable[[], _Result], otherwise: _Result) -> _Result:
        """Return what a store answers; where it fails, remember that and return `otherwise`."""
        if name in self.report.failed:
            return otherwise
        try:
            return what()
        except StorageUnavailable as cause:
            self.report.failed[name] = str(cause)
            self.store.health.failed(name, str(cause))
            return otherwise

    def sync(self) -> None:
        """Make durable what was put; a store that cannot has failed."""
        for name, store in self.targets():
            if name in self.touched:
                self.ask(name, store.sync, None)
        self.touched.clear()

    def record(self, repairs: Sequence[Repair]) -> None:
        """Tell the ledger of what is about to be replaced: nothing in a store is changed in silence."""
        drafts = [EventDraft(REPAIRED, each.key, self.agent, _detail(each)) for each in repairs if each.store]
        if drafts:
            with self.home.catalog.transaction(INSTALLATION) as tx:
                self.home.ledger.append_all(tx, SYSTEM_TENANT, drafts)

    def cannot(self, key: str, detail: str, places: Iterable[str] = ()) -> None:
        """Note what no store has as it should be; while one is away, it may be the one that has it."""
        if self.report.failed:
            self.report.postponed += 1
            return
        told = f"{detail} ({', '.join(places)})" if places else detail
        if all(problem.key != key for problem in self.report.unrepairable[-100:]):
            self.report.unrepairable.append(Problem("STORE-COPY-UNREPAIRABLE", "", key, told, key))


def _detail(repair: Repair) -> dict[str, str]:
    return {"store": repair.store, "found": repair.found, "recorded": repair.right.sha256}
