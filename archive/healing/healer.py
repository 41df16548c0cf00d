# SPDX-License-Identifier: EUPL-1.2
"""A healing from mark to mark: what the ledger says that happened since, in every store.

The mark of a store moves when everything after it was compared, the store has it, and enough stores answered
that nothing acknowledged can be in the others alone. A store without mark, or one whose mark speaks of
another ledger, is compared everywhere; so an added store is filled, and one that lost its disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest, StorageUnavailable
from archive.healing.carrying import digest_in, replace
from archive.healing.levelling import Levelling
from archive.healing.places import Place, after_events, everywhere
from archive.healing.report import HealReport
from archive.healing.round import Repair, Right, Round
from archive.home import Home
from archive.model import SYSTEM_TENANT
from archive.store import ObjectStore
from archive.store.replicated import ReplicatedStore
from archive.store.replicated.mark import StoreMark, read_mark, write_mark

HEALED: Final = "copies.healed"
"""Ledger event: stores that lacked keys have them now; the subject is the installation."""
PLACES_A_BATCH: Final = 64
"""Objects that become durable together in the store that is healed."""

Stop = Callable[[], bool]
"""Tells whether to end as soon as possible."""
Progress = Callable[[int, int], None]
"""Told how many of about how many events, or objects, were looked at."""


def heal_due(home: Home, *, agent: str = "worker", stop: Stop | None = None) -> HealReport:
    """Bring every store up that is behind; quick where none is. For a worker's every round.

    Filling an empty store takes as long as copying it. See `heal` for the arguments.

    Returns:
        What was done. A store that does not answer is in `failed`, and healed another time.

    Raises:
        CatalogUnavailable: The catalogue cannot be read, or is older than the journal.
        IntegrityError: Catalogue and journal tell different stories; nothing was touched.
        StorageUnavailable: The home cannot be written.
        ConflictError: A writer did not let go for a long time; repeat.
    """
    return heal(home, agent=agent, stop=stop)


def heal(
    home: Home,
    only: str = "",
    *,
    thorough: bool = False,
    agent: str = "cli",
    on_progress: Progress | None = None,
    stop: Stop | None = None,
) -> HealReport:
    """Compare the stores and give each what it lacks.

    Args:
        home: An open home. One store alone has nothing to be compared with: the report is empty.
        only: Change only this store, by name.
        thorough: Compare everything, every byte of every copy, not only what the ledger tells of since.
        agent: Who asks, for the ledger.
        on_progress: Called after each batch.
        stop: Asked after each batch whether to end there; what was done stays, the marks stay behind.

    Raises:
        InvalidRequest: No store of that name, or one that is drained.
        CatalogUnavailable, StorageUnavailable, ConflictError, IntegrityError: As `heal_due`.
    """
    store = home.engines.open_store()
    if not isinstance(store, ReplicatedStore):
        return HealReport()
    if only and only not in store.company.active:
        raise InvalidRequest(f"no store that is written is called {only!r}")
    round_ = Round(home, store, thorough, only, agent)
    marks = _marks(round_)
    last = last_event(home)
    levelling = Levelling(round_)
    start = min((mark.position for name, mark in marks.items() if only in {"", name}), default=last.position)
    current = StoreMark(last.position, last.digest, store.company)
    due = thorough or any(mark != current for name, mark in marks.items() if only in {"", name})
    if due and marks:
        _carry_first(round_)
        places = (
            _walk(round_, on_progress)
            if thorough or start == 0
            else _follow(round_, start, last.position, on_progress)
        )
        while batch := list(islice(places, PLACES_A_BATCH)):
            levelling.level(batch)
            if stop is not None and stop():
                _tell(round_)
                return round_.report
    _suspects(round_)
    if due:
        _tell(round_)
        _move_marks(round_, current)
    return round_.report


def heal_key(home: Home, name: str, key: str, sha256: str, *, agent: str = "cli") -> bool:
    """Replace what one store has under a key by the bytes that have a digest, from another store.

    For whoever just read it and found other bytes, or none. Told in the ledger; durable when it returns.

    Returns:
        Whether the store has the right bytes now.
    """
    store = home.engines.open_store()
    if not isinstance(store, ReplicatedStore) or name not in store.company.active:
        return False
    round_ = Round(home, store, agent=agent)
    return _heal_key(round_, name, key, sha256)


def _heal_key(round_: Round, name: str, key: str, sha256: str) -> bool:
    target = dict(round_.targets()).get(name)
    if target is None:
        return False
    found = round_.ask(name, lambda: digest_in(target, key), None)
    if found is None or found == sha256:
        return found == sha256
    right = Right(sha256)
    round_.record([Repair(name, key, found, right)])
    done = replace(round_, (name, target), key, right)
    round_.sync()
    round_.report.repaired += done
    round_.home.carry(SYSTEM_TENANT)
    return done and round_.ask(name, lambda: digest_in(target, key), "") == sha256


def _carry_first(round_: Round) -> None:
    """Carry to the journal what the marks will speak of.

    A segment that came after the comparison could be missing in a store whose mark says that it has all. And
    a catalogue that tells another story than the journal says nothing of which segments are right.
    """
    try:
        with round_.home.writing():
            round_.home.ledger.flush()
    except StorageUnavailable:  # no quorum: what can be copied is, and no mark moves
        round_.report.postponed += 1


def _suspects(round_: Round) -> None:
    """Look again at what stores were caught at while reading, in this process."""
    for suspect in round_.store.health.take_suspects():
        if round_.only in {"", suspect.store}:
            _heal_key(round_, suspect.store, suspect.key, suspect.sha256)


def _marks(round_: Round) -> dict[str, StoreMark]:
    """Return the mark of each store that is written and answers; of one that has none, the beginning."""
    marks: dict[str, StoreMark] = {}
    for name, store in round_.answering():
        mark = round_.ask(name, lambda store=store: read_mark(store) or StoreMark(), None)  # type: ignore[misc]
        if mark is not None and name in round_.store.company.active:
            marks[name] = mark if is_ours(round_.home, mark) else StoreMark()
    return marks


def is_ours(home: Home, mark: StoreMark) -> bool:
    """Tell whether a mark speaks of this very ledger."""
    if mark.position == 0:
        return True
    with home.catalog.reading(INSTALLATION) as tx:
        found = tx.events(mark.position - 1, 1)
    return bool(found) and (found[0].position, found[0].digest) == (mark.position, mark.digest)


def last_event(home: Home) -> StoreMark:
    """Return position and digest of the newest event of all ledgers."""
    with home.catalog.reading(INSTALLATION) as tx:
        heads = [head for tenant in tx.ledger_tenants() if (head := tx.last_event(tenant))]
    newest = max(heads, key=lambda head: head.position, default=None)
    return StoreMark(newest.position, newest.digest) if newest else StoreMark()


def _walk(round_: Round, on_progress: Progress | None) -> Iterator[Place]:
    with round_.home.catalog.reading(INSTALLATION) as tx:
        total = tx.counts().get("objects", 0)
    for done, place in enumerate(everywhere(round_), 1):
        yield place
        if on_progress:
            on_progress(done, max(done, total))


def _follow(round_: Round, start: int, last: int, on_progress: Progress | None) -> Iterator[Place]:
    for followed, place in after_events(round_, start, last):
        yield place
        if on_progress:
            on_progress(followed, last - start)


def _tell(round_: Round) -> None:
    """Write into the ledger which stores were given what they lacked, and carry all of it to the journal."""
    copied = dict(sorted(round_.given.items()))
    lost = len(round_.report.unrepairable)
    if copied or lost:
        with round_.home.catalog.transaction(INSTALLATION) as tx:
            detail = {"copied": copied, "bytes": round_.report.bytes, "unrepairable": lost}
            round_.home.ledger.append(tx, SYSTEM_TENANT, HEALED, SYSTEM_TENANT, round_.agent, detail)
    if copied or lost or round_.report.repaired:
        round_.home.carry(SYSTEM_TENANT)


def _move_marks(round_: Round, mark: StoreMark) -> None:
    """Mark the stores that have everything now, if none of what was acknowledged can have been missed."""
    company, report = round_.store.company, round_.report
    silent = len(report.failed)
    if silent >= company.quorum or report.postponed:
        return
    for name, store in list(round_.targets()):
        if round_.ask(name, lambda store=store: _written(store, mark), False):  # type: ignore[misc]
            report.complete.append(name)
            round_.store.health.healed(name)


def _written(store: ObjectStore, mark: StoreMark) -> bool:
    write_mark(store, mark)
    return True
