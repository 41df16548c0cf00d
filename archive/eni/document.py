# SPDX-License-Identifier: EUPL-1.2
"""What an ENI document says of itself, as values. Texts stay as written; nothing is repaired here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ContentKind(StrEnum):
    """Where the content of a document stands."""

    BINARY = "binary"
    """`ValorBinario`: base64 in the document."""
    XML = "xml"
    """`DatosXML`: elements (or text) in the document."""
    REFERENCE = "reference"
    """`referenciaFichero`: inside the document, such as `#FIRMA_0`; or, wrongly, a URL."""
    EXTERNAL = "external"
    """`referenciaExterna` of v2.0: another file, with its digest."""
    ABSENT = "absent"
    """None of them: the schema is broken."""


class SignaturePlace(StrEnum):
    """How a `firma` holds its signature."""

    CSV = "csv"
    INLINE = "inline"
    """`ds:Signature` among the elements."""
    BASE64 = "base64"
    """`FirmaBase64`."""
    REFERENCE = "reference"
    """`ReferenciaFirma`: usually the content itself, a signed PDF."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Huella:
    """A digest as somebody wrote it: over what, and in which encoding, has to be found out."""

    value: str
    """ValorHuella."""
    function: str
    """FuncionResumen."""


@dataclass(frozen=True, slots=True)
class AdditionalMetadata:
    """A `MetadatoAdicional` (v2.0 inside, InSide v1.0 outside the ENI document)."""

    name: str
    """`eEMGDE.Nombre.NombreNatural`…"""
    value: str
    """All its text."""
    type: str = ""


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """The minimal metadata. Source: NTI Documento electrónico V and anexo I."""

    identificador: str
    organos: tuple[str, ...]
    fecha_captura: str
    """As written: it may lack a zone."""
    origin_is_administration: bool | None
    """OrigenCiudadanoAdministracion: True (1) the administration, False (0) a citizen, None unreadable."""
    estado_elaboracion: str
    tipo_documental: str
    documento_origen: str = ""
    """IdentificadorDocumentoOrigen, of a copy."""
    version_nti: str = ""


@dataclass(frozen=True, slots=True)
class EniContent:
    """The `contenido` of a document, or the `VisualizacionIndice` of an expediente."""

    kind: ContentKind
    format_name: str = ""
    """NombreFormato: a claim."""
    element_id: str = ""
    reference: str = ""
    """referenciaFichero, or the referencia of a referenciaExterna."""
    huella: Huella | None = None
    """Of a referenciaExterna."""

    @property
    def is_outside(self) -> bool:
        """Tell whether the content must come with another file."""
        return self.kind is ContentKind.EXTERNAL or (
            self.kind is ContentKind.REFERENCE and not self.reference.startswith("#")
        )


@dataclass(frozen=True, slots=True)
class EniSignature:
    """A `firma`. Source: NTI Documento electrónico anexo II; NTI Política de firma III."""

    position: int
    """1, 2, 3… within its `firmas`."""
    tipo: str
    """TipoFirma as written: TF01…TF07; the meaning of TF07 depends on the version."""
    where: SignaturePlace
    element_id: str = ""
    ref: str = ""
    """Identifier, or several with commas, of what it signs."""
    csv: str = ""
    regulation: str = ""
    """RegulacionGeneracionCSV."""
    reference: str = ""
    """ReferenciaFirma."""

    @property
    def place(self) -> str:
        """Name it in findings and records: `firmas/firma[1]`."""
        return f"firmas/firma[{self.position}]"

    @property
    def refs(self) -> tuple[str, ...]:
        """Return the identifiers of `ref`, without `#`."""
        return tuple(part.strip().removeprefix("#") for part in self.ref.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class EniDocument:
    """An ENI document. Source: NTI Documento electrónico III."""

    version: str
    """`v1.0` or `v2.0`, by the namespaces."""
    metadata: DocumentMetadata
    content: EniContent
    firmas: tuple[EniSignature, ...] = ()
    additional: tuple[AdditionalMetadata, ...] = ()
    element_id: str = ""
    wrapper: str = ""
    """Local name of the root that wraps it, such as `DocumentoEniFile`; empty where it is the root."""

    @property
    def csv(self) -> tuple[str, ...]:
        """ValorCSV of its signatures of type TF01."""
        return tuple(firma.csv for firma in self.firmas if firma.csv)

    @property
    def name(self) -> str:
        """The natural name where its additional metadata carry one, else empty: v1.0 has no title."""
        return natural_name(self.additional)

    def metadata_json(self) -> dict[str, Any]:
        """Return the metadata for records and catalogue."""
        return {
            "version": self.version,
            "identificador": self.metadata.identificador,
            "organos": list(self.metadata.organos),
            "fecha_captura": self.metadata.fecha_captura,
            "origen_administracion": self.metadata.origin_is_administration,
            "estado_elaboracion": self.metadata.estado_elaboracion,
            "documento_origen": self.metadata.documento_origen,
            "tipo_documental": self.metadata.tipo_documental,
            "nombre_formato": self.content.format_name,
            "adicionales": {item.name: item.value for item in self.additional},
        }


def natural_name(additional: tuple[AdditionalMetadata, ...]) -> str:
    """Find the human name among additional metadata, by the last part of their names."""
    for item in additional:
        last = item.name.replace(" ", "").rsplit(".", 1)[-1].lower()
        if last in {"nombrenatural", "nombre_natural", "titulo", "asunto"} and item.value.strip():
            return item.value.strip()
    return ""
