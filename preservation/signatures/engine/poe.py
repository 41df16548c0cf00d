# SPDX-License-Identifier: EUPL-1.2
"""Proofs of existence: since when each object is known to exist, and who says so.

    proofs = Proofs().with_everything(registered_at, "registry date")
    proofs = proofs.with_object(sha256(crl).digest(), kept_at, "revocation cache")
    report = judge(facts, trust, now, proofs=proofs)

Source: ETSI EN 319 102-1 5.6.2.3 (PoE extraction), 5.6.3.4 step 1 (PoEs given by the caller).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from archive.clock import require_aware

_NOTHING: Final[Mapping[bytes, Proof]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """An instant at which something existed already."""

    time: datetime
    source: str
    """In words: `registry date`, `evidence record`, `signature time stamp`, …"""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Earliest proven existence of objects; a value that never changes."""

    objects: Mapping[bytes, Proof] = field(default_factory=lambda: _NOTHING)
    """By SHA-256 digest of an object: a signature value, or the DER of a certificate, list, answer, token."""
    everything: Proof | None = None
    """Of the whole file, so of everything inside it: signatures, tokens, certificates, revocation data. It
    says nothing of what the archive holds beside the file."""

    def with_object(self, digest: bytes, time: datetime, source: str) -> Proofs:
        """Return these proofs and one more; the earlier of two about the same object stays."""
        return self.with_objects((digest,), time, source)

    def with_objects(self, digests: Iterable[bytes], time: datetime, source: str) -> Proofs:
        """Return these proofs and one more for each SHA-256 digest."""
        proof = Proof(require_aware(time), source)
        grown = dict(self.objects)
        for digest in digests:
            grown[digest] = min(grown.get(digest, proof), proof)
        return Proofs(MappingProxyType(grown), self.everything)

    def with_everything(self, time: datetime, source: str) -> Proofs:
        """Return these proofs and that the whole file existed at `time`."""
        proof = Proof(require_aware(time), source)
        return Proofs(self.objects, proof if self.everything is None else min(self.everything, proof))

    def joined(self, other: Proofs) -> Proofs:
        """Return what both prove."""
        grown = dict(self.objects)
        for digest, proof in other.objects.items():
            grown[digest] = min(grown.get(digest, proof), proof)
        known = [each for each in (self.everything, other.everything) if each is not None]
        return Proofs(MappingProxyType(grown), min(known) if known else None)

    def by(self, at: datetime) -> Proofs:
        """Return only what is proven by an instant: judged as of then, the rest did not exist yet."""
        kept = {digest: proof for digest, proof in self.objects.items() if proof.time <= at}
        everything = self.everything if self.everything and self.everything.time <= at else None
        return Proofs(MappingProxyType(kept), everything)

    def of(self, encoded: bytes, *, inside: bool) -> Proof | None:
        """Return the earliest proof that an object existed, or None.

        Args:
            encoded: The object itself.
            inside: Whether it lies in the file that is judged, and not beside it.
        """
        known = [self.objects.get(hashlib.sha256(encoded).digest()), self.everything if inside else None]
        return min((each for each in known if each is not None), default=None)


NO_PROOFS: Final = Proofs()
