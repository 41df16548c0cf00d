# SPDX-License-Identifier: EUPL-1.2
"""What a row of `documents.toml` says: what each document of the sample is, who signed it, when, and how."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from demo.town import on


@dataclass(frozen=True, slots=True)
class Signing:
    """One signature of one document."""

    signer: str
    """A key of `demo.signing.PEOPLE`, or `seal`."""
    at: datetime
    level: str = "B"
    """Baseline level: `B`, `T`, `LT`; only PAdES goes beyond `T` here."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One document of the sample."""

    code: str
    """Short and unique: part of its identifier and of its CSV."""
    name: str
    """Nombre natural: in the index and in the file name."""
    tipo_documental: str
    captured_at: datetime
    source: str
    """A text of demo/texts; or `scan:TEXT`, `receipt:1`, `invoice`, `recording`."""
    tipos_firma: tuple[str, ...]
    """TipoFirma of each `firma` in order."""
    signings: tuple[Signing, ...] = ()
    estado_elaboracion: str = "EE01"
    from_administration: bool = True
    group: str = ""
    """Empty at the top; `notificaciones` for the folder, `ocupacion` for the nested expediente."""
    huella: str = "sha512-hex"
    """`sha256-base64` for one document, as CAIB writes it (the other convention that is common)."""
    act: str = ""
    """Code of the document that this one notifies."""


def pieces() -> tuple[Piece, ...]:
    """Return the documents of `demo/documents.toml`, in the order in which they were incorporated."""
    table = tomllib.loads(resources.files("demo").joinpath("documents.toml").read_text("utf-8"))
    return tuple(_piece(row) for row in table["document"])


def _piece(row: dict[str, Any]) -> Piece:
    return Piece(
        **{
            **row,
            "captured_at": on(row["captured_at"]),
            "tipos_firma": tuple(row["tipos_firma"]),
            "signings": tuple(_signing(line) for line in row.get("signings", ())),
        }
    )


def _signing(line: str) -> Signing:
    """Read `secretary 2025-03-10 13:05 LT`."""
    signer, day, hour, level = line.split()
    return Signing(signer, on(f"{day} {hour}"), level)
