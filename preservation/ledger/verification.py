# SPDX-License-Identifier: EUPL-1.2
"""Judge what is kept of a ledger: by an outsider with a proof file, or against the whole journal of a home.

    with a proof   what was kept ─► the proof's head ─► root of the installation ─► evidence record
    with a home    every event read and hashed again; what was kept, and every stamped head, held against it

Either way: VALID, BROKEN or INCOMPLETE, with the steps that led there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.chain import LedgerProblem
from archive.clock import format_instant
from archive.errors import IntegrityError
from archive.findings import Finding, Severity, finding
from archive.heads_check import check_heads, heads_at, stamped_heads
from archive.home import Home
from archive.journal import read_journal, verify_journal
from archive.ledger_proofs import Kept, LedgerProof, LedgerVerdict, check_place, check_proof, verdict_of
from archive.ledger_tree import TreeHead
from archive.store import ObjectStore
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What became of it."""

    tenant_id: str
    head: TreeHead | None
    """That everything was held against."""
    steps: tuple[Finding, ...]

    @property
    def verdict(self) -> LedgerVerdict:
        """VALID, BROKEN or INCOMPLETE."""
        return verdict_of(self.steps)


def verify_proof(
    proof: LedgerProof,
    kept: Sequence[Kept],
    *,
    at: datetime,
    trust: TrustStore,
    strength: Strength = STRENGTH,
) -> LedgerReport:
    """Judge a proof file and what somebody kept, with nothing else.

    Args:
        proof: As it came from the archive; it may be hostile.
        kept: What was written down before, from wherever the reader trusts.
        at: Instant of judgement, aware.
        trust: Anchors for time stamping; without any the time stamp stays open.
        strength: Until when each algorithm proves something.
    """
    steps = check_proof(proof, kept)
    if proof.opening is not None:
        steps.append(_stamp(proof, at, trust, strength))
    return LedgerReport(proof.tenant_id, proof.head, tuple(steps))


def verify_ledger(home: Home, tenant_id: str, kept: Sequence[Kept] = ()) -> LedgerReport:
    """Judge a whole ledger from its journal, and hold to it what somebody kept.

    Args:
        home: The archive; where its catalogue is open, it must tell the same.
        tenant_id: Whose ledger.
        kept: Heads and receipts that were written down before.

    Raises:
        StorageUnavailable: The store cannot be read.
    """
    store = home.store
    broken = [*verify_journal(store, tenant_id)]
    problems = [*broken, *check_heads(store, tenant_id, stamped_heads(store))]
    problems += home.ledger.verify(tenant_id) if not problems else []
    size, digests = _reached(store, tenant_id, {each.sequence for each in kept})
    wanted = {size, *(each.head.size for each in kept if each.head is not None)}
    heads = heads_at(store, tenant_id, wanted)
    steps = [_broken(problem) for problem in problems]
    for each in kept:
        held = _held(tenant_id, each, size, heads, digests)
        # A line that was edited may still carry its old digest: of such a journal only losses are told.
        steps += [step for step in held if not broken or step.severity is not Severity.INFO]
    if not problems:
        steps.insert(0, finding("LEDGER-WHOLE", size=size))
    return LedgerReport(tenant_id, heads.get(size), tuple(steps))


def _held(
    tenant_id: str, kept: Kept, size: int, heads: dict[int, TreeHead], digests: dict[int, str]
) -> Iterator[Finding]:
    if kept.tenant_id != tenant_id:
        yield finding("LEDGER-OTHER-TENANT", found=tenant_id, told=kept.tenant_id)
        return
    if kept.sequence:
        yield check_place(kept)
        if kept.sequence > size:
            yield finding("LEDGER-TRUNCATED", old=kept.sequence, size=size)
        elif digests.get(kept.sequence) != kept.digest.hex():
            found = digests.get(kept.sequence, "")
            yield finding("LEDGER-EVENT-OTHER", sequence=kept.sequence, found=found, told=kept.digest.hex())
        else:
            yield finding("LEDGER-EVENT-IN", sequence=kept.sequence, size=size)
    if kept.head is not None and kept.head.size > size:
        yield finding("LEDGER-TRUNCATED", old=kept.head.size, size=size)
    elif kept.head is not None:
        same = heads.get(kept.head.size) == kept.head
        yield finding("LEDGER-CONTINUES" if same else "LEDGER-REWRITTEN", old=kept.head.size, size=size)


def _reached(store: ObjectStore, tenant_id: str, sequences: set[int]) -> tuple[int, dict[int, str]]:
    """Read how far a journal goes without a gap, and the digests of some events."""
    size, digests = 0, dict[int, str]()
    try:
        for event in read_journal(store, tenant_id):
            if event.sequence != size + 1:
                break
            size = event.sequence
            if size in sequences:
                digests[size] = event.digest
    except IntegrityError:  # told as a problem
        pass
    return size, digests


def _broken(problem: LedgerProblem) -> Finding:
    values = {"kind": problem.kind, "detail": problem.detail}
    return finding("LEDGER-BROKEN", problem.key, sequence=problem.sequence, **values)


def _stamp(proof: LedgerProof, at: datetime, trust: TrustStore, strength: Strength) -> Finding:
    verdict = verify_record(proof.record, [proof.heads], at=at, trust=trust, strength=strength)
    why = "; ".join(verdict.reasons) or verdict.sub_indication
    if verdict.indication is Indication.TOTAL_PASSED and verdict.proven_since is not None:
        return finding("LEDGER-STAMPED", since=format_instant(verdict.proven_since))
    if verdict.intact and verdict.indication is Indication.INDETERMINATE:
        return finding("LEDGER-STAMP-UNTRUSTED", why=why)
    return finding("LEDGER-STAMP-BROKEN", why=why)
