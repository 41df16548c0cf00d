# SPDX-License-Identifier: EUPL-1.2
"""The numbered procedure that verifies an evidence record (RFC 4998 4.3 and 5.3, RFC 6283 3.3 and 4.3).

For the whole record:
    (a) RFC 4998 6: what covers an encrypted form is refused; we never keep that form.
    (b) 3.1, 4.1: what the record carries besides is told, and believed of nobody.
    (c) 5.1: the time stamps ascend in time.

For each chain:
    (d) 5.3 (2): one digest algorithm throughout, which the record lists (3.1). That it was strong until the
        next chain began is seen with the tokens, in (j).
    (e) 5.3 (1): the first time stamp of the first chain has the hash of each document in its first list
        (4.3 (1, 2)); where asked, it has no others (4.3, last sentence).
    (f) 5.3 (3): the first time stamp of a later chain has H'(H'(document) | H'(all earlier chains)) in its
        first list, in that order. The figure in 5.2 can be read as sorted; its text cannot, and other
        implementations and their test data are positional. RFC 6283 4.2.2 instead puts the hash of the
        earlier chains into the first list, beside the hashes of the documents.
    (g) 5.3 (2): each further time stamp has the hash of the token before it in its first list.

For each time stamp:
    (h) 4.1: every hash of its tree is as long as the algorithm makes it; one named twice is told.
    (i) 4.3 (3): the lists lead to a root; without a tree the imprint itself is the one hash.
    (j) 4.3 (4), 5.3 (2, 3): the token is over that root, and holds at the time of the token that follows it,
        the last one at the instant asked about.

The caller has taken the record apart and bounded it (`reading`, `xmlers`), and says what it makes of the
verdict: `verification`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from archive.clock import format_instant
from archive.digests import Digests
from archive.findings import Finding, finding
from preservation import merkle
from preservation.algorithms import DIGESTS
from preservation.evidence.record import (
    RFC_4998,
    RFC_6283,
    ArchiveTimeStamp,
    ArchiveTimeStampChain,
    EvidenceRecord,
    MalformedRecord,
)
from preservation.evidence.verdict import EvidenceVerdict, Step
from preservation.evidence.xmlers import canonical_document
from preservation.indications import Indication
from preservation.signatures.content import Content
from preservation.strength import Strength
from preservation.tokens import TokenVerdict, parse_token, verify_token
from preservation.trust.store import TrustStore

Document = bytes | Digests | Content | Callable[[str], bytes]
"""What can be hashed: its bytes, its known digests, a content, or a function from an algorithm's name to its
digest, which raises KeyError for one it does not know. Only bytes and contents can be hashed in canonical
form."""

HASH_FAILURE: Final = "HASH_FAILURE"
FORMAT_FAILURE: Final = "FORMAT_FAILURE"
NOT_FOUND: Final = "SIGNED_DATA_NOT_FOUND"
WEAK: Final = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


@dataclass(slots=True)
class Procedure:
    """One verification, collecting its steps. Its methods stand in the order of the list above."""

    documents: Sequence[Document]
    at: datetime
    trust: TrustStore
    strength: Strength
    group: bool
    steps: list[Step] = field(default_factory=list)
    failures: list[tuple[Indication, str]] = field(default_factory=list)
    stamps: list[TokenVerdict] = field(default_factory=list)
    broken: bool = False
    found: tuple[bool, ...] = ()
    listed: int = 0

    def run(self, record: EvidenceRecord) -> None:
        """Verify a record. Raises MalformedRecord where a part of it turns out to be none."""
        if record.encrypted:  # (a)
            told = finding("EVIDENCE-RECORD-ENCRYPTED")
            self.fail("RFC 4998 6", told, Indication.INDETERMINATE, NOT_FOUND)
            return
        self._carried(record)  # (b)
        times = self._times(record)  # (c)
        place = 0
        for number, chain in enumerate(record.chains, start=1):
            algorithm = _stated(chain.stamps[0])
            if not self._algorithm(record, chain, number, algorithm):  # (d)
                place += len(chain.stamps)
                continue
            before: ArchiveTimeStamp | None = None
            for position, stamp in enumerate(chain.stamps, start=1):
                if before is None:
                    self._documents(record, chain, number, algorithm)  # (e), (f)
                else:
                    self._renewal(stamp, before, algorithm)  # (g)
                place += 1
                if self._lengths(stamp, algorithm):  # (h)
                    self._token(stamp, algorithm, times[place], f"{number}.{position}")  # (i), (j)
                before = stamp

    def verdict(self) -> EvidenceVerdict:
        """Return what the steps come to: what is false weighs more than what is not known."""
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
        told: Finding,
        indication: Indication = Indication.TOTAL_FAILED,
        sub: str = HASH_FAILURE,
    ) -> None:
        """Add a step that did not come out well."""
        self.steps.append(Step(clause, told, passed=False))
        self.failures.append((indication, sub))
        self.broken = self.broken or indication is Indication.TOTAL_FAILED

    def _pass(self, clause: str, told: Finding) -> None:
        self.steps.append(Step(clause, told, passed=True))

    def _carried(self, record: EvidenceRecord) -> None:
        """(b): name cryptoInfos and the attributes of time stamps."""
        attributes = tuple(dict.fromkeys(one for each in _flat(record) for one in each.attributes))
        for clause, what, types in (
            ("3.1", "cryptoInfos", record.crypto_infos),
            ("4.1", "attributes", attributes),
        ):
            if types:
                told = finding("EVIDENCE-STEP-CARRIED", what=what, types=", ".join(types))
                self._pass(f"{RFC_4998} {clause}", told)

    def _times(self, record: EvidenceRecord) -> list[datetime]:
        """(c): return the time of every token, then the instant of judgement."""
        times = [_said(stamp.token)[2] for stamp in _flat(record)]
        jump = next(((one, two) for one, two in pairwise(times) if one > two), None)
        if jump is None:
            self._pass("RFC 4998 5.1", _ordered(len(times)))
        else:
            earlier, later = map(format_instant, jump)
            told = finding("EVIDENCE-RECORD-ORDER", earlier=earlier, later=later)
            self.fail("RFC 4998 5.1", told, sub=FORMAT_FAILURE)
        return [*times, self.at]

    def _algorithm(
        self, record: EvidenceRecord, chain: ArchiveTimeStampChain, number: int, algorithm: str
    ) -> bool:
        """(d): check that the algorithm is one, and listed; False where nothing can be hashed with it."""
        clause = "RFC 4998 5.3 (2)"
        if any(_stated(stamp) != algorithm for stamp in chain.stamps):
            told = finding("EVIDENCE-RECORD-ALGORITHM-MIXED", chain=number)
            self.fail(clause, told, sub=FORMAT_FAILURE)
        elif algorithm not in DIGESTS:
            told = finding("EVIDENCE-RECORD-ALGORITHM-UNKNOWN", algorithm=algorithm)
            self.fail(clause, told, Indication.INDETERMINATE, WEAK)
        elif algorithm not in record.algorithms:
            told = finding("EVIDENCE-RECORD-ALGORITHM-UNLISTED", algorithm=algorithm)
            self.fail("RFC 4998 3.1", told, sub=FORMAT_FAILURE)
        else:
            self._pass(clause, _throughout(number, algorithm))
        return algorithm in DIGESTS

    def _documents(
        self, record: EvidenceRecord, chain: ArchiveTimeStampChain, number: int, algorithm: str
    ) -> None:
        """(e) for the first chain, (f) for the later ones."""
        clause = "RFC 4998 5.3 (1)" if chain.history is None else "RFC 4998 5.3 (3)"
        wanted = []
        for place, document in enumerate(self.documents, start=1):
            try:
                wanted.append(_digest(document, algorithm, chain.canonical))
            except KeyError:
                told = finding("EVIDENCE-RECORD-DIGEST-MISSING", number=place, algorithm=algorithm)
                self.fail(clause, told, Indication.INDETERMINATE, NOT_FOUND)
                return
        listed = frozenset(_first_list(chain.stamps[0]))
        if chain.history is None or number == 1:
            self.found, self.listed = tuple(value in listed for value in wanted), len(listed)
        elif record.norm == RFC_6283:
            before = chain.history.digest(algorithm)
            self._history(listed, before)
            listed -= {before}
        else:
            before = chain.history.digest(algorithm)
            wanted = [hashlib.new(algorithm, value + before).digest() for value in wanted]
        self._presence(listed, wanted, clause)

    def _history(self, listed: Collection[bytes], before: bytes) -> None:
        """(f) of RFC 6283: a renewed hash tree covers the earlier chains."""
        if before in listed:
            self._pass("RFC 6283 4.3", finding("EVIDENCE-STEP-HISTORY"))
        else:
            self.fail("RFC 6283 4.3", finding("EVIDENCE-RECORD-HISTORY"))

    def _presence(self, listed: Collection[bytes], wanted: Sequence[bytes], clause: str) -> None:
        """(e), (f): each document is listed; where asked, no other is."""
        for number, value in enumerate(wanted, start=1):
            if value in listed:
                self._pass(clause, finding("EVIDENCE-STEP-DOCUMENT", number=number, digest=value.hex()))
            else:
                self.fail(clause, finding("EVIDENCE-RECORD-HASH", number=number, digest=value.hex()))
        if not self.group or not wanted:
            return
        if set(listed) == set(wanted):
            self._pass("RFC 4998 4.3", finding("EVIDENCE-STEP-GROUP", count=len(listed)))
        else:
            told = finding("EVIDENCE-RECORD-GROUP", listed=len(listed), given=len(wanted))
            self.fail("RFC 4998 4.3", told)

    def _renewal(self, stamp: ArchiveTimeStamp, before: ArchiveTimeStamp, algorithm: str) -> None:
        """(g): the stamp covers the token before it."""
        clause = "RFC 4998 5.3 (2)"
        value = hashlib.new(algorithm, before.renewable).digest()
        if value in _first_list(stamp):
            self._pass(clause, finding("EVIDENCE-STEP-RENEWAL", digest=value.hex()))
        else:
            self.fail(clause, finding("EVIDENCE-RECORD-RENEWAL"))

    def _lengths(self, stamp: ArchiveTimeStamp, algorithm: str) -> bool:
        """(h): cutting the same bytes elsewhere must not make another document."""
        size, twice = hashlib.new(algorithm).digest_size, False
        for one in stamp.lists:
            if any(len(value) != size for value in one) if len(one) > 1 else len(one[0]) != size:
                told = finding("EVIDENCE-RECORD-LENGTH", algorithm=algorithm)
                self.fail("RFC 4998 4.1", told, sub=FORMAT_FAILURE)
                return False
            twice = twice or (len(one) > 1 and len(set(one)) != len(one))
        if twice:
            self._pass("RFC 4998 4.2", finding("EVIDENCE-RECORD-DUPLICATE"))
        return True

    def _token(self, stamp: ArchiveTimeStamp, algorithm: str, until: datetime, place: str) -> None:
        """(i), (j): the lists lead to the imprint, and the token held until the next one."""
        root = merkle.fold(stamp.lists, algorithm) if stamp.lists else _said(stamp.token)[1]
        said = verify_token(stamp.token, root, algorithm, trust=self.trust, at=until, strength=self.strength)
        self.stamps.append(said)
        clause = "RFC 4998 4.3 (4)"
        if said.problem is None:
            self._pass(clause, _leads(said.gen_time or until, said.authority, until))
            return
        told = replace(said.problem, place=f"{place} · {format_instant(until)}")
        self.fail(clause, told, said.indication, said.sub_indication)
        self.broken = self.broken or not said.intact


# Objects of one batch share what is said of its tokens.


@lru_cache(maxsize=256)
def _said(token: bytes) -> tuple[str, bytes, datetime]:
    """Return a token's algorithm, imprint and time."""
    try:
        parsed = parse_token(token)
    except ValueError as problem:
        raise MalformedRecord(str(problem), "TOKEN-FORMAT") from problem
    return parsed.algorithm, parsed.imprint, parsed.gen_time


@lru_cache(maxsize=64)
def _ordered(count: int) -> Finding:
    return finding("EVIDENCE-STEP-ORDER", count=count)


@lru_cache(maxsize=64)
def _throughout(chain: int, algorithm: str) -> Finding:
    return finding("EVIDENCE-STEP-ALGORITHM", chain=chain, algorithm=algorithm)


@lru_cache(maxsize=256)
def _leads(time: datetime, authority: str, until: datetime) -> Finding:
    times = {"time": format_instant(time), "until": format_instant(until)}
    return finding("EVIDENCE-STEP-TOKEN", authority=authority, **times)


def _flat(record: EvidenceRecord) -> list[ArchiveTimeStamp]:
    return [stamp for chain in record.chains for stamp in chain.stamps]


def _first_list(stamp: ArchiveTimeStamp) -> Sequence[bytes]:
    """Return the hashes among which a covered one stands; without a tree the imprint is the one hash."""
    return stamp.lists[0] if stamp.lists else (_said(stamp.token)[1],)


def _stated(stamp: ArchiveTimeStamp) -> str:
    return stamp.declared or _said(stamp.token)[0]


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
