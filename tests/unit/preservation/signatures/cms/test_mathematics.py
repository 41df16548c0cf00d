# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

from preservation import der
from preservation.algorithms import Mechanism
from preservation.indications import Outcome
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import read_signer_info
from preservation.signatures.cms.mathematics import SHAKE256_512, check_signer, looks_like_attributes
from preservation.signatures.content import BytesContent, KnownDigests

DATA = b"contenido"
SHA256, SHA512, SHAKE = (der.sequence(der.oid(f"2.16.840.1.101.3.4.2.{arc}")) for arc in (1, 3, 12))
SHAKE_SHORT = der.sequence(der.oid("2.16.840.1.101.3.4.2.18"), der.integer(256))
MADE = {
    SHA256: lambda data: hashlib.sha256(data).digest(),
    SHA512: lambda data: hashlib.sha512(data).digest(),
    SHAKE: lambda data: hashlib.shake_256(data).digest(64),
    SHAKE256_512: lambda data: hashlib.shake_256(data).digest(64),
    SHAKE_SHORT: lambda data: hashlib.shake_256(data).digest(32),
}


def _checked(key, kind, algorithm):
    """Sign with an Edwards curve and check it."""
    digest = der.sequence(
        der.oid(attrs.MESSAGE_DIGEST), der.tagged(der.SET, der.octets(MADE[algorithm](DATA)))
    )
    value = key.sign(der.tagged(der.SET, digest))
    signature = der.sequence(der.oid({"ed448": "1.3.101.113", "ed25519": "1.3.101.112"}[kind]))
    info = der.sequence(
        der.integer(1), der.sequence(), algorithm, der.tagged(0xA0, digest), signature, der.octets(value)
    )
    signer = read_signer_info(element(info))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.DER, form)
    name = attrs.digest_name(algorithm)
    signed, _ = attrs.by_name(signer.signed_attributes)
    return check_signer(
        signer, signed, BytesContent(DATA), public, mechanism=Mechanism(kind, name), digest_name=name
    )


@pytest.mark.parametrize(
    ("kind", "algorithm", "value"),
    [
        ("ed25519", SHA512, Outcome.OK),
        ("ed25519", SHA256, Outcome.UNSUPPORTED),
        ("ed448", SHAKE256_512, Outcome.OK),
        ("ed448", SHAKE, Outcome.UNSUPPORTED),
        ("ed448", SHAKE_SHORT, Outcome.UNSUPPORTED),
        ("ed448", SHA512, Outcome.UNSUPPORTED),
    ],
)
def test_edwards_curves_go_with_their_own_digest(kind, algorithm, value):
    """RFC 8419 3.1: SHA-512 with Ed25519, SHAKE256 that says 512 with Ed448; nothing else is believed."""
    made = {"ed25519": ed25519.Ed25519PrivateKey, "ed448": ed448.Ed448PrivateKey}[kind].generate()
    reference, checked = _checked(made, kind, algorithm)
    assert checked.outcome is value
    if value is Outcome.OK:
        assert reference.outcome is Outcome.OK


def test_looks_like_attributes_only_where_a_message_digest_stands():
    """Ordinary content is not taken for somebody's attributes, and what is no content here neither."""
    digest = der.sequence(der.oid(attrs.MESSAGE_DIGEST), der.tagged(der.SET, der.octets(bytes(32))))
    assert looks_like_attributes(BytesContent(der.tagged(der.SET, digest)))
    assert not looks_like_attributes(BytesContent(der.tagged(der.SET, der.octets(b"x"))))
    assert not looks_like_attributes(BytesContent(b"1 texto"))
    assert not looks_like_attributes(KnownDigests({}))
