# SPDX-License-Identifier: EUPL-1.2
"""What revocation data says of one certificate, and which of it may be used.

Source: ETSI EN 319 102-1 5.2.5 (freshness), 5.2.6; RFC 5280 5.3.1, 6.3; RFC 6960 4.2.2.2. Which lists and
answers speak of a certificate at all is told in `preservation.trust.revocation`.

* Fresh until its `nextUpdate`; without one, for a day: nobody promises more.
* Issued after the certificate ended it says nothing, unless it says that it remembers the expired
  (expiredCertsOnCRL, archive cutoff).
* An answer of a delegated responder counts while its certificate stands: one that is excused from revocation
  (id-pkix-ocsp-nocheck) by its own dates, unless it is known to have fallen; another one by its own
  revocation data, as fresh as the answer is proven.
* Data signed with an algorithm that proves nothing counts only if it existed before that.
* That a certificate was revoked is believed from anybody entitled to say so, whatever its age.
* A suspension is lifted by younger data that still speaks of the certificate and may be believed (RFC 5280
  5.3.1); an authority that merely forgot an expired certificate lifts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509

from preservation.algorithms import digest_of
from preservation.signatures.engine.known import algorithms_of, known
from preservation.signatures.engine.material import Material
from preservation.strength import Algorithm, weak_at
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.revocation import Statement
from preservation.trust.revocation_entry import HARMLESS

GRACE: Final = timedelta(days=1)
HOLD: Final = "certificateHold"


@dataclass(frozen=True, slots=True)
class Status:
    """What is said of a certificate at the instant of judgement, before anybody chooses."""

    statements: tuple[Statement, ...]
    """Issued by the instant of judgement, usable or not."""
    revocations: tuple[Statement, ...] = ()
    """Every revocation that was never lifted, the earliest first; of the same instant, the gravest first."""

    @property
    def revoked(self) -> Statement | None:
        """The earliest revocation that was never lifted."""
        return next(iter(self.revocations), None)

    def against_tokens_of(self, said: datetime | None) -> Statement | None:
        """Return the earliest revocation of a unit that counts against a token that says this time.

        RFC 3161 4: a unit that was retired leaves its older tokens good; one that was compromised, before or
        after it was retired, does not.
        """
        counting = (
            each
            for each in self.revocations
            if said is None
            or each.revoked_at is None
            or each.reason not in HARMLESS
            or said >= each.revoked_at
        )
        return next(counting, None)


def status_of(
    certificate: x509.Certificate, issuer: x509.Certificate, material: Material, *, direct: bool = False
) -> Status:
    """Collect what lists and answers at hand say of a certificate.

    Args:
        certificate: The one asked about.
        issuer: The one above it.
        material: Everything at hand.
        direct: Only what the issuer itself signed lifts a suspension.
    """
    told = material.statements(certificate, issuer)

    def lifts(statement: Statement) -> bool:
        return (
            statement.revoked_at is None
            and speaks(statement, certificate)
            and not (direct and statement.signer)
            and strong(statement, material)
            and entitled(statement, issuer, material)
        )

    def stands(statement: Statement) -> bool:
        if statement.reason != HOLD:
            return True
        return not any(each.this_update > statement.this_update and lifts(each) for each in told)

    found = [each for each in told if each.revoked_at is not None and stands(each)]
    found.sort(key=lambda each: (each.revoked_at or material.at, _mildness(each)))
    return Status(told, tuple(found))


def _mildness(statement: Statement) -> int:
    return 2 if statement.reason == HOLD else int(statement.reason in HARMLESS)


def fresh_until(statement: Statement) -> datetime:
    """Return the last instant for which the data is fresh (EN 319 102-1 5.2.5)."""
    return max(statement.next_update or statement.this_update + GRACE, statement.this_update)


def remembers(statement: Statement, certificate: x509.Certificate) -> bool:
    """Tell whether data of whatever date still speaks of this certificate."""
    since = statement.remembers_since
    return since is not None and since <= known(certificate).not_after


def speaks(statement: Statement, certificate: x509.Certificate) -> bool:
    """Tell whether data was issued while its issuer still spoke of this certificate."""
    return statement.this_update <= known(certificate).not_after or remembers(statement, certificate)


def strong(statement: Statement, material: Material) -> bool:
    """Tell whether data is signed with what proves something, or existed while it did."""
    since = weak_since(statement, material)
    return since is None or material.known_since(statement.source) < since


def weak_since(statement: Statement, material: Material) -> datetime | None:
    """Return from when the digest of its signature proves nothing."""
    return material.strength.weak_since(digest_signed(statement.source))


def entitled(statement: Statement, issuer: x509.Certificate, material: Material) -> bool:
    """Tell whether who signed an answer might still do so; the issuer itself always may."""
    if not statement.signer:
        return True
    responder = load(statement.signer)
    if responder is None:
        return False
    proven = material.known_since(statement.source)
    made = statement.produced_at or statement.this_update
    # EN 319 102-1 5.6.2.4 step 1: after its end nobody answers for its key any more
    if (
        not responder.not_valid_before <= made <= responder.not_valid_after
        or proven > responder.not_valid_after
    ):
        return False
    if weak_at(algorithms_of((responder, issuer)), proven, material.strength):
        return False
    return _responder_stands(responder, statement, issuer, material)


def _responder_stands(
    responder: x509.Certificate, statement: Statement, issuer: x509.Certificate, material: Material
) -> bool:
    said = status_of(responder, issuer, material, direct=True)
    others = [each for each in said.statements if not each.signer]  # one responder does not vouch for another
    proven = material.known_since(statement.source)
    if said.revoked is not None and said.revoked.revoked_at is not None and proven >= said.revoked.revoked_at:
        return False
    if responder.ocsp_no_check_value is not None:  # nobody need ask, but what is known is known
        return True
    # when it answered is what the answer says of itself: what counts is by when it is proven to have done so
    if any(fresh_until(each) >= proven and speaks(each, responder) for each in others):
        return True
    # RFC 6960 4.2.2.2.1: an authority that names no way to check it leaves that to us
    return not (responder.crl_distribution_points or responder.ocsp_urls)


@lru_cache(maxsize=512)
def digest_signed(source: bytes) -> Algorithm:
    """Name the digest under the signature of a list or an answer (DER)."""
    for read in (_list, _answer, _basic):
        try:
            return Algorithm(digest_of(read(source)["signature_algorithm"], "none"))
        except UNREADABLE:
            continue
    return Algorithm("unknown")


def _list(source: bytes) -> Any:
    return asn1_crl.CertificateList.load(source)


def _answer(source: bytes) -> Any:
    return asn1_ocsp.OCSPResponse.load(source, strict=True)["response_bytes"]["response"].parsed


def _basic(source: bytes) -> Any:
    return asn1_ocsp.BasicOCSPResponse.load(source)


def freshest(statements: Sequence[Statement]) -> Statement:
    """Return the one that is fresh the longest."""
    return max(statements, key=lambda each: (fresh_until(each), each.this_update))
