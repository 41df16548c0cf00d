# SPDX-License-Identifier: EUPL-1.2
"""Who a certificate speaks of, as a value: read by `profiles`, told in reports. None of it is proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """Who the certificate says it is."""

    name: str
    """Common name, or what stands for it."""
    identifier: str = ""
    """NIF/NIE where the certificate carries one (serialNumber, `IDCES-…`)."""
    organisation: str = ""
    issuer: str = ""
    serial: str = ""
    """Hexadecimal."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    kind: str = ""
    """Which Spanish profile: `natural person`, `representative`, `public employee`, `pseudonym`,
    `organ seal`, `entity seal`, `time stamping`, `authority`, …; empty where it could not be told."""
    profile: str = ""
    """Issuer's profile by name: `FNMT empleado público`, `DNIe firma`, …"""
    pseudonym: str = ""
    organisation_identifier: str = ""
    """NIF of the organisation."""
    represents: str = ""
    """For whom a representative signs."""
    position: str = ""
    """Post or role written in the certificate."""
    custodian: str = ""
    """Natural person, name and NIF, who answers for the key of a seal or of a legal person."""
    qualities: tuple[str, ...] = ()
    """Claimed by the certificate (ETSI EN 319 412-5): `qualified`, `qualified device`, `for seals`, …"""
    policies: tuple[str, ...] = ()
    """Certificate policies, dotted."""
