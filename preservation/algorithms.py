# SPDX-License-Identifier: EUPL-1.2
"""Signature mathematics by algorithm name, and until when each algorithm proved something: one dated table.

Tokens and signatures of documents are judged by the same dates. Source: ETSI TS 119 312; CCN-STIC 807.

Keys are read from the SubjectPublicKeyInfo alone: `cryptography` refuses some real Spanish certificates
whole (invalid PrintableString) and their keys are sound.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from preservation.evidence import der
from preservation.signatures.facts import Algorithm, Check, Outcome
from preservation.trust.certificates import UNREADABLE

HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
DIGESTS: Final = frozenset(HASHES) - {"md5"}
"""What tokens, evidence and references to certificates may stand on; MD5 is read in old signatures alone."""
FORBIDDEN_SINCE: Final = {
    "md5": datetime(2008, 1, 1, tzinfo=UTC),
    "sha1": datetime(2017, 1, 1, tzinfo=UTC),
}
"""From when a digest algorithm no longer proves anything unless something younger covers it. The years of the
published collisions' consequences: rogue CA (2008), the end of SHA-1 in public certificates (2017)."""
SHORT_KEYS_UNTIL: Final = datetime(2014, 1, 1, tzinfo=UTC)
"""RSA and DSA below 2048 bits proved something before (ETSI TS 119 312; CCN-STIC 807)."""
SHORT_KEY_BITS: Final = 2048
HOPELESS_BITS: Final = 1024
"""Below it nothing was ever proved."""
SHORT_CURVE_BITS: Final = 224
_KINDS: Final = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "pss", "ecdsa": "ecdsa", "dsa": "dsa"}
_SHA3: Final = {
    f"2.16.840.1.101.3.4.3.{first + number}": (kind, f"sha3_{bits}")
    for first, kind in ((9, "ecdsa"), (13, "rsa"))
    for number, bits in enumerate((224, 256, 384, 512))
}
"""NIST's identifiers, which asn1crypto does not know."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How a signature value was made."""

    kind: str
    """`rsa`, `pss`, `ecdsa` and `dsa` (DER), `ecdsa-plain` and `dsa-plain` (r and s side by side), `ed25519`,
    `ed448`."""
    digest: str
    """hashlib's name."""
    mask_digest: str = ""
    """Of MGF1; the same as `digest` when empty."""
    salt: int | None = None
    """Bytes of PSS salt; as long as the digest when None."""


def mechanism_of(algorithm: algos.SignedDigestAlgorithm, digest: str) -> Mechanism:
    """Read an AlgorithmIdentifier of X.509 or CMS.

    Args:
        algorithm: Of the signature.
        digest: Digest algorithm where it names none (`rsaEncryption`, `id-ecPublicKey`).

    Raises:
        ValueError, KeyError, TypeError: Its parameters cannot be read (see `UNREADABLE`).
    """
    try:
        kind = str(algorithm.signature_algo)
    except ValueError:
        kind = str(algorithm["algorithm"].native)
    named = digest_of(algorithm, digest)
    dotted = str(algorithm["algorithm"].dotted)
    if dotted in _SHA3:
        return Mechanism(*_SHA3[dotted])
    if kind == "rsassa_pss":
        parameters = algorithm["parameters"]
        mask = str(parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native)
        return Mechanism("pss", named, mask, int(parameters["salt_length"].native))
    return Mechanism(_KINDS.get(kind, kind), named)


def digest_of(algorithm: algos.SignedDigestAlgorithm, otherwise: str) -> str:
    """Return the digest that a signature algorithm names, or `otherwise` where it names none we know."""
    try:
        return str(algorithm.hash_algo)
    except UNREADABLE:  # rsaEncryption names none
        return otherwise


def signature_holds(
    key_info: bytes, algorithm: algos.SignedDigestAlgorithm, digest: str, value: bytes, data: bytes
) -> bool:
    """Tell whether a signature of a certificate, list, answer or token holds; see `verify_value`.

    Algorithms that are not spoken give False, never an exception.
    """
    try:
        mechanism = mechanism_of(algorithm, digest)
    except UNREADABLE:
        return False
    return verify_value(key_info, mechanism, value, data=data).outcome is Outcome.OK


def verify_value(
    key_info: bytes,
    mechanism: Mechanism,
    value: bytes,
    *,
    data: bytes | None = None,
    digest: bytes | None = None,
) -> Check:
    """Check a signature value over `data`, or over something of which only the digest is known.

    Args:
        key_info: DER SubjectPublicKeyInfo.
        mechanism: How it was made.
        value: The signature value.
        data: What was signed.
        digest: Its digest, for streams; not possible with Ed25519 and Ed448.

    Returns:
        OK, FAILED, or UNSUPPORTED with the reason. Never an exception for hostile input.
    """
    name = "signature value"
    try:
        key: Any = load_der_public_key(key_info)
        _verify(key, mechanism, value, data, digest)
    except InvalidSignature:
        if _holds_without_null(key, mechanism, value, data, digest):
            return Check(name, Outcome.OK)
        return Check(name, Outcome.FAILED, "it does not belong to this key and this content")
    except (UnsupportedAlgorithm, KeyError, NotImplementedError) as problem:
        return Check(name, Outcome.UNSUPPORTED, f"{mechanism.kind} with {mechanism.digest}: {problem}")
    except (ValueError, TypeError, OverflowError) as problem:
        return Check(name, Outcome.FAILED, f"it cannot be a signature of this key: {problem}")
    return Check(name, Outcome.OK)


def _verify(key: Any, mechanism: Mechanism, value: bytes, data: bytes | None, digest: bytes | None) -> None:
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        if data is None:
            raise NotImplementedError("needs the content, not its digest")
        key.verify(value, data)
        return
    if mechanism.digest == "ripemd160":
        raise NotImplementedError("RIPEMD-160 signatures")
    algorithm: Any = HASHES[mechanism.digest]()
    signed: Any = data
    if digest is not None:
        algorithm, signed = utils.Prehashed(algorithm), digest
    if isinstance(key, rsa.RSAPublicKey) and mechanism.kind == "pss":
        mask = padding.MGF1(HASHES[mechanism.mask_digest or mechanism.digest]())
        salt = algorithm_size(mechanism.digest) if mechanism.salt is None else mechanism.salt
        key.verify(value, signed, padding.PSS(mask, salt), algorithm)
    elif isinstance(key, rsa.RSAPublicKey) and mechanism.kind == "rsa":
        key.verify(value, signed, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and mechanism.kind.startswith("ecdsa"):
        shaped = _der_pair(value) if mechanism.kind == "ecdsa-plain" else value
        key.verify(shaped, signed, ec.ECDSA(algorithm))
    elif isinstance(key, dsa.DSAPublicKey) and mechanism.kind.startswith("dsa"):
        key.verify(_der_pair(value) if mechanism.kind == "dsa-plain" else value, signed, algorithm)
    else:
        raise ValueError(f"a {type(key).__name__} does not make {mechanism.kind} signatures")


def _holds_without_null(
    key: Any, mechanism: Mechanism, value: bytes, data: bytes | None, digest: bytes | None
) -> bool:
    """RFC 8017 appendix A.2.4: a DigestInfo without NULL parameters must be accepted too."""
    if not isinstance(key, rsa.RSAPublicKey) or mechanism.kind != "rsa" or mechanism.digest not in HASHES:
        return False
    if digest is None:
        made = new_digest(mechanism.digest)
        made.update(data or b"")
        digest = bytes(made.digest())
    identifier = algos.DigestAlgorithmId(mechanism.digest).dump()
    wanted = der.sequence(der.sequence(identifier), der.octets(digest))
    try:
        return key.recover_data_from_signature(value, padding.PKCS1v15(), None) == wanted
    except (InvalidSignature, ValueError):
        return False


def algorithm_size(name: str) -> int:
    """Return the octets that a digest gives."""
    return int(new_digest(name).digest_size)


def _der_pair(value: bytes) -> bytes:
    """Turn r and s side by side into DER; some signers write DER where it should not be."""
    if value[:1] == b"\x30":
        try:
            utils.decode_dss_signature(value)
        except ValueError:
            pass
        else:
            return value
    half = len(value) // 2
    if len(value) % 2 or not half:
        raise ValueError("an odd number of octets")
    return utils.encode_dss_signature(
        int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
    )


def key_algorithm(key_info: bytes) -> Algorithm:
    """Name a key and say its size; `unknown` where it cannot be read."""
    try:
        key: Any = load_der_public_key(key_info)
    except (ValueError, UnsupportedAlgorithm, TypeError):
        return Algorithm("unknown")
    if isinstance(key, rsa.RSAPublicKey):
        return Algorithm("rsa", key.key_size)
    if isinstance(key, dsa.DSAPublicKey):
        return Algorithm("dsa", key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Algorithm("ecdsa", key.key_size)
    return Algorithm("ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "ed448")


def weaknesses(algorithms: Sequence[Algorithm], at: datetime) -> list[str]:
    """Say which algorithms proved nothing any more at `at`, dated (EN 319 102-1 section 5.2.8)."""
    found = []
    for each in algorithms:
        since = FORBIDDEN_SINCE.get(each.name)
        if since is not None and at >= since:
            found.append(f"{each.name} proves nothing since {since:%Y-%m-%d}")
        elif each.name in {"rsa", "dsa"} and each.bits and each.bits < SHORT_KEY_BITS:
            if at >= SHORT_KEYS_UNTIL or each.bits < HOPELESS_BITS:
                found.append(f"a key of {each.bits} bits proves nothing since {SHORT_KEYS_UNTIL:%Y-%m-%d}")
        elif each.name == "ecdsa" and each.bits and each.bits < SHORT_CURVE_BITS:
            found.append(f"a curve of {each.bits} bits proves nothing")
        elif each.name == "unknown":
            found.append("an algorithm whose strength is not known")
    return found


def new_digest(name: str) -> Any:
    """Return a hashlib object.

    Raises:
        KeyError: This machine or this archive does not know it.
    """
    if name not in HASHES and name != "ripemd160":
        raise KeyError(name)
    try:
        return hashlib.new(name, usedforsecurity=False)
    except ValueError as cause:
        raise KeyError(name) from cause
