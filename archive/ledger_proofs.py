# SPDX-License-Identifier: EUPL-1.2
"""What an outsider is given, and how he holds the archive to it: heads, receipts and proofs, without a home.

    kept    {"tenant", "size", "root"} of a head, or the `ledger` of a receipt: whatever somebody wrote down
    proof   from all of that to one newer head, and from there to the root that was time-stamped

Everything is judged against the proof's head: an event by inclusion (RFC 9162 2.1.3.2), an older head by
consistency (2.1.4.2), the head itself by its opening. What is missing makes a verdict INCOMPLETE; what does
not add up makes it BROKEN, with the step that says so. The time stamp is `preservation`'s to judge.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from archive.canonical_json import canonical
from archive.clock import format_instant
from archive.errors import IntegrityError
from archive.findings import Finding, Severity, finding
from archive.ledger_growth import Place
from archive.ledger_openings import Opening, opening_of, read_hash, read_heads
from archive.ledger_tree import TreeHead, consistent, included, leaf_hash

FORMAT: Final = "longeva-ledger-proof/1"
MAX_BYTES: Final = 16 << 20
"""Of a proof file: the evidence record in it is some kilobytes, each proof a few dozen hashes."""


class LedgerVerdict(StrEnum):
    """What became of holding an archive to what was kept."""

    VALID = "VALID"
    BROKEN = "BROKEN"
    """Something does not add up: history was changed, or these files do not belong together."""
    INCOMPLETE = "INCOMPLETE"
    """Nothing is wrong, and something is missing to be sure."""


def verdict_of(steps: Iterable[Finding]) -> LedgerVerdict:
    """Return what steps come to: one that fails breaks it, one that is missing leaves it open."""
    severities = {step.severity for step in steps}
    if Severity.ERROR in severities:
        return LedgerVerdict.BROKEN
    return LedgerVerdict.INCOMPLETE if Severity.WARNING in severities else LedgerVerdict.VALID


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody wrote down of a ledger: a head, an event with its digest, or both."""

    tenant_id: str
    head: TreeHead | None = None
    sequence: int = 0
    """Of the event; 0 where it tells of none."""
    digest: bytes = b""
    proof: tuple[bytes, ...] = ()
    """That the event is in the head."""


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """One newer head, with what leads to it and what it leads to."""

    tenant_id: str
    head: TreeHead
    events: tuple[tuple[int, bytes, tuple[bytes, ...]], ...] = ()
    """Sequence and digest of events, each with its inclusion proof."""
    older: tuple[tuple[TreeHead, tuple[bytes, ...]], ...] = ()
    """Older heads, each with its consistency proof."""
    opening: Opening | None = None
    heads: bytes = b""
    """`heads.json` as it was stamped; empty where no head was yet."""
    record: bytes = b""
    """Its evidence record, DER."""

    def to_json(self) -> dict[str, Any]:
        """Return the proof file's content."""
        return {
            "format": FORMAT,
            "tenant": self.tenant_id,
            "head": head_json(self.head),
            "events": [
                {"sequence": sequence, "digest": digest.hex(), "proof": [each.hex() for each in proof]}
                for sequence, digest, proof in self.events
            ],
            "from": [head_json(old) | {"proof": [each.hex() for each in proof]} for old, proof in self.older],
            "opening": None if self.opening is None else self.opening.to_json(),
            "heads": base64.b64encode(self.heads).decode(),
            "record": base64.b64encode(self.record).decode(),
        }


def head_json(head: TreeHead) -> dict[str, Any]:
    """Return how a head is written."""
    return {"size": head.size, "root": head.root.hex()}


def read_proof(data: bytes) -> LedgerProof:
    """Read a proof file. Raises IntegrityError."""
    try:
        body = _object(data, FORMAT)
        opening = body["opening"]
        return LedgerProof(
            str(body["tenant"]),
            _head(body["head"]),
            tuple(
                (int(one["sequence"]), read_hash(one["digest"]), _hashes(one["proof"]))
                for one in body["events"]
            ),
            tuple((_head(one), _hashes(one["proof"])) for one in body["from"]),
            None if opening is None else opening_of(opening),
            base64.b64decode(body["heads"], validate=True),
            base64.b64decode(body["record"], validate=True),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as cause:
        raise IntegrityError(f"this is no proof of a ledger: {cause!r}"[:300]) from cause


def read_kept(data: bytes) -> list[Kept]:
    """Read what somebody kept: a head, a receipt (also one that tells a decision), or a proof file.

    Raises:
        IntegrityError: It is none of them.
    """
    try:
        body = _object(data)
        receipts = body.get("receipts")
        if isinstance(receipts, list) and len(receipts) == 1:
            body = receipts[0]  # as `longeva deposit --json` prints it
        tenant_id = str(body["tenant"])
        if body.get("format") == FORMAT or "head" in body:
            return [Kept(tenant_id, _head(body["head"]))]
        if "ledger" in body:
            return kept_of_receipt(body)
        return [Kept(tenant_id, _head(body))]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as cause:
        raise IntegrityError(f"this is neither head nor receipt: {cause!r}"[:300]) from cause


def kept_of_receipt(receipt: dict[str, Any]) -> list[Kept]:
    """Return what a receipt tells of the ledger: its event, and the decision's where there is one.

    Raises:
        IntegrityError: It tells nothing sensible.
    """
    try:
        told = [receipt["ledger"], *([receipt["decision"]["ledger"]] if "decision" in receipt else [])]
        return [_place(str(receipt["tenant"]), one) for one in told]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as cause:
        raise IntegrityError(f"the receipt tells no place in the ledger: {cause!r}"[:300]) from cause


def check_place(kept: Kept) -> Finding:
    """Judge what a receipt says of itself: is its event in its own head?"""
    if kept.head is None:
        return finding("LEDGER-RECEIPT-OLD", sequence=kept.sequence)
    return _inclusion(kept.digest, kept.sequence, Place(kept.head, kept.proof))


def check_proof(proof: LedgerProof, kept: Sequence[Kept]) -> list[Finding]:
    """Hold a proof to what somebody kept; the time stamp apart.

    Returns:
        What was seen, in order: one step at least for each thing that was kept.
    """
    steps: list[Finding] = []
    digests = {sequence: digest for sequence, digest, _ in proof.events}
    steps += [_inclusion(digest, at, Place(proof.head, path)) for at, digest, path in proof.events]
    for each in kept:
        if each.tenant_id != proof.tenant_id:
            steps.append(finding("LEDGER-OTHER-TENANT", found=proof.tenant_id, told=each.tenant_id))
            continue
        if each.sequence:
            steps.append(check_place(each))
            found = digests.get(each.sequence, each.digest)
            if found != each.digest:
                told = {"found": found.hex(), "told": each.digest.hex()}
                steps.append(finding("LEDGER-EVENT-OTHER", sequence=each.sequence, **told))
        if each.head is not None:
            steps.append(_consistency(proof, each.head))
        elif each.sequence not in digests:
            steps.append(finding("LEDGER-EVENT-UNPROVEN", sequence=each.sequence, size=proof.head.size))
    return [*steps, _opened(proof)]


def _inclusion(digest: bytes, sequence: int, place: Place) -> Finding:
    size = place.head.size
    holds = included(leaf_hash(digest), sequence - 1, size, place.proof, place.head.root)
    return finding("LEDGER-EVENT-IN" if holds else "LEDGER-EVENT-NOT-IN", sequence=sequence, size=size)


def _consistency(proof: LedgerProof, old: TreeHead) -> Finding:
    sizes: dict[str, Any] = {"old": old.size, "size": proof.head.size}
    if old.size > proof.head.size:
        return finding("LEDGER-NO-CONSISTENCY", **sizes)
    paths = {head.size: path for head, path in proof.older}
    path = () if old.size == proof.head.size else paths.get(old.size)
    if path is None:
        return finding("LEDGER-NO-CONSISTENCY", **sizes)
    holds = consistent(old.size, old.root, proof.head.size, proof.head.root, path)
    return finding("LEDGER-CONTINUES" if holds else "LEDGER-REWRITTEN", **sizes)


def _opened(proof: LedgerProof) -> Finding:
    size = proof.head.size
    if proof.opening is None:
        return finding("LEDGER-NOT-STAMPED", size=size)
    try:
        leads = proof.opening.leads(read_heads(proof.heads))
    except IntegrityError:
        leads = False
    if not leads or (proof.opening.tenant_id, proof.opening.head) != (proof.tenant_id, proof.head):
        return finding("LEDGER-NOT-OPENED", size=size)
    return finding("LEDGER-OPENED", size=size, at=format_instant(proof.opening.at))


def proof_bytes(proof: LedgerProof) -> bytes:
    """Return the proof file."""
    return canonical(proof.to_json()) + b"\n"


def _place(tenant_id: str, body: dict[str, Any]) -> Kept:
    sequence, digest = int(body["sequence"]), read_hash(body["digest"])
    if "size" not in body:
        return Kept(tenant_id, None, sequence, digest)
    return Kept(tenant_id, _head(body), sequence, digest, _hashes(body["proof"]))


def _object(data: bytes, form: str = "") -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise ValueError(len(data))
    body = json.loads(data)
    if not isinstance(body, dict):
        raise TypeError(type(body))
    if form and body.get("format") != form:
        raise ValueError(body.get("format"))
    return body


def _head(body: dict[str, Any]) -> TreeHead:
    return TreeHead(int(body["size"]), read_hash(body["root"]))


def _hashes(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(read_hash(each) for each in texts)
