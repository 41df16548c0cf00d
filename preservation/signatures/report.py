# SPDX-License-Identifier: EUPL-1.2
"""What is said of a signature: values, format-neutral, after ETSI EN 319 102-1 and TS 119 102-2.

Adapters (PAdES, CAdES, XAdES) fill these; nobody else looks inside a format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from preservation.indications import Check, Indication
from preservation.signatures.facts import Change, PolicyFacts
from preservation.signatures.reports.as_json import report_to_json
from preservation.trust.signer import Signer


@dataclass(frozen=True, slots=True)
class RevocationReport:
    """Revocation data that the verdict used."""

    kind: str
    """`crl` or `ocsp`."""
    about: str
    """Name of the certificate that it speaks of."""
    issuer: str
    this_update: datetime
    next_update: datetime | None = None
    produced_at: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""
    sha256: str = ""
    """Hexadecimal, of its DER."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """An algorithm that no longer proves anything by itself."""

    algorithm: str
    where: str
    """`reference #CONTENIDO`, `certificate chain`, `signature time stamp`, …"""
    since: datetime | None
    """From when; None: always."""
    protected: bool = False
    """A proof of existence older than `since` covers it."""


@dataclass(frozen=True, slots=True)
class TimestampReport:
    """One time stamp of a signature."""

    type: str
    """`signature`, `archive`, `document`, `content`, …"""
    time: datetime | None
    intact: bool
    """Imprint and CMS signature hold."""
    authority: str = ""
    indication: Indication = Indication.INDETERMINATE
    sub_indication: str = ""
    covers: tuple[str, ...] = ()
    """What it stamps, in words."""
    algorithm: str = ""
    """Of its imprint."""
    reasons: tuple[str, ...] = ()
    valid_until: datetime | None = None
    """End of its authority's certificate: something must cover it before."""
    signer: Signer | None = None
    token: bytes = field(default=b"", repr=False)
    """DER of the token, to be kept and shown."""


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The verdict on one signature with its evidence."""

    format: str
    """`PAdES`, `CAdES`, `XAdES`, `CMS`, `XMLDSig`, `RFC3161`, `unknown`."""
    level: str
    """`B`, `T`, `LT`, `LTA` or a legacy name (`BES`, `EPES`, …); empty where it could not be told."""
    indication: Indication
    sub_indication: str
    """EN 319 102-1 table 5/6, such as `HASH_FAILURE`; empty when passed."""
    intact: bool
    """The mathematics alone: every reference digest and the signature value. Says nothing of trust."""
    reasons: tuple[str, ...] = ()
    """In words, most important first; English."""
    signing_time: datetime | None = None
    """Claimed by the signer: only indicative (NTI Política de firma III.7.4)."""
    best_signature_time: datetime | None = None
    """Proven: the oldest valid time stamp, else the instant of validation."""
    signer: Signer | None = None
    timestamps: tuple[TimestampReport, ...] = ()
    policy: str = ""
    """Signature policy identifier (OID or URI) of an -EPES."""
    covers: tuple[str, ...] = ()
    """What the signature covers: XML ids, `whole file`, `revision 1 of 2`, `detached content`."""
    place: str = ""
    """Where it was found in its file."""
    algorithms: tuple[str, ...] = ()
    """Digest and signature algorithms met, such as `sha256`, `rsa`."""
    proven_by: str = ""
    """What carries `best_signature_time`: `signature time stamp`, `registry date`, `evidence record`, …;
    empty where nothing proves it and it is the instant of validation."""
    references: tuple[Check, ...] = ()
    """Everything that is signed, and how each comparison went."""
    value: Check | None = None
    """The signature value."""
    counter_of: str = ""
    """Place of the signature that this one countersigns."""
    policy_facts: PolicyFacts | None = None
    claims: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    """What happened to the file after signing."""
    weaknesses: tuple[Weakness, ...] = ()
    certificates: tuple[Signer, ...] = ()
    """The chain that was judged, signer first."""
    revocations: tuple[RevocationReport, ...] = ()
    evidence: tuple[bytes, ...] = field(default=(), repr=False)
    """DER certificates, CRLs and OCSP answers that the verdict used, to be kept."""

    def to_json(self) -> dict[str, Any]:
        """Return the form."""
        return report_to_json(self)
