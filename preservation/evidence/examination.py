# SPDX-License-Identifier: EUPL-1.2
"""Judge the evidence of object versions whose bytes an audit has just read; nothing is read twice.

Each fault is told once, where it lies. A file that is not what the inventory says was told by whoever read
it: its recorded digest stands in for it, so that the evidence of the object is judged all the same. A damaged
batch, or a token that holds no longer, is told with the batch; the objects behind it are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from archive.catalog import Transaction
from archive.catalog.rows import BatchRecord, LeafRecord, Link
from archive.errors import IntegrityError, NotFound, StorageUnavailable
from archive.home import Home
from archive.inventory import ALGORITHM, Inventory
from archive.model import ObjectRecord
from archive.problems import Problem
from preservation.evidence.batch_check import check_batch, check_leaves, token_problem
from preservation.evidence.choosing import SoundTokens
from preservation.evidence.groups import VersionGroup
from preservation.evidence.repository import EvidenceRepository
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """How the evidence of the audited objects stands."""

    verified: int
    """Records that prove their object version at the instant of judgement."""
    failed: int
    """Sealed object versions that nothing proves now; why is among the problems, once for each cause."""
    due: int
    """Objects whose head version is not sealed yet."""

    def to_json(self) -> dict[str, int]:
        """Return the form that `--json` shows."""
        return {"verified": self.verified, "failed": self.failed, "due": self.due}


@dataclass(slots=True)
class EvidenceExamination:
    """One audit's look at evidence, at one instant, so that each token is judged once. One thread."""

    home: Home
    trust: TrustStore
    """Anchors for time stamping, certificates that may help, revocation data."""
    at: datetime
    strength: Strength = STRENGTH
    """Until when each algorithm proves something."""
    _repository: EvidenceRepository = field(init=False)
    _tokens: SoundTokens = field(init=False)
    _sound: dict[str, bool] = field(default_factory=dict)
    """By batch: whether its tree leads to its token."""
    _told: set[str] = field(default_factory=set)
    """Batches whose token was told."""
    _verified: int = 0
    _failed: int = 0
    _due: dict[str, list[str]] = field(default_factory=dict)
    """By tenant: the objects without evidence."""

    def __post_init__(self) -> None:
        """Open a repository of its own: one for the run."""
        self._repository = EvidenceRepository(self.home)
        self._tokens = SoundTokens(self.trust, self.at, self.strength)

    def batches(self, tx: Transaction, damaged: Mapping[str, Collection[str]]) -> Iterator[Problem]:
        """Hold every batch of the catalogue against the store, leaf by leaf.

        Args:
            tx: The catalogue.
            damaged: Object keys of batches, with those of their files whose damage is told already.
        """
        objects = self.home.evidence_objects()
        for batch in tx.batches():
            yield from self._batch(batch, damaged.get(batch.object_key, ()))
            if self._sound[batch.batch_id]:
                yield from check_leaves(objects, batch, tx.leaves_in(batch.batch_id))

    def object(
        self, tx: Transaction, record: ObjectRecord, inventory: Inventory, read: Mapping[str, str]
    ) -> Iterator[Problem]:
        """Judge the evidence of every sealed version of an object.

        Args:
            tx: The catalogue.
            record: The object.
            inventory: As the store has it, checked.
            read: Logical paths of the head with the sha256 that was just read, where it is as recorded.

        Source:
            RFC 4998 4.3, 5.3; Ley 39/2015 art. 17.2.
        """
        sealed = {leaf.version: leaf for leaf in reversed(tx.seals_of(record.object_id))}
        if record.version not in sealed:
            self._due.setdefault(record.tenant_id, []).append(record.object_id)
        for leaf in sealed.values():
            problems = self._version(tx, leaf, inventory, read if leaf.version == inventory.head else {})
            for problem in problems:
                yield problem if problem.object_id else _of(record, problem)

    def waiting(self) -> Iterator[Problem]:
        """Say for each tenant how many objects wait for their first evidence, and which one first."""
        for tenant_id, objects in self._due.items():
            yield Problem("EVIDENCE-ABSENT", objects[0], "", str(len(objects)), "", tenant_id)

    def counts(self) -> EvidenceCounts:
        """Return how it stands so far."""
        return EvidenceCounts(self._verified, self._failed, sum(map(len, self._due.values())))

    def _version(
        self, tx: Transaction, leaf: LeafRecord, inventory: Inventory, read: Mapping[str, str]
    ) -> Iterator[Problem]:
        links = self._repository.line(tx, leaf)
        for link in links:
            yield from self._batch(link.batch)
        if not all(self._sound[link.batch.batch_id] for link in links):
            self._failed += 1
            return
        try:
            verdict = self._judge(links, self._group(tx, leaf, inventory), read)
        except (IntegrityError, NotFound, StorageUnavailable) as cause:
            self._failed += 1
            yield _invalid(str(cause))
            return
        if verdict.indication is Indication.TOTAL_PASSED:
            self._verified += 1
            return
        self._failed += 1
        yield from self._blame(links, verdict)

    def _group(self, tx: Transaction, leaf: LeafRecord, inventory: Inventory) -> VersionGroup:
        objects = self.home.objects(tx.object(leaf.object_id).tenant_id)
        material = objects.material(inventory, leaf.version)
        return VersionGroup(self.home.store, objects, inventory, leaf.version, material)

    def _judge(self, links: list[Link], group: VersionGroup, read: Mapping[str, str]) -> EvidenceVerdict:
        # a piece of material that has changed was told by whoever read it, once for all objects
        documents = [
            partial(_digest, read[path], known) if path in read else known
            for path, known in group.documents.items()
        ]
        judge = partial(
            verify_record,
            documents=documents,
            at=self.at,
            trust=self.trust,
            group=True,
            strength=self.strength,
        )
        record = self._repository.assemble(links, group)
        verdict = judge(record)
        if verdict.indication is Indication.TOTAL_PASSED or not any(link.batch.others for link in links):
            return verdict
        return judge(self._repository.assemble(links, group, self._tokens))

    def _batch(self, batch: BatchRecord, told: Collection[str] = ()) -> list[Problem]:
        """Check a batch the first time that it is met."""
        if batch.batch_id in self._sound:
            return []
        problems, tree = check_batch(self.home.evidence_objects(), batch, told)
        self._sound[batch.batch_id] = tree is not None
        if tree is not None:
            self._repository.hold(batch, tree)
        return problems

    def _blame(self, links: list[Link], verdict: EvidenceVerdict) -> Iterator[Problem]:
        """Tell apart what is wrong with an object's record from what is wrong with a token of many."""
        failed = [
            (link.batch, stamp)
            for link, stamp in zip(links, verdict.stamps, strict=False)
            if stamp.indication is not Indication.TOTAL_PASSED
        ]
        if not verdict.intact or not failed:
            yield _invalid(verdict.told(), verdict.told("es"))
            return
        for batch, stamp in failed:
            if batch.batch_id not in self._told:
                self._told.add(batch.batch_id)
                yield token_problem(batch, stamp)


def _digest(read: str, known: Callable[[str], bytes], algorithm: str) -> bytes:
    """Return a file's digest: the one that was just read, where it was read under this algorithm."""
    return bytes.fromhex(read) if algorithm == ALGORITHM else known(algorithm)


def _invalid(detail: str, spanish: str = "") -> Problem:
    return Problem("EVIDENCE-INVALID", "", "", detail, "", detail_es=spanish)


def _of(record: ObjectRecord, problem: Problem) -> Problem:
    return replace(problem, object_id=record.object_id, key="", tenant_id=record.tenant_id)
