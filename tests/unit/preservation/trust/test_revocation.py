# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import certificates_to_order as orders
import pytest
from asn1crypto import ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from preservation.authority import certificates
from preservation.authority.profile import years
from preservation.trust.certificates import load
from preservation.trust.refresh import request_about
from preservation.trust.revocation import statements_about

DAY = datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def pair(world):
    """A certificate and its issuer."""
    return load(world.seal.certificate), load(world.seal.chain[0])


def test_lists_and_answers_of_the_issuer_speak_of_its_certificates(world, pair):
    """A CRL and an OCSP answer of the issuer both say that a certificate is not revoked, and until when."""
    answer = world.authority.ocsp(world.seal.certificate, world.at)
    (by_list,) = statements_about(*pair, world.authority.crls(world.at), ())
    (by_answer,) = statements_about(*pair, (), (answer,))
    assert (by_list.kind, by_answer.kind, by_answer.source) == ("crl", "ocsp", answer)
    for each in (by_list, by_answer):
        assert each.revoked_at is None
        assert each.this_update <= world.at <= each.next_update


def test_what_somebody_else_signed_or_altered_says_nothing(world, pair):
    """Only the issuer's own signature counts, and only about the certificate that is asked about."""
    (mine,) = [each for each in world.authority.crls(world.at) if statements_about(*pair, (each,), ())]
    broken = bytearray(mine)
    broken[-1] ^= 1
    assert statements_about(*pair, (bytes(broken), b"", b"\x30\x00", mine[:50]), ()) == []
    other = world.authority.ocsp(world.mayor.certificate, world.at)
    assert statements_about(*pair, (), (b"", b"\x30\x00", mine, other)) == []


@pytest.mark.parametrize(
    ("number", "reason"), [(None, ""), (1, "keyCompromise"), (4, "superseded"), (7, ""), (99, "")]
)
def test_an_answer_that_revokes_is_heard_whatever_reason_it_gives(issued, number, reason):
    """RFC 5280 5.3.1 leaves 7 out: a reason that nobody defined must not hide the revocation."""
    leaf, issuer = (load(each.der) for each in issued)
    (said,) = statements_about(leaf, issuer, (), (_revoking(*issued, number),))
    assert (said.revoked_at, said.reason) == (DAY, reason)


@pytest.fixture(scope="module")
def issued():
    """A certificate and its issuer, with its key."""
    issuer = orders.authority("EMISORA")
    return orders.party("HOJA", issuer), issuer


def _revoking(leaf, issuer, number):
    """Return an answer of the issuer that revokes, with a reason by number."""
    info = {"revocation_time": DAY}
    if number is not None:
        info["revocation_reason"] = 1
    single = ocsp.SingleResponse(
        {
            "cert_id": ocsp.OCSPRequest.load(request_about(load(leaf.der), load(issuer.der)))["tbs_request"][
                "request_list"
            ][0]["req_cert"],
            "cert_status": ocsp.CertStatus("revoked", ocsp.RevokedInfo(info)),
            "this_update": DAY,
        }
    )
    body = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_name", load(issuer.der).subject),
            "produced_at": DAY,
            "responses": [single],
        }
    ).dump()
    if number is not None:
        assert body.count(b"\x0a\x01\x01") == 1
        body = body.replace(b"\x0a\x01\x01", b"\x0a\x01" + bytes([number]))
    value = issuer.key.sign(body, ec.ECDSA(hashes.SHA256()))
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": ocsp.ResponseData.load(body),
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": value,
        }
    )
    return basic.dump()


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


@pytest.mark.parametrize(("piece", "speaks"), [("1", True), ("2", False), ("", True)])
def test_revocation_list_of_another_distribution_point_says_nothing(world, pieces, piece, speaks):
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
    assert bool(statements_about(*both, (told,), ())) is speaks
