# SPDX-License-Identifier: EUPL-1.2
"""Signature mathematics by algorithm name. Until when each one proved something is told in `strength`.

Keys are read from the SubjectPublicKeyInfo alone: `cryptography` refuses some real Spanish certificates
whole (invalid PrintableString) and their keys are sound.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils

from preservation import der
from preservation.indications import Check, Outcome
from preservation.keys import public_key
from preservation.strength import Algorithm
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
    "sha512_224": hashes.SHA512_224,
    "sha512_256": hashes.SHA512_256,
}
DIGESTS: Final = frozenset(HASHES) - {"md5"}
"""What tokens, evidence and references to certificates may stand on; MD5 is read in old signatures alone."""
_NIST: Final = (
    "sha256 sha384 sha512 sha224 sha512_224 sha512_256 sha3_224 sha3_256 sha3_384 sha3_512 shake128 shake256"
)
DIGEST_NAMES: Final = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "1.3.36.3.2.1": "ripemd160",
    **{f"2.16.840.1.101.3.4.2.{arc}": name for arc, name in enumerate(_NIST.split(), start=1)},
    "2.16.840.1.101.3.4.2.17": "shake128",
    "2.16.840.1.101.3.4.2.18": "shake256",
}
"""Digest algorithms by identifier, with hashlib's names. Of the SHAKEs with a stated length only
the lengths of RFC 8702 section 3.1 are spoken."""
DIGEST_IDS: Final = {name: dotted for dotted, name in DIGEST_NAMES.items()}
"""Identifiers of digest algorithms by name."""
_SHAKE_OCTETS: Final = {"shake128": 32, "shake256": 64}
"""RFC 8702 section 3.1."""
_SAME_SIZE: Final[dict[int, type[hashes.HashAlgorithm]]] = {
    20: hashes.SHA1,
    28: hashes.SHA224,
    32: hashes.SHA256,
    48: hashes.SHA384,
    64: hashes.SHA512,
}
"""Stand-ins by size: ECDSA and DSA see only the octets of a digest that was computed before."""
_KINDS: Final = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "pss", "ecdsa": "ecdsa", "dsa": "dsa"}
_SHA3: Final = {
    f"2.16.840.1.101.3.4.3.{first + number}": (kind, f"sha3_{bits}")
    for first, kind in ((9, "ecdsa"), (13, "rsa"))
    for number, bits in enumerate((224, 256, 384, 512))
}
"""NIST's identifiers, which asn1crypto does not know."""
_SPOKEN: Final = frozenset({"rsa", "pss", "ecdsa", "ecdsa-plain", "dsa", "dsa-plain", "ed25519", "ed448"})
_SHAKES: Final = {
    "1.3.6.1.5.5.7.6.32": ("ecdsa", "shake128"),
    "1.3.6.1.5.5.7.6.33": ("ecdsa", "shake256"),
}
"""RFC 8702 section 2.2; RSASSA-PSS with SHAKE needs another mask than MGF1 and is not spoken."""
_PLAIN: Final = {
    f"0.4.0.127.0.7.1.1.4.1.{number}": ("ecdsa-plain", digest)
    for number, digest in enumerate(("sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160"), 1)
}
"""BSI TR-03111 section 5.2.1.2: r and s side by side."""
_NAMED: Final = _SHA3 | _SHAKES | _PLAIN
_MGF1: Final = bytes.fromhex("06092a864886f70d010108")
_PSS_OID: Final = bytes.fromhex("06092a864886f70d01010a")
"""id-RSASSA-PSS: a key under it makes no other signatures (RFC 4055 section 1.2)."""


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
    dotted = str(algorithm["algorithm"].dotted)
    if dotted in _NAMED:
        return Mechanism(*_NAMED[dotted])
    try:
        kind = str(algorithm.signature_algo)
    except ValueError:
        kind = str(algorithm["algorithm"].native)
    if kind == "rsassa_pss":
        return _pss(algorithm.dump())
    return Mechanism(_KINDS.get(kind, kind), digest_of(algorithm, digest))


@lru_cache(maxsize=1024)
def mechanism_in(encoded: bytes, digest: str) -> Mechanism:
    """Read an AlgorithmIdentifier from its DER; see `mechanism_of`."""
    return mechanism_of(algos.SignedDigestAlgorithm.load(encoded), digest)


def _pss(encoded: bytes) -> Mechanism:
    """RFC 4055 section 3.1: absent fields have defaults, absent parameters have none; RFC 4056 section 3."""
    parameters = list(der.parse(encoded).children())[1:]
    if len(parameters) != 1 or parameters[0].tag != der.SEQUENCE:
        return Mechanism("RSASSA-PSS without parameters", "")
    fields = {each.tag: next(each.children()) for each in parameters[0].children()}
    digest, mask, salt = "sha1", "sha1", 20
    if 0xA0 in fields:
        digest = _named_digest(fields[0xA0])
    if 0xA1 in fields:
        function, inner = fields[0xA1].children()
        mask = _named_digest(inner) if function.encoded == _MGF1 else ""
    if 0xA2 in fields:
        salt = int.from_bytes(fields[0xA2].value, "big")
    if (
        not mask
        or fields.keys() - {0xA0, 0xA1, 0xA2, 0xA3}
        or (0xA3 in fields and fields[0xA3].value != b"\x01")
    ):
        return Mechanism("RSASSA-PSS with parameters that nobody defined", "")
    return Mechanism("pss", digest, mask, salt)


def _named_digest(algorithm: der.Element) -> str:
    dotted = der.oid_text(next(algorithm.children()).value)
    return DIGEST_NAMES.get(dotted, dotted)


def digest_of(algorithm: algos.SignedDigestAlgorithm, otherwise: str) -> str:
    """Return the digest that a signature algorithm names, or `otherwise` where it names none we know."""
    named = _NAMED.get(str(algorithm["algorithm"].dotted))
    if named is not None:  # asn1crypto does not know them, and SHA-1 is among them
        return named[1]
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
    if data is None and digest is None:
        return Check(name, Outcome.UNSUPPORTED, "what it is over is not here")
    if mechanism.kind == "rsa" and _PSS_OID in key_info[:40]:
        return Check(name, Outcome.FAILED, "its key is for RSASSA-PSS alone")
    return _checked(key_info, mechanism, value, data, digest)


def _checked(
    key_info: bytes, mechanism: Mechanism, value: bytes, data: bytes | None, digest: bytes | None
) -> Check:
    name = "signature value"
    try:
        key = public_key(key_info)
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
        if not mechanism.kind.startswith("ed"):
            raise ValueError(f"an Edwards curve does not make {mechanism.kind} signatures")
        if data is None:
            raise NotImplementedError("needs the content, not its digest")
        key.verify(value, data)
        return
    if mechanism.kind not in _SPOKEN:
        raise NotImplementedError("not an algorithm that is spoken here")
    if mechanism.digest not in HASHES:
        _verify_digest(key, mechanism, value, _digest(mechanism.digest, data) if digest is None else digest)
        return
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


def _verify_digest(key: Any, mechanism: Mechanism, value: bytes, digest: bytes) -> None:
    """Check a value over a digest that `cryptography` does not make: RIPEMD-160 and the SHAKEs."""
    if isinstance(key, rsa.RSAPublicKey) and mechanism.kind == "rsa" and mechanism.digest == "ripemd160":
        identifier = der.oid("1.3.36.3.2.1")
        known = [der.sequence(identifier, null) for null in (b"\x05\x00", b"")]
        recovered = key.recover_data_from_signature(value, padding.PKCS1v15(), None)
        if recovered not in [der.sequence(each, der.octets(digest)) for each in known]:
            raise InvalidSignature
        return
    stand_in = utils.Prehashed(_SAME_SIZE[len(digest)]())
    if isinstance(key, ec.EllipticCurvePublicKey) and mechanism.kind == "ecdsa":
        key.verify(value, digest, ec.ECDSA(stand_in))
    elif isinstance(key, dsa.DSAPublicKey) and mechanism.kind == "dsa":
        key.verify(value, digest, stand_in)
    else:
        raise NotImplementedError("this digest with this key")


def _digest(name: str, data: bytes | None) -> bytes:
    made = new_digest(name)
    made.update(data or b"")
    return bytes(made.digest())


def _holds_without_null(
    key: Any, mechanism: Mechanism, value: bytes, data: bytes | None, digest: bytes | None
) -> bool:
    """RFC 8017 appendix A.2.4: a DigestInfo without NULL parameters must be accepted too."""
    if not isinstance(key, rsa.RSAPublicKey) or mechanism.kind != "rsa" or mechanism.digest not in HASHES:
        return False
    digest = _digest(mechanism.digest, data) if digest is None else digest
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


@lru_cache(maxsize=4096)
def key_algorithm(key_info: bytes) -> Algorithm:
    """Name a key and say its size; `unknown` where it cannot be read."""
    try:
        key = public_key(key_info)
    except (ValueError, UnsupportedAlgorithm, TypeError):
        return Algorithm("unknown")
    if isinstance(key, rsa.RSAPublicKey):
        return Algorithm("rsa", key.key_size)
    if isinstance(key, dsa.DSAPublicKey):
        return Algorithm("dsa", key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Algorithm("ecdsa", key.key_size)
    return Algorithm("ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "ed448")


def new_digest(name: str) -> Any:
    """Return a hashlib object.

    Raises:
        KeyError: This machine or this archive does not know it.
    """
    if name in _SHAKE_OCTETS:
        return _Shake(name)
    if name not in HASHES and name != "ripemd160":
        raise KeyError(name)
    try:
        return hashlib.new(name, usedforsecurity=False)
    except ValueError as cause:
        raise KeyError(name) from cause


class _Shake:
    """An extendable-output function with the length that RFC 8702 gives it, as hashlib shapes digests."""

    def __init__(self, name: str) -> None:
        self.digest_size = _SHAKE_OCTETS[name]
        self._made = hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self._made.update(data)

    def digest(self) -> bytes:
        made: Any = self._made
        return bytes(made.digest(self.digest_size))
