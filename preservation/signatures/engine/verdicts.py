# SPDX-License-Identifier: EUPL-1.2
"""What is asked about a certificate, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509

from preservation.signatures.engine.concerns import Concern
from preservation.signatures.engine.known import known
from preservation.trust.dated import Purpose
from preservation.trust.revocation import Statement


@dataclass(frozen=True, slots=True)
class Subject:
    """A certificate, and what is known of the signature that it made."""

    certificate: bytes
    """DER."""
    purpose: Purpose
    existed: datetime
    """By when the signature is proven to exist; the instant of judgement where nothing proves it."""
    proven: bool = False
    certified: datetime | None = None
    """By when the certificate itself is proven to exist, where that is not by its signature."""
    made_after: datetime | None = None
    """Proven instant before which it cannot have been made (content time stamp)."""
    said: datetime | None = None
    """The time that a token says of itself."""

    @property
    def certificate_existed(self) -> datetime:
        """By when the certificate is proven to exist; one that its signature does not name may be younger."""
        return self.existed if self.certified is None else max(self.existed, self.certified)


@dataclass(frozen=True, slots=True)
class Usage:
    """Revocation data that a verdict stands on."""

    about: x509.Certificate
    issuer: x509.Certificate
    statement: Statement


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """What is said of a certificate; it holds when nothing is a concern."""

    concerns: tuple[Concern, ...]
    chain: tuple[x509.Certificate, ...] = ()
    """Leaf first, anchor last; empty where none was found."""
    used: tuple[Usage, ...] = ()
    control: datetime | None = None
    """Last instant at which the chain was still good, where the past decided (5.6.2.2)."""

    @property
    def evidence(self) -> tuple[bytes, ...]:
        """DER of the chain and of the revocation data that spoke."""
        return (*(known(each).der for each in self.chain), *(each.statement.source for each in self.used))
