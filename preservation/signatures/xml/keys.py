# SPDX-License-Identifier: EUPL-1.2
"""Keys of an XML signature: certificates of KeyInfo, and bare keys that prove integrity and no identity.

Source: XML Signature 1.1 section 4.5; RFC 5280 section 4.1; RFC 5480.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from preservation import der
from preservation.signatures.facts import Malformed
from preservation.signatures.xml.core import decoded, octets_of, tag
from preservation.trust.certificates import MAX_REMEMBERED, key_info

MAX_KEYS: Final = 32
"""Certificates of one KeyInfo that are tried."""
_KEY_INFO: Final = tag("KeyInfo")
_X509_DATA: Final = tag("X509Data")
_X509_CERTIFICATE: Final = tag("X509Certificate")
_DSIG11: Final = "http://www.w3.org/2009/xmldsig11#"
_VERSION: Final = 0xA0
_SPKI: Final = 5
"""Fields before subjectPublicKeyInfo, the version aside."""


def certificates_in(signature: Any) -> list[bytes]:
    """Return the DER certificates of KeyInfo, in order and each once; what is not base64 is left aside."""
    found = []
    listed = (
        each
        for info in signature.iterchildren(_KEY_INFO)
        for held in info.iterchildren(_X509_DATA)
        for each in held.iterchildren(_X509_CERTIFICATE)
    )
    for element in listed:
        try:
            text = (element.text or "") if len(element) == 0 else ""
            found.append(_known(text) if 0 < len(text) <= MAX_REMEMBERED else decoded(element))
        except (Malformed, ValueError):
            continue
    return list(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def _known(text: str) -> bytes:
    """Return the octets of a certificate's base64: few people sign many documents."""
    return octets_of(text)


def bare_keys(signature: Any) -> Iterator[bytes]:
    """Yield SubjectPublicKeyInfo from ds:KeyValue: it proves integrity and no identity."""
    for value in signature.iterfind(f"{tag('KeyInfo')}/{tag('KeyValue')}/*"):
        try:
            name = str(value.tag).rpartition("}")[2]
            if name == "RSAKeyValue":
                yield _rsa_key(decoded(value.find(tag("Modulus"))), decoded(value.find(tag("Exponent"))))
            elif name == "ECKeyValue":
                yield _curve_key(value)
        except (Malformed, ValueError, AttributeError):
            continue


def _rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    key = der.sequence(
        der.integer(int.from_bytes(modulus, "big")), der.integer(int.from_bytes(exponent, "big"))
    )
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), b"\x05\x00")
    return der.sequence(algorithm, der.tagged(der.BIT_STRING, b"\x00" + key))


def _curve_key(value: Any) -> bytes:
    curve = value.find(f"{{{_DSIG11}}}NamedCurve").get("URI", "").removeprefix("urn:oid:")
    algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid(curve))
    point = decoded(value.find(f"{{{_DSIG11}}}PublicKey"))
    return der.sequence(algorithm, der.tagged(der.BIT_STRING, b"\x00" + point))


@lru_cache(maxsize=1024)
def serial_of(certificate: bytes) -> int | None:
    """Return the serial number of a certificate in DER, or None where it is not found."""
    try:
        fields = list(next(der.parse(certificate).children()).children())
        found = fields[int(fields[0].tag == _VERSION)]
    except (der.MalformedDer, StopIteration, IndexError):
        return None
    return int.from_bytes(found.value, "big", signed=True) if found.tag == der.INTEGER else None


@lru_cache(maxsize=1024)
def key_of(certificate: bytes) -> bytes | None:
    """Return the DER SubjectPublicKeyInfo of a certificate, or None where it is no certificate.

    Cut out of the encoding where that is DER (few people sign many documents, and reading a whole certificate
    costs more than checking a signature); whether the rest of it can be read is asked by whoever trusts it.
    """
    try:
        fields = list(next(der.parse(certificate).children()).children())
        found = fields[_SPKI + (fields[0].tag == _VERSION)].encoded
        next(der.parse(found).children())
    except (der.MalformedDer, StopIteration, IndexError):
        return key_info(certificate)
    return found if found[:1] == bytes([der.SEQUENCE]) else key_info(certificate)


def usable_keys(certificates: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return certificate and key of those that can be read."""
    found = ((encoded, key_of(encoded)) for encoded in certificates[:MAX_KEYS])
    return [(encoded, key) for encoded, key in found if key is not None]
