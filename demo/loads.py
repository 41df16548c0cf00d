# SPDX-License-Identifier: EUPL-1.2
"""Plain expedientes in any number and size, made fast: for benchmarks, and as the base of hostile ones.

Contents are slices of one pseudo-random pool, each with its own heading, so that thousands of documents cost
little more than writing them. The same arguments give the same bytes.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from archive.eni.document import DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument
from archive.eni.write import (
    BinaryContent,
    NewFirma,
    document_xml,
    expediente_xml,
    index_content_id,
    insert_firma,
)
from demo.documents import Signing
from demo.eni_papers import SHA512_URI
from demo.signing import Hands
from demo.town import CSV_REGULATION, DIR3, on, written
from preservation.authority import DevelopmentAuthority

Kind = Literal["binary", "text"]
_POOL: Final = 4 << 20
_OPENED: Final = on("2025-02-03 09:00")
_CLOSED: Final = on("2025-11-28 14:00")
_WORDS: Final = (
    "la el los las de del que y en con por para según conforme acuerdo resolución licencia expediente "
    "solicitud informe técnico jurídico municipal ayuntamiento alcaldía secretaría obra vivienda fachada "
    "cubierta muro año niño señalización España contratación subvención padrón tributo tasa liquidación "
    "recurso reposición notificación interesado plazo diez días hábiles artículo ley procedimiento común "
    "administrativo órgano competencia delegación convenio factura proveedor caminos riego cañada arroyo"
)


@dataclass(frozen=True, slots=True)
class LoadPackage:
    """What `plain_package` made."""

    folder: Path
    index_name: str
    eni_id: str
    document_names: tuple[str, ...]
    content_bytes: int
    """Of all decoded contents together."""
    total_bytes: int
    """Of all files as written."""


def plain_package(
    folder: Path,
    documents: int,
    size: int,
    seed: int,
    *,
    csv: bool = True,
    kind: Kind = "binary",
    authority: DevelopmentAuthority | None = None,
) -> LoadPackage:
    """Write one expediente of many documents of the same size.

    Args:
        folder: Made if absent; the files go straight into it.
        documents: How many.
        size: Bytes of each decoded content.
        seed: Tells expedientes apart: identifiers and contents follow from it.
        csv: Give each document and the index a TF01; without it they carry no signature at all.
        kind: `binary` cannot be compressed; `text` is Spanish words, for the index.
        authority: Where given, its seal signs the index (TF02) instead of a CSV.
    """
    folder.mkdir(parents=True, exist_ok=True)
    eni_id = f"ES_{DIR3}_2025_EXP_{f'CARGA{seed:07d}':0>30}"
    pool = _text_pool(seed) if kind == "text" else _binary_pool(seed)
    indexed, names, total = [], [], 0
    for number in range(1, documents + 1):
        content = _content(pool, kind, size, seed, number)
        own = _metadata(f"ES_{DIR3}_2025_{f'CARGA{seed:07d}N{number:07d}':0>30}", number)
        firmas = [_csv_firma(own.identificador)] if csv else []
        xml = document_xml(own, BinaryContent(content, "TXT" if kind == "text" else "BIN"), firmas)
        names.append(f"{own.identificador}.xml")
        (folder / names[-1]).write_bytes(xml)
        total += len(xml)
        huella = Huella(hashlib.sha512(content).hexdigest(), SHA512_URI)
        indexed.append(IndexedDocument(own.identificador, huella, own.fecha_captura, str(number)))
    index = _index(eni_id, indexed, authority, csv=csv)
    (folder / f"{eni_id}.xml").write_bytes(index)
    return LoadPackage(folder, f"{eni_id}.xml", eni_id, tuple(names), documents * size, total + len(index))


def plain_packages(
    folder: Path, packages: int, documents: int, size: int, seed: int, *, kind: Kind = "binary"
) -> Iterator[LoadPackage]:
    """Write several expedientes, each in a folder of its own; see `plain_package`."""
    for number in range(packages):
        yield plain_package(folder / f"{number:06d}", documents, size, seed + number, kind=kind)


def _content(pool: bytes, kind: Kind, size: int, seed: int, number: int) -> bytes:
    head = f"Documento {number} del expediente {seed}. ".encode()
    start = (number * 7919 * 64) % max(1, len(pool) - size)
    body = pool[start : start + size]
    while len(body) < size:
        body += pool[: size - len(body)]
    content = (head + body)[:size]
    if kind == "binary":
        return content
    # a slice may begin or end inside a letter of two bytes
    return content.decode("utf-8", "ignore").encode().ljust(size, b".")


def _binary_pool(seed: int) -> bytes:
    return hashlib.shake_128(f"pool {seed}".encode()).digest(_POOL)


def _text_pool(seed: int) -> bytes:
    chosen = random.Random(seed).choices(_WORDS.split(), k=_POOL // 8)  # noqa: S311 - filling, not a secret
    lines = (" ".join(chosen[at : at + 14]) for at in range(0, len(chosen), 14))
    return ".\n".join(lines).encode()


def _metadata(eni_id: str, number: int) -> DocumentMetadata:
    return DocumentMetadata(
        identificador=eni_id,
        organos=(DIR3,),
        fecha_captura=written(_OPENED + timedelta(minutes=number)),
        origin_is_administration=True,
        estado_elaboracion="EE01",
        tipo_documental="TD99",
    )


def _csv_firma(eni_id: str) -> NewFirma:
    value = hashlib.sha256(eni_id.encode()).hexdigest()[:32].upper()
    return NewFirma(
        "TF01", csv="-".join((value[:8], value[8:16], value[16:24], value[24:])), regulation=CSV_REGULATION
    )


def _index(
    eni_id: str, indexed: list[IndexedDocument], authority: DevelopmentAuthority | None, *, csv: bool
) -> bytes:
    metadata = ExpedienteMetadata(
        eni_id, (DIR3,), written(_OPENED), f"{DIR3}_PRO_{'CARGA':0>30}", "E02", ("00000014Z",)
    )
    unsigned = expediente_xml(metadata, written(_CLOSED), indexed)
    if authority is not None:
        signing = Signing("seal", _CLOSED)
        signature = Hands(authority).xml_signature(unsigned, index_content_id(eni_id), signing)
        return insert_firma(unsigned, NewFirma("TF02", inline=signature))
    return insert_firma(unsigned, _csv_firma(eni_id)) if csv else unsigned
