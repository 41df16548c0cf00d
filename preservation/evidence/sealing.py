# SPDX-License-Identifier: EUPL-1.2
"""Seal what is not sealed yet: one tree over any number of object versions, one request (RFC 4998 4.2).

What waits is taken by policy (`policy`, `waiting`): tenants with equal policies share a tree, whose root is
stamped by as many authorities as the policy says. No writer waits while an authority thinks: tokens are asked
for without the lock, and thrown away if another sealer was faster. What nobody stamps now stays due, and
holds up nothing whose policy names others.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from archive.catalog import INSTALLATION
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord
from archive.catalog.waiting import DueVersion
from archive.errors import IntegrityError, InvalidRequest, LongevaError, NotFound, TimestampUnavailable
from archive.findings import Finding, finding
from archive.home import Home
from archive.identifiers import uuid7
from archive.ledger_heads import HEADS, RollUp, keep_openings, roll_up
from preservation import merkle
from preservation.evidence.batch import own_leaves, store_batch
from preservation.evidence.groups import VersionGroup
from preservation.evidence.policy import SealingPolicy, default_policy
from preservation.evidence.recording import Failures, adopt, record_batch, stamp_tree, told_of
from preservation.evidence.waiting import Group, groups_waiting
from preservation.stamping import TimestampAuthorities
from preservation.timestamps import TimestampAuthority


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch that was made, or that a run before had left half recorded."""

    batch: BatchRecord
    objects: int
    """Object versions that it covers."""
    findings: tuple[Finding, ...] = ()
    """Authorities that gave no token, tokens that are missing, objects that could not be read."""


@dataclass(frozen=True, slots=True)
class SealingReport:
    """What came of sealing everything that was due."""

    sealed: tuple[Sealed, ...] = ()
    failures: tuple[str, ...] = ()
    """Why groups stay due: no authority gave a token, or nothing of a group can be read."""

    @property
    def objects(self) -> int:
        """Object versions that have evidence now."""
        return sum(each.objects for each in self.sealed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was not as it should be."""
        return tuple(found for each in self.sealed for found in each.findings)


def seal_due(
    home: Home, authority: TimestampAuthority, *, limit: int | None = None, agent: str = "cli"
) -> BatchRecord | None:
    """Seal the group that has waited longest, whatever its interval; see `seal_all`.

    Args:
        home: The archive.
        authority: Gives the tokens, checked.
        limit: At most so many object versions, the longest waiting first; what the policy says by default.
        agent: Who asks, for the ledger.

    Returns:
        The new batch, or one that a run before left half recorded; None where nothing was due. Objects whose
        group equals another's of the batch wait for the next one (`preservation.merkle`, equal leaves), so
        call until None.

    Raises:
        InvalidRequest: A limit below one.
        TimestampUnavailable: No token; nothing was written.
        IntegrityError: Nothing of what waits can be read.
        StorageUnavailable: The store cannot be written; repeat.
    """
    sealer = _Sealer(home, TimestampAuthorities.of(authority), agent, limit)
    sealed = sealer.next()
    for stopped in () if sealed else sealer.given_up.values():
        raise stopped
    return sealed.batch if sealed else None


def seal_all(
    home: Home,
    authority: TimestampAuthority,
    *,
    at: datetime | None = None,
    agent: str = "cli",
    heads: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> SealingReport:
    """Seal everything that waits, group after group.

    Args:
        home: The archive.
        authority: Gives the tokens, checked.
        at: The present, aware: only what is due by its policy's interval, or fills a batch. None: all of it.
        agent: Who asks, for the ledger.
        heads: Where nothing waits, seal the heads of ledgers that grew, however young those sealed last are.
        stop: Asked before each batch.

    Returns:
        What was sealed, and why groups stay due for which no authority gave a token.

    Raises:
        StorageUnavailable: The store cannot be written; repeat.
    """
    sealer = _Sealer(home, TimestampAuthorities.of(authority), agent, at=at, heads=heads)
    done = []
    while not stop() and (sealed := sealer.next()):
        done.append(sealed)
        # Every batch holds the heads, and is told to a ledger: that alone deserves no token of its own.
        sealer.heads = False
    return SealingReport(tuple(done), tuple(dict.fromkeys(map(str, sealer.given_up.values()))))


@dataclass(slots=True)
class _Due:
    """What goes into one tree, with the digests of its leaves end to end."""

    policy: SealingPolicy
    versions: list[DueVersion]
    digests: bytearray
    heads: RollUp | None
    findings: list[Finding]
    batch_id: str
    after: int
    """How many batches there were when this was read."""

    @property
    def own(self) -> dict[str, bytes]:
        """Files that the batch itself proves: the heads of the ledgers, where one of them has grown."""
        return {HEADS: self.heads.file} if self.heads else {}

    def leaves(self) -> Iterator[LeafRecord]:
        algorithm, count = self.policy.algorithm, len(self.versions)
        size = hashlib.new(algorithm).digest_size
        for index, due in enumerate(self.versions):
            digest = self.digests[index * size : (index + 1) * size].hex()
            yield LeafRecord(self.batch_id, index, digest, due.object_id, due.version, "")
        yield from own_leaves(self.batch_id, self.own, algorithm, count)

    def tree(self, home: Home) -> merkle.Tree:
        own = own_leaves(self.batch_id, self.own, self.policy.algorithm, len(self.versions))
        pieces = [bytes(self.digests), *(bytes.fromhex(leaf.digest) for leaf in own)]
        return merkle.Tree.grown(pieces, self.policy.algorithm, home.work_folder())

    def tenants(self) -> Counter[str]:
        # A batch of heads alone is told to nobody: the event would be a new head to stamp, for ever.
        return Counter(due.tenant_id for due in self.versions)


@dataclass(slots=True)
class _Sealer:
    """Makes one batch after the other; remembers which policies nobody serves now."""

    home: Home
    authorities: TimestampAuthorities
    agent: str
    limit: int | None = None
    at: datetime | None = None
    heads: bool = False
    """Whether heads alone are asked for now, whatever `heads_every` says."""
    given_up: dict[SealingPolicy, LongevaError] = field(default_factory=dict)
    """Why nothing more is tried under these policies."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise InvalidRequest(f"A batch of {self.limit} objects cannot be sealed")

    def next(self) -> Sealed | None:
        """Make one batch of what is due; None where nothing is, or nobody stamps it."""
        adopted = adopt(self.home, agent=self.agent)
        if adopted:
            with self.home.catalog.reading(INSTALLATION) as tx:
                own = tx.count_own(adopted[-1].batch_id)
            return Sealed(adopted[-1], adopted[-1].count - own)
        while True:
            group = next((each for each in self._due_groups() if each.policy not in self.given_up), None)
            policy = group.policy if group else default_policy(self.home)
            heads = roll_up(self.home, every=0.0 if group else self._heads_every())
            if group is None and (policy in self.given_up or heads is None):
                return None
            try:
                sealed = self._seal(policy, group, heads)
            except (TimestampUnavailable, IntegrityError) as stopped:
                self.given_up[policy] = stopped
                continue
            if sealed is not None:
                return sealed

    def _due_groups(self) -> list[Group]:
        groups = groups_waiting(self.home)
        every = self.home.engines.settings.work.every
        return groups if self.at is None else [each for each in groups if each.is_due(self.at, every)]

    def _heads_every(self) -> float:
        if self.heads and not self.given_up and self._count():  # the first ones come with the first objects
            return 0.0
        return float(self.home.engines.settings.evidence.heads_every)

    def _seal(self, policy: SealingPolicy, group: Group | None, heads: RollUp | None) -> Sealed | None:
        """Make one batch; None where another sealer was faster."""
        due = self._read(policy, group, heads)
        if due.findings and not due.versions:
            raise IntegrityError(due.findings[0].message(), place=due.findings[0].place)
        if group is not None and not due.versions:
            return None
        batch, failures = stamp_tree(
            self.home,
            self.authorities,
            due.tree(self.home),
            SEAL,
            tokens=policy.tokens,
            names=policy.authorities,
            batch_id=due.batch_id,
        )
        told = told_of(batch, policy.tokens, failures)
        with self.home.writing():
            if self._count() != due.after:
                return None
            if due.heads:
                keep_openings(self.home, due.heads, batch.batch_id)
            store_batch(self.home, batch, due.leaves(), due.own)
            record_batch(self.home, batch, due.leaves(), due.tenants(), self.agent, told)
        return Sealed(batch, len(due.versions), (*_findings(batch, policy, failures), *due.findings))

    def _read(self, policy: SealingPolicy, group: Group | None, heads: RollUp | None) -> _Due:
        batch_id = uuid7(self.home.clock.now())
        due = _Due(policy, [], bytearray(), heads, [], batch_id, self._count())
        places: set[bytes] = set()
        limit = min(self.limit or policy.batch, policy.batch)
        for version in self._versions(group, limit) if group else ():
            try:
                value = self._leaf(version, policy.algorithm)
            except (IntegrityError, NotFound) as cause:  # the audit looks closer; the others are sealed
                named = version.object_id
                due.findings.append(finding("EVIDENCE-OBJECT-UNSEALED", named, object=named, detail=cause))
                continue
            if value not in places:
                places.add(value)
                due.versions.append(version)
                due.digests += value
        return due

    def _versions(self, group: Group, limit: int) -> list[DueVersion]:
        with self.home.catalog.reading(INSTALLATION) as tx:
            return list(tx.due_versions(limit, group.tenants))

    def _leaf(self, due: DueVersion, algorithm: str) -> bytes:
        objects = self.home.objects(due.tenant_id)
        group = VersionGroup.of(self.home.store, objects, due.object_id, due.version)
        return merkle.combine(group(algorithm), algorithm)

    def _count(self) -> int:
        with self.home.catalog.reading(INSTALLATION) as tx:
            return tx.batch_count()


def _findings(batch: BatchRecord, policy: SealingPolicy, failures: Failures) -> list[Finding]:
    """Return what people are told of authorities that failed, and of tokens that are missing."""
    found = [
        finding("EVIDENCE-AUTHORITY-FAILED", batch.object_key, authority=name, detail=reason)
        for name, reason in failures
    ]
    if len(batch.stamps) < policy.tokens:
        had = {"tokens": len(batch.stamps), "wanted": policy.tokens}
        found.append(finding("EVIDENCE-TOKEN-MISSING", batch.object_key, object=batch.object_key, **had))
    return found
