# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import certificates_to_order as orders
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from archive.errors import IntegrityError
from preservation.trust import revocation_cache
from preservation.trust.certificates import load
from preservation.trust.revocation_cache import RevocationCache
from preservation.trust.store import TrustStore

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
URL = "http://crl.example/1.crl"


@pytest.fixture(scope="module")
def people():
    """An authority with a good and a bad holder, and a stranger."""
    authority = orders.authority("EMISORA")
    return {
        "authority": authority,
        "good": orders.party("BUENO", authority),
        "bad": orders.party("MALO", authority),
        "stranger": orders.authority("AJENA"),
    }


def _crl(people, **options):
    return orders.revocation_list(
        people["authority"], [people["bad"].certificate.serial_number], at=AT, **options
    )


def _asked(cache, people, who):
    return cache.statements(load(people[who].der), load(people["authority"].der))


def _answer(people, who, status=ocsp.OCSPCertStatus.GOOD, by="authority"):
    revoked = AT if status is ocsp.OCSPCertStatus.REVOKED else None
    signer = people[by]
    builder = ocsp.OCSPResponseBuilder().add_response(
        people[who].certificate,
        people["authority"].certificate,
        hashes.SHA1(),
        status,
        AT,
        AT + timedelta(days=1),
        revoked,
        None,
    )
    built = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate).sign(
        signer.key, hashes.SHA256()
    )
    return built.public_bytes(Encoding.DER)


def test_cache_says_what_a_kept_list_says(people, tmp_path):
    """Good and revoked, with the list itself and the time it was obtained."""
    cache, crl = RevocationCache(tmp_path), _crl(people)
    issuers = [people["stranger"].der, people["authority"].der]
    assert cache.keep_list(crl, issuers, url=URL, at=AT) == ""
    (good,), (bad,) = _asked(cache, people, "good"), _asked(cache, people, "bad")
    assert (good.revoked_at, good.source, good.obtained_at, good.this_update) == (None, crl, AT, AT)
    assert bad.revoked_at == AT - timedelta(days=1)
    assert cache.obtained_at(crl) == AT
    assert cache.obtained_at(b"other") is None
    assert cache.keep_list(crl, issuers, url="x", at=AT + timedelta(days=9)) == ""
    assert _asked(cache, people, "good")[0].obtained_at == AT


def test_cache_list_of_one_key_says_nothing_below_another_of_the_same_name(people, tmp_path):
    """Whose list it is, the key says: an authority of the same name has lists of its own."""
    cache = RevocationCache(tmp_path)
    cache.keep_list(_crl(people), [people["authority"].der], url=URL, at=AT)
    namesake = load(orders.authority("EMISORA").der)
    assert cache.statements(load(people["bad"].der), namesake) == []


def test_cache_does_not_verify_or_parse_a_kept_list_again(people, tmp_path, monkeypatch):
    """In a new process only the index is read: no signature, no walk over the entries."""
    RevocationCache(tmp_path).keep_list(_crl(people), [people["authority"].der], url=URL, at=AT)
    monkeypatch.setattr(revocation_cache, "header_of", lambda *_: pytest.fail("verified again"))
    monkeypatch.setattr(revocation_cache, "entry_on", lambda *_: pytest.fail("searched slowly"))
    assert _asked(RevocationCache(tmp_path), people, "bad")[0].revoked_at


def test_cache_without_its_index_searches_slowly(people, tmp_path):
    """The index can be burned; the answers stay the same."""
    cache = RevocationCache(tmp_path)
    cache.keep_list(_crl(people), [people["authority"].der], url=URL, at=AT)
    for each in tmp_path.glob("*.idx"):
        each.unlink()
    revocation_cache._octets.cache_clear()
    assert _asked(cache, people, "bad")[0].revoked_at
    assert _asked(cache, people, "good")[0].revoked_at is None


def test_cache_keeps_nothing_that_nobody_at_hand_signed(people, tmp_path):
    """Lists of strangers, altered ones and rubbish stay outside."""
    cache, crl = RevocationCache(tmp_path), _crl(people)
    altered = bytearray(crl)
    altered[-1] ^= 1
    for data, issuers in (
        (crl, [people["stranger"].der]),
        (bytes(altered), [people["authority"].der]),
        (b"", [people["authority"].der]),
        (crl, [b""]),
    ):
        assert cache.keep_list(data, issuers, url=URL, at=AT)
    assert cache.entries() == {}


def test_cache_list_of_one_distribution_point_speaks_of_its_own(people, tmp_path):
    """The rule of pieces (RFC 5280 6.3.3 b) holds for kept lists too."""
    name = x509.UniformResourceIdentifier(URL)
    point = x509.IssuingDistributionPoint([name], None, False, False, None, False, False)
    cache = RevocationCache(tmp_path)
    assert (
        cache.keep_list(_crl(people, extensions=[(point, True)]), [people["authority"].der], url=URL, at=AT)
        == ""
    )
    assert _asked(cache, people, "good") == []


def test_cache_keeps_answers_about_their_certificate(people, tmp_path):
    """An OCSP answer is found for its certificate, and not for another of the same authority."""
    cache = RevocationCache(tmp_path)
    good, issuer = load(people["good"].der), load(people["authority"].der)
    assert cache.keep_answer(_answer(people, "good"), good, issuer, url=URL, at=AT) == ""
    (told,) = _asked(cache, people, "good")
    assert (told.kind, told.revoked_at, told.obtained_at) == ("ocsp", None, AT)
    assert _asked(cache, people, "bad") == []
    assert cache.keep_answer(_answer(people, "bad"), good, issuer, url=URL, at=AT)
    assert cache.keep_answer(_answer(people, "good", by="stranger"), good, issuer, url=URL, at=AT)


def test_cache_missing_file_stops_the_work(people, tmp_path):
    """Evidence that vanished is told; it does not turn a revoked certificate into an unknown one."""
    cache = RevocationCache(tmp_path)
    cache.keep_list(_crl(people), [people["authority"].der], url=URL, at=AT)
    for each in tmp_path.glob("*.der"):
        each.unlink()
    revocation_cache._octets.cache_clear()
    with pytest.raises(IntegrityError):
        _asked(cache, people, "bad")


def test_trust_store_asks_its_cache_and_travels_to_other_processes(people, tmp_path):
    """A store with a cache is a value like any other; without one it has nothing kept."""
    cache, crl = RevocationCache(tmp_path), _crl(people)
    cache.keep_list(crl, [people["authority"].der], url=URL, at=AT)
    pair = (load(people["bad"].der), load(people["authority"].der))
    assert TrustStore().kept_statements(*pair) == []
    assert TrustStore().obtained_at(crl) is None
    store = pickle.loads(pickle.dumps(TrustStore().joined(TrustStore(kept=cache))))
    assert store.kept_statements(*pair)[0].revoked_at
    assert store.obtained_at(crl) == AT
