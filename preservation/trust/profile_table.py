# SPDX-License-Identifier: EUPL-1.2
"""Certificate policies of Spanish authorities: which kind of holder each stands for.

Sources, looked up in public documents:

* Perfiles de certificados electrónicos 2.0 (DTIC 2016, NIPO 630-16-298-6) and the profiles of the Esquema
  de Identificación y Firma of 2009: arc 2.16.724.1.3.5.
* FNMT-RCM, DNIe, Defensa and Trabajo: the table of known policies of the Cliente @firma (`KNOWN_OIDS`).
* ANF, Camerfirma, Firmaprofesional, Abogacía, notaries: the list of recognised certificates of IBKey, and
  the list of certificates that the PSIS platform of the Consorci AOC classifies.
* Consorci AOC: profile of the certificates of public employees (1.3.6.1.4.1.15096).
* Where no document was found, certificates of that policy themselves (ACCV 3.5, Izenpe 4.2 and 4.4).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """In which quality the holder of a certificate acts."""

    PERSON = "natural person"
    REPRESENTATIVE = "representative"
    EMPLOYEE = "public employee"
    PSEUDONYM = "public employee with pseudonym"
    ORGAN_SEAL = "organ seal"
    """Sello electrónico de Administración, órgano o entidad de derecho público (Ley 40/2015 art. 40)."""
    ENTITY_SEAL = "entity seal"
    LEGAL_PERSON = "legal person"
    """Certificate of a legal person before eIDAS (Ley 59/2003 art. 7), kept by a natural one."""
    OFFICE = "electronic office"
    """Sede electrónica (Ley 40/2015 art. 38)."""
    COMPONENT = "component"
    """A program or a server."""
    TIME_STAMPING = "time stamping"
    OCSP = "OCSP responder"
    AUTHORITY = "authority"
    UNKNOWN = ""


PUBLIC_SECTOR_ARC: Final = "2.16.724.1.3.5"
PUBLIC_SECTOR: Final = {
    "1": Kind.OFFICE,
    "2": Kind.ORGAN_SEAL,
    "3": Kind.EMPLOYEE,
    "4": Kind.PSEUDONYM,
    "5": Kind.OFFICE,
    "6": Kind.ORGAN_SEAL,
    "7": Kind.EMPLOYEE,
    "8": Kind.REPRESENTATIVE,
    "9": Kind.REPRESENTATIVE,
}
"""Next number after the arc: 1 to 3 of 2009, 4 to 9 of 2016 (9: entity without legal personality)."""
LEVELS: Final = {"1": "high level", "2": "medium level"}
"""Assurance level, the number after that one."""

AUTHORITIES: Final = {
    "1.3.6.1.4.1.5734": "FNMT-RCM",
    "2.16.724.1.2.2.2": "DNIe",
    "1.3.6.1.4.1.8149": "ACCV",
    "1.3.6.1.4.1.15096": "Consorci AOC (CATCert)",
    "1.3.6.1.4.1.14777": "Izenpe",
    "1.3.6.1.4.1.17326": "Camerfirma",
    "1.3.6.1.4.1.18332": "ANF AC",
    "1.3.6.1.4.1.13177": "Firmaprofesional",
    "1.3.6.1.4.1.16533": "AC Abogacía",
    "1.3.6.1.4.1.18920": "ANCERT",
    "1.3.6.1.4.1.47281": "esFIRMA",
    "1.3.6.1.4.1.30051": "EDICOM",
    "1.3.6.1.4.1.26852": "OMC",
    "1.3.6.1.4.1.14862": "CERTICA (MAP)",
    "1.3.6.1.4.1.27781": "Ministerio de Trabajo",
    "2.16.724.1.1.1.1": "Ministerio de Defensa",
    "2.16.724.1.4.2.2": "Seguridad Social (GISS)",
}
"""Arc of an authority's policies and what it is called."""

POLICIES: Final = {
    "1.3.6.1.4.1.5734.3.5": (Kind.PERSON, "FNMT-RCM Clase 2"),
    "1.3.6.1.4.1.5734.3.7": (Kind.LEGAL_PERSON, "FNMT-RCM Clase 2"),
    "1.3.6.1.4.1.5734.3.3.4.4": (Kind.EMPLOYEE, "FNMT-RCM AC Administración Pública"),
    "1.3.6.1.4.1.5734.3.9": (Kind.COMPONENT, "FNMT-RCM AC Componentes Informáticos"),
    "1.3.6.1.4.1.5734.3.10.1": (Kind.PERSON, "FNMT-RCM AC Usuarios"),
    "1.3.6.1.4.1.5734.3.11": (Kind.REPRESENTATIVE, "FNMT-RCM AC Representación"),
    "2.16.724.1.2.2.2.3": (Kind.PERSON, "DNIe (firma)"),
    "2.16.724.1.2.2.2.4": (Kind.PERSON, "DNIe (autenticación)"),
    "2.16.724.1.1.1.1.3.2": (Kind.PERSON, "Ministerio de Defensa"),
    "1.3.6.1.4.1.27781.2.4.4": (Kind.EMPLOYEE, "Ministerio de Trabajo"),
    "1.3.6.1.4.1.8149.3.5": (Kind.COMPONENT, "ACCV"),
    "1.3.6.1.4.1.14777.2.6": (Kind.PERSON, "Izenpe"),
    "1.3.6.1.4.1.14777.4.2": (Kind.EMPLOYEE, "Izenpe"),
    "1.3.6.1.4.1.17326.10.9.2": (Kind.PERSON, "Camerfirma"),
    "1.3.6.1.4.1.18332.2.4": (Kind.LEGAL_PERSON, "ANF AC"),
    "1.3.6.1.4.1.18332.3.3": (Kind.LEGAL_PERSON, "ANF AC"),
    "1.3.6.1.4.1.18332.3.4": (Kind.PERSON, "ANF AC"),
    "1.3.6.1.4.1.13177.10.1.1": (Kind.PERSON, "Firmaprofesional"),
    "1.3.6.1.4.1.13177.10.1.2": (Kind.PERSON, "Firmaprofesional"),
    "1.3.6.1.4.1.13177.10.1.5": (Kind.LEGAL_PERSON, "Firmaprofesional"),
    "1.3.6.1.4.1.16533.10.2": (Kind.PERSON, "AC Abogacía"),
    "1.3.6.1.4.1.16533.10.3": (Kind.PERSON, "AC Abogacía"),
    "1.3.6.1.4.1.16533.10.5": (Kind.LEGAL_PERSON, "AC Abogacía"),
    "1.3.6.1.4.1.18920.1.1.1": (Kind.PERSON, "ANCERT"),
    "1.3.6.1.4.1.18920.1.1.2": (Kind.REPRESENTATIVE, "ANCERT"),
    "1.3.6.1.4.1.18920.1.3.1": (Kind.PERSON, "ANCERT"),
    "1.3.6.1.4.1.18920.1.3.2": (Kind.REPRESENTATIVE, "ANCERT"),
    "1.3.6.1.4.1.18920.4": (Kind.PERSON, "ANCERT"),
}
"""Policy, or the arc of its versions, to kind and profile; the longest that fits counts."""

QUALIFIED_POLICIES: Final = {
    "0.4.0.194112.1.0": Kind.PERSON,
    "0.4.0.194112.1.1": Kind.ENTITY_SEAL,
    "0.4.0.194112.1.2": Kind.PERSON,
    "0.4.0.194112.1.3": Kind.ENTITY_SEAL,
}
"""QCP-n, QCP-l and the same on a qualified device (ETSI EN 319 411-2 5.3)."""


def within(oid: str, arc: str) -> bool:
    """Whether an object identifier is an arc or lies under it."""
    return oid == arc or oid.startswith(arc + ".")


def longest(oid: str, table: dict[str, tuple[Kind, str]]) -> tuple[Kind, str] | None:
    """Return what a table says of the longest arc over an identifier."""
    found = [arc for arc in table if within(oid, arc)]
    return table[max(found, key=len)] if found else None
