# SPDX-License-Identifier: EUPL-1.2
"""Every signature of the package, wherever ENI puts it, validated on the day of arrival.

A verdict is kept whatever it is: a signature without a time stamp can only be judged now (NTI Política de
firma III.7.4), and in a few years nobody could any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.findings import Finding
from archive.model import SignatureRecord
from ingest.contents import Contents
from preservation.signatures.eni.validate import validate_eni
from preservation.signatures.report import SignatureReport
from preservation.trust.store import TrustStore

NOT_COVERED = "SIG-METADATA-NOT-COVERED"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the signatures said."""

    records: tuple[SignatureRecord, ...]
    findings: tuple[Finding, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    """What the expediente's own metadata gain: `index_signature_covers_metadata`."""
    used: tuple[bytes, ...] = field(default=(), repr=False)
    """DER certificates, revocation lists and answers that the verdicts stand on, and files of the policies
    that signatures name."""


def _policies(reports: Sequence[SignatureReport], trust: TrustStore) -> Iterator[bytes]:
    """Yield the policy files at hand whose digest a signature names."""
    for report in reports:
        named = report.policy_facts
        if named and trust.policies:
            found = trust.policies.find(named.digest_algorithm, named.digest)
            if found is not None:
                yield found


def check_signatures(contents: Contents, trust: TrustStore, at: datetime) -> Verdicts:
    """Validate what the index and the documents carry, at one instant.

    Source: NTI Expediente electrónico V.1, whose signature may leave out metadatosExp.
    """
    records: list[SignatureRecord] = []
    findings: list[Finding] = []
    used: dict[bytes, None] = {}
    for received in [*contents.expedientes, *contents.documents]:
        assert received.eni is not None
        judged = validate_eni(received.eni, trust, at, place=received.name)
        records.extend(verdict.to_record(received.path) for verdict in judged.verdicts)
        findings.extend(judged.findings)
        used.update(dict.fromkeys(piece for report in judged.reports for piece in report.evidence))
        used.update(dict.fromkeys(_policies(judged.reports, trust)))
    metadata: dict[str, Any] = {}
    if contents.expedientes:
        covered = all(found.code != NOT_COVERED for found in findings)
        metadata["index_signature_covers_metadata"] = covered
    return Verdicts(tuple(records), tuple(findings), metadata, tuple(used))
