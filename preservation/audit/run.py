# SPDX-License-Identifier: EUPL-1.2
"""Read what is kept again and compare it with what was recorded: all of it, or a random sample.

For each object: the store has it, its inventory is whole, inventory and catalogue say the same of every file,
its record and the catalogue the same of documents and verdicts; for each file: its bytes still have the
recorded sha256; for each sealed version: its evidence record proves what was just read. A full audit also
reads each piece of validation material once and the evidence batches, holds the catalogue's events against
the journal and names objects that the catalogue does not know; a sample is drawn among material too. Files
are read in storage order where the store can tell it (measured up to twice as fast as in the order of names).
What a sample is worth is told in `preservation.audit.probability`.

Limits: the catalogue is read in one consistent view for as long as the audit lasts. Signatures of documents
have their own verification (`longeva signature validate`). Memory: one batch of objects, a few hash trees.
"""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Final, Protocol, TypeVar

from archive.catalog import INSTALLATION, Transaction
from archive.clock import format_instant
from archive.errors import IntegrityError, LongevaError, NotFound
from archive.findings import Severity
from archive.home import Home
from archive.inventory import Inventory
from archive.material import missing_material
from archive.model import RECEIVED, ObjectRecord, StoredFile
from archive.objects import Objects
from archive.problems import Problem
from preservation.audit.catalogue import compare_record
from preservation.audit.clock import clock_problems
from preservation.audit.files import AWAY_COPY, BAD_COPY, HEALED_COPY, MAPS, FileReader, Target
from preservation.audit.report import AuditReport
from preservation.audit.sample import Certainty, draw
from preservation.audit.structure import object_structure, other_files
from preservation.evidence.examination import EvidenceExamination
from preservation.installation import strength
from preservation.trust.store import TrustStore

_Item = TypeVar("_Item")

BATCH: Final = 128
"""Objects looked at together: their files are put in storage order."""


class OnProgress(Protocol):
    """Told how far the audit is."""

    def __call__(self, done: int, total: int) -> None:
        """`done` of about `total` files were read."""
        ...


@dataclass(slots=True)
class Tally:
    """What was seen so far."""

    objects: int = 0
    files: int = 0
    bytes: int = 0
    problems: list[Problem] = field(default_factory=list)


def audit(
    home: Home,
    *,
    trust: TrustStore | None = None,
    sample: int | Certainty | None = None,
    seed: int | None = None,
    repair: bool = False,
    on_progress: OnProgress | None = None,
) -> AuditReport:
    """Audit every file, or `sample` files drawn at random, against inventory, catalogue and evidence.

    Args:
        home: An open home; it is only read, unless `repair` is asked for.
        trust: Whom to trust for time stamps, with revocation lists: evidence is judged at the home's present.
            None leaves evidence aside, and the report says so.
        sample: How many files, or what they shall be worth; None for all, and then also evidence batches,
            unknown objects and ledgers.
        seed: Draws the same sample again where the archive is the same. None draws a new one.
        repair: Where there are several copies, mend a bad one from a good one.
        on_progress: Called after each file.

    Returns:
        The report. Problems name tenant, object and exact file; they never stop the audit.

    Raises:
        CatalogUnavailable: The catalogue cannot be read.
        InvalidRequest: A certainty that no sample can have.

    Source:
        ENI (RD 4/2010) art. 21.1 (integrity is kept over the whole life); ISO 14721 "Error Checking";
        RFC 4998 4.3, 5.3 (evidence).
    """
    run = AuditRun(home, trust, on_progress, repair=repair)
    if sample is not None:
        seed = secrets.randbits(63) if seed is None else seed
        drawn = draw(home.catalog, home.store, sample, seed)
        run.total = drawn.size
        run.material(drawn.material, drawn.listed)
        run.objects_of_catalog(drawn.objects)
        return run.report(drawn.population, seed)
    with home.catalog.reading(INSTALLATION) as tx:
        counts = tx.counts()
    run.total = counts.get("files", 0) + counts.get("objects", 0)
    run.material()
    run.evidence_batches()
    run.objects_of_catalog(None)
    run.unknown_objects()
    run.ledgers()
    return run.report()


class AuditRun:
    """One audit under way: what it looks at is its caller's choice, in steps, each of which adds up."""

    def __init__(
        self,
        home: Home,
        trust: TrustStore | None,
        on_progress: OnProgress | None = None,
        *,
        repair: bool = False,
        agent: str = "cli",
    ) -> None:
        """See `audit` for what is given; nothing is read yet. `agent` mends, for the ledger."""
        self._home = home
        self._now = home.clock.now()
        self._evidence: EvidenceExamination | None = None
        if trust is not None:
            self._evidence = EvidenceExamination(home, trust, self._now, strength(home))
        self._on_progress = on_progress
        self._files = FileReader(home, repair=repair, agent=agent)
        self.total = 0
        """About how many files there will be: for progress alone."""
        self._sound: frozenset[str] | None = None
        self.tally = Tally()

    def report(self, population: int | None = None, seed: int | None = None) -> AuditReport:
        """Return what was found so far; without a population it was everything."""
        tally, counted = self.tally, None
        if self._evidence:
            tally.problems += self._evidence.waiting()
            counted = self._evidence.counts()
        return AuditReport(
            format_instant(self._now),
            tally.objects,
            tally.files,
            tally.bytes,
            tuple(tally.problems),
            tally.files if population is None else population,
            seed,
            counted,
        )

    def objects_of_catalog(self, chosen: dict[str, set[str]] | None) -> None:
        """Audit what the catalogue knows: all of it, or the chosen paths of the chosen objects."""
        with self._home.catalog.reading(INSTALLATION) as tx, _workers() as workers:
            for tenant in tx.tenants():
                records = (r for r in tx.objects(tenant.tenant_id) if chosen is None or r.object_id in chosen)
                for batch in _batches(records):
                    self._objects(tx, workers, batch, chosen)

    def some_objects(self, records: Iterable[ObjectRecord]) -> None:
        """Audit these objects with all their files."""
        with self._home.catalog.reading(INSTALLATION) as tx, _workers() as workers:
            for batch in _batches(records):
                self._objects(tx, workers, batch, None)

    def _objects(
        self,
        tx: Transaction,
        workers: Executor,
        records: list[ObjectRecord],
        chosen: dict[str, set[str]] | None,
    ) -> None:
        found: list[tuple[ObjectRecord, Inventory]] = []
        targets: list[Target] = []
        for record in records:
            before, files = len(self.tally.problems), tx.files(record.object_id)
            inventory = self._compare(record, files)
            if chosen is None:
                self._structure(record.tenant_id, record.object_id, before, files, inventory)
            if inventory is None:
                targets += self._files.targets_of_rows(record, files)
            if inventory is not None:
                self.tally.problems += compare_record(self._home, tx, record, inventory)
                found.append((record, inventory))
                self._compare_material(record, inventory)
                wanted = None if chosen is None else chosen[record.object_id]
                objects = self._home.objects(record.tenant_id)
                content = self._files.targets(record.tenant_id, objects, inventory)
                targets += [target for target in content if wanted is None or target.path in wanted]
        read = self._read(workers, targets)
        if self._evidence:
            for record, inventory in found:
                self.tally.problems += self._evidence.object(tx, record, inventory, read[record.object_id])

    def material(self, drawn: Collection[str] | None = None, listed: Iterable[str] = ()) -> None:
        """Audit the validation material: each piece is read once, however many objects name it.

        Args:
            drawn: Read only these pieces; None for all.
            listed: Where some are drawn: all that the store has. Objects audited later must name no other.
        """
        sound = set(listed)
        for digest, problems in self._files.pieces(drawn):
            self.tally.files += 1
            self.tally.problems += problems
            if any(problem.severity is Severity.ERROR and problem.kind != BAD_COPY for problem in problems):
                sound.discard(digest)
            else:
                sound.add(digest)
            self._tell_progress()
        self._sound = frozenset(sound)

    def known_material(self, listed: Iterable[str]) -> None:
        """Take these pieces for there, unread: for a step of an audit that reads them in another."""
        self._sound = frozenset(listed)

    def ledgers(self) -> None:
        """Hold the catalogue's events against the journal, and judge what else is no object."""
        self.tally.problems += other_files(self._home, self._files)
        self.tally.problems += clock_problems(self._home)

    def evidence_batches(self) -> None:
        """Audit the evidence batches, which belong to no tenant."""
        objects = self._home.evidence_objects()
        with _workers() as workers:
            for batch in _batches(objects.object_ids(skip_damaged=True)):
                found = []
                for object_id in batch:
                    before = len(self.tally.problems)
                    found.append(self._inventory("", object_id, objects))
                    self._structure("", object_id, before, (), found[-1])
                listed = (self._files.targets("", objects, inventory) for inventory in found if inventory)
                self._read(workers, list(chain.from_iterable(listed)))
        if self._evidence:
            damaged: dict[str, set[str]] = defaultdict(set)
            for problem in self.tally.problems:
                if problem.kind not in {AWAY_COPY, HEALED_COPY}:  # another copy has it
                    damaged[problem.object_id].add(problem.path)
            with self._home.catalog.reading(INSTALLATION) as tx:
                self.tally.problems += self._evidence.batches(tx, damaged)

    def unknown_objects(self) -> None:
        """Name objects of the store that the catalogue does not know."""
        with self._home.catalog.reading(INSTALLATION) as tx:
            tenants = tx.tenants()
        for tenant in tenants:
            stored = self._home.objects(tenant.tenant_id).object_ids(skip_damaged=True)
            for batch in _batches(stored):
                with self._home.catalog.reading(
                    INSTALLATION
                ) as tx:  # after the store: a deposit may just have ended
                    known = tx.known_objects(batch)
                for object_id in sorted(set(batch) - known):
                    self._tell("AUDIT-OBJECT-UNKNOWN", tenant.tenant_id, object_id)

    def _compare(self, record: ObjectRecord, files: list[StoredFile]) -> Inventory | None:
        """Hold the catalogue's rows against the inventory; return it if it can be read."""
        tenant_id, object_id = record.tenant_id, record.object_id
        objects = self._home.objects(tenant_id)
        inventory = self._inventory(tenant_id, object_id, objects)
        if inventory is None:
            return None
        if inventory.head != record.version and not self._was_updated(object_id, inventory):
            detail = f"catalogue {record.version}, inventory {inventory.head}"
            self._tell("AUDIT-VERSION", tenant_id, object_id, detail=detail)
        state = inventory.version().state
        for file in files:
            self._compare_file(record, inventory, file)
        for path in sorted(state.keys() - {file.path for file in files}):
            if path.startswith(RECEIVED):
                self._tell("AUDIT-FILE-UNKNOWN", tenant_id, object_id, path)
        return inventory

    def _compare_file(self, record: ObjectRecord, inventory: Inventory, file: StoredFile) -> None:
        tenant_id, object_id = record.tenant_id, record.object_id
        recorded = inventory.version().state.get(file.path)
        if recorded is None:
            self._tell("AUDIT-FILE-LOST", tenant_id, object_id, file.path)
            return
        stated = (recorded, inventory.fixity.get(inventory.content_path(file.path), file.digests.sha512))
        if stated != (file.digests.sha256, file.digests.sha512):
            detail = f"catalogue {file.digests.sha256}, inventory {recorded}"
            self._tell("AUDIT-FILE-DIGEST", tenant_id, object_id, file.path, detail)

    def _compare_material(self, record: ObjectRecord, inventory: Inventory) -> None:
        """Tell which validation material of an object was not found sound, where all of it was read."""
        if self._sound is None:
            return
        with suppress(LongevaError):  # a list that cannot be read is told with the object's files
            named = self._home.objects(record.tenant_id).material(inventory)
            for problem in missing_material(named, self._sound, record.object_id):
                self.tally.problems.append(replace(problem, tenant_id=record.tenant_id))

    def _structure(
        self,
        tenant_id: str,
        object_id: str,
        before: int,
        files: Sequence[StoredFile],
        inventory: Inventory | None,
    ) -> None:
        """Judge what is around the content; that an inventory is damaged is then told by its exact file."""
        told = self.tally.problems[before:]
        if any(problem.kind == "AUDIT-OBJECT-MISSING" for problem in told):
            return  # what is left of it says no more than that
        found = object_structure(self._files, self._home.store, tenant_id, object_id, files, inventory)
        if found:
            self.tally.problems[before:] = [each for each in told if each.kind != "STORE-INVENTORY-DIGEST"]
        self.tally.problems += found

    def _was_updated(self, object_id: str, inventory: Inventory) -> bool:
        """Look again: a version may have been added since the audit's view of the catalogue was taken."""
        with self._home.catalog.reading(INSTALLATION) as tx:
            return tx.object(object_id).version == inventory.head

    def _inventory(self, tenant_id: str, object_id: str, objects: Objects) -> Inventory | None:
        self.tally.objects += 1
        try:
            return objects.inventory(object_id)
        except NotFound:
            self._tell("AUDIT-OBJECT-MISSING", tenant_id, object_id)
        except IntegrityError as cause:
            problem = Problem("STORE-INVENTORY-DIGEST", object_id, cause.place, str(cause), cause.place)
            self.tally.problems.append(replace(problem, tenant_id=tenant_id))
        except LongevaError as cause:
            self._tell("STORE-UNREADABLE", tenant_id, object_id, "inventory.json", str(cause))
        return None

    def _read(self, workers: Executor, targets: list[Target]) -> dict[str, dict[str, str]]:
        """Read files in storage order; return what was read as recorded: by object and path, its sha256."""
        ordered = sorted(targets, key=self._files.position)
        read: dict[str, dict[str, str]] = defaultdict(dict)
        for target, seen in zip(ordered, workers.map(self._files.check, ordered), strict=True):
            self.tally.files += 1
            self.tally.bytes += seen.size
            self.tally.problems += self._files.settled(target, seen)
            if seen.digest and target.path not in MAPS:
                read[target.object_id][target.path] = seen.digest
            self._tell_progress()
        return read

    def _tell_progress(self) -> None:
        if self._on_progress:
            self._on_progress(self.tally.files, max(self.total, self.tally.files))

    def _tell(self, kind: str, tenant_id: str, object_id: str, path: str = "", detail: str = "") -> None:
        self.tally.problems.append(Problem(kind, object_id, path, detail, "", tenant_id))


def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="audit")


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch
