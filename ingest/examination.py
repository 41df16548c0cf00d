# SPDX-License-Identifier: EUPL-1.2
"""One pass of every check over an opened package: what it is, what was found, and what would happen to it.

Stores nothing and asks no catalogue: `longeva check` and `longeva deposit` see exactly the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.digests import manifest_digest
from archive.findings import Finding
from archive.model import DocumentRecord, ObjectKind, SignatureRecord, StoredFile
from ingest.admission import Verdict, decide
from ingest.checks.correspondence import check_correspondence
from ingest.checks.signatures import check_signatures
from ingest.checks.structure import check_identifiers, check_norm, check_structure
from ingest.contents import Contents, Received, read_contents
from ingest.describe import describe_documents, title_of
from ingest.packages import Package
from preservation.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Examination:
    """What is known of a package once every check has run. Picklable; holds no bytes of the package."""

    package: str
    """Name, for people."""
    digest: str
    """SHA-256 of the manifest of its files: the same files give the same digest, in ZIP or in a folder."""
    findings: tuple[Finding, ...]
    verdict: Verdict
    kind: ObjectKind
    eni_id: str
    title: str
    metadata: dict[str, Any]
    files: tuple[StoredFile, ...]
    documents: tuple[DocumentRecord, ...]
    signatures: tuple[SignatureRecord, ...]
    used: tuple[bytes, ...] = field(default=(), repr=False)
    """DER certificates, revocation lists and answers that the verdicts on signatures stand on."""


def examine(package: Package, *, trust: TrustStore, at: datetime) -> tuple[Examination, Sequence[Received]]:
    """Run every check.

    Args:
        package: Open; the second value returned is good only as long as it is.
        trust: Whom to trust for the signatures.
        at: Instant of validation, one reading for the whole package.

    Returns:
        The examination, and the members read, for whoever goes on to store them.

    Source: Ley 39/2015 art. 26.2, 70; NTI Documento electrónico VII.5; NTI Expediente electrónico V.
    """
    contents = read_contents(package)
    findings = [*contents.findings, *check_structure(contents, package.name), *check_identifiers(contents)]
    findings.extend(check_norm(contents, at))
    matched = check_correspondence(contents)
    findings.extend(matched.findings)
    verdicts = check_signatures(contents, trust, at)
    findings.extend(verdicts.findings)
    main = _main(contents)
    examination = Examination(
        package=package.name,
        digest=manifest_digest((each.path, each.digests) for each in contents.received),
        findings=tuple(findings),
        verdict=decide(findings),
        kind=ObjectKind.EXPEDIENTE if contents.expedientes else ObjectKind.DOCUMENT,
        eni_id=main.eni.eni_id if main and main.eni else "",
        title=title_of(main) if main else package.name,
        metadata=(main.eni.value.metadata_json() if main and main.eni else {}) | verdicts.metadata,
        files=tuple(contents.stored_files(matched.external)),
        documents=tuple(describe_documents(contents, matched)),
        signatures=verdicts.records,
        used=verdicts.used,
    )
    return examination, contents.received


def _main(contents: Contents) -> Received | None:
    if contents.expedientes:
        return contents.expedientes[0]
    return contents.documents[0] if contents.documents else None
