# SPDX-License-Identifier: EUPL-1.2
"""Does an evidence record prove that these documents existed? RFC 4998 4.3, 5.3 and RFC 6283 3.3, 4.3.

Rules:
    * Every token is judged at the time of the one that follows it, the last at the instant asked about.
    * In a chain each stamp covers the token before it (time-stamp renewal).
    * The first stamp of a later chain covers H'(H'(document) | H'(all earlier chains)), in that order
      (hash-tree renewal). The figure in RFC 4998 5.2 can be read as sorted; its text cannot, and other
      implementations and their test data are positional. RFC 6283 4.2.2 instead puts the hash of the earlier
      chains into the first list, beside the hashes of the documents.
    * RFC 6283 hashes a document that is XML in the canonical form that the chain names.
    * A record over encrypted data is refused in plain words: we never keep the encrypted form.
    * Bad evidence is a verdict with its reasons, never an exception.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from archive.clock import format_instant, require_aware
from archive.digests import Digests
from preservation import merkle
from preservation.algorithms import DIGESTS
from preservation.der import MalformedDer
from preservation.evidence.record import (
    RFC_6283,
    ArchiveTimeStamp,
    ArchiveTimeStampChain,
    EvidenceRecord,
    MalformedRecord,
    parse_record,
)
from preservation.evidence.xmlers import canonical_document, parse_xmlers
from preservation.indications import Indication
from preservation.signatures.content import Content
from preservation.strength import STRENGTH, Strength
from preservation.tokens import TokenVerdict, parse_token, verify_token
from preservation.trust.store import TrustStore

Document = bytes | Digests | Content | Callable[[str], bytes]
"""What can be hashed: its bytes, its known digests, a content, or a function from an algorithm's name to its
digest. Only bytes and contents can be hashed in canonical form."""

HASH_FAILURE: Final = "HASH_FAILURE"
FORMAT_FAILURE: Final = "FORMAT_FAILURE"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked."""

    clause: str
    """`RFC 4998 5.3 (2)`."""
    text: str
    """What was checked and how it came out, in English."""
    passed: bool


@dataclass(frozen=True, slots=True)
class EvidenceVerdict:
    """Whether a record proves its documents, judged at one instant."""

    indication: Indication
    sub_indication: str
    steps: tuple[Step, ...]
    intact: bool
    """The mathematics alone: every hash and token signature holds. Says nothing of trust."""
    proven_since: datetime | None = None
    """Time of the first token, where the verdict is TOTAL_PASSED: the documents existed then."""
    valid_until: datetime | None = None
    """First end in the chain of the last token: renew before."""
    stamps: tuple[TokenVerdict, ...] = ()
    """Verdict on each token, oldest first."""
    found: tuple[bool, ...] = ()
    """For each document, whether the first time stamp's first list has its hash."""
    listed: int = 0
    """How many hashes that list has."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """What failed, in words."""
        return tuple(step.text for step in self.steps if not step.passed)

    def to_json(self) -> dict[str, Any]:
        """Return the form of the command-line contract."""
        return {
            "indication": str(self.indication),
            "sub_indication": self.sub_indication,
            "intact": self.intact,
            "proven_since": None if self.proven_since is None else format_instant(self.proven_since),
            "valid_until": None if self.valid_until is None else format_instant(self.valid_until),
            "steps": [{"clause": s.clause, "text": s.text, "passed": s.passed} for s in self.steps],
        }


def verify_record(
    record: bytes | EvidenceRecord,
    documents: Sequence[Document],
    *,
    at: datetime,
    trust: TrustStore,
    group: bool = False,
    strength: Strength = STRENGTH,
) -> EvidenceVerdict:
    """Judge an evidence record over documents at one instant.

    Args:
        record: Evidence record as stored, in DER (RFC 4998) or XML (RFC 6283), or taken apart already.
        documents: What it must prove. None at all checks the record in itself only.
        at: Instant of judgement, aware.
        trust: Anchors for time stamping at the instant at which each token is judged, certificates that may
            help, and revocation data to look into; without any, revocation is not looked at.
        group: Also demand that these documents are the whole group: nothing missing, nothing foreign.
        strength: Until when each algorithm proves something.

    Returns:
        TOTAL_PASSED with the proven instant; TOTAL_FAILED where a hash or signature fails; INDETERMINATE
        where trust is missing, for instance OUT_OF_BOUNDS_NO_POE for evidence that nobody renewed.

    Source:
        RFC 4998 4.3, 5.3; RFC 6283 3.3, 4.3; ETSI EN 319 102-1 5.6.2.6 (evidence records).
    """
    judgement = _Judgement(documents, require_aware(at), trust, strength, group=group)
    try:
        parsed = record if isinstance(record, EvidenceRecord) else parse_any(record)
        if parsed.encrypted:
            judgement.fail(
                "RFC 4998 6",
                "The record covers an encrypted form of the documents, which is not kept here",
                Indication.INDETERMINATE,
                "SIGNED_DATA_NOT_FOUND",
            )
            return judgement.verdict()
        judgement.judge(parsed)
    except (MalformedDer, MalformedRecord) as problem:
        judgement.fail("RFC 4998 3.1", f"Not an evidence record: {problem}", sub=FORMAT_FAILURE)
    return judgement.verdict()


def parse_any(record: bytes) -> EvidenceRecord:
    """Take a record of either kind apart, told by its first octet.

    Raises:
        MalformedDer: Not one in DER.
        MalformedRecord: Not one in XML.
    """
    return parse_record(record) if record[:1] == b"\x30" else parse_xmlers(record)


@dataclass(slots=True)
class _Judgement:
    """Collects the steps of one verification."""

    documents: Sequence[Document]
    at: datetime
    trust: TrustStore
    strength: Strength
    group: bool = field(kw_only=True)
    steps: list[Step] = field(default_factory=list)
    failures: list[tuple[Indication, str]] = field(default_factory=list)
    stamps: list[TokenVerdict] = field(default_factory=list)
    broken: bool = False
    found: tuple[bool, ...] = ()
    listed: int = 0

    def judge(self, record: EvidenceRecord) -> None:
        flat = [stamp for chain in record.chains for stamp in chain.stamps]
        times = self._times(flat)
        place = 0
        for number, chain in enumerate(record.chains):
            algorithm = _algorithm(chain.stamps[0])
            self._check_algorithm(record, chain, algorithm)
            for position, stamp in enumerate(chain.stamps):
                if position:
                    self._check_renewal(stamp, chain.stamps[position - 1], algorithm)
                else:
                    self._check_documents(record, number, algorithm)
                self._check_token(stamp, algorithm, times[place + 1])
                place += 1

    def verdict(self) -> EvidenceVerdict:
        failed = [one for one in self.failures if one[0] is Indication.TOTAL_FAILED]
        worst = (failed or self.failures[-1:] or [(Indication.TOTAL_PASSED, "")])[0]
        passed = worst[0] is Indication.TOTAL_PASSED
        return EvidenceVerdict(
            worst[0],
            worst[1],
            tuple(self.steps),
            intact=not self.broken and bool(self.stamps),
            proven_since=self.stamps[0].gen_time if passed else None,
            valid_until=self.stamps[-1].valid_until if self.stamps else None,
            stamps=tuple(self.stamps),
            found=self.found,
            listed=self.listed,
        )

    def fail(
        self,
        clause: str,
        text: str,
        indication: Indication = Indication.TOTAL_FAILED,
        sub: str = HASH_FAILURE,
    ) -> None:
        self.steps.append(Step(clause, text, passed=False))
        self.failures.append((indication, sub))
        self.broken = self.broken or indication is Indication.TOTAL_FAILED

    def _pass(self, clause: str, text: str) -> None:
        self.steps.append(Step(clause, text, passed=True))

    def _times(self, stamps: Sequence[ArchiveTimeStamp]) -> list[datetime]:
        """Return the time of every token, then the instant of judgement; they must ascend (5.1)."""
        times = [_time(stamp) for stamp in stamps]
        if all(earlier <= later for earlier, later in pairwise(times)):
            self._pass("RFC 4998 5.1", f"The {len(times)} time stamps are in ascending order of time")
        else:
            self.fail(
                "RFC 4998 5.1", "The time stamps are not in ascending order of time", sub=FORMAT_FAILURE
            )
        return [*times, self.at]

    def _check_algorithm(self, record: EvidenceRecord, chain: ArchiveTimeStampChain, algorithm: str) -> None:
        """Check 5.3 (2): one algorithm in a chain; 3.1: the record lists it."""
        clause = "RFC 4998 5.3 (2)"
        if any(_algorithm(stamp) != algorithm for stamp in chain.stamps):
            self.fail(clause, "A chain mixes digest algorithms", sub=FORMAT_FAILURE)
        elif algorithm not in DIGESTS:
            text = f"The digest algorithm {algorithm} is not spoken here"
            self.fail(clause, text, Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
        elif algorithm not in record.algorithms:
            self.fail("RFC 4998 3.1", f"digestAlgorithms does not list {algorithm}", sub=FORMAT_FAILURE)
        else:
            self._pass(clause, f"The chain uses {algorithm} throughout")

    def _check_documents(self, record: EvidenceRecord, number: int, algorithm: str) -> None:
        """Check 5.3 (1) for the first chain, 5.3 (3) for the later ones."""
        chain = record.chains[number]
        clause = "RFC 4998 5.3 (3)" if number else "RFC 4998 5.3 (1)"
        if algorithm not in DIGESTS:
            return
        try:
            wanted = [_digest(document, algorithm, chain.canonical) for document in self.documents]
        except KeyError:
            text = f"A document is known by its digests only, and not under {algorithm}"
            self.fail(clause, text, Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND")
            return
        listed = _first_list(chain.stamps[0])
        if not number:
            self.found, self.listed = tuple(value in listed for value in wanted), len(set(listed))
        elif record.norm == RFC_6283:
            self._check_history(listed, hashlib.new(algorithm, chain.history).digest())
            listed = [value for value in listed if value != hashlib.new(algorithm, chain.history).digest()]
        else:
            before = hashlib.new(algorithm, chain.history).digest()
            wanted = [hashlib.new(algorithm, value + before).digest() for value in wanted]
        self._check_presence(listed, wanted, clause)

    def _check_history(self, listed: Sequence[bytes], before: bytes) -> None:
        """Check that a renewed hash tree covers the earlier chains (RFC 6283 4.2.2)."""
        if before in listed:
            self._pass("RFC 6283 4.3", "The renewed hash tree covers all chains before it")
        else:
            self.fail("RFC 6283 4.3", "The renewed hash tree does not cover the chains before it")

    def _check_presence(self, listed: Sequence[bytes], wanted: list[bytes], clause: str) -> None:
        for number, value in enumerate(wanted, start=1):
            if value in listed:
                self._pass(clause, f"Document {number} ({value.hex()}) is in the first list")
            else:
                self.fail(clause, f"Document {number} ({value.hex()}) is not what the record covers")
        if self.group and wanted and set(listed) != set(wanted):
            self.fail("RFC 4998 4.3", f"The group has {len(set(listed))} documents, not these {len(wanted)}")

    def _check_renewal(self, stamp: ArchiveTimeStamp, before: ArchiveTimeStamp, algorithm: str) -> None:
        """Check 5.3 (2): the stamp covers the token before it."""
        clause = "RFC 4998 5.3 (2)"
        if algorithm not in DIGESTS:
            return
        value = hashlib.new(algorithm, before.renewable).digest()
        if value in _first_list(stamp):
            self._pass(clause, f"The renewal covers the time stamp before it ({value.hex()})")
        else:
            self.fail(clause, "A renewal does not cover the time stamp before it")

    def _check_token(self, stamp: ArchiveTimeStamp, algorithm: str, until: datetime) -> None:
        """Check 4.3 (3, 4): the lists lead to the imprint; 5.3 (2): the token held until the next one."""
        if algorithm not in DIGESTS:
            return
        if any(len(value) != hashlib.new(algorithm).digest_size for one in stamp.lists for value in one):
            self.fail("RFC 4998 4.1", "A hash of the tree has a foreign length", sub=FORMAT_FAILURE)
            return
        root = merkle.fold(stamp.lists, algorithm) if stamp.lists else _imprint(stamp)
        said = verify_token(stamp.token, root, algorithm, trust=self.trust, at=until, strength=self.strength)
        self.stamps.append(said)
        when = "unknown" if said.gen_time is None else format_instant(said.gen_time)
        if said.indication is Indication.TOTAL_PASSED:
            text = f"The hash tree leads to the token of {when} by {said.authority}, valid at"
            self._pass("RFC 4998 4.3 (4)", f"{text} {format_instant(until)}")
            return
        text = f"Token of {when} at {format_instant(until)}: {said.sub_indication}: {'; '.join(said.reasons)}"
        self.fail("RFC 4998 4.3 (4)", text, said.indication, said.sub_indication)
        self.broken = self.broken or not said.intact


def _first_list(stamp: ArchiveTimeStamp) -> Sequence[bytes]:
    """Return the hashes among which a covered one stands; without a tree the imprint is the one hash."""
    return stamp.lists[0] if stamp.lists else (_imprint(stamp),)


def _algorithm(stamp: ArchiveTimeStamp) -> str:
    return stamp.declared or _parsed(stamp)[0]


def _imprint(stamp: ArchiveTimeStamp) -> bytes:
    return _parsed(stamp)[1]


def _time(stamp: ArchiveTimeStamp) -> datetime:
    return _parsed(stamp)[2]


def _parsed(stamp: ArchiveTimeStamp) -> tuple[str, bytes, datetime]:
    return _said(stamp.token)


@lru_cache(maxsize=256)
def _said(token: bytes) -> tuple[str, bytes, datetime]:
    """Return a token's algorithm, imprint and time; objects of one batch share it."""
    try:
        parsed = parse_token(token)
    except ValueError as problem:
        raise MalformedDer(str(problem)) from problem
    return parsed.algorithm, parsed.imprint, parsed.gen_time


def _digest(document: Document, algorithm: str, canonical: str) -> bytes:
    """Hash a document. Raises KeyError where it is known by other digests only."""
    if isinstance(document, bytes):
        return hashlib.new(algorithm, canonical_document(document, canonical)).digest()
    if isinstance(document, Digests):
        return bytes.fromhex({"sha256": document.sha256, "sha512": document.sha512}[algorithm])
    if callable(document):
        return document(algorithm)
    whole = document.whole() if canonical else None
    found = document.digest(algorithm) if whole is None else _digest(whole, algorithm, canonical)
    if found is None:
        raise KeyError(algorithm)
    return found
