# SPDX-License-Identifier: EUPL-1.2
"""A SignedData that grows: certificates, revocation data and unsigned attributes are added at the end.

What stands there keeps its octets and its order, for a digest may be taken over it: the fields before are
copied as stored, and only the lengths around them are written anew, definite ones.

Source: RFC 5652 section 5.1 (version), 5.3; RFC 5940 section 2.1 (OCSP answers); RFC 6960 section 4.2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from preservation import der
from preservation.signatures.augmentation import ValidationMaterial
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.ber import Element, Source, element
from preservation.signatures.cms.envelope import (
    SIGNED_DATA,
    Envelope,
    Signer,
    open_envelope,
    read_signer_info,
)

_OCSP: Final = "1.3.6.1.5.5.7.16.2"
"""id-ri-ocsp-response (RFC 5940 section 2.1)."""
_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
_ENUMERATED: Final = 0x0A


@dataclass(slots=True)
class Growing:
    """A SignedData with what is to be added to it."""

    envelope: Envelope
    signers: list[Signer]
    certificates: list[bytes] = field(default_factory=list)
    """Members to add to SignedData.certificates."""
    revocations: list[bytes] = field(default_factory=list)
    """Members to add to SignedData.crls."""
    attributes: dict[int, list[bytes]] = field(default_factory=dict)
    """Unsigned attributes to add, by number of the signer."""
    replaced: dict[bytes, bytes] = field(default_factory=dict)
    """Unsigned attributes that take the place of others, octets by octets."""

    @classmethod
    def read(cls, data: Source) -> Self:
        """Read a ContentInfo.

        Raises:
            ValueError: It is none, or has something behind it.
        """
        envelope = open_envelope(data)
        if envelope.trailing:
            raise ValueError(f"{envelope.trailing} octets stand behind the signature")
        signers = [read_signer_info(each) for each in envelope.signers()]
        if not signers:
            raise ValueError("nobody signed it")
        return cls(envelope, signers)

    def add_attribute(self, number: int, name: str, value: bytes) -> None:
        """Add an unsigned attribute to one signer."""
        added = der.sequence(der.oid(name), der.tagged(der.SET, value))
        self.attributes.setdefault(number, []).append(added)

    def add_material(self, material: ValidationMaterial) -> None:
        """Add what is not in SignedData yet."""
        self.certificates += _absent(material.certificates, self.envelope.certificates)
        self.revocations += _absent(material.crls, self.envelope.crls)
        answers = _absent(map(whole_answer, material.ocsps), map(whole_answer, self.envelope.ocsps))
        self.revocations += [der.tagged(0xA1, der.oid(_OCSP) + each) for each in answers]

    def encode(self) -> bytes:
        """Return the ContentInfo as it is now."""
        parts = self.envelope.parts
        version = parts[0].encoded
        if any(each[:1] == b"\xa1" for each in self.revocations):
            version = der.integer(5)
        fields = [version, parts[1].encoded, parts[2].encoded]
        fields.append(_grown(0xA0, self.envelope.certificates_field, self.certificates))
        fields.append(_grown(0xA1, self.envelope.crls_field, self.revocations))
        signers = [self._signer(number, each) for number, each in enumerate(self.signers)]
        fields.append(der.tagged(der.SET, b"".join(signers)))
        return der.sequence(der.oid(SIGNED_DATA), der.tagged(0xA0, der.sequence(*fields)))

    def _signer(self, number: int, signer: Signer) -> bytes:
        added = self.attributes.get(number, [])
        kept = [self.replaced.get(each.encoded, each.encoded) for each in signer.unsigned_attributes]
        unsigned = der.tagged(0xA1, b"".join((*kept, *added))) if kept or added else b""
        return der.sequence(signer.core, unsigned)


def token_with(token: bytes, *named: tuple[str, bytes]) -> bytes:
    """Return a time-stamp token with unsigned attributes added: its own signature does not cover them."""
    growing = Growing.read(token)
    for name, value in named:
        growing.add_attribute(0, name, value)
    return growing.encode()


def values_for_token(material: ValidationMaterial, token: bytes) -> list[tuple[str, bytes]]:
    """Return certificate-values and revocation-values with what a token lacks (EN 319 122-1 A.1.1)."""
    envelope = open_envelope(token)
    found = []
    certificates = _absent(material.certificates, envelope.certificates)
    if certificates:
        found.append((attrs.CERTIFICATE_VALUES, der.sequence(*certificates)))
    crls = _absent(material.crls, envelope.crls)
    answers = [basic_answer(each) for each in _absent(material.ocsps, envelope.ocsps)]
    values = b""
    if crls:
        values += der.tagged(0xA0, der.sequence(*crls))
    if answers:
        values += der.tagged(0xA1, der.sequence(*answers))
    return [*found, (attrs.REVOCATION_VALUES, der.sequence(values))] if values else found


def whole_answer(answer: bytes) -> bytes:
    """Return the OCSPResponse around an answer, or itself where it is one."""
    if next(iter(element(answer))).tag == _ENUMERATED:
        return answer
    inside = der.sequence(der.oid(_BASIC), der.octets(answer))
    return der.sequence(der.tagged(_ENUMERATED, b"\x00"), der.tagged(0xA0, inside))


def basic_answer(answer: bytes) -> bytes:
    """Return the BasicOCSPResponse inside an answer, or itself where it is one."""
    fields = list(element(answer))
    if fields[0].tag != _ENUMERATED:
        return answer
    return list(next(iter(fields[1])))[1].contents


def _absent(wanted: Iterable[bytes], there: Iterable[bytes]) -> list[bytes]:
    known = set(there)
    return [each for each in dict.fromkeys(wanted) if each not in known]


def _grown(tag: int, stored: Element | None, added: Sequence[bytes]) -> bytes:
    if not added:
        return b"" if stored is None else stored.encoded
    before = b"" if stored is None else stored.contents
    return der.tagged(tag, before + b"".join(added))
