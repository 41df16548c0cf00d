# SPDX-License-Identifier: EUPL-1.2
"""What of a certificate speaks of its holder, taken out once: names, policies, statements, purposes.

Source: RFC 5280 4.2.1; ETSI EN 319 412-5 (statements of qualified certificates). It never raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asn1crypto import core, x509

from preservation.trust import names
from preservation.trust.names import UNREADABLE, Attributes
from preservation.trust.profile_table import LEVELS, PUBLIC_SECTOR_ARC, within

MAX_POLICIES: Final = 32
"""Policies and statements read of one certificate; real ones have three."""
_STATEMENTS: Final = "1.3.6.1.5.5.7.1.3"
_QUALITIES: Final = {
    "0.4.0.1862.1.1": "qualified",
    "0.4.0.1862.1.4": "qualified device",
    "0.4.0.1862.1.6.1": "for signatures",
    "0.4.0.1862.1.6.2": "for seals",
    "0.4.0.1862.1.6.3": "for web sites",
}
"""ETSI EN 319 412-5 4.2: statements and, under 0.4.0.1862.1.6, types."""


class _Statement(core.Sequence):  # type: ignore[misc]
    _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]  # noqa: RUF012


class _Statements(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Statement


class _Identifiers(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.ObjectIdentifier


@dataclass(frozen=True, slots=True)
class HolderData:
    """What of a certificate speaks of its holder."""

    subject: Attributes
    other: Attributes
    """Directory names of the alternative name."""
    policies: tuple[str, ...]
    qualities: tuple[str, ...]
    purposes: frozenset[str]
    authority: bool
    issuer: Attributes

    @property
    def public_sector(self) -> str:
        """Arc of the public sector profile, such as `2.16.724.1.3.5.7.2`; empty where it follows none."""
        written = [each for each in self.policies if within(each, PUBLIC_SECTOR_ARC)]
        written += [kind for kind, _ in self.other.pairs if within(kind, PUBLIC_SECTOR_ARC)]
        return ".".join(written[0].split(".")[:8]) if written else ""

    def field(self, number: int) -> str:
        """Return an attribute of the public sector profile by its last number."""
        return self.other.one(*(f"{PUBLIC_SECTOR_ARC}.{arc}.{number}" for arc in self._arcs()))

    def _arcs(self) -> list[str]:
        length = len(PUBLIC_SECTOR_ARC) + 1
        types = [kind for kind, _ in self.other.pairs if within(kind, PUBLIC_SECTOR_ARC)]
        return list(dict.fromkeys(kind[length:].rpartition(".")[0] for kind in types))


def read_holder(certificate: x509.Certificate) -> HolderData:
    """Read a certificate that could be loaded; what cannot be read of it is left empty."""
    policies = _policies(certificate)
    return HolderData(
        subject=names.attributes_of(certificate.subject),
        other=names.alternative_attributes(certificate),
        policies=policies,
        qualities=_qualities(certificate, policies),
        purposes=_purposes(certificate),
        authority=_is_authority(certificate),
        issuer=names.attributes_of(certificate.issuer),
    )


def _policies(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.certificate_policies_value or ()
        return tuple(each["policy_identifier"].dotted for each in list(found)[:MAX_POLICIES])
    except UNREADABLE:
        return ()


def _purposes(certificate: x509.Certificate) -> frozenset[str]:
    try:
        found = certificate.extended_key_usage_value
        return frozenset() if found is None else frozenset(found.native)
    except UNREADABLE:
        return frozenset()


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.ca)
    except UNREADABLE:
        return False


def _qualities(certificate: x509.Certificate, policies: tuple[str, ...]) -> tuple[str, ...]:
    """Read the statements of a qualified certificate; a type written as a statement counts too."""
    found: list[str] = []
    try:
        for extension in certificate["tbs_certificate"]["extensions"]:
            if extension["extn_id"].dotted != _STATEMENTS:
                continue
            for statement in list(_Statements.load(extension["extn_value"].contents))[:MAX_POLICIES]:
                found.append(statement["id"].dotted)
                if statement["id"].dotted == "0.4.0.1862.1.6":
                    kinds = _Identifiers.load(statement["info"].dump())
                    found += [each.dotted for each in list(kinds)[:MAX_POLICIES]]
    except UNREADABLE:
        pass
    told = [_QUALITIES[each] for each in found if each in _QUALITIES]
    for policy in policies:
        parts = policy.split(".")
        if within(policy, PUBLIC_SECTOR_ARC) and len(parts) > 7 and parts[7] in LEVELS:
            told.append(LEVELS[parts[7]])
    return tuple(dict.fromkeys(told))
