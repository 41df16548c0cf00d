# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archive.clock import FixedClock
from preservation import der
from preservation.algorithms import signature_holds
from preservation.authority import DevelopmentAuthority, certificates
from preservation.authority.folder import Revoked
from preservation.authority.profile import years
from preservation.authority.revocation import revocation_list
from preservation.indications import Indication
from preservation.timestamps import Question
from preservation.tokens import MAX_TOKEN, parse_token, verify_token
from preservation.trust.chains import Chain, find_chain, weakness
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IMPRINT = hashlib.sha256(b"acta").digest()


@pytest.fixture(scope="module")
def token(authority):
    return authority.timestamp_authority(FixedClock(NOW)).stamp(IMPRINT, "sha256")


def _judge(authority, token, imprint=IMPRINT, algorithm="sha256", at=NOW, **held):
    trust = TrustStore(authority.anchors(), **held)
    return verify_token(token, imprint, algorithm, trust=trust, at=at)


def test_a_token_says_who_when_and_until(authority, token):
    """All facts that evidence keeps of it."""
    verdict = _judge(authority, token)
    assert (verdict.indication, verdict.reasons, verdict.intact) == (Indication.TOTAL_PASSED, (), True)
    assert (verdict.gen_time, verdict.authority[:5]) == (NOW, "TSA-1")
    assert verdict.serial == parse_token(token).serial > 0


@pytest.mark.parametrize(
    ("at", "sub_indication"),
    [
        (datetime(2026, 2, 1, tzinfo=UTC), "TIMESTAMP_ORDER_FAILURE"),
        (datetime(2032, 5, 31, tzinfo=UTC), ""),
        (datetime(2032, 6, 2, tzinfo=UTC), "OUT_OF_BOUNDS_NO_POE"),
    ],
)
def test_the_instant_of_judgement_decides(authority, token, at, sub_indication):
    """Before its own time, on the last day, and the day after."""
    verdict = _judge(authority, token, at=at)
    assert (verdict.sub_indication, verdict.intact) == (sub_indication, True)


def test_without_anchors_only_the_mathematics_is_told(token):
    """Intact, and no more."""
    verdict = verify_token(token, IMPRINT, "sha256", trust=TrustStore(), at=NOW)
    assert (verdict.sub_indication, verdict.intact) == ("NO_CERTIFICATE_CHAIN_FOUND", True)
    assert verdict.valid_until == datetime(2032, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\x30\x00", b"0" * (MAX_TOKEN + 1), der.sequence(der.oid("1.2.3"))]
)
def test_what_is_no_token_is_a_format_failure(authority, data):
    """Never an exception."""
    verdict = _judge(authority, data)
    assert (verdict.indication, verdict.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")
    with pytest.raises(ValueError):
        parse_token(data)


def test_every_flipped_byte_of_a_token_is_judged_and_none_passes_as_another(authority, token):
    """One bit anywhere: a verdict, and if it still passes then over the very same signed bytes."""
    said = parse_token(token)
    for place in range(0, len(token), 7):
        flipped = bytearray(token)
        flipped[place] ^= 0x20
        verdict = _judge(authority, bytes(flipped))
        if verdict.indication is Indication.TOTAL_PASSED:
            other = parse_token(bytes(flipped))
            assert other.info == said.info
            for part in ("signed_attrs", "signature"):
                assert other.signer[part].dump() == said.signer[part].dump()


def _bare(authority):
    """Return a token that carries no certificates, and its unit's."""
    asked = tsp.TimeStampReq.load(Question(IMPRINT, "sha256", None).encode())
    asked["cert_req"] = False
    answer = authority.respond(asked.dump(force=True), FixedClock(NOW))
    return list(der.parse(answer).children())[1].encoded, authority.time_stamping_identity(NOW).certificate


def test_intermediates_help_a_token_that_carries_none(authority):
    """A token without certificates is judged with those that are handed in, and not without."""
    bare, unit = _bare(authority)
    assert _judge(authority, bare).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"
    helped = _judge(authority, bare, certificates=(unit, *authority.intermediates()))
    assert helped.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(("ends", "year", "named"), [(2030, 2030, "AC DE SELLADO"), (2060, 2032, "TSA-1")])
def test_evidence_lives_as_long_as_the_first_certificate_that_ends(authority, ends, year, named):
    """An authority that ends before its unit decides, and is named; the anchor's own end does not count."""
    bare, unit = _bare(authority)
    root, pair = authority._pair("root"), authority._pair("tsa-ca")
    window = years(2020, ends)
    name, depth = pair.certificate.subject, certificates.authority_extensions(0)
    issuing = {"issuer": root.certificate, "issuer_key": root.key}
    short = certificates.certificate(name, pair.key, window, depth, **issuing).public_bytes(Encoding.DER)
    verdict = _judge(authority, bare, certificates=(unit, short))
    assert verdict.indication is Indication.TOTAL_PASSED
    assert verdict.valid_until.year == year
    assert verdict.ends.startswith(named)


def _spki(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _algorithm(name, parameters=None):
    from asn1crypto import algos

    body = {"algorithm": name} if parameters is None else {"algorithm": name, "parameters": parameters}
    return algos.SignedDigestAlgorithm.load(algos.SignedDigestAlgorithm(body).dump())


def test_every_signature_algorithm_of_the_field_is_spoken():
    """RSA PKCS#1 with and without a named digest, PSS, ECDSA, Ed25519; other data fails each time."""
    key, curve, edwards = (
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
    )
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": 32,
    }
    data = b"signed attributes"
    plain = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    cases = [
        (key, _algorithm("sha256_rsa"), plain),
        (key, _algorithm("rsassa_pkcs1v15"), plain),
        (key, _algorithm("rsassa_pss", parameters), key.sign(data, pss, hashes.SHA256())),
        (curve, _algorithm("sha256_ecdsa"), curve.sign(data, ec.ECDSA(hashes.SHA256()))),
        (edwards, _algorithm("ed25519"), edwards.sign(data)),
    ]
    for one, algorithm, signature in cases:
        assert signature_holds(_spki(one), algorithm, "sha256", signature, data)
        assert not signature_holds(_spki(one), algorithm, "sha256", signature, data + b"x")
        assert not signature_holds(_spki(one), algorithm, "sha256", signature[:-1], data)
    assert not signature_holds(_spki(curve), _algorithm("sha256_rsa"), "sha256", plain, data)
    assert not signature_holds(b"no key", _algorithm("sha256_rsa"), "sha256", plain, data)


@pytest.fixture(scope="module")
def family():
    """A root, an authority that may have none below, and a leaf of each."""
    keys = [certificates.new_key() for _ in range(3)]
    names = [certificates.service_name(name) for name in ("RAIZ", "AC", "HOJA")]
    window = years(2020, 2030)
    root = certificates.certificate(names[0], keys[0], window, certificates.authority_extensions(1))
    above = {"issuer": root, "issuer_key": keys[0]}
    low = certificates.certificate(names[1], keys[1], window, certificates.authority_extensions(0), **above)
    below = {"issuer": low, "issuer_key": keys[1]}
    leaf = certificates.certificate(names[2], keys[2], window, certificates.tsa_extensions(), **below)
    child = certificates.certificate(
        names[2], keys[2], window, certificates.authority_extensions(None), **below
    )
    deep = certificates.certificate(
        names[0], keys[2], window, certificates.tsa_extensions(), issuer=child, issuer_key=keys[2]
    )
    ders = [one.public_bytes(Encoding.DER) for one in (root, low, leaf, child, deep)]
    return dict(zip(("root", "low", "leaf", "child", "deep"), ders, strict=True))


def _chain(family, leaf, loose=("low", "child"), anchors=("root",)):
    return find_chain(
        asn1_x509.Certificate.load(family[leaf]), [family[n] for n in loose], [family[n] for n in anchors]
    )


def test_a_chain_is_found_whatever_lies_about(family):
    """In any order, with garbage between; an anchor may be an intermediate or the leaf itself."""
    assert len(_chain(family, "leaf").certificates) == 3
    assert len(_chain(family | {"junk": b"\x30\x03x"}, "leaf", ("junk", "child", "low")).certificates) == 3
    assert len(_chain(family, "leaf", (), ("low",)).certificates) == 2
    assert len(_chain(family, "leaf", (), ("leaf",)).certificates) == 1


def test_an_authority_beyond_its_depth_or_that_is_none_issues_nothing(family):
    """Path length of zero, a leaf as issuer, and no way up at all."""
    assert _chain(family, "deep").certificates == ()
    assert _chain(family, "leaf", ()).problem
    assert _chain(family, "low", ("leaf",), ("leaf",)).certificates == ()


def test_certificates_outside_their_time_are_named(family):
    """The anchor's own end does not count (RFC 5280 6.1.1 d)."""
    chain = _chain(family, "leaf")
    assert chain.outside(NOW) is None
    assert chain.outside(datetime(2031, 1, 1, tzinfo=UTC)) is chain.certificates[0]
    assert Chain((chain.certificates[0],)).outside(datetime(2031, 1, 1, tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    ("digest", "year", "weak"),
    [
        ("sha1", 2016, False),
        ("sha1", 2017, True),
        ("sha256", 2060, False),
        ("md5", 2007, True),
        ("sm3", 2026, True),
    ],
)
def test_digest_algorithms_end(family, digest, year, weak):
    """SHA-1 proves something until 2016; what we do not speak proves nothing at any time."""
    chain = _chain(family, "leaf")
    assert bool(weakness(chain, [digest], datetime(year, 1, 1, tzinfo=UTC))) is weak


@pytest.mark.parametrize(
    ("reason", "revoked", "judged", "sub_indication"),
    [
        ("superseded", (2027, 1), (2027, 6), ""),
        ("superseded", (2026, 2), (2027, 6), "REVOKED_NO_POE"),
        ("keyCompromise", (2027, 1), (2027, 6), "REVOKED_NO_POE"),
        ("", (2027, 1), (2027, 6), "REVOKED_NO_POE"),
        ("keyCompromise", (2028, 1), (2027, 6), ""),
    ],
)
def test_a_revoked_unit_spares_its_past_only_for_a_harmless_reason(
    authority, token, reason, revoked, judged, sub_indication
):
    """RFC 3161 4; and what is proven before the revocation stays proven, whatever its reason."""
    at = datetime(*judged, 1, tzinfo=UTC)
    lists = (b"junk", _revoking(authority, datetime(*revoked, 1, tzinfo=UTC), reason))
    assert _judge(authority, token, at=at, crls=lists).sub_indication == sub_indication
    assert _judge(authority, token, at=at).sub_indication == ""


def test_a_unit_that_one_list_retires_and_another_calls_compromised_spares_nothing(authority, token):
    """The harmless reason of one list does not silence the grave one of another, whichever comes first."""
    retired = _revoking(authority, datetime(2027, 1, 1, tzinfo=UTC), "superseded")
    compromised = _revoking(authority, datetime(2027, 1, 1, tzinfo=UTC), "keyCompromise")
    at = datetime(2027, 6, 1, tzinfo=UTC)
    for lists in ((retired, compromised), (compromised, retired)):
        assert _judge(authority, token, at=at, crls=lists).sub_indication == "REVOKED_NO_POE"


def _revoking(authority, since, reason):
    """Return a list of the unit's authority that revokes the unit."""
    unit = authority.time_stamping_identity(NOW).certificate
    serial = x509.load_der_x509_certificate(unit).serial_number
    return revocation_list(
        authority._pair("tsa-ca"), {serial: Revoked(since, reason)}, datetime(2029, 1, 1, tzinfo=UTC)
    )


def test_a_list_of_somebody_else_revokes_nobody(tmp_path, authority, token):
    """A stranger's list with our serial number in it does not count."""
    stranger = DevelopmentAuthority.create(tmp_path / "a", FixedClock(NOW))
    unit = authority.time_stamping_identity(NOW).certificate
    serial = x509.load_der_x509_certificate(unit).serial_number
    lists = (
        revocation_list(stranger._pair("tsa-ca"), {serial: Revoked(NOW)}, datetime(2027, 1, 1, tzinfo=UTC)),
    )
    assert _judge(authority, token, at=datetime(2027, 6, 1, tzinfo=UTC), crls=lists).reasons == ()


def test_a_token_signed_over_a_broken_digest_proves_nothing(authority, token):
    """SHA-1 in the signature counts, though the digest stated for the content is a sound one."""
    unit = authority.time_stamping_identity(NOW)
    info = cms.ContentInfo.load(token)
    (signer,) = info["content"]["signer_infos"]
    signed = der.tagged(der.SET, signer["signed_attrs"].contents)
    signer["signature_algorithm"] = cms.SignedDigestAlgorithm({"algorithm": "sha1_rsa"})
    signer["signature"] = unit.private_key.sign(signed, padding.PKCS1v15(), hashes.SHA1())
    verdict = _judge(authority, info.dump(force=True))
    assert (verdict.sub_indication, verdict.intact) == ("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", True)
