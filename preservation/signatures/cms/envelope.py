# SPDX-License-Identifier: EUPL-1.2
"""A SignedData taken apart as it is stored: what all its signers share, and each signer's fields.

The grammar is held to strictly, because what an ASN.1 library skips over may be what an attacker put there: a
second content, a second set of signers, fields out of order.

Source: RFC 5652 sections 5.1 to 5.3; RFC 2315 section 9 (PKCS #7, content of any type); RFC 5940 (OCSP
answers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Final

from preservation import der
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import Element, Source, element
from preservation.signatures.content import Content, SliceContent

MAX_SIGNERS: Final = 256
"""Signers and counter-signers read of one file; that there are more is told."""
MAX_CMS: Final = 1 << 30
MAX_CHOICES: Final = 20_000
"""Certificates or lists of one signature; ten thousand co-signers have ten thousand."""
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_X509: Final = 0x30
"""CertificateChoices: an X.509 certificate is the one without a tag of its own (RFC 5652 section 10.2.2)."""
_OTHER_REVOCATION: Final = 0xA1


Memory = dict[tuple[str, ...] | tuple[str, bytes], Any]
"""Something computed, by what it is of."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute as stored."""

    name: str
    """Dotted."""
    kind: bytes = field(repr=False)
    """DER of its identifier."""
    values: tuple[bytes, ...] = field(repr=False)
    encoded: bytes = field(repr=False)
    """Identifier and values, with the SEQUENCE around them."""


@dataclass(frozen=True)
class Signer:
    """One SignerInfo as stored."""

    whole: Element = field(repr=False)
    identifier: Element = field(repr=False)
    digest_algorithm: bytes
    """DER AlgorithmIdentifier."""
    signed: Element | None = field(repr=False)
    """The signed attributes under their tag [0]."""
    signature_algorithm: bytes
    value: bytes = field(repr=False)
    """The signature value."""
    core: bytes = field(repr=False)
    """Version to signature, one after the other as stored: what an archive time stamp covers."""
    unsigned: Element | None = field(repr=False)
    """The unsigned attributes under their tag [1]."""
    memory: Memory = field(default_factory=dict, repr=False, compare=False)
    """Digests that were computed once: many time stamps cover the same."""

    @cached_property
    def signed_attributes(self) -> tuple[Attribute, ...]:
        """In the order stored."""
        return _attributes(self.signed)

    @cached_property
    def unsigned_attributes(self) -> tuple[Attribute, ...]:
        """In the order stored."""
        return _attributes(self.unsigned)


@dataclass(frozen=True)
class Envelope:
    """A SignedData with what all its signers share."""

    parts: tuple[Element, ...] = field(repr=False)
    """Fields of the SignedData."""
    content_type: str
    """Dotted."""
    encapsulated: Element = field(repr=False)
    """EncapsulatedContentInfo."""
    content: Content | None
    """eContent, where the signature carries it."""
    certificates_field: Element | None = field(repr=False)
    crls_field: Element | None = field(repr=False)
    signers_field: Element = field(repr=False)
    trailing: int = 0
    """Octets behind the signature that are not zero."""
    memory: Memory = field(default_factory=dict, repr=False, compare=False)
    """Digests that were computed once: many time stamps cover the same."""

    @property
    def inside(self) -> bytes | None:
        """The content that the signature carries, whole; None where it carries none."""
        return None if self.content is None else self.content.whole()

    @cached_property
    def certificate_choices(self) -> tuple[bytes, ...]:
        """Every member of `certificates`, as stored."""
        return _members(self.certificates_field)

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """DER of the X.509 certificates among them."""
        return tuple(each for each in self.certificate_choices if each[0] == _X509)

    @cached_property
    def revocation_choices(self) -> tuple[bytes, ...]:
        """Every member of `crls`, as stored."""
        return _members(self.crls_field)

    @cached_property
    def crls(self) -> tuple[bytes, ...]:
        """DER of the revocation lists."""
        return tuple(each for each in self.revocation_choices if each[0] == _X509)

    @cached_property
    def ocsps(self) -> tuple[bytes, ...]:
        """DER of the OCSP answers: OCSPResponse or BasicOCSPResponse (RFC 5940 section 2)."""
        others = (each for each in self.revocation_choices if each[0] == _OTHER_REVOCATION)
        return tuple(answer for each in others for answer in other_revocation(each))

    def signers(self) -> Iterator[Element]:
        """Yield the SignerInfos, not read yet."""
        return iter(self.signers_field)


def _members(stored: Element | None) -> tuple[bytes, ...]:
    found = () if stored is None else tuple(each.encoded for each in islice(stored, MAX_CHOICES + 1))
    if len(found) > MAX_CHOICES:
        raise ValueError(f"more than {MAX_CHOICES} certificates or revocation lists")
    return found


def other_revocation(choice: bytes) -> list[bytes]:
    """Return the answer inside an OtherRevocationInfoFormat: a list, so that a strange one gives nothing."""
    try:
        return [list(element(choice))[1].encoded]
    except (ValueError, IndexError):
        return []


def open_envelope(data: Source) -> Envelope:
    """Read a ContentInfo with a SignedData inside.

    Args:
        data: DER or BER; anything behind it is counted and left aside.

    Raises:
        ValueError: It is not one, or breaks the grammar.
    """
    if len(data) > MAX_CMS:
        raise ValueError("more than a gibibyte")
    outer = element(data)
    parts = _sequence(outer, 2, 2)
    if ber.identifier(parts[0]) != SIGNED_DATA or parts[1].tag != 0xA0:
        raise ValueError("no SignedData in it")
    signed = list(parts[1])
    if len(signed) != 1:
        raise ValueError("a ContentInfo with more than one content")
    behind = data[outer.end : outer.end + (1 << 20)].strip(b"\x00 \t\r\n")
    return _signed_data(signed[0], len(behind))


def _signed_data(signed: Element, trailing: int) -> Envelope:
    parts = _sequence(signed, 4, 6)
    version, digests, encapsulated, *optional, signers = parts
    tags = [each.tag for each in optional]
    if (version.tag, digests.tag, signers.tag) != (0x02, 0x31, 0x31) or tags not in (
        [],
        [0xA0],
        [0xA1],
        [0xA0, 0xA1],
    ):
        raise ValueError("not the fields of a SignedData")
    inner = _sequence(encapsulated, 1, 2)
    by_tag = {each.tag: each for each in optional}
    return Envelope(
        parts=tuple(parts),
        content_type=ber.identifier(inner[0]),
        encapsulated=encapsulated,
        content=_content(inner[1]) if len(inner) == 2 else None,
        certificates_field=by_tag.get(0xA0),
        crls_field=by_tag.get(0xA1),
        signers_field=signers,
        trailing=trailing,
    )


def _content(explicit: Element) -> Content:
    if explicit.tag != 0xA0:
        raise ValueError("not the content of a SignedData")
    inner = list(explicit)
    if len(inner) != 1:
        raise ValueError("a SignedData with more than one content")
    if inner[0].tag & ~0x20 == 0x04:
        return SliceContent(inner[0].source, tuple(ber.segments(inner[0])))
    # PKCS #7 signs the value of another type without its tag and length (RFC 2315 section 9.3)
    return SliceContent(inner[0].source, ((inner[0].body, inner[0].stop),))


def read_signer_info(found: Element) -> Signer:
    """Take a SignerInfo apart.

    Raises:
        ValueError: It breaks the grammar.
    """
    parts = _sequence(found, 5, 7)
    signed = parts[3] if parts[3].tag == 0xA0 else None
    rest = parts[4:] if signed is not None else parts[3:]
    unsigned = rest[2] if len(rest) == 3 and rest[2].tag == 0xA1 else None
    plain = [each.tag for each in (parts[0], parts[2], rest[0])] == [0x02, 0x30, 0x30]
    if not plain or parts[1].tag not in {0x30, 0x80} or len(rest) != (2 if unsigned is None else 3):
        raise ValueError("not the fields of a SignerInfo")
    if rest[1].tag & ~0x20 != 0x04:
        raise ValueError("a signature value that is no octet string")
    return Signer(
        whole=found,
        identifier=parts[1],
        digest_algorithm=parts[2].encoded,
        signed=signed,
        signature_algorithm=rest[0].encoded,
        value=ber.octets(rest[1]),
        core=found.source[found.body : rest[1].end],
        unsigned=unsigned,
    )


def _attributes(stored: Element | None) -> tuple[Attribute, ...]:
    return () if stored is None else tuple(_attribute(each) for each in stored)


def _attribute(found: Element) -> Attribute:
    kind, values = _sequence(found, 2, 2)
    if values.tag != der.SET:
        raise ValueError("an attribute whose values are no set")
    inside = tuple(each.encoded for each in values)
    return Attribute(ber.identifier(kind), kind.encoded, inside, found.encoded)


def _sequence(found: Element, least: int, most: int) -> list[Element]:
    if found.tag != der.SEQUENCE:
        raise ValueError("not a sequence")
    inside = list(islice(found, most + 1))
    if not least <= len(inside) <= most:
        raise ValueError(f"a sequence of {len(inside)} fields")
    return inside
