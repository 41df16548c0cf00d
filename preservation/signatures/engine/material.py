# SPDX-License-Identifier: EUPL-1.2
"""Everything that one verdict may stand on: what came in the file, what the archive holds, what is proven."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.facts import SignatureFacts
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Material:
    """Certificates, revocation data and proofs at hand for one signature with its time stamps."""

    trust: TrustStore
    at: datetime
    """Instant of judgement; whatever is at hand exists by then."""
    proofs: Proofs = NO_PROOFS
    strength: Strength = STRENGTH
    certificates: tuple[bytes, ...] = ()
    """DER, from the file."""
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    inside: frozenset[bytes] = frozenset()
    """Everything from the file, to tell it from what the archive holds beside it."""

    @classmethod
    def of(
        cls, facts: SignatureFacts, trust: TrustStore, at: datetime, proofs: Proofs, strength: Strength
    ) -> Self:
        """Join what came with a signature and its stamps; what the archive holds is asked after it."""
        parts = (facts, *(each.signature for each in facts.stamps))
        certificates = tuple(dict.fromkeys(der for each in parts for der in each.certificates))
        crls = tuple(dict.fromkeys(der for each in parts for der in each.crls))
        ocsps = tuple(dict.fromkeys(der for each in parts for der in each.ocsps))
        tokens = (each.token for each in facts.stamps)
        inside = frozenset((*certificates, *crls, *ocsps, *tokens))
        return cls(trust, at, proofs, strength, certificates, crls, ocsps, inside)

    @property
    def all_certificates(self) -> tuple[bytes, ...]:
        """The file's and the archive's own, in that order."""
        return (*self.certificates, *self.trust.certificates)

    @property
    def all_crls(self) -> tuple[bytes, ...]:
        """The file's and the archive's own."""
        return tuple(dict.fromkeys((*self.crls, *self.trust.crls)))

    @property
    def all_ocsps(self) -> tuple[bytes, ...]:
        """The file's and the archive's own."""
        return tuple(dict.fromkeys((*self.ocsps, *self.trust.ocsps)))

    def known_since(self, encoded: bytes) -> datetime:
        """Return since when an object is proven to exist; the instant of judgement where nothing says it."""
        proof = self.proofs.of(encoded, inside=encoded in self.inside)
        return self.at if proof is None else min(proof.time, self.at)

    def proving(self, proofs: Proofs) -> Material:
        """Return the same with other proofs."""
        return replace(self, proofs=proofs)
