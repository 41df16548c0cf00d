# SPDX-License-Identifier: EUPL-1.2
"""What an ENI expediente says: its index tree and its metadata, as values. It does not hold the documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.eni.document import AdditionalMetadata, EniContent, EniSignature, Huella, natural_name


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A `DocumentoIndizado`."""

    identificador: str
    """IdentificadorDocumento; not always an ENI identifier."""
    huella: Huella
    incorporated_at: str = ""
    """FechaIncorporacionExpediente as written."""
    order: str = ""
    """OrdenDocumentoExpediente: a string (`1`, `01`, `1.2`), never sorted as it stands."""
    name: str = ""
    """NombreNatural, v2.0 only."""
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class IndexedFolder:
    """A `CarpetaIndizada`."""

    identificador: str
    entries: tuple[IndexEntry, ...]
    description: str = ""
    """Descripcion, v2.0 only."""
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class IndexedExpediente:
    """An `ExpedienteIndizado`: the norm gives it no identifier but its `@Id`."""

    indexed_at: str
    """FechaIndiceElectronico."""
    entries: tuple[IndexEntry, ...]
    element_id: str = ""


IndexEntry = IndexedDocument | IndexedFolder | IndexedExpediente


@dataclass(frozen=True, slots=True)
class LocatedDocument:
    """An indexed document with the path of folders above it."""

    document: IndexedDocument
    folder: str
    """Identifiers of folders and nested expedientes, `/`-joined; empty at the top."""
    position: int
    """1, 2, 3… in the order of the index, over all folders."""


@dataclass(frozen=True, slots=True)
class ExpedienteMetadata:
    """The minimal metadata. Source: NTI Expediente electrónico IV and anexo I."""

    identificador: str
    organos: tuple[str, ...]
    fecha_apertura: str
    clasificacion: str
    estado: str
    """E01 open, E02 closed, E03 index for remission closed."""
    interesados: tuple[str, ...] = ()
    """Tax numbers or names: both are found."""
    version_nti: str = ""


@dataclass(frozen=True, slots=True)
class IndexIds:
    """`Id` attributes that a signature's references may name; empty where the element has none.

    A signature over the first alone does not cover the metadata (Estado, dates, Clasificacion, Interesado).
    """

    index_content: str
    index: str
    metadata: str
    expediente: str


@dataclass(frozen=True, slots=True)
class EniExpediente:
    """An ENI expediente. Source: NTI Expediente electrónico III."""

    version: str
    metadata: ExpedienteMetadata
    indexed_at: str
    """FechaIndiceElectronico."""
    entries: tuple[IndexEntry, ...]
    firmas: tuple[EniSignature, ...] = ()
    ids: IndexIds = IndexIds("", "", "", "")
    view: EniContent | None = None
    """VisualizacionIndice."""
    additional: tuple[AdditionalMetadata, ...] = ()
    wrapper: str = ""

    @property
    def name(self) -> str:
        """The natural name where additional metadata carry one; the norm has no title."""
        return natural_name(self.additional)

    def documents(self) -> Iterator[LocatedDocument]:
        """Yield every indexed document, in the order of the index, with its folder."""
        for position, (document, folder) in enumerate(_walk(self.entries, ""), 1):
            yield LocatedDocument(document, folder, position)

    def metadata_json(self) -> dict[str, Any]:
        """Return the metadata for records and catalogue."""
        return {
            "version": self.version,
            "identificador": self.metadata.identificador,
            "organos": list(self.metadata.organos),
            "fecha_apertura": self.metadata.fecha_apertura,
            "clasificacion": self.metadata.clasificacion,
            "estado": self.metadata.estado,
            "interesados": list(self.metadata.interesados),
            "fecha_indice": self.indexed_at,
            "adicionales": {item.name: item.value for item in self.additional},
        }


def _walk(entries: tuple[IndexEntry, ...], folder: str) -> Iterator[tuple[IndexedDocument, str]]:
    for at, entry in enumerate(entries, 1):
        if isinstance(entry, IndexedDocument):
            yield entry, folder
            continue
        if isinstance(entry, IndexedFolder):
            own = entry.identificador
        else:
            own = entry.element_id or f"expediente-{at}"
        yield from _walk(entry.entries, f"{folder}/{own}" if folder else own)
