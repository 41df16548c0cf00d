# SPDX-License-Identifier: EUPL-1.2
"""The sample expediente: a closed building licence of a fictitious town, as a folder and as a ZIP.

Two builds with the same authority folder give the same bytes: texts are set with fixed instants, keys stay
with the authority, signatures are RSA PKCS#1 v1.5 and stamps come in the authority's deterministic way. With
another authority only what carries its keys and certificates differs: signatures, and the huellas of signed
files in the index.

    authority = DevelopmentAuthority.create(home / "authority", clock)
    built = build_expediente(folder, authority)
    built.zip_path, built.document("RES1").eni_id
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from archive.digests import CHUNK
from archive.eni.document import AdditionalMetadata
from archive.eni.expediente import (
    ExpedienteMetadata,
    IndexedDocument,
    IndexedExpediente,
    IndexedFolder,
    IndexEntry,
)
from archive.eni.namespaces import V2
from archive.eni.write import BinaryContent, NewFirma, expediente_xml, index_content_id, insert_firma
from demo.documents import Piece, Signing, pieces
from demo.eni_papers import RECORDING_NAME, EniPaper, eni_paper
from demo.papers import paper
from demo.signing import Hands
from demo.town import (
    CITIZEN,
    CLASSIFICATION,
    DIR3,
    EXPEDIENTE_ID,
    NESTED_ID,
    TITLE,
    csv_of,
    on,
    written,
)
from preservation.authority import DevelopmentAuthority

INDEX_NAME: Final = f"{EXPEDIENTE_ID}.xml"
ZIP_NAME: Final = "expediente_LOM-2025-0014.zip"
OPENED_AT: Final = on("2025-01-13 10:22")
CLOSED_AT: Final = on("2026-01-19 09:45")
_NESTED_CLOSED_AT: Final = on("2025-10-02 11:00")
_FOLDER: Final = "L01990019_NOTIFICACIONES"
_ZIP_DATE: Final = (2026, 1, 19, 9, 46, 0)


@dataclass(frozen=True, slots=True)
class BuiltDocument:
    """One document of a built package."""

    code: str
    """Short code of the story: `SOL1`, `RES1`… (demo/documents.py)."""
    eni_id: str
    name: str
    file_name: str
    """In the folder and in the ZIP."""
    tipos_firma: tuple[str, ...]
    signatures: int
    """Signatures that can be validated; a CSV is not one."""
    csv: str
    """ValorCSV where it has a TF01."""


@dataclass(frozen=True, slots=True)
class BuiltPackage:
    """What `build_expediente` made."""

    folder: Path
    """The files, unpacked."""
    zip_path: Path
    """The same files in one ZIP."""
    eni_id: str
    index_name: str
    recording_name: str
    documents: tuple[BuiltDocument, ...]
    """In the order of incorporation."""

    def document(self, code: str) -> BuiltDocument:
        """Return the document with a short code, such as `RES1`.

        Raises:
            KeyError: No such document.
        """
        for document in self.documents:
            if document.code == code:
                return document
        raise KeyError(code)

    def path(self, code: str) -> Path:
        """Return the ENI XML of a document in the folder."""
        return self.folder / self.document(code).file_name


def build_expediente(
    folder: Path,
    authority: DevelopmentAuthority,
    *,
    recording_megabytes: int = 30,
    version: str = V2,
) -> BuiltPackage:
    """Build the sample expediente.

    Args:
        folder: Made if absent; gets `expediente/` with the files, and the ZIP beside it. What a former build
            left there is replaced.
        authority: Issues the certificates, stamps and revocation answers.
        recording_megabytes: Size of the recording that is referred to, in units of 1,000,000 bytes.
        version: Of the index. v1.0 loses its title and the natural names of the documents.

    Returns:
        The package with the names of everything in it.
    """
    files = folder / "expediente"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    hands = Hands(authority)
    papers = []
    for order, piece in enumerate(pieces(), 1):
        made = eni_paper(piece, hands, order=order, folder=files, recording_megabytes=recording_megabytes)
        (files / made.file_name).write_bytes(made.xml)
        papers.append(made)
    (files / INDEX_NAME).write_bytes(_index(papers, hands, version))
    names = (INDEX_NAME, *(made.file_name for made in papers), RECORDING_NAME)
    write_zip(folder / ZIP_NAME, files, names)
    documents = tuple(_built(made) for made in papers)
    return BuiltPackage(files, folder / ZIP_NAME, EXPEDIENTE_ID, INDEX_NAME, RECORDING_NAME, documents)


def write_zip(target: Path, folder: Path, names: Iterable[str]) -> None:
    """Write the named files of `folder` as a ZIP with fixed dates: the same files give the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.external_attr = 0o644 << 16
            entry.file_size = (folder / name).stat().st_size
            # base64 shrinks by a quarter, sound not at all
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".xml") else zipfile.ZIP_STORED
            with (folder / name).open("rb") as source, archive.open(entry, "w") as into:
                shutil.copyfileobj(source, into, CHUNK)


def _index(papers: Sequence[EniPaper], hands: Hands, version: str) -> bytes:
    metadata = ExpedienteMetadata(
        identificador=EXPEDIENTE_ID,
        organos=(DIR3,),
        fecha_apertura=written(OPENED_AT),
        clasificacion=CLASSIFICATION,
        estado="E02",
        interesados=(CITIZEN.nif, CITIZEN.name),
    )
    unsigned = expediente_xml(
        metadata,
        written(CLOSED_AT),
        _entries(papers),
        version=version,
        view=BinaryContent(_view(papers), "PDF"),
        additional=_additional() if version == V2 else (),
    )
    signature = hands.xml_signature(
        unsigned, index_content_id(EXPEDIENTE_ID), Signing("secretary", CLOSED_AT, "T")
    )
    return insert_firma(unsigned, NewFirma("TF02", inline=signature))


def _entries(papers: Sequence[EniPaper]) -> list[IndexEntry]:
    """Loose documents first, then the folder and the nested one; `order` counts within each."""
    entries: list[IndexEntry] = []
    for group, wrap in (("", None), ("notificaciones", _as_folder), ("ocupacion", _as_nested)):
        grouped = [made for made in papers if made.piece.group == group]
        inside = [_entry(made, order) for order, made in enumerate(grouped, 1)]
        entries.extend(inside if wrap is None else [wrap(inside)])
    return entries


def _as_folder(inside: Sequence[IndexedDocument]) -> IndexedFolder:
    return IndexedFolder(_FOLDER, tuple(inside), "Notificaciones practicadas y sus acuses")


def _as_nested(inside: Sequence[IndexedDocument]) -> IndexedExpediente:
    return IndexedExpediente(written(_NESTED_CLOSED_AT), tuple(inside), NESTED_ID)


def _entry(made: EniPaper, order: int) -> IndexedDocument:
    return IndexedDocument(
        identificador=made.eni_id,
        huella=made.huella,
        incorporated_at=written(made.piece.captured_at),
        order=str(order),
        name=made.piece.name,
    )


def _additional() -> tuple[AdditionalMetadata, ...]:
    return (
        AdditionalMetadata("eEMGDE.Nombre.NombreNatural", TITLE),
        AdditionalMetadata("eEMGDE.Fechas.FechaFin", written(CLOSED_AT)),
        AdditionalMetadata("eEMGDE.Clasificacion.DenominacionClase", "Licencias de obras mayores"),
    )


def _view(papers: Sequence[EniPaper]) -> bytes:
    rows = [
        [str(order), made.piece.name, made.piece.tipo_documental, _day(made.piece.captured_at)]
        for order, made in enumerate(papers, 1)
    ]
    return paper("indice", CLOSED_AT, rows=json.dumps(rows, ensure_ascii=False))


def _day(instant: datetime) -> str:
    return instant.strftime("%d/%m/%Y")


def _built(made: EniPaper) -> BuiltDocument:
    piece: Piece = made.piece
    with_csv = "TF01" in piece.tipos_firma
    return BuiltDocument(
        piece.code,
        made.eni_id,
        piece.name,
        made.file_name,
        piece.tipos_firma,
        len(piece.signings),
        csv_of(piece.code) if with_csv else "",
    )
