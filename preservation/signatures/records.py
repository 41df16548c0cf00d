# SPDX-License-Identifier: EUPL-1.2
"""Evidence records of any file: inside a signature, in a container, beside the file, or the file itself.

One word tells how a record stands over what is at hand: `valid` covers at least one of the documents,
`data_not_found` holds in itself and covers none of them, `hash_failure` does not hold, `invalid` is none. Of
trust in its authorities a word says nothing: that is the full report's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from archive.errors import LongevaError
from archive.findings import finding
from archive.xml import parse_xml
from preservation.evidence.procedure import Document
from preservation.evidence.record import EvidenceRecord, MalformedRecord
from preservation.evidence.verdict import EvidenceVerdict, Step
from preservation.evidence.verification import parse_any, verify_record
from preservation.evidence.xmlers import NAMESPACE, is_xmlers
from preservation.indications import Indication
from preservation.signatures.asic.records import evidence_in_asic
from preservation.signatures.cms.records import evidence_in_cms
from preservation.signatures.cms.stamps import read_stamp
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.facts import EvidenceFacts
from preservation.signatures.pdf.records import evidence_in_pdf
from preservation.signatures.reading import Kind, as_der, sniff
from preservation.signatures.supplied import Supplied, resolver_over
from preservation.signatures.xml.records import evidence_in_xml
from preservation.trust.store import NOBODY, TrustStore

VALID: Final = "valid"
INVALID: Final = "invalid"
HASH_FAILURE: Final = "hash_failure"
DATA_NOT_FOUND: Final = "data_not_found"
EVIDENCE: Final = "evidence record"
"""Source of a proof, in words."""
_VERSION: Final = b"\x02\x01\x01"
"""EvidenceRecord begins with its version (RFC 4998 section 3.1)."""


def as_record(data: bytes) -> bytes | None:
    """Return an evidence record in DER (from itself or base64) or XML; None where it is none."""
    if data[:1] == b"\x30":
        return data if _VERSION in data[:8] else None
    if NAMESPACE.encode() in data[:4096]:
        try:
            return data if is_xmlers(parse_xml(data).getroot()) else None
        except LongevaError:
            return None
    try:
        encoded = base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        return None
    return encoded if encoded[:1] == b"\x30" and _VERSION in encoded[:8] else None


def evidence_inside(data: bytes, supplied: Sequence[Supplied] = ()) -> list[EvidenceFacts]:
    """Find the evidence records that a signature or a container carries, with what each must cover."""
    kind = sniff(data)
    if kind is Kind.ZIP:
        return evidence_in_asic(data)
    if kind is Kind.XML:
        return evidence_in_xml(data, resolver_over(supplied))
    if kind is Kind.PDF:
        return evidence_in_pdf(data)
    plain = as_der(data) if kind is Kind.CMS else None
    if plain is None:
        return []
    return evidence_in_cms(plain, supplied[0].content if len(supplied) == 1 else None)


def proofs_by_records(
    data: bytes, supplied: Sequence[Supplied], records: Sequence[bytes], trust: TrustStore, at: datetime
) -> Proofs:
    """Return what the evidence records of a file prove to have existed, and since when.

    A record inside a signature proves the signature and what it carries; one beside the file proves the whole
    file. Each must pass at `at` against trust, over everything that it has to cover.

    Args:
        data: The file.
        supplied: What it may cover and not carry.
        records: Records beside it.
        trust: Anchors and material.
        at: Instant of judgement.

    Source:
        ETSI EN 319 102-1 5.6.2.3 (PoE extraction), 5.6.2.6.
    """
    proofs = NO_PROOFS
    for evidence in evidence_inside(data, supplied):
        since = (
            None
            if evidence.missing or evidence.problems
            else _since(evidence.record, evidence.objects, trust, at)
        )
        if since is not None and evidence.objects:
            proofs = proofs.with_objects(evidence.covered, since, EVIDENCE)
    for each in records:
        record = as_record(each)
        since = None if record is None else _since(record, [BytesContent(data)], trust, at)
        if since is not None:
            proofs = proofs.with_everything(since, EVIDENCE)
    return proofs


def trusted_verdict(
    record: bytes | EvidenceRecord, documents: Sequence[Document], trust: TrustStore, at: datetime
) -> EvidenceVerdict:
    """Judge a record over documents by what is trusted; see `verify_record`.

    Its youngest token, which nothing else proves, is held to what any time stamp is, the status of its
    unit included: whoever stole the key of a unit could otherwise prove any file to be of any time.
    """
    verdict = verify_record(
        record,
        documents,
        at=at,
        trust=trust,
    )
    if verdict.proven_since is None:
        return verdict
    parsed = record if isinstance(record, EvidenceRecord) else parse_any(record)
    youngest = read_stamp(parsed.chains[-1].stamps[-1].token, "archive", lambda _: None)
    report = judge(replace(youngest.signature, claimed_time=youngest.time), trust, at)
    if report.indication is Indication.TOTAL_PASSED:
        return verdict
    why = report.reasons[0] if report.reasons else report.sub_indication
    lacking = Step("RFC 4998 5.3", finding("EVIDENCE-RECORD-YOUNGEST", detail=why), passed=False)
    return replace(
        verdict,
        indication=report.indication,
        sub_indication=report.sub_indication,
        steps=(*verdict.steps, lacking),
        proven_since=None,
    )


def _since(
    record: bytes | EvidenceRecord, documents: Sequence[Content], trust: TrustStore, at: datetime
) -> datetime | None:
    return trusted_verdict(record, documents, trust, at).proven_since


def record_words(
    data: bytes, supplied: Sequence[Supplied], records: Sequence[bytes], at: datetime
) -> list[str]:
    """Judge the records inside a file, the file where it is one itself, and the records beside it.

    Args:
        data: The file.
        supplied: What it may cover and not carry.
        records: Records beside it, as they came.
        at: Instant of judgement.
    """
    contents = [each.content for each in supplied]
    itself = as_record(data)
    words = [] if itself is None else [record_word(itself, contents, at)]
    words += [embedded_word(each, at) for each in evidence_inside(data, supplied)]
    for each in records:
        record = as_record(each)
        words.append(INVALID if record is None else record_word(record, [BytesContent(data), *contents], at))
    return words


def embedded_word(evidence: EvidenceFacts, at: datetime) -> str:
    """Say how a record stands over everything that it has to cover."""
    if evidence.problems:
        return HASH_FAILURE
    if not evidence.objects:
        alone = verify_record(evidence.record, [], at=at, trust=NOBODY)
        return DATA_NOT_FOUND if alone.intact else HASH_FAILURE
    if not verify_record(evidence.record, evidence.objects, at=at, trust=NOBODY).intact:
        return HASH_FAILURE
    return DATA_NOT_FOUND if evidence.missing else VALID


def record_word(record: bytes, documents: Sequence[Content], at: datetime) -> str:
    """Say how a record stands over some documents, any of which it may cover."""
    try:
        parsed: EvidenceRecord = parse_any(record)
    except MalformedRecord:
        return INVALID
    alone = verify_record(parsed, [], at=at, trust=NOBODY)
    if not alone.intact:
        return HASH_FAILURE
    each = [verify_record(parsed, [one], at=at, trust=NOBODY) for one in documents]
    if any(verdict.found == (True,) and not verdict.intact for verdict in each):
        return HASH_FAILURE  # it was covered once, and a renewal does not cover it
    if any(verdict.intact and verdict.found == (True,) for verdict in each):
        return VALID
    # the one document that a record is about, and not the one that it covers
    return HASH_FAILURE if len(documents) == 1 and alone.listed == 1 else DATA_NOT_FOUND
