# SPDX-License-Identifier: EUPL-1.2
"""Who signs: a certificate, its private key and its chain, whoever gives them.

The development authority gives one (`DevelopmentAuthority.identity`); a real seal may later live behind an
HSM. Nobody here stores a key.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from archive.errors import InvalidRequest

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
"""Keys that we sign with; more kinds are verified than made."""


class Identity(Protocol):
    """What the signing functions ask for."""

    @property
    def certificate(self) -> bytes:
        """DER of the signer's certificate."""
        ...

    @property
    def private_key(self) -> SigningKey:
        """Key that belongs to it."""
        ...

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER of the certificates above it, issuer first."""
        ...


def digest_for(key: SigningKey) -> str:
    """Return the digest that goes with a key: SHA-512 for Ed25519 (RFC 8419 section 3.1), else SHA-256."""
    return "sha512" if isinstance(key, ed25519.Ed25519PrivateKey) else "sha256"


def sign_bytes(key: SigningKey, data: bytes) -> bytes:
    """Return the signature value over `data`. RSA PKCS#1 v1.5 and Ed25519 give the same bytes every time.

    Raises:
        InvalidRequest: A kind of key that we do not sign with.
    """
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    raise InvalidRequest("this kind of key cannot be used for signing")
