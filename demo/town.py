# SPDX-License-Identifier: EUPL-1.2
"""The fictitious municipality of the demonstration: its people, its numbers, its dates.

Province 99 of the INE does not exist, and the NIFs are out of any real range, so nothing here can be taken
for a real administration or person. One source for these facts: the papers (demo/texts) get them from here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

_SUMMER: Final = (datetime(2025, 3, 30, 2), datetime(2025, 10, 26, 3))  # noqa: DTZ001 - official local time
"""Of the story's only summer; written here because a bare machine may have no zone database."""
DIR3: Final = "L01990019"
TOWN: Final = "Ayuntamiento de Villanueva del Encinar"
NIF: Final = "P9900100J"
TENANT: Final = "villanueva-del-encinar"
"""Short name that the demonstration gives to the municipality in the archive."""
SEDE: Final = "https://sede.villanuevadelencinar.example"
TITLE: Final = (
    "Licencia urbanística de obra mayor: rehabilitación de vivienda unifamiliar en calle del Olmo, 14"
)
NUMBER: Final = "LOM/2025/0014"
EXPEDIENTE_ID: Final = "ES_L01990019_2025_EXP_00000000000000000LOM2025000014"
NESTED_ID: Final = "ES_L01990019_2025_EXP_00000000000000000OVP2025000031"
NESTED_NUMBER: Final = "OVP/2025/0031"
CLASSIFICATION: Final = "L01990019_PRO_00000000000000000LICENCIAOBRAS"
"""The procedure is not in SIA: `<Órgano>_PRO_<30>` (NTI Expediente annex I)."""
CSV_REGULATION: Final = (
    "Resolución de Alcaldía 2020-0087, de 3 de marzo, de regulación del código seguro de verificación"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the story who signs, asks or builds."""

    name: str
    nif: str
    post: str
    organisation: str = ""
    """Empty for who acts in their own name."""


MAYOR: Final = Person("Remedios Aldana Quiroga", "00000001R", "Alcaldesa-Presidenta", TOWN)
SECRETARY: Final = Person("Íñigo Peñalver Ordóñez", "00000002W", "Secretario-Interventor", TOWN)
TECHNICIAN: Final = Person("Lucía Cañizares Bravo", "00000003A", "Arquitecta municipal", TOWN)
CITIZEN: Final = Person("Martín Escribano Núñez", "00000014Z", "Promotor")
ARCHITECT: Final = Person(
    "Nuria Bañuelos Ferreira",
    "00000015S",
    "Arquitecta, colegiada n.º 99.014",
    "Bañuelos Ferreira Arquitectura",
)
BUILDER: Final = Person(
    "Gaspar Ruano Vega", "00000016Q", "Administrador único", "Construcciones Ruano y Vega, S.L."
)
COMPANY_NIF: Final = "B99000010"
NEIGHBOUR: Final = Person("Asunción Ibáñez Cobo", "00000017V", "Colindante")


def on(text: str) -> datetime:
    """Return the official-time instant written as `2025-03-10 13:05`."""
    local = datetime.fromisoformat(text)
    hours = 2 if _SUMMER[0] <= local < _SUMMER[1] else 1
    return local.replace(tzinfo=timezone(timedelta(hours=hours)))


def written(instant: datetime) -> str:
    """Write an instant of `on` as ENI does: `2025-03-10T13:05:00+01:00`."""
    return instant.isoformat()


def document_id(code: str, year: int = 2025) -> str:
    """Return the ENI identifier of the document with this short code."""
    return f"ES_{DIR3}_{year}_{'LOM2025000014' + code:0>30}"


def csv_of(code: str) -> str:
    """Return the document's secure code: 130 bits in groups, the same on every build."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    value = int.from_bytes(hashlib.sha256(f"{EXPEDIENTE_ID}/{code}".encode()).digest(), "big")
    letters = "".join(alphabet[(value >> (5 * place)) & 31] for place in range(26))
    return "-".join((letters[:5], letters[5:10], letters[10:15], letters[15:20], letters[20:26]))


def facts() -> dict[str, str]:
    """Return what the papers name."""
    people = {
        "mayor": MAYOR,
        "secretary": SECRETARY,
        "technician": TECHNICIAN,
        "citizen": CITIZEN,
        "architect": ARCHITECT,
        "builder": BUILDER,
        "neighbour": NEIGHBOUR,
    }
    named = {
        "town": TOWN,
        "nif": NIF,
        "dir3": DIR3,
        "sede": SEDE,
        "title": TITLE,
        "number": NUMBER,
        "nested_number": NESTED_NUMBER,
        "expediente_id": EXPEDIENTE_ID,
        "company": BUILDER.organisation,
        "company_nif": COMPANY_NIF,
    }
    for role, person in people.items():
        named[role] = person.name
        named[f"{role}_nif"] = person.nif
    return named
