# SPDX-License-Identifier: EUPL-1.2
"""Make CMS and CAdES signatures: the CMS inside PAdES too.

Written by hand on asn1crypto rather than through pyHanko's signer, because the same few attributes serve
CAdES and PAdES, time comes in as a parameter, a paid authority is asked for exactly one token, and an RSA
signature of the same input is the same bytes.

Source: RFC 5652 section 5; ETSI EN 319 122-1 sections 5.2.1 (content-type, message-digest), 5.2.2.3
(signing-certificate-v2) and 5.3 (signature-time-stamp).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Final

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from archive.clock import require_aware
from preservation import der
from preservation.signatures.identity import Identity, SigningKey, digest_for, sign_bytes
from preservation.timestamps import TimestampAuthority

SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"
_DATA: Final = "1.2.840.113549.1.7.1"
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.47"
_POLICY: Final = "1.2.840.113549.1.9.16.2.15"
_SPURI: Final = "1.2.840.113549.1.9.16.5.1"
_IA5_STRING: Final = 0x16


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """A signature policy to name in the signature (-EPES)."""

    oid: str
    """Dotted: `2.16.724.1.3.1.1.2.1.9` is the AGE's 1.9."""
    digest: bytes
    """Of the policy document."""
    digest_algorithm: str = "sha1"
    """The AGE still publishes SHA-1 of its policy; it is an identifier here, not a proof."""
    uri: str = ""
    """Where it is published, in ASCII."""


AGE_POLICY = SignaturePolicy(
    "2.16.724.1.3.1.1.2.1.9",
    base64.b64decode("G7roucf600+f03r/o0bAOQ6WAs0="),
    "sha1",
    "https://sede.administracion.gob.es/politica_de_firma_anexo_1.pdf",
)
"""Política de firma electrónica de la AGE 1.9."""


def sign_cms(
    data: bytes,
    identity: Identity,
    *,
    detached: bool,
    signing_time: datetime | None,
    cades: bool = True,
    authority: TimestampAuthority | None = None,
    policy: SignaturePolicy | None = None,
) -> bytes:
    """Sign `data` as CMS or CAdES B-B, or B-T when an authority is given.

    Args:
        data: What is signed, byte-exact.
        identity: Who signs.
        detached: Leave `data` out of the signature (TF04), else carry it inside (TF05).
        signing_time: Claimed time; None leaves it out.
        cades: Add the CAdES attributes; False makes a plain CMS.
        authority: Gives the signature time stamp of level T.
        policy: Named in the signature (-EPES).

    Returns:
        DER ContentInfo.

    Raises:
        InvalidRequest: The key is of a kind we do not sign with.
        TimestampUnavailable: The authority gave no token.
    """
    digest = hashlib.new(digest_for(identity.private_key), data).digest()
    return sign_digest(
        digest,
        identity,
        content=None if detached else data,
        signing_time=signing_time,
        cades=cades,
        authority=authority,
        policy=policy,
    )


def sign_digest(
    digest: bytes,
    identity: Identity,
    *,
    content: bytes | None = None,
    signing_time: datetime | None = None,
    cades: bool = True,
    authority: TimestampAuthority | None = None,
    policy: SignaturePolicy | None = None,
) -> bytes:
    """Sign content of which only the digest (`digest_for(key)`) is known; see `sign_cms`."""
    algorithm = digest_for(identity.private_key)
    signed = _signed_attributes(digest, algorithm, identity, signing_time, cades=cades, policy=policy)
    value = sign_bytes(identity.private_key, signed)
    unsigned = b""
    if authority is not None:
        token = authority.stamp(hashlib.sha256(value).digest(), "sha256")
        stamp = der.sequence(der.oid(SIGNATURE_TIME_STAMP), der.tagged(der.SET, token))
        unsigned = der.tagged(0xA1, stamp)
    signer = der.sequence(
        der.integer(1),
        _issuer_and_serial(identity.certificate),
        _digest_algorithm(algorithm),
        # stored as [0], signed as SET OF (RFC 5652 section 5.4)
        b"\xa0" + signed[1:],
        _signature_algorithm(_kind(identity.private_key)),
        der.octets(value),
        unsigned,
    )
    return _content_info(signer, algorithm, identity, content)


def _content_info(signer: bytes, algorithm: str, identity: Identity, content: bytes | None) -> bytes:
    # Composed from parts that are encoded already: asn1crypto would encode a nested token again and again
    inside = b"" if content is None else der.tagged(0xA0, der.octets(content))
    signed = der.sequence(
        der.integer(1),
        der.tagged(der.SET, _digest_algorithm(algorithm)),
        der.sequence(der.oid(_DATA), inside),
        der.tagged(0xA0, b"".join(sorted(dict.fromkeys((identity.certificate, *identity.chain))))),
        der.tagged(der.SET, signer),
    )
    return der.sequence(der.oid(_SIGNED_DATA), der.tagged(0xA0, signed))


def _signed_attributes(
    digest: bytes,
    algorithm: str,
    identity: Identity,
    signing_time: datetime | None,
    *,
    cades: bool,
    policy: SignaturePolicy | None,
) -> bytes:
    """Return the SET OF that is signed; the elements of a SET OF stand in the order of their bytes."""
    found = [_attribute(_CONTENT_TYPE, der.oid(_DATA)), _attribute(_MESSAGE_DIGEST, der.octets(digest))]
    if signing_time is not None:
        found.append(_attribute(_SIGNING_TIME, _time(signing_time)))
    if cades:
        found.append(_signing_certificate(identity.certificate))
    else:
        found.append(_protection(algorithm, _kind(identity.private_key)))
    if policy is not None:
        found.append(_policy(policy))
    return der.tagged(der.SET, b"".join(sorted(found)))


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.tagged(der.SET, value))


def _time(at: datetime) -> bytes:
    kind = core.UTCTime if at.year < 2050 else core.GeneralizedTime  # RFC 5652 section 11.3
    return bytes(kind(require_aware(at).replace(microsecond=0)).dump())


# What follows is the same for every signature of one signer, and slow to encode with asn1crypto: a seal that
# signs a receipt for each deposit encodes it once.


@lru_cache(maxsize=64)
def _issuer_and_serial(certificate: bytes) -> bytes:
    parsed = x509.Certificate.load(certificate)
    serial = parsed["tbs_certificate"]["serial_number"].dump()
    return der.sequence(parsed.issuer.dump(), serial)


@lru_cache(maxsize=64)
def _signing_certificate(certificate: bytes) -> bytes:
    # RFC 5035 section 3: hashAlgorithm is DEFAULT sha256, so DER leaves it out
    digest = hashlib.sha256(certificate).digest()
    parsed = x509.Certificate.load(certificate)
    issuer = {
        "issuer": [x509.GeneralName("directory_name", parsed.issuer)],
        "serial_number": parsed.serial_number,
    }
    value = tsp.SigningCertificateV2({"certs": [{"cert_hash": digest, "issuer_serial": issuer}]})
    return _attribute(_SIGNING_CERTIFICATE, value.dump())


@cache
def _protection(algorithm: str, kind: str) -> bytes:
    # RFC 6211: the algorithm cannot be exchanged under the signature
    value = cms.CMSAlgorithmProtection(
        {
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": kind}),
        }
    )
    return _attribute(_ALGORITHM_PROTECTION, value.dump())


@lru_cache(maxsize=64)
def _policy(policy: SignaturePolicy) -> bytes:
    """EN 319 122-1 5.2.9: identifier, digest of the document, and where it is published (SPURI)."""
    digest = der.sequence(_digest_algorithm(policy.digest_algorithm), der.octets(policy.digest))
    published = der.sequence(der.oid(_SPURI), der.tagged(_IA5_STRING, policy.uri.encode("ascii")))
    qualifiers = der.sequence(published) if policy.uri else b""
    return _attribute(_POLICY, der.sequence(der.oid(policy.oid), digest, qualifiers))


@cache
def _digest_algorithm(name: str) -> bytes:
    return bytes(algos.DigestAlgorithm({"algorithm": name}).dump())


@cache
def _signature_algorithm(kind: str) -> bytes:
    return bytes(algos.SignedDigestAlgorithm({"algorithm": kind}).dump())


def _kind(key: SigningKey) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "sha256_rsa"
    return "sha256_ecdsa" if isinstance(key, ec.EllipticCurvePrivateKey) else "ed25519"
