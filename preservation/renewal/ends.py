# SPDX-License-Identifier: EUPL-1.2
"""What a batch of evidence stands on, and when each thing comes to its end.

A token holds while the certificates of its chain are valid and its algorithms prove something; a tree holds
while its digest does. Renewal asks what ends first, the forecast asks for all of it: one truth for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from asn1crypto import x509

from archive.catalog.rows import BatchRecord, Stamp
from preservation.algorithms import digest_of, key_algorithm, mechanism_of
from preservation.retirement import PLANNED, Retirement, ends_for
from preservation.strength import Algorithm, Strength
from preservation.tokens import parse_token, signer_certificate
from preservation.trust.certificates import UNREADABLE
from preservation.trust.chains import find_chain
from preservation.trust.dated import Purpose
from preservation.trust.names import common_name
from preservation.trust.store import TrustStore


class Kind(StrEnum):
    """What ends."""

    UNIT = "unit"
    """The certificate of the time-stamping unit."""
    AUTHORITY = "authority"
    """A certificate above it; the anchor's own does not count, it is trusted by decision."""
    DIGEST = "digest"
    """The digest of the tree: a hash-tree renewal (RFC 4998 5.2), no time-stamp renewal mends it."""
    SIGNATURE = "signature"
    """A key, digest or scheme that the token or its chain is signed with."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of one thing."""

    at: datetime
    kind: Kind
    what: str
    """Common name of the certificate, or the algorithm: `sha256`, `rsa 2048`."""
    authority: str = ""
    """Who gave the token that stands on it; empty for the digest of the tree."""
    source: str = ""
    """Who says so, where it is an algorithm."""
    planned: bool = False
    """Whether it is only planned: verdicts do not look at it."""


def due_from(end: End, since: datetime, before: timedelta) -> datetime | None:
    """Return from when on an end makes evidence due; None where it makes nothing due.

    Whoever renews every day must not pay every day: a token that was young when its end was already near is
    due no earlier than half-way to that end. Of a mere plan against the algorithms of a signature nothing
    follows, since its authority may go on signing with them; a forecast tells of it.

    Args:
        end: Of the token, or of the digest of the tree.
        since: When the token was given.
        before: How long before an end the settings want evidence renewed.
    """
    if end.kind is Kind.DIGEST:
        return end.at - before
    if end.kind is Kind.SIGNATURE and end.planned:
        return None
    return max(end.at - before, since + (end.at - since) / 2)


_SCHEMES: Final = {"rsa": "rsassa_pkcs1v15"}
"""What a row of the table of planned ends calls a mechanism (`preservation.algorithms.Mechanism.kind`)."""


def ends_of(
    batch: BatchRecord,
    trust: TrustStore,
    strength: Strength,
    plans: Sequence[Retirement] = PLANNED,
) -> list[End]:
    """Return everything that ends under a batch, the soonest first.

    Args:
        batch: With all its tokens.
        trust: To find the chains; a chain that leads to no anchor counts as far as it leads.
        strength: What is decided, the operator's decisions among it (`installation.strength`).
        plans: What is planned.
    """
    found = list(digest_ends(batch.algorithm, strength, tuple(plans)))
    for stamp in batch.stamps:
        found += stamp_ends(stamp, trust, strength, tuple(plans))
    return sorted(found, key=lambda end: (end.at, end.kind, end.what))


def digest_ends(algorithm: str, strength: Strength, plans: tuple[Retirement, ...] = PLANNED) -> Iterator[End]:
    """Yield the ends of the digest of a tree, planned and decided, where it has such."""
    for end in ends_for(Algorithm(algorithm), strength, plans):
        yield End(end.until, Kind.DIGEST, algorithm, "", str(end.source), end.planned)


@lru_cache(maxsize=1024)
def stamp_ends(
    stamp: Stamp, trust: TrustStore, strength: Strength, plans: tuple[Retirement, ...] = PLANNED
) -> tuple[End, ...]:
    """Return what ends under one token, the soonest first; see `ends_of`.

    A token that cannot be read ends when its record says.
    """
    try:
        chain, used = _stands_on(stamp.token, trust)
    except UNREADABLE:
        return (End(stamp.valid_until, Kind.UNIT, stamp.authority, stamp.authority),)
    found = [
        End(each.not_valid_after, Kind.AUTHORITY if place else Kind.UNIT, common_name(each), stamp.authority)
        for place, each in enumerate(chain)
    ]
    for algorithm in used:
        what = f"{algorithm.name} {algorithm.bits}" if algorithm.bits else algorithm.name
        found += [
            End(end.until, Kind.SIGNATURE, what, stamp.authority, str(end.source), end.planned)
            for end in ends_for(algorithm, strength, plans)
        ]
    return tuple(sorted(found, key=lambda end: (end.at, end.kind, end.what)))


def _stands_on(token: bytes, trust: TrustStore) -> tuple[list[x509.Certificate], list[Algorithm]]:
    """Return the certificates below the anchor, the unit first, and every algorithm that signs."""
    parsed = parse_token(token)
    signer = signer_certificate(parsed, trust.certificates)
    if signer is None:
        raise ValueError("the unit's certificate is not at hand")
    loose = (*parsed.certificates, *trust.certificates)
    chain = find_chain(signer, loose, trust.anchors_ever(Purpose.TIME_STAMPING)).certificates
    whole = chain or (signer,)
    below = list(whole[:-1]) if len(chain) > 1 else [signer]
    stated = str(parsed.signer["digest_algorithm"]["algorithm"].native)
    used = [Algorithm(parsed.algorithm), Algorithm(stated)]
    used += _signed(parsed.signer["signature_algorithm"], stated)
    used += [key_algorithm(each.public_key.dump()) for each in whole]
    for each in below:
        used += _signed(each["signature_algorithm"], "none")
    return below, list(dict.fromkeys(each for each in used if each.name != "none"))


def _signed(algorithm: Any, otherwise: str) -> list[Algorithm]:
    scheme = _SCHEMES.get(mechanism_of(algorithm, otherwise).kind)
    digest = Algorithm(digest_of(algorithm, otherwise))
    return [digest, Algorithm(scheme)] if scheme else [digest]
