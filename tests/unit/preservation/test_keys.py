# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from preservation import der
from preservation.algorithms import Mechanism, verify_value
from preservation.indications import Outcome
from preservation.keys import public_key


def _info(key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _negative(key: rsa.RSAPrivateKey) -> bytes:
    """Write the key as those cards do: the octets of the modulus without the zero before them."""
    numbers = key.public_key().public_numbers()
    modulus = der.tagged(0x02, numbers.n.to_bytes(256, "big"))
    bits = b"\x00" + der.sequence(modulus, der.integer(numbers.e))
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), b"\x05\x00")
    return der.sequence(algorithm, der.tagged(0x03, bits))


def test_a_modulus_without_its_leading_zero_is_the_number_that_was_meant():
    """A signature by the key of such a certificate holds, and one over other content does not."""
    key = rsa.generate_private_key(65537, 2048)
    value = key.sign(b"contenido", padding.PKCS1v15(), hashes.SHA256())
    mechanism = Mechanism("rsa", "sha256")
    assert public_key(_negative(key)).public_numbers() == key.public_key().public_numbers()
    assert verify_value(_negative(key), mechanism, value, data=b"contenido").outcome is Outcome.OK
    assert verify_value(_negative(key), mechanism, value, data=b"otro").outcome is Outcome.FAILED


@pytest.mark.parametrize("broken", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x00", b"no es una clave"])
def test_a_key_that_cannot_be_read_proves_nothing_against_a_signature(broken):
    """The check is UNSUPPORTED, which becomes INDETERMINATE, never FAILED."""
    with pytest.raises(UnsupportedAlgorithm):
        public_key(broken)
    assert verify_value(broken, Mechanism("rsa", "sha256"), b"x", data=b"y").outcome is Outcome.UNSUPPORTED


def test_a_truncated_key_proves_nothing_against_a_signature():
    """Every prefix of a key is unreadable, and none raises anything else."""
    info = _info(rsa.generate_private_key(65537, 2048))
    for end in range(0, len(info) - 1, 7):
        with pytest.raises(UnsupportedAlgorithm):
            public_key(info[:end])


def test_plain_ecdsa_has_r_and_s_side_by_side():
    """A value in the form of BSI TR-03111 holds, and a changed one does not."""
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    r, s = utils.decode_dss_signature(key.sign(b"contenido", ec.ECDSA(hashes.SHA256())))
    value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    mechanism = Mechanism("ecdsa-plain", "sha256")
    assert verify_value(_info(key), mechanism, value, data=b"contenido").outcome is Outcome.OK
    assert verify_value(_info(key), mechanism, value, data=b"otro").outcome is Outcome.FAILED
