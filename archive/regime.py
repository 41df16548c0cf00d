# SPDX-License-Identifier: EUPL-1.2
"""The access regime of what is kept: three classes, and the reason with its clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Access(StrEnum):
    """Who may be given a document without more ado (e-EMGDE 9.1 says Libre or Limitado)."""

    OPEN = "libre"
    """Anybody who asks."""
    LIMITED = "limitado"
    """Staff; others by a reasoned request (LPH art. 57.1.c; Ley 39/2015 art. 53.1.a)."""
    RESERVED = "reservado"
    """Only who holds the right `reserved`; to everybody else it does not exist (RD 1708/2011 art. 29.3)."""


@dataclass(frozen=True, slots=True)
class AccessRegime:
    """The regime of one object or document on one day."""

    access: Access
    cause: str = ""
    """Code of the reason, such as `personal-data`, `series`, `declared`, `hold`."""
    clause: str = ""
    """Norm and article."""
    until: date | None = None
    """First day on which it opens by itself; None: never, or it is open."""
