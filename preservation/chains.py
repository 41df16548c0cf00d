# SPDX-License-Identifier: EUPL-1.2
"""Certificate chains for time-stamping units: found among loose certificates, up to a trusted anchor.

Small on purpose: names, signatures, basic constraints, key usage, critical extensions and validity
(RFC 5280 6.1 without policies and name constraints, which are refused where they are critical). Signatures
of documents have their own, larger engine. Keys are read from the SubjectPublicKeyInfo alone, since many
real certificates are refused by strict parsers for slips that do not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

MAX_DEPTH: Final = 6
MAX_LOOSE: Final = 64
MAX_STEPS: Final = 256
"""A token's certificates come from strangers: crossed authorities must not keep us busy."""
UNDERSTOOD: Final = frozenset(
    {"basic_constraints", "key_usage", "extended_key_usage", "certificate_policies"}
)
"""Extensions that may be critical."""
MIN_RSA_BITS: Final = 2048
"""CCN-STIC 807 and ETSI TS 119 312: below it a key proves nothing new."""
MIN_CURVE_BITS: Final = 224

HARMLESS: Final = frozenset({"unspecified", "affiliationChanged", "superseded", "cessationOfOperation"})
"""Reasons that RFC 3161 4 names; without reason, all tokens of a revoked unit are invalid."""

HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
FORBIDDEN_SINCE: Final = {
    "md5": datetime(2008, 1, 1, tzinfo=UTC),
    "sha1": datetime(2017, 1, 1, tzinfo=UTC),
}
"""From when a digest algorithm no longer proves anything unless something younger covers it. The years of the
published collisions' consequences: rogue CA (2008), the end of SHA-1 in public certificates (2017)."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A path from a certificate up to an anchor, or why there is none."""

    certificates: tuple[asn1_x509.Certificate, ...] = ()
    """Leaf first; the anchor last. Empty where none was found."""
    problem: str = ""

    def outside(self, at: datetime) -> asn1_x509.Certificate | None:
        """Return the first certificate below the anchor that is not valid at `at`.

        The anchor's own validity does not count: it is trusted by decision (RFC 5280 6.1.1 d).
        """
        for certificate in self.certificates[:-1] or self.certificates:
            if not certificate.not_valid_before <= at <= certificate.not_valid_after:
                return certificate
        return None


@dataclass(frozen=True, slots=True)
class Revocation:
    """When a certificate was revoked, and whether its older signatures may still be believed."""

    since: datetime
    reason: str
    """CRLReason by name (RFC 5280 5.3.1); empty where the list gives none."""

    @property
    def spares_the_past(self) -> bool:
        """Tell whether tokens made before stay good: only if the list says a harmless reason (RFC 3161 4)."""
        return self.reason in HARMLESS


def find_chain(leaf: asn1_x509.Certificate, loose: Sequence[bytes], anchors: Sequence[bytes]) -> Chain:
    """Find a path from `leaf` to one of `anchors`.

    Args:
        leaf: Certificate to start from.
        loose: DER certificates that may help; hostile ones do no harm.
        anchors: DER certificates trusted by decision.

    Returns:
        The first path whose signatures hold and whose authorities may issue; validity is not looked at.

    Limits:
        At most `MAX_DEPTH` authorities and `MAX_STEPS` paths tried; a critical extension that is not
        understood ends a path.
    """
    trusted = [asn1_x509.Certificate.load(anchor) for anchor in anchors]
    pool = [
        certificate for certificate in (_load(der) for der in loose[:MAX_LOOSE]) if certificate is not None
    ]
    pending: list[tuple[asn1_x509.Certificate, ...]] = [(leaf,)]
    for _ in range(MAX_STEPS):
        if not pending:
            break
        path = pending.pop()
        top = path[-1]
        if any(top.dump() == anchor.dump() for anchor in trusted):
            return Chain(path)
        for anchor in trusted:
            if _issued(top, anchor, len(path) - 1):
                return Chain((*path, anchor))
        if len(path) <= MAX_DEPTH:
            pending += [(*path, one) for one in pool if one not in path and _issued(top, one, len(path) - 1)]
    return Chain(problem="no path to a trusted anchor")


def revocation(chain: Chain, lists: Sequence[bytes], at: datetime) -> Revocation | None:
    """Return the first revocation in a chain that counts at `at`.

    Args:
        chain: As found; each certificate is looked for in lists that its issuer signed.
        lists: DER revocation lists of any age; those of others, and hostile ones, are passed over.
        at: Revocations after it do not count: whatever was proven by then stays proven.
    """
    for certificate, issuer in pairwise(chain.certificates):
        for encoded in lists:
            entry = _entry(certificate, issuer, encoded)
            if entry is not None and entry.revocation_date_utc <= at:
                return Revocation(entry.revocation_date_utc, _reason(entry))
    return None


def signature_holds(
    public_key: bytes, algorithm: algos.SignedDigestAlgorithm, digest: str, signature: bytes, data: bytes
) -> bool:
    """Check a raw signature.

    Args:
        public_key: DER SubjectPublicKeyInfo.
        algorithm: AlgorithmIdentifier of the signature.
        digest: Digest algorithm where the signature's identifier names none (`rsaEncryption`).
        signature: Signature value.
        data: What was signed.

    Returns:
        Whether it holds. Algorithms that are not spoken give False, never an exception.
    """
    try:
        key: Any = load_der_public_key(public_key)
        kind = algorithm.signature_algo
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pss":
            parameters = algorithm["parameters"]
            name = parameters["hash_algorithm"]["algorithm"].native
            salt = parameters["salt_length"].native
            mask = padding.MGF1(HASHES[parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native]())
            key.verify(signature, data, padding.PSS(mask, salt), HASHES[name]())
        elif isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pkcs1v15":
            key.verify(signature, data, padding.PKCS1v15(), HASHES[digest_of(algorithm, digest)]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(signature, data, ec.ECDSA(HASHES[digest_of(algorithm, digest)]()))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return False
    return True


def weakness(chain: Chain, digests: Sequence[str], at: datetime) -> str:
    """Say which algorithm among `digests` and in the chain proves nothing at `at`; empty if none."""
    above = (digest_of(one["signature_algorithm"], "") for one in chain.certificates[:-1])
    used = [*digests, *above]
    for name in used:
        since = FORBIDDEN_SINCE.get(name)
        if (name not in HASHES and name != "") or (since is not None and at >= since):
            return f"the digest algorithm {name} proves nothing at this instant"
    for certificate in chain.certificates:
        if _too_short(certificate):
            return "a key in the chain is too short"
    return ""


def _entry(
    certificate: asn1_x509.Certificate, issuer: asn1_x509.Certificate, encoded: bytes
) -> x509.RevokedCertificate | None:
    try:
        found = x509.load_der_x509_crl(encoded)
        key: Any = load_der_public_key(issuer.public_key.dump())
        if found.issuer.public_bytes() != issuer.subject.dump() or not found.is_signature_valid(key):
            return None
        return found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return str(entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value)
    except (x509.ExtensionNotFound, ValueError):
        return ""


def _too_short(certificate: asn1_x509.Certificate) -> bool:
    public_key = certificate.public_key
    if public_key.algorithm in {"rsa", "rsassa_pss"}:
        return bool(public_key.bit_size < MIN_RSA_BITS)
    return bool(public_key.algorithm == "ec" and public_key.bit_size < MIN_CURVE_BITS)


def digest_of(algorithm: algos.SignedDigestAlgorithm, otherwise: str) -> str:
    """Return the digest that a signature algorithm names, or `otherwise` where it names none."""
    try:
        return str(algorithm.hash_algo)
    except ValueError:  # rsaEncryption names no digest
        return otherwise


def _load(der: bytes) -> asn1_x509.Certificate | None:
    try:
        certificate = asn1_x509.Certificate.load(der, strict=True)
        certificate.subject.dump()
    except (ValueError, TypeError):
        return None
    return certificate


def _issued(child: asn1_x509.Certificate, issuer: asn1_x509.Certificate, below: int) -> bool:
    try:
        if child.issuer.dump() != issuer.subject.dump() and child.issuer != issuer.subject:
            return False
        if not _may_issue(issuer, below) or _unknown_critical(child):
            return False
        return signature_holds(
            issuer.public_key.dump(),
            child["signature_algorithm"],
            "",
            child["signature_value"].native,
            child["tbs_certificate"].dump(),
        )
    except (ValueError, TypeError, KeyError):
        return False


def _may_issue(issuer: asn1_x509.Certificate, below: int) -> bool:
    constraints = issuer.basic_constraints_value
    if constraints is None or not constraints["ca"].native or _unknown_critical(issuer):
        return False
    depth = constraints["path_len_constraint"].native
    usage = issuer.key_usage_value
    return (depth is None or below <= depth) and (usage is None or "key_cert_sign" in usage.native)


def _unknown_critical(certificate: asn1_x509.Certificate) -> bool:
    return bool(set(certificate.critical_extensions) - UNDERSTOOD)
