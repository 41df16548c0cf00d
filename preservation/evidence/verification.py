# SPDX-License-Identifier: EUPL-1.2
"""Does an evidence record prove that these documents existed? RFC 4998 4.3, 5.3 and RFC 6283 3.3, 4.3.

What is checked, step by step, `procedure` says. Bad evidence is a verdict with coded reasons, never an
exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from archive.clock import require_aware
from preservation.evidence.procedure import FORMAT_FAILURE, Document, Procedure
from preservation.evidence.reading import parse_record
from preservation.evidence.record import EvidenceRecord, MalformedRecord
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.xmlers import parse_xmlers
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore


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
    procedure = Procedure(documents, require_aware(at), trust, strength, group)
    try:
        procedure.run(record if isinstance(record, EvidenceRecord) else parse_any(record))
    except MalformedRecord as malformed:
        procedure.fail(malformed.problem.kind.clause, malformed.problem, sub=FORMAT_FAILURE)
    return procedure.verdict()


def parse_any(record: bytes) -> EvidenceRecord:
    """Take a record of either kind apart, told by its first octet.

    Raises:
        MalformedRecord: It is none of either.
    """
    return parse_record(record) if record[:1] == b"\x30" else parse_xmlers(record)
