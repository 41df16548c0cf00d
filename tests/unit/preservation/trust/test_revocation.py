# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from preservation.authority import certificates
from preservation.authority.profile import years
from preservation.trust import revocation_lists
from preservation.trust.certificates import load
from preservation.trust.revocation import RevocationState, revocation_of


@pytest.fixture(scope="module")
def pair(world):
    """A certificate and its issuer."""
    return load(world.seal.certificate), load(world.seal.chain[0])


def _asked(pair, world, **material):
    given = {"crls": (), "ocsps": (), "control": world.at, "at": world.at, **material}
    return revocation_of(*pair, **given)


def test_revocation_by_list_or_by_answer_is_good_while_current(world, pair):
    """A CRL and an OCSP answer of the issuer both speak, and the source is told."""
    crls = world.authority.crls(world.at)
    answer = world.authority.ocsp(world.seal.certificate, world.at)
    assert _asked(pair, world, crls=crls).state is RevocationState.GOOD
    told = _asked(pair, world, ocsps=(answer,))
    assert (told.state, told.source) == (RevocationState.GOOD, answer)


@pytest.mark.parametrize("days", [-400, 400])
def test_revocation_data_too_old_or_from_the_future_says_nothing(world, pair, days):
    """A list that was not current at the control time, or not yet issued, is not believed."""
    other = world.at + timedelta(days=days)
    assert _asked(pair, world, crls=world.authority.crls(other)).state is RevocationState.UNKNOWN


def test_revocation_data_issued_after_the_end_counts_only_where_it_remembers(world, pair, monkeypatch):
    """A list that says expiredCertsOnCRL still speaks of the expired; without it, it may have forgotten."""
    ended = pair[0].not_valid_after + timedelta(days=30)
    material = {"crls": world.authority.crls(ended), "control": ended, "at": ended}
    assert _asked(pair, world, **material).state is RevocationState.GOOD
    monkeypatch.setattr(revocation_lists, "_expired_certs_on", lambda _: None)
    revocation_lists.header_of.cache_clear()
    assert _asked(pair, world, **material).state is RevocationState.UNKNOWN
    revocation_lists.header_of.cache_clear()


def test_revocation_data_of_somebody_else_or_altered_says_nothing(world, pair):
    """Only the issuer's own signature counts."""
    (mine, *_) = [each for each in world.authority.crls(world.at) if _asked(pair, world, crls=(each,)).source]
    broken = bytearray(mine)
    broken[-1] ^= 1
    assert _asked(pair, world, crls=(bytes(broken),)).state is RevocationState.UNKNOWN
    assert _asked(pair, world, crls=(b"", b"\x30\x00", mine[:50])).state is RevocationState.UNKNOWN
    assert _asked(pair, world, ocsps=(b"", b"\x30\x00", mine)).state is RevocationState.UNKNOWN
    other = world.authority.ocsp(world.mayor.certificate, world.at)
    assert _asked(pair, world, ocsps=(other,)).state is RevocationState.UNKNOWN


@pytest.fixture(scope="module")
def pieces():
    """An issuer that cuts its list in pieces, and a certificate that names one of them."""
    keys = [certificates.new_key() for _ in range(2)]
    names = [certificates.service_name(name) for name in ("AC", "HOJA")]
    window = years(2020, 2030)
    issuer = certificates.certificate(names[0], keys[0], window, certificates.authority_extensions(0))
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier("http://crl.invalid/1.crl")], None, None, None
    )
    leaf = certificates.certificate(
        names[1],
        keys[1],
        window,
        [(x509.CRLDistributionPoints([point]), False)],
        issuer=issuer,
        issuer_key=keys[0],
    )
    return issuer, keys[0], leaf


@pytest.mark.parametrize(("piece", "state"), [("1", "good"), ("2", "unknown"), ("", "good")])
def test_revocation_list_of_another_distribution_point_says_nothing(world, pieces, piece, state):
    """RFC 5280 6.3.3 (b): a piece of a list speaks of the certificates that name it; a whole list of all."""
    issuer, key, leaf = pieces
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(world.at - timedelta(hours=1))
        .next_update(world.at + timedelta(days=1))
    )
    if piece:
        name = x509.UniformResourceIdentifier(f"http://crl.invalid/{piece}.crl")
        point = x509.IssuingDistributionPoint([name], None, False, False, None, False, False)
        builder = builder.add_extension(point, critical=True)
    told = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    both = tuple(load(one.public_bytes(Encoding.DER)) for one in (leaf, issuer))
    assert _asked(both, world, crls=(told,)).state == state
