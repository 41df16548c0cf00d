# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding, rsa, utils

from preservation import der
from preservation.algorithms import (
    Mechanism,
    mechanism_in,
    mechanism_of,
    new_digest,
    signature_holds,
    verify_value,
)
from preservation.indications import Outcome


def test_algorithm_identifiers_of_certificates_and_cms_are_read_alike():
    """By name, by NIST's number, and with the digest from elsewhere where the identifier names none."""

    def read(dotted: str):
        said = mechanism_of(algos.SignedDigestAlgorithm({"algorithm": dotted}), "sha384")
        return said.kind, said.digest

    assert read("1.2.840.113549.1.1.11") == ("rsa", "sha256")
    assert read("1.2.840.113549.1.1.1") == ("rsa", "sha384")
    assert read("1.2.840.10045.4.3.4") == ("ecdsa", "sha512")
    assert read("2.16.840.1.101.3.4.3.14") == ("rsa", "sha3_256")


def test_a_signature_of_nonsense_does_not_hold_and_does_not_raise():
    """Keys, algorithms and values come from strangers."""
    for dotted in ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.10", "1.2.3.4"):
        algorithm = algos.SignedDigestAlgorithm({"algorithm": dotted})
        assert signature_holds(b"\x30\x00", algorithm, "sha256", b"x", b"y") is False


def _info(key) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def test_shakes_have_the_lengths_of_rfc_8702():
    """A SHAKE gives 32 or 64 octets, and an ECDSA signature over them holds."""
    made = new_digest("shake256")
    made.update(b"acta")
    assert len(made.digest()) == made.digest_size == 64
    key = ec.generate_private_key(ec.SECP384R1())
    value = key.sign(made.digest(), ec.ECDSA(utils.Prehashed(hashes.SHA512())))
    mechanism = mechanism_in(der.sequence(der.oid("1.3.6.1.5.5.7.6.33")), "sha256")
    assert mechanism == Mechanism("ecdsa", "shake256")
    assert verify_value(_info(key), mechanism, value, data=b"acta").outcome is Outcome.OK
    assert verify_value(_info(key), mechanism, value, data=b"actA").outcome is Outcome.FAILED


def test_ripemd160_signatures_are_checked_by_their_digest_info():
    """RIPEMD-160 was in German profiles; `cryptography` does not speak it and the digest is compared by us."""
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.private_numbers()
    digest = new_digest("ripemd160")
    digest.update(b"acta")
    info = der.sequence(der.sequence(der.oid("1.3.36.3.2.1"), b"\x05\x00"), der.octets(digest.digest()))
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info
    value = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")
    mechanism = Mechanism("rsa", "ripemd160")
    assert verify_value(_info(key), mechanism, value, data=b"acta").outcome is Outcome.OK
    assert verify_value(_info(key), mechanism, value, data=b"actA").outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        (b"", "RSASSA-PSS without parameters"),
        (b"\x05\x00", "RSASSA-PSS without parameters"),
        (b"\x30\x00", "pss"),
        (der.sequence(der.tagged(0xA3, der.integer(2))), "RSASSA-PSS with parameters that nobody defined"),
    ],
)
def test_odd_pss_parameters_are_not_guessed(parameters, kind):
    """RFC 4056: parameters are present; RFC 4055: their absent fields mean SHA-1, MGF1 and 20 octets."""
    mechanism = mechanism_in(der.sequence(der.oid("1.2.840.113549.1.1.10"), parameters), "sha256")
    assert mechanism.kind == kind
    if kind == "pss":
        assert mechanism == Mechanism("pss", "sha1", "sha1", 20)
        return
    key = rsa.generate_private_key(65537, 2048)
    value = key.sign(b"acta", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert verify_value(_info(key), mechanism, value, data=b"acta").outcome is Outcome.UNSUPPORTED


def test_a_key_makes_only_signatures_of_its_own_kind():
    """Algorithm confusion fails: what the key cannot have made is no signature of it."""
    edwards, curve = ed448.Ed448PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    value = edwards.sign(b"acta")
    assert (
        verify_value(_info(edwards), Mechanism("ed448", "sha256"), value, data=b"acta").outcome is Outcome.OK
    )
    for key, mechanism in ((edwards, "rsa"), (edwards, "ecdsa"), (curve, "rsa"), (curve, "pss")):
        checked = verify_value(_info(key), Mechanism(mechanism, "sha256"), value, data=b"acta")
        assert checked.outcome is Outcome.FAILED


def test_an_algorithm_that_is_not_spoken_is_told_so():
    """GOST and what is yet to come are neither held nor refused."""
    key = ec.generate_private_key(ec.SECP256R1())
    mechanism = mechanism_in(der.sequence(der.oid("1.2.643.7.1.1.3.2")), "1.2.643.7.1.1.2.2")
    assert verify_value(_info(key), mechanism, b"x" * 64, data=b"acta").outcome is Outcome.UNSUPPORTED
