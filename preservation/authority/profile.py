# SPDX-License-Identifier: EUPL-1.2
"""Who the development authority certifies, for how long, and under which names.

The windows permit a whole life: signers of 2024 to 2029, three generations of time-stamping units that
overlap, authorities until 2064. The names follow the look of the Spanish profiles (Perfiles de certificados
electrónicos 2.0, anexo 2: sello de órgano, empleado público, persona física) and each says that it is worth
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

NO_LEGAL_VALUE: Final = "PRUEBAS SIN VALOR LEGAL"
"""In the CN and O of every subject and issuer."""

POLICY: Final = "2.25.98041163425713086547303846257153094721"
"""Time-stamp policy of the development authority: a private UUID arc (ITU-T X.667), promising nothing."""

ORGANISATION: Final = f"LONGEVA {NO_LEGAL_VALUE}"
TOWN: Final = f"AYUNTAMIENTO DE VILLAEJEMPLO - {NO_LEGAL_VALUE}"
TOWN_NIF: Final = "P0000000J"
"""Shaped like the NIF of a town council; belongs to nobody."""

CITIZEN_POLICY: Final = "2.25.98041163425713086547303846257153094722"
SEAL_POLICY: Final = "2.16.724.1.3.5.6.2"
"""Sello electrónico de órgano, nivel medio (Perfiles de certificados 2.0)."""
EMPLOYEE_POLICY: Final = "2.16.724.1.3.5.7.2"
"""Empleado público, nivel medio (Perfiles de certificados 2.0)."""


@dataclass(frozen=True, slots=True)
class Window:
    """Validity of a certificate."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether `at` lies inside."""
        return self.start <= at < self.end


def years(start: int, end: int, month: int = 1) -> Window:
    """Return the window from the first of January of `start` to the first of `month` of `end`."""
    return Window(datetime(start, 1, 1, tzinfo=UTC), datetime(end, month, 1, tzinfo=UTC))


SIGNERS: Final = years(2024, 2029)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a signer's certificate says."""

    common_name: str
    identifier: str
    """NIF of the person, or of the organ for a seal."""
    policy: str
    organisation: str = TOWN
    organisation_nif: str = TOWN_NIF
    unit: str = ""
    title: str = ""
    window: Window = SIGNERS
    revoked_at: datetime | None = None


AUTHORITIES: Final = years(2010, 2064)
"""Older than the signers of the past, so that their chains held in their time."""

TSA_GENERATIONS: Final = {
    "tsa-1": years(2024, 2032, month=6),
    "tsa-2": years(2030, 2046),
    "tsa-3": years(2044, 2064),
}


def dni(number: int) -> str:
    """Return a NIF with its control letter; numbers below 100 were never given to people."""
    return f"{number:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def _employee(post: str, number: int, *, window: Window = SIGNERS) -> Subject:
    return Subject(
        f"{post} {dni(number)} - {NO_LEGAL_VALUE}",
        dni(number),
        EMPLOYEE_POLICY,
        unit="CERTIFICADO ELECTRONICO DE EMPLEADO PUBLICO",
        title=post,
        window=window,
    )


ROLES: Final = {
    "seal": Subject(
        f"SELLO DEL AYUNTAMIENTO - {NO_LEGAL_VALUE}", TOWN_NIF, SEAL_POLICY, unit="SELLO ELECTRONICO"
    ),
    "secretary": _employee("SECRETARIA", 1),
    "mayor": _employee("ALCALDIA", 2),
    "technician": _employee("TECNICO", 3),
    "citizen": Subject(f"CIUDADANIA {dni(4)} - {NO_LEGAL_VALUE}", dni(4), CITIZEN_POLICY, "", ""),
    "expired": _employee("CADUCADO", 5, window=years(2014, 2018)),
    "revoked": Subject(
        f"REVOCADO {dni(6)} - {NO_LEGAL_VALUE}",
        dni(6),
        EMPLOYEE_POLICY,
        unit="CERTIFICADO ELECTRONICO DE EMPLEADO PUBLICO",
        title="REVOCADO",
        revoked_at=datetime(2026, 6, 1, tzinfo=UTC),
    ),
}
"""Signers by role, issued when first asked for."""
