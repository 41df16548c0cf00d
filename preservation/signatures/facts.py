# SPDX-License-Identifier: EUPL-1.2
"""What a format adapter found out about one signature, before anybody judges it.

This is the seam of the signatures room. An adapter (CMS, PDF, XML) knows a format and no trust; the judge
(`engine`) knows trust and time and no format. Everything the judge may ask for is a field here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from preservation.evidence.record import EvidenceRecord
from preservation.indications import Check, Outcome
from preservation.signatures.content import Content
from preservation.strength import Algorithm

UNCHECKED: Final = Check("signature value", Outcome.UNSUPPORTED)


class Unsupported(Exception):
    """An algorithm, transform or form that we refuse rather than guess. Stays inside this package."""


class Malformed(Exception):
    """The signature breaks its own format: nothing may be concluded from it. Stays inside this package."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a signature whose mathematics holds must not pass."""

    sub_indication: str
    """EN 319 102-1 table 6, such as `SIG_CONSTRAINTS_FAILURE`."""
    reason: str


@dataclass(frozen=True, slots=True)
class StampFacts:
    """One time-stamp token."""

    type: str
    """`signature`, `content`, `archive`, `document`, `refs`; `unsigned`: of the content, and not signed."""
    time: datetime | None
    imprint: Check
    """Whether it stamps what it should."""
    signature: SignatureFacts
    """The token is a CMS signature like any other."""
    covers_signature: bool = True
    """It proves that the signature existed (not so for a content time stamp)."""
    token: bytes = field(default=b"", repr=False)
    """DER of the token as it is stored, so that a younger stamp can be told to cover it."""
    covered: frozenset[bytes] = field(default=frozenset(), repr=False)
    """SHA-256 of the DER of every certificate, list, answer and older token whose existence it proves beside
    the signature's. Only what its imprint really covers; nothing where the adapter cannot tell."""
    covers: tuple[str, ...] = ()
    """What it stamps, in words for people: `signature value`, `revision 2 of 3`, …"""


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """One evidence record that came along (RFC 4998, RFC 6283), with what it has to cover."""

    record: EvidenceRecord = field(repr=False)
    objects: tuple[Content, ...] = field(repr=False)
    """Every one of them must be among the hashes of its first list."""
    place: str
    """Where it stands: `signer[1]/evidence[1]`, `META-INF/evidencerecord.ers`, …"""
    missing: str = ""
    """What it should cover as well and is not here, in words."""
    problems: tuple[str, ...] = ()
    """What contradicts it, such as a manifest with another digest; any of them forbids that it be valid."""
    covered: frozenset[bytes] = field(default=frozenset(), repr=False)
    """SHA-256 of the signature value and of the DER of every certificate, list, answer and token inside the
    objects: what exists since the record's first time stamp, if the record holds."""


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The signature policy that an -EPES names (EN 319 122-1 5.2.9, EN 319 132-1 5.2.9)."""

    identifier: str
    """OID or URI, as written."""
    digest_algorithm: str = ""
    digest: bytes = b""
    """Of the policy file, as the signer saw it."""
    uri: str = ""
    """SPURI qualifier; never fetched."""
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a file after it was signed, outside what is signed (ISO 32000-1 12.8)."""

    where: str
    """`revision 2, object 14`, …"""
    what: str
    """In words."""
    allowed: bool
    """The format and the signer's own settings permit it (a form filled in, a DSS added)."""


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature as an adapter read it. Nothing in it is trusted yet."""

    format: str
    """`PAdES`, `CAdES`, `XAdES`, `CMS`, `XMLDSig`, `RFC3161`, `unknown`."""
    level: str = ""
    signer: bytes | None = None
    """DER of the signing certificate, bound to the signature by it; None where it could not be found."""
    binds_signer: bool = True
    """It names that certificate by its digest, signed: the certificate is as old as the signature."""
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """DER of every certificate that came with the signature."""
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    """DER of OCSPResponse or BasicOCSPResponse."""
    references: tuple[Check, ...] = ()
    """One for everything that the signature signs."""
    value: Check = UNCHECKED
    stamps: tuple[StampFacts, ...] = ()
    claimed_time: datetime | None = None
    policy: str = ""
    covers: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Paths of the elements that an XML signature takes away from what it covers, other than signatures."""
    place: str = ""
    algorithms: tuple[Algorithm, ...] = ()
    problems: tuple[str, ...] = ()
    """Breaches of its format, such as two elements with the Id that is signed; any of them forbids a pass."""
    doubts: tuple[Doubt, ...] = ()
    """Breaches of a constraint that leave the mathematics alone."""
    unreadable: str = ""
    """Why there is no signature to speak of: encrypted, truncated, not what it says."""
    modified: str = ""
    """What was changed in the file after signing, outside what is signed; empty where nothing was."""
    changes: tuple[Change, ...] = ()
    """Everything that happened after signing, allowed or not; `modified` speaks of the forbidden alone."""
    counter_of: str = ""
    """Place of the signature that this one countersigns; empty where it signs content."""
    signature_value: bytes = field(default=b"", repr=False)
    """The value itself: proofs of existence are kept by its digest."""
    policy_facts: PolicyFacts | None = None
    claims: tuple[tuple[str, str], ...] = ()
    """What the signer says of himself and of the act, signed and unproven: (`role`, …), (`place`, …),
    (`commitment`, …), (`reason`, …), (`data format`, …)."""
    notes: tuple[str, ...] = ()
    """Worth telling, without weight."""

    @property
    def intact(self) -> bool:
        """Whether the mathematics alone holds: every reference and the value, over what was supplied."""
        checks = (self.value, *self.references)
        sound = not self.problems and not self.unreadable
        return sound and bool(self.references) and all(check.outcome is Outcome.OK for check in checks)
