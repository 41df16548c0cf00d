# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import certificates_to_order as orders
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from preservation.trust.certificates import load
from preservation.trust.fetch import Answer, FetchPolicy, fetch
from preservation.trust.refresh import answer_urls, list_urls, refresh, request_about
from preservation.trust.revocation_cache import RevocationCache

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
CRL, OCSP = "http://crl.example/1.crl", "http://ocsp.example/"


@pytest.fixture(scope="module")
def people():
    """An authority and a holder whose certificate says where to ask."""
    authority = orders.authority("EMISORA")
    uri = x509.UniformResourceIdentifier
    points = [
        x509.DistributionPoint([uri("ldap://ldap.example/cn=x"), uri(CRL)], None, None, None),
        x509.DistributionPoint([uri(CRL)], None, None, None),
    ]
    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri(OCSP)),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri("http://ca.example/ca.crt")),
    ]
    extensions = [
        (x509.CRLDistributionPoints(points), False),
        (x509.AuthorityInformationAccess(access), False),
    ]
    return authority, orders.party("TITULAR", authority, extensions=extensions)


def _both(people):
    return load(people[1].der), load(people[0].der)


def _answer_to(request, people):
    asked = ocsp.load_der_ocsp_request(request)
    authority, holder = people
    assert (asked.serial_number, asked.issuer_key_hash) == (
        holder.certificate.serial_number,
        x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key()).digest,
    )
    builder = ocsp.OCSPResponseBuilder().add_response(
        holder.certificate,
        authority.certificate,
        hashes.SHA1(),
        ocsp.OCSPCertStatus.GOOD,
        AT,
        AT + timedelta(days=1),
        None,
        None,
    )
    built = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, authority.certificate)
    return built.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_refresh_asks_and_keeps_list_and_answer(people, tmp_path):
    """The responder gets a request without nonce; list and answer are kept with their time."""

    def ask(url, *, body=None, content_type=""):
        if url == OCSP:
            assert content_type == "application/ocsp-request"
            return Answer(url, _answer_to(body, people))
        return Answer(url, orders.revocation_list(people[0], at=AT))

    cache = RevocationCache(tmp_path)
    told = refresh(cache, *_both(people), ask, AT)
    assert [(each.url, each.problem) for each in told] == [(OCSP, ""), (CRL, "")]
    kept = cache.statements(*_both(people))
    assert sorted(each.kind for each in kept) == ["crl", "ocsp"]
    assert all(each.obtained_at == AT for each in kept)
    assert not any(x509.ocsp.load_der_ocsp_request(request_about(*_both(people))).extensions)


def test_refresh_asks_nobody_whom_the_policy_does_not_name(people, tmp_path):
    """The URLs of a certificate are a stranger's: without a decision none is asked."""

    def ask(url, *, body=None, content_type=""):
        return fetch(url, FetchPolicy(), body=body, resolve=lambda *_: pytest.fail("looked up"))

    told = refresh(RevocationCache(tmp_path), *_both(people), ask, AT)
    assert [each.allowed for each in told] == [False, False]
    assert "not among the hosts" in told[0].problem
    assert RevocationCache(tmp_path).entries() == {}


def test_refresh_keeps_nothing_that_somebody_else_signed(people, tmp_path):
    """An answer from the right place by the wrong hand is no answer."""
    stranger = orders.authority("EMISORA")

    def ask(url, *, body=None, content_type=""):
        return Answer(url, b"rubbish" if url == OCSP else orders.revocation_list(stranger, at=AT))

    told = refresh(RevocationCache(tmp_path), *_both(people), ask, AT)
    assert all(each.problem for each in told)
    assert RevocationCache(tmp_path).entries() == {}


def test_urls_are_http_alone_and_each_once(people):
    """`ldap` is not asked, CA certificates are not fetched, and nothing is asked twice."""
    assert list_urls(load(people[1].der)) == [CRL]
    assert answer_urls(load(people[1].der)) == [OCSP]
    assert list_urls(load(people[0].der)) == answer_urls(load(people[0].der)) == []
