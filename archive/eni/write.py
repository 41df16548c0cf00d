# SPDX-License-Identifier: EUPL-1.2
"""Writes ENI documents and expedientes: the same values give the same bytes, for copies, the demo and tests.

Text is written directly, never through a tree, so that a signature can be spliced in afterwards without
touching a byte of what it signs (`insert_firma`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pybase64

from archive.eni.document import AdditionalMetadata, DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument, IndexedFolder, IndexEntry
from archive.eni.namespaces import V1, V2, Namespaces, namespaces
from archive.errors import InvalidRequest

CONTENT_ID: Final = "CONTENIDO_DOCUMENTO"
"""`Id` of the content, as InSide names it."""
EXPEDIENTE_ID: Final = "EXPEDIENTE"
INDEX_ID: Final = "INDICE"

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\t": "&#9;", "\n": "&#10;"}
)
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class BinaryContent:
    """Content that goes into the document as base64."""

    data: bytes
    format_name: str


@dataclass(frozen=True, slots=True)
class XmlContent:
    """Content that is XML: one element, in UTF-8, without declaration; copied byte by byte."""

    data: bytes
    format_name: str = "XML"


@dataclass(frozen=True, slots=True)
class FileReference:
    """Content that stands in a signature of the same document: `#FIRMA_0`."""

    reference: str
    format_name: str


@dataclass(frozen=True, slots=True)
class ExternalReference:
    """Content in another file, with its digest; v2.0 only."""

    reference: str
    huella: Huella
    format_name: str


NewContent = BinaryContent | XmlContent | FileReference | ExternalReference


@dataclass(frozen=True, slots=True)
class NewFirma:
    """A signature to write: exactly one of csv, base64, inline and reference."""

    tipo: str
    ref: str = ""
    """What it signs, with `#`; the content (or the IndiceContenido) where empty."""
    csv: str = ""
    regulation: str = ""
    base64: bytes = b""
    """Bytes of a signature that goes into FirmaBase64."""
    inline: bytes = b""
    """A `ds:Signature` element as bytes, in UTF-8, with its own namespace declarations."""
    reference: str = ""


def metadata_id(identificador: str) -> str:
    """Return the `Id` of a document's metadata."""
    return f"DOC_{identificador}_METADATOS"


def index_content_id(identificador: str) -> str:
    """Return the `Id` of the IndiceContenido of an expediente: what its signature refers to."""
    return f"EXP_INDICE_CONTENIDO{identificador}"


def document_xml(
    metadata: DocumentMetadata,
    content: NewContent,
    firmas: Sequence[NewFirma] = (),
    *,
    version: str = V1,
    additional: Sequence[AdditionalMetadata] = (),
) -> bytes:
    """Write an ENI document.

    Raises:
        InvalidRequest: v1.0 was asked with what only v2.0 has, or a text holds what XML cannot carry.

    Source: NTI Documento electrónico, anexos I to III.
    """
    if version != V2 and (additional or isinstance(content, ExternalReference)):
        raise InvalidRequest("metadatosAdicionales and referenciaExterna need version v2.0")
    ns = namespaces(version)
    opening = _open(
        "enidoc:documento", metadata.identificador, ns, "enidoc", "enifile", "enidocmeta", "enids"
    )
    parts = [_HEAD.encode(), opening, _content(content, "enifile:contenido", CONTENT_ID)]
    parts.append(_document_metadata(metadata, ns).encode())
    parts.append(_additional(additional, "enidoc"))
    if firmas:
        written = [_firma(firma, at, f"#{CONTENT_ID}") for at, firma in enumerate(firmas)]
        parts += [b"<enids:firmas>", *written, b"</enids:firmas>"]
    return b"".join([*parts, b"</enidoc:documento>\n"])


def expediente_xml(
    metadata: ExpedienteMetadata,
    indexed_at: str,
    entries: Sequence[IndexEntry],
    firmas: Sequence[NewFirma] = (),
    *,
    version: str = V1,
    view: BinaryContent | None = None,
    additional: Sequence[AdditionalMetadata] = (),
) -> bytes:
    """Write an ENI expediente; without `firmas` it is not valid until `insert_firma` adds one.

    Raises:
        InvalidRequest: As `document_xml`.

    Source: NTI Expediente electrónico, anexos I to III.
    """
    if version != V2 and additional:
        raise InvalidRequest("metadatosAdicionales need version v2.0")
    ns = namespaces(version)
    ident = index_content_id(metadata.identificador)
    prefixes = ("eniexp", "eniexpind", "eniconexpind", "eniexpmeta", "enids", "enifile")
    parts = [_HEAD.encode(), _open("eniexp:expediente", EXPEDIENTE_ID, ns, *prefixes)]
    index = f'<eniexpind:indice Id="{INDEX_ID}"><eniexpind:IndiceContenido Id="{_escape(ident)}">'
    index += _tag("eniconexpind:FechaIndiceElectronico", indexed_at) + "".join(
        _entry(entry, version) for entry in entries
    )
    parts.append((index + "</eniexpind:IndiceContenido>").encode())
    if firmas:
        written = [_firma(firma, at, f"#{ident}") for at, firma in enumerate(firmas)]
        parts += [b"<enids:firmas>", *written, b"</enids:firmas>"]
    parts += [b"</eniexpind:indice>", _expediente_metadata(metadata, ns).encode()]
    if view is not None:
        parts.append(_content(view, "eniexp:VisualizacionIndice", "VISUALIZACION_INDICE"))
    return b"".join([*parts, _additional(additional, "eniexp"), b"</eniexp:expediente>\n"])


def insert_firma(xml: bytes, firma: NewFirma) -> bytes:
    """Add a signature to what this module wrote, after those that are there; no other byte changes.

    The signature of an index of type TF02 is made over the unsigned expediente and inserted here: its
    reference names `index_content_id`, which exclusive canonicalisation finds unchanged.

    Raises:
        InvalidRequest: The bytes were not written by this module.
    """
    at = xml.rfind(b"</enids:firmas>")
    if at >= 0:
        count = xml.count(b"<enids:firma ")
        return xml[:at] + _firma(firma, count, _default_ref(xml)) + xml[at:]
    for end in (b"</eniexpind:indice>", b"</enidoc:documento>"):
        at = xml.rfind(end)
        if at >= 0:
            written = b"<enids:firmas>" + _firma(firma, 0, _default_ref(xml)) + b"</enids:firmas>"
            return xml[:at] + written + xml[at:]
    raise InvalidRequest("not an ENI document or expediente written by this archive")


def _default_ref(xml: bytes) -> str:
    found = re.search(rb'<eniexpind:IndiceContenido Id="([^"]+)"', xml)
    return f"#{found[1].decode()}" if found else f"#{CONTENT_ID}"


def _open(name: str, ident: str, ns: Namespaces, *prefixes: str) -> bytes:
    declared = "".join(f' xmlns:{prefix}="{getattr(ns, prefix)}"' for prefix in prefixes)
    return f'<{name}{declared} Id="{_escape(ident)}">'.encode()


def _content(content: NewContent, name: str, ident: str) -> bytes:
    if isinstance(content, BinaryContent):
        inner = b"<enifile:ValorBinario>%b</enifile:ValorBinario>" % pybase64.b64encode(content.data)
    elif isinstance(content, XmlContent):
        inner = b"<enifile:DatosXML>%b</enifile:DatosXML>" % content.data
    elif isinstance(content, FileReference):
        inner = _tag("enifile:referenciaFichero", content.reference).encode()
    else:
        told = _tag("enifile:referencia", content.reference)
        told += _tag("enifile:ValorHuella", content.huella.value)
        told += _tag("enifile:FuncionResumen", content.huella.function)
        inner = f"<enifile:referenciaExterna>{told}</enifile:referenciaExterna>".encode()
    claim = _tag("enifile:NombreFormato", content.format_name).encode()
    return f'<{name} Id="{ident}">'.encode() + inner + claim + f"</{name}>".encode()


def _document_metadata(metadata: DocumentMetadata, ns: Namespaces) -> str:
    state = _tag("enidocmeta:ValorEstadoElaboracion", metadata.estado_elaboracion)
    if metadata.documento_origen:
        state += _tag("enidocmeta:IdentificadorDocumentoOrigen", metadata.documento_origen)
    return (
        f'<enidocmeta:metadatos Id="{_escape(metadata_id(metadata.identificador))}">'
        + _tag("enidocmeta:VersionNTI", metadata.version_nti or ns.enidoc)
        + _tag("enidocmeta:Identificador", metadata.identificador)
        + "".join(_tag("enidocmeta:Organo", organo) for organo in metadata.organos)
        + _tag("enidocmeta:FechaCaptura", metadata.fecha_captura)
        + _tag("enidocmeta:OrigenCiudadanoAdministracion", "1" if metadata.origin_is_administration else "0")
        + f"<enidocmeta:EstadoElaboracion>{state}</enidocmeta:EstadoElaboracion>"
        + _tag("enidocmeta:TipoDocumental", metadata.tipo_documental)
        + "</enidocmeta:metadatos>"
    )


def _expediente_metadata(metadata: ExpedienteMetadata, ns: Namespaces) -> str:
    return (
        '<eniexpmeta:metadatosExp Id="METADATOS_EXP">'
        + _tag("eniexpmeta:VersionNTI", metadata.version_nti or ns.eniexp)
        + _tag("eniexpmeta:Identificador", metadata.identificador)
        + "".join(_tag("eniexpmeta:Organo", organo) for organo in metadata.organos)
        + _tag("eniexpmeta:FechaAperturaExpediente", metadata.fecha_apertura)
        + _tag("eniexpmeta:Clasificacion", metadata.clasificacion)
        + _tag("eniexpmeta:Estado", metadata.estado)
        + "".join(_tag("eniexpmeta:Interesado", name) for name in metadata.interesados)
        + "</eniexpmeta:metadatosExp>"
    )


def _additional(items: Sequence[AdditionalMetadata], prefix: str) -> bytes:
    if not items:
        return b""
    written = "".join(
        f'<{prefix}:MetadatoAdicional nombre="{_escape(item.name)}"'
        f' tipo="{_escape(item.type or "xsd:string")}">'
        + _tag(f"{prefix}:valor", item.value)
        + f"</{prefix}:MetadatoAdicional>"
        for item in items
    )
    return f"<{prefix}:metadatosAdicionales>{written}</{prefix}:metadatosAdicionales>".encode()


def _entry(entry: IndexEntry, version: str) -> str:
    own = f' Id="{_escape(entry.element_id)}"' if entry.element_id else ""
    if isinstance(entry, IndexedDocument):
        return (
            f"<eniconexpind:DocumentoIndizado{own}>"
            + _tag("eniconexpind:IdentificadorDocumento", entry.identificador)
            + (_optional("NombreNatural", entry.name) if version == V2 else "")
            + _tag("eniconexpind:ValorHuella", entry.huella.value)
            + _tag("eniconexpind:FuncionResumen", entry.huella.function)
            + _optional("FechaIncorporacionExpediente", entry.incorporated_at)
            + _optional("OrdenDocumentoExpediente", entry.order)
            + "</eniconexpind:DocumentoIndizado>"
        )
    inner = "".join(_entry(child, version) for child in entry.entries)
    if isinstance(entry, IndexedFolder):
        head = _tag("eniconexpind:IdentificadorCarpeta", entry.identificador)
        head += _optional("Descripcion", entry.description) if version == V2 else ""
        return f"<eniconexpind:CarpetaIndizada{own}>{head}{inner}</eniconexpind:CarpetaIndizada>"
    head = _tag("eniconexpind:FechaIndiceElectronico", entry.indexed_at)
    return f"<eniconexpind:ExpedienteIndizado{own}>{head}{inner}</eniconexpind:ExpedienteIndizado>"


def _firma(firma: NewFirma, at: int, default_ref: str) -> bytes:
    if firma.csv:
        told = _tag("enids:ValorCSV", firma.csv) + _tag("enids:RegulacionGeneracionCSV", firma.regulation)
        body = f"<enids:CSV>{told}</enids:CSV>".encode()
    else:
        if firma.base64:
            inner = b"<enids:FirmaBase64>%b</enids:FirmaBase64>" % pybase64.b64encode(firma.base64)
        elif firma.inline:
            inner = firma.inline
        else:
            inner = _tag("enids:ReferenciaFirma", firma.reference).encode()
        body = b"<enids:FirmaConCertificado>%b</enids:FirmaConCertificado>" % inner
    head = f'<enids:firma Id="FIRMA_{at}" ref="{_escape(firma.ref or default_ref)}">'
    head += _tag("enids:TipoFirma", firma.tipo) + "<enids:ContenidoFirma>"
    return head.encode() + body + b"</enids:ContenidoFirma></enids:firma>"


def _optional(name: str, text: str) -> str:
    return _tag(f"eniconexpind:{name}", text) if text else ""


def _tag(name: str, text: str) -> str:
    return f"<{name}>{_escape(text)}</{name}>"


def _escape(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise InvalidRequest("a text holds characters that XML cannot carry")
    return text.translate(_ESCAPES)
