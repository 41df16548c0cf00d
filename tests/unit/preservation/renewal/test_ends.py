# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from stamping_authorities import stamping_authority

from archive.catalog.rows import SEAL, BatchRecord, Stamp
from archive.clock import FixedClock
from preservation.renewal.ends import Kind, ends_of, stamp_ends
from preservation.strength import STRENGTH
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IMPRINT = hashlib.sha256(b"root").digest()


def _at(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _stamp(authority) -> Stamp:
    return Stamp(authority.name, NOW, _at(2038), authority.stamp(IMPRINT, "sha256"))


def _batch(*stamps: Stamp, algorithm: str = "sha256") -> BatchRecord:
    first, *others = stamps
    return BatchRecord(
        "b", SEAL, algorithm, NOW, first.authority, first.valid_until, first.token, 1, "k", "", tuple(others)
    )


def test_everything_that_a_token_stands_on_ends():
    """Unit, the authority above it, keys and schemes by plan; the anchor is trusted by decision."""
    made = stamping_authority("Alfa", FixedClock(NOW), unit_until=_at(2038), between_until=_at(2031))
    ends = stamp_ends(_stamp(made), TrustStore((made.root.der,)), STRENGTH)
    certificates = [(end.kind, end.what, end.at) for end in ends if end.kind is not Kind.SIGNATURE]
    assert certificates == [
        (Kind.AUTHORITY, "Autoridad de Alfa", _at(2031)),
        (Kind.UNIT, "Unidad de Alfa", _at(2038)),
    ]
    signed = {end.what for end in ends if end.kind is Kind.SIGNATURE}
    assert {"rsa 3072", "rsassa_pkcs1v15"} <= signed
    assert all(end.planned and end.source for end in ends if end.kind is Kind.SIGNATURE)


def test_without_trust_the_unit_is_known_alone():
    """A chain that leads to nobody counts as far as the token itself tells."""
    made = stamping_authority("Beta", FixedClock(NOW), unit_until=_at(2038), between_until=_at(2031))
    kinds = [end.kind for end in stamp_ends(_stamp(made), TrustStore(), STRENGTH)]
    assert Kind.UNIT in kinds
    assert Kind.AUTHORITY not in kinds


def test_a_token_that_cannot_be_read_ends_when_its_record_says():
    """Damage is told by the audit; a forecast goes on."""
    (end,) = stamp_ends(Stamp("X", NOW, _at(2030), b"garbage"), TrustStore(), STRENGTH)
    assert (end.at, end.kind, end.authority) == (_at(2030), Kind.UNIT, "X")


def test_a_batch_ends_with_its_digest_and_each_of_its_tokens():
    """SHA-1 fell in 2017; of two authorities the ends of both are told, the soonest first."""
    two = [
        stamping_authority(name, FixedClock(NOW), unit_until=_at(year))
        for name, year in (("Alfa", 2035), ("Beta", 2029))
    ]
    trust = TrustStore(tuple(each.root.der for each in two))
    ends = ends_of(_batch(*map(_stamp, two), algorithm="sha1"), trust, STRENGTH)
    assert (ends[0].kind, ends[0].what, ends[0].planned) == (Kind.DIGEST, "sha1", False)
    assert [end.authority for end in ends if end.kind is Kind.UNIT] == ["Beta", "Alfa"]
