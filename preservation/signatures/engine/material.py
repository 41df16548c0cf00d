# SPDX-License-Identifier: EUPL-1.2
"""Everything that one verdict may stand on: what came in the file, what the archive holds, what is proven."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypeVar

from asn1crypto import x509

from preservation.signatures.engine.known import known, said_beside
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.facts import SignatureFacts
from preservation.strength import STRENGTH, Strength
from preservation.trust.revocation import Statement, statements_about
from preservation.trust.store import TrustStore

Found = TypeVar("Found")


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
    memo: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was found out already in this judgement; it depends on neither proofs nor time."""

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
        return self._once(
            "certificates", lambda: (*self.certificates, *self.trust.gathered, *self.trust.certificates)
        )

    def known_since(self, encoded: bytes) -> datetime:
        """Return since when an object is proven to exist; the instant of judgement where nothing says it."""
        proofs = [self.proofs.everything] if encoded in self.inside else []
        if self.proofs.objects:
            digest = self._once(("sha256", encoded), lambda: hashlib.sha256(encoded).digest())
            proofs.append(self.proofs.objects.get(digest))
        times = [each.time for each in proofs if each is not None]
        obtained = self.trust.obtained_at(encoded)  # what the archive fetched itself existed when it came
        if obtained is not None and obtained <= self.at:
            times.append(obtained)
        return min(times, default=self.at)

    def certified_since(self, certificate: x509.Certificate) -> datetime:
        """Return since when an authority is proven to exist; the archive decided on its own ones."""
        encoded = known(certificate).der
        if encoded in self.trust.certificates:
            return known(certificate).not_before
        return self.known_since(encoded)

    def statements(self, certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[Statement, ...]:
        """Return what lists and answers at hand say of a certificate, issued by the instant of judgement."""
        about, by = known(certificate).der, known(issuer).der

        def collect() -> tuple[Statement, ...]:
            found = statements_about(certificate, issuer, self.crls, self.ocsps)
            found += said_beside(about, by, self.trust.crls, self.trust.ocsps)
            found += self.trust.kept_statements(certificate, issuer)
            times = [(each.this_update, each.produced_at or each.this_update) for each in found]
            return tuple(each for each, said in zip(found, times, strict=True) if max(said) <= self.at)

        return self._once(("statements", about, by), collect)

    def _once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        if key not in self.memo:
            self.memo[key] = find()
        found: Found = self.memo[key]
        return found

    def proving(self, proofs: Proofs) -> Material:
        """Return the same with other proofs."""
        return replace(self, proofs=proofs)
