# SPDX-License-Identifier: EUPL-1.2
"""The unsigned properties that augmentation adds, written out.

Each stands by itself: prefixes of its own, ASCII, no blanks, exclusive canonicalisation, so that it means the
same wherever it is put.

Source: ETSI EN 319 132-1 sections 5.3 (SignatureTimeStamp), 5.4 (values), 5.5.1 (TimeStampValidationData),
5.5.2 (ArchiveTimeStamp); TS 101 903 V1.1.1 section 7.3 (HashDataInfo).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from preservation import der
from preservation.algorithms import new_digest
from preservation.signatures.augmentation import Augmentation, ValidationMaterial
from preservation.signatures.xml.canonical import EXCLUSIVE
from preservation.signatures.xml.names import DS, XADES_141

_ENUMERATED: Final = 0x0A
_BASIC_RESPONSE: Final = "1.3.6.1.5.5.7.48.1.1"
_METHOD: Final = f'<ds:CanonicalizationMethod xmlns:ds="{DS}" Algorithm="{EXCLUSIVE}"/>'


def stamp_element(name: str, space: str, octets: bytes, plan: Augmentation, *, inner: str = "") -> bytes:
    """Return a time-stamp element over `octets`.

    Args:
        name: `SignatureTimeStamp` or `ArchiveTimeStamp`.
        space: Its namespace.
        octets: What the token stamps.
        plan: Authority and digest.
        inner: Namespace of what is inside, where it is another (1.4.1 holds types of 1.3.2).

    Raises:
        TimestampUnavailable: The authority gave no token.
    """
    made = new_digest(plan.digest)
    made.update(octets)
    token = base64.b64encode(plan.authority.stamp(bytes(made.digest()), plan.digest)).decode()
    prefix = "xades141" if space == XADES_141 else "xades"
    return (
        f'<{prefix}:{name} xmlns:{prefix}="{space}">{_METHOD}'
        f'<xades:EncapsulatedTimeStamp xmlns:xades="{inner or space}">{token}</xades:EncapsulatedTimeStamp>'
        f"</{prefix}:{name}>"
    ).encode()


def old_stamp_element(space: str, identifier: str, octets: bytes, plan: Augmentation) -> bytes:
    """Return a SignatureTimeStamp of 1.1.1, which names what it stamps."""
    stamped = stamp_element("SignatureTimeStamp", space, octets, plan).decode()
    named = (
        f'<xades:HashDataInfo xmlns:xades="{space}" uri={quoteattr("#" + identifier)}>'
        f'<ds:Transforms xmlns:ds="{DS}"><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
        f"</xades:HashDataInfo>"
    )
    return stamped.replace(_METHOD, named).encode()


def values_elements(space: str, material: ValidationMaterial, *, newer: bool) -> bytes:
    """Return CertificateValues and RevocationValues, in a TimeStampValidationData where `newer`.

    Nothing where there is nothing to carry.
    """
    parts = ""
    if material.certificates:
        held = _encapsulated("EncapsulatedX509Certificate", material.certificates)
        parts += f'<xades:CertificateValues xmlns:xades="{space}">{held}</xades:CertificateValues>'
    lists = _encapsulated("EncapsulatedCRLValue", material.crls)
    answers = _encapsulated("EncapsulatedOCSPValue", [whole_response(each) for each in material.ocsps])
    if lists or answers:
        lists = f"<xades:CRLValues>{lists}</xades:CRLValues>" if lists else ""
        answers = f"<xades:OCSPValues>{answers}</xades:OCSPValues>" if answers else ""
        parts += f'<xades:RevocationValues xmlns:xades="{space}">{lists}{answers}</xades:RevocationValues>'
    if newer and parts:
        name = "xades141:TimeStampValidationData"
        return f'<{name} xmlns:xades141="{XADES_141}">{parts}</{name}>'.encode()
    return parts.encode()


def _encapsulated(name: str, pieces: Sequence[bytes]) -> str:
    return "".join(f"<xades:{name}>{base64.b64encode(each).decode()}</xades:{name}>" for each in pieces)


def whole_response(answer: bytes) -> bytes:
    """Return an OCSPResponse from itself or from the BasicOCSPResponse inside (RFC 6960 section 4.2.1)."""
    try:
        first = next(der.parse(answer).children())
    except (der.MalformedDer, StopIteration):
        return answer
    if first.tag == _ENUMERATED:
        return answer
    inside = der.sequence(der.oid(_BASIC_RESPONSE), der.octets(answer))
    return der.sequence(der.tagged(_ENUMERATED, b"\x00"), der.tagged(0xA0, inside))


def lacking(material: ValidationMaterial, held: Any) -> ValidationMaterial:
    """Return what of the material is not among `held` (an `xml.values.Values`), each once and in order."""
    answers = {whole_response(each) for each in held.ocsps}
    return ValidationMaterial(
        tuple(dict.fromkeys(each for each in material.certificates if each not in held.certificates)),
        tuple(dict.fromkeys(each for each in material.crls if each not in held.crls)),
        tuple(dict.fromkeys(each for each in material.ocsps if whole_response(each) not in answers)),
    )
