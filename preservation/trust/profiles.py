# SPDX-License-Identifier: EUPL-1.2
"""Who signs, by the profile of the certificate: name, NIF, quality and organisation.

    signer = signer_of(certificate)

Reads, in this order: the directoryName that Spanish profiles put into the alternative name (arc
2.16.724.1.3.5 of the public sector, 1.3.6.1.4.1.5734.1 of FNMT-RCM), the subject with the semantics of ETSI
EN 319 412-1 section 5.1, and last the free text of the common name, where a NIF is taken only if its control
letter holds. What a certificate declares as an identifier is told as it stands, valid or not: whether it is
a NIF is `preservation.trust.nif.is_valid`'s to say.

Nothing here is trusted: it says what is written, not that it is true. It never raises.
"""

from __future__ import annotations

import re
from typing import Final

from asn1crypto import x509

from archive.clock import assume_utc
from preservation.trust import names, nif
from preservation.trust.holders import HolderData, read_holder
from preservation.trust.names import Attributes
from preservation.trust.profile_table import (
    AUTHORITIES,
    POLICIES,
    PUBLIC_SECTOR,
    QUALIFIED_POLICIES,
    Kind,
    longest,
    within,
)
from preservation.trust.signer import Signer

_FNMT: Final = "1.3.6.1.4.1.5734.1"
_HOLDER: Final = "1.3.6.1.4.1.18838.1.1"
"""NIF of the natural person who holds it (AEAT)."""
_CAMERFIRMA_ENTITY: Final = "1.3.6.1.4.1.17326.30.3"
_LEGAL: Final = re.compile(
    r"^(?:ENTIDAD|DESCRIPCION) (?P<name>.+?) - (?:ENTIDAD .+? - )?CIF \S+(?P<rest>.*)$"
)
"""FNMT Clase 2: `ENTIDAD E - CIF C - NOMBRE N - NIF M`, `DESCRIPCION D - ENTIDAD E - CIF C`."""
_TAIL: Final = re.compile(
    r"(?:\s*-\s*(?:(?:NIF|DNI|NIE|CIF):?\s*)?[A-Z]?[0-9]{7,8}[A-Z0-9]?"
    r"|\s*\((?:FIRMA|AUTENTICACI[OÓ]N|[RC]:[^)]*)\))+$"
)
"""What common names carry after the name: ` - NIF 12345678Z`, ` (R: B12345674)`, ` (FIRMA)`."""
_UNITS: Final = (
    ("SEUDONIMO", Kind.PSEUDONYM),
    ("EMPLEADO PUBLICO", Kind.EMPLOYEE),
    ("SELLO ELECTRONICO", Kind.ORGAN_SEAL),
    ("SEDE ELECTRONICA", Kind.OFFICE),
)
"""Unit that the public sector profiles ask of a subject, without accents."""


def signer_of(certificate: x509.Certificate) -> Signer:
    """Say who a certificate says its holder is.

    Args:
        certificate: One that `preservation.trust.certificates.load` gave.
    """
    read = read_holder(certificate)
    kind, profile = _kind(read)
    organisation = _organisation(read)
    identifier = _identifier(read, kind, organisation)
    common = read.subject.one(names.COMMON_NAME)
    legal = _LEGAL.match(common)
    name = _name(read, common, kind) or read.subject.one(names.ORGANISATION) or "?"
    entity = read.field(2) or read.other.one(f"{_FNMT}.6", f"{_FNMT}.14")
    entity = entity or read.subject.one(names.ORGANISATION)
    if kind in {Kind.LEGAL_PERSON, Kind.ENTITY_SEAL} and not entity:
        entity = name
    return Signer(
        name=name,
        identifier=identifier,
        organisation=entity,
        issuer=read.issuer.one(names.COMMON_NAME, names.UNIT, names.ORGANISATION),
        serial=f"{certificate.serial_number:x}",
        not_before=assume_utc(certificate.not_valid_before),
        not_after=assume_utc(certificate.not_valid_after),
        kind=str(kind),
        profile=profile,
        pseudonym=read.field(12) or read.subject.one(names.PSEUDONYM),
        organisation_identifier=organisation,
        represents=entity if kind is Kind.REPRESENTATIVE else "",
        position=_position(read),
        custodian=_custodian(read, kind, legal["rest"] if legal else ""),
        qualities=read.qualities,
        policies=read.policies,
    )


def _kind(read: HolderData) -> tuple[Kind, str]:
    """Decide in which quality the holder acts, and call the profile by its name."""
    house = next(
        (name for each in read.policies for arc, name in AUTHORITIES.items() if within(each, arc)), ""
    )
    house = house or read.issuer.one(names.ORGANISATION)
    if read.authority:
        return Kind.AUTHORITY, house
    if read.purposes == {"time_stamping"}:
        return Kind.TIME_STAMPING, house
    if read.purposes == {"ocsp_signing"}:
        return Kind.OCSP, house
    sector = read.public_sector.split(".")
    if len(sector) > 6 and sector[6] in PUBLIC_SECTOR:
        return PUBLIC_SECTOR[sector[6]], house
    for policy in read.policies:
        known = longest(policy, POLICIES)
        if known is not None:
            return known
    return _guessed(read), house


def _guessed(read: HolderData) -> Kind:
    """Decide by what is written where no policy says it; a natural person needs a sign of being one."""
    subject, other = read.subject, read.other
    serial = nif.plain(subject.one(names.SERIAL_NUMBER))
    personal = bool(subject.one(names.GIVEN_NAME) and subject.one(names.SURNAME)) or nif.is_person(serial)
    named = next((QUALIFIED_POLICIES[each] for each in read.policies if each in QUALIFIED_POLICIES), None)
    kind = named or Kind.UNKNOWN
    if other.one(f"{_FNMT}.7") or "(R:" in subject.one(names.COMMON_NAME):
        personal = personal or bool(other.one(f"{_FNMT}.4") or _persons(read))
        kind = Kind.REPRESENTATIVE if personal else Kind.LEGAL_PERSON
    elif other.one(f"{_FNMT}.8") or subject.one(names.COMMON_NAME).startswith("DESCRIPCION "):
        kind = Kind.COMPONENT
    elif _by_unit(subject) is not None:
        kind = _by_unit(subject) or kind
    elif "for seals" in read.qualities:
        kind = Kind.ENTITY_SEAL
    elif named is None and (personal or subject.one(names.PSEUDONYM) or _persons(read)):
        kind = Kind.PERSON
    elif named is None and nif.is_entity(serial):
        kind = Kind.ENTITY_SEAL
    return kind


def _by_unit(subject: Attributes) -> Kind | None:
    told = " ".join(subject.all(names.UNIT)).upper().translate(str.maketrans("ÁÉÍÓÚ", "AEIOU"))
    return next((kind for words, kind in _UNITS if words in told), None)


def _identifier(read: HolderData, kind: Kind, organisation: str) -> str:
    """Return the NIF of who signs, or what is declared in its place."""
    serial = nif.plain(read.subject.one(names.SERIAL_NUMBER))
    if kind in {Kind.ORGAN_SEAL, Kind.ENTITY_SEAL, Kind.LEGAL_PERSON, Kind.OFFICE, Kind.COMPONENT}:
        return organisation or serial
    if kind is Kind.PSEUDONYM:
        return ""  # the number on its subject, where there is one, is the entity's or the pseudonym's
    declared = [nif.plain(each) for each in (read.field(4), read.other.one(f"{_FNMT}.4")) if each]
    if declared:
        return declared[-1]
    if serial:
        return serial if nif.has_form(serial) else next(iter(_persons(read)), serial)
    holder = nif.plain(read.subject.one(_HOLDER))
    return holder or next(iter(_persons(read)), "")


def _organisation(read: HolderData) -> str:
    """Return the NIF of the organisation."""
    for written in (
        read.field(3),
        read.other.one(f"{_FNMT}.7", f"{_FNMT}.15"),
        read.subject.one(names.ORGANISATION_IDENTIFIER),
        read.subject.one(_CAMERFIRMA_ENTITY),
    ):
        if written:
            return nif.plain(written)
    serial = nif.plain(read.subject.one(names.SERIAL_NUMBER))
    if nif.has_form(serial) and serial[0] in "ABCDEFGHJNPQRSUVW":
        return serial
    texts = [read.subject.one(kind) for kind in (names.DN_QUALIFIER, names.COMMON_NAME, names.ORGANISATION)]
    return next((each for text in texts for each in nif.entities_in(text)), "")


def _persons(read: HolderData) -> list[str]:
    """Return the valid NIF in free text: common name, surname, qualifier."""
    kinds = (names.COMMON_NAME, names.SURNAME, names.DN_QUALIFIER, names.TITLE)
    return [each for kind in kinds for each in nif.persons_in(read.subject.one(kind))]


def _name(read: HolderData, common: str, kind: Kind) -> str:
    """Return the name alone, without the numbers and qualities that common names carry."""
    legal = _LEGAL.match(common)
    if legal:
        return legal["name"]
    if kind in {Kind.PERSON, Kind.REPRESENTATIVE, Kind.EMPLOYEE}:
        official = [read.field(number) for number in (6, 7, 8)]
        fnmt = [read.other.one(f"{_FNMT}.{number}") for number in (1, 2, 3)]
        for parts in (official, fnmt):
            if parts[0] and parts[1]:
                return " ".join(part for part in parts if part)
    bare = _TAIL.sub("", common).strip()
    first, _, rest = bare.partition(" ")
    if kind is Kind.REPRESENTATIVE and nif.is_person(first) and rest:
        return rest
    given, surname = read.subject.one(names.GIVEN_NAME), read.subject.one(names.SURNAME)
    return bare or common or " ".join(part for part in (given, _TAIL.sub("", surname)) if part)


def _position(read: HolderData) -> str:
    """Return post and unit."""
    parts = (read.field(11) or read.subject.one(names.TITLE), read.field(10))
    return ", ".join(part for part in parts if part and not nif.has_form(part))


def _custodian(read: HolderData, kind: Kind, rest: str) -> str:
    """Return the natural person who answers for a certificate that is not a person's own."""
    if kind not in {Kind.LEGAL_PERSON, Kind.ORGAN_SEAL, Kind.ENTITY_SEAL, Kind.COMPONENT}:
        return ""
    number = nif.plain(read.field(4) or read.other.one(f"{_FNMT}.4") or read.subject.one(_HOLDER))
    number = number or next(iter(nif.persons_in(rest)), "")
    found = re.search(r"- NOMBRE (.+?) - NIF", rest)
    parts = [read.field(each) for each in (6, 7, 8)] if read.field(6) else [found[1] if found else ""]
    name = " ".join(part for part in parts if part)
    return f"{name} ({number})" if name and number else name or number
