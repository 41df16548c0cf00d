# SPDX-License-Identifier: EUPL-1.2
"""Did the certificates above a time stamp still stand, by all the revocation data at hand and kept?

Rules, for evidence tokens (those of signatures have a judge of their own, `signatures.engine`):
    * Lists, OCSP answers and what the archive keeps are all asked; the gravest counts.
    * What is proven to have existed before a revocation stays proven, whatever its reason.
    * A unit or authority that merely retired leaves what it made before untouched (RFC 3161 4 (1)). A key in
      other hands can write any date: nothing of it counts that nobody covered before (RFC 3161 4 (2)).
    * Where the list says since when the key was in other hands, that day counts instead of the later one on
      which somebody noticed (invalidityDate, RFC 5280 5.3.2).
    * A suspension is lifted by younger data of the authority itself that still speaks of the certificate.
    * Silence says nothing: without data nothing is known to have fallen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from asn1crypto import x509

from archive.clock import assume_utc
from preservation.trust.chains import Chain
from preservation.trust.revocation import Statement, statements_about
from preservation.trust.revocation_entry import HARMLESS, REMOVED
from preservation.trust.store import TrustStore

_HOLD: Final = "certificateHold"


@dataclass(frozen=True, slots=True)
class Fall:
    """A certificate that did not stand."""

    certificate: x509.Certificate
    since: datetime
    """When it was revoked or, where that is told, its key fell into other hands."""
    reason: str
    """CRLReason by name; empty where none is given."""


def fallen(chain: Chain, trust: TrustStore, made: datetime, at: datetime) -> Fall | None:
    """Return the first fall in a chain that counts against what it made; None where nothing is known.

    Args:
        chain: Leaf first, its anchor last; the anchor itself is trusted by decision.
        trust: Its lists, answers and kept data are asked; what others signed is passed over.
        made: When the thing says that it was made.
        at: By when it is proven to have existed.
    """
    falls = (fall for below in pairwise(chain.certificates) for fall in _falls(*below, trust))
    reaching = (each for each in falls if each.since <= at and _reaches(each, made))
    return min(reaching, key=lambda each: each.since, default=None)


def _reaches(fall: Fall, made: datetime) -> bool:
    return fall.reason not in HARMLESS or made >= fall.since


def _falls(certificate: x509.Certificate, issuer: x509.Certificate, trust: TrustStore) -> Iterator[Fall]:
    told = statements_about(certificate, issuer, trust.crls, trust.ocsps)
    told += trust.kept_statements(certificate, issuer)
    for each in told:
        if each.revoked_at is None or each.reason == REMOVED or _lifted(each, told, certificate):
            continue
        since = each.revoked_at
        if each.reason not in HARMLESS and each.invalid_since is not None:
            since = min(since, each.invalid_since)
        yield Fall(certificate, since, each.reason)


def _lifted(hold: Statement, told: Sequence[Statement], certificate: x509.Certificate) -> bool:
    if hold.reason != _HOLD:
        return False
    return any(
        each.revoked_at is None
        and not each.signer
        and each.this_update > hold.this_update
        and _speaks(each, certificate)
        for each in told
    )


def _speaks(statement: Statement, certificate: x509.Certificate) -> bool:
    """Tell whether data was issued while its issuer still spoke of the certificate."""
    ended = assume_utc(certificate.not_valid_after)
    remembers = statement.remembers_since is not None and statement.remembers_since <= ended
    return remembers or statement.this_update <= ended
