# SPDX-License-Identifier: EUPL-1.2
"""Public keys as real certificates carry them, also where `cryptography` is stricter than their issuers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from preservation import der

_RSA: Final = der.oid("1.2.840.113549.1.1.1")


@lru_cache(maxsize=4096)
def public_key(key_info: bytes) -> Any:
    """Return the key of a DER SubjectPublicKeyInfo.

    An RSA modulus without its leading zero octet, a negative INTEGER as it stands (Estonian identity cards of
    2011 to 2017 have it), is read as the number that was meant: no other number has those octets.

    Raises:
        UnsupportedAlgorithm: It cannot be read. Nothing follows from that about a signature.
    """
    try:
        return load_der_public_key(key_info)
    except ValueError as cause:
        try:
            return _unsigned_rsa(key_info)
        except (ValueError, IndexError, StopIteration):
            raise UnsupportedAlgorithm(f"the key cannot be read: {cause}"[:120]) from cause


def _unsigned_rsa(key_info: bytes) -> rsa.RSAPublicKey:
    algorithm, bits = der.parse(key_info).children()
    if next(algorithm.children()).encoded != _RSA or bits.value[:1] != b"\x00":
        raise ValueError("not an RSA key")
    modulus, exponent = der.parse(bits.value[1:]).children()
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(exponent.value, "big"), int.from_bytes(modulus.value, "big")
    )
    return numbers.public_key()
