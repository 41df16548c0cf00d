# SPDX-License-Identifier: EUPL-1.2
"""Reads ENI files as they come: bare or wrapped, v1.0 or v2.0, with the slips of the wild, without repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from archive.eni.canonical import canonical_pieces
from archive.eni.document import (
    AdditionalMetadata,
    ContentKind,
    DocumentMetadata,
    EniContent,
    EniDocument,
    EniSignature,
    Huella,
    SignaturePlace,
)
from archive.eni.expediente import (
    EniExpediente,
    ExpedienteMetadata,
    IndexedDocument,
    IndexedExpediente,
    IndexedFolder,
    IndexEntry,
    IndexIds,
)
from archive.eni.namespaces import DS
from archive.eni.skeleton import Skeleton, open_skeleton
from archive.eni.sources import Readable
from archive.eni.structure import (
    DOCUMENT,
    Located,
    child,
    children,
    local,
    locate,
    namespace,
    namespace_slips,
    text,
    wrapped_bytes,
)
from archive.findings import Finding, finding
from archive.xml import MAX_XML, refused

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_CONTENT: Final = {
    "ValorBinario": ContentKind.BINARY,
    "DatosXML": ContentKind.XML,
    "referenciaFichero": ContentKind.REFERENCE,
    "referenciaExterna": ContentKind.EXTERNAL,
}


@dataclass(frozen=True, slots=True)
class EniFile:
    """An ENI XML that was read: its value, and the way back to the received bytes."""

    value: EniDocument | EniExpediente
    skeleton: Skeleton
    """Of the file; of the inner XML where a wrapper holds it as base64 (`outer` is then the file's)."""
    located: Located
    findings: tuple[Finding, ...]
    """What reading noticed: wrappers and namespaces. `archive.eni.validate` finds the rest."""
    outer: Skeleton | None = None
    firma_elements: tuple[etree._Element, ...] = ()
    """The `firma` elements in the skeleton's tree, in order."""

    @property
    def kind(self) -> str:
        """`documento` or `expediente`."""
        return self.located.kind

    @property
    def eni_id(self) -> str:
        """The Identificador, as written."""
        return self.value.metadata.identificador

    @property
    def document(self) -> EniDocument:
        """The document. Raises TypeError for an expediente (a programming error)."""
        if not isinstance(self.value, EniDocument):
            raise TypeError("an expediente, not a document")
        return self.value

    @property
    def expediente(self) -> EniExpediente:
        """The expediente. Raises TypeError for a document (a programming error)."""
        if not isinstance(self.value, EniExpediente):
            raise TypeError("a document, not an expediente")
        return self.value

    @property
    def content_element(self) -> etree._Element | None:
        """ValorBinario, DatosXML, referenciaFichero or referenciaExterna in the skeleton's tree."""
        holder = "contenido" if self.kind == DOCUMENT else "VisualizacionIndice"
        return _content_choice(child(self.located.element, holder))

    def open_content(self, noticed: list[Finding] | None = None) -> Iterator[bytes] | None:
        """Give the decoded content as a stream; None where it is not in a place of its own.

        For DatosXML it is the exclusive C14N of the element inside (or the text, where it is CDATA): a
        derived form. Content inside a signature (TF05) is the signature's to give.

        Raises:
            XmlRefused: While iterating: ENI-BASE64-INVALID.
        """
        element = self.content_element
        if element is None:
            return None
        if local(element) == "ValorBinario":
            return self.skeleton.decoded_pieces(element, noticed)
        if local(element) == "DatosXML":
            inner = children(element)
            if inner:
                return canonical_pieces(self.skeleton, inner[0])
            return iter([(element.text or "").encode()])
        return None

    def firma_element(self, firma: EniSignature) -> etree._Element:
        """Return the `firma` element of a signature in the skeleton's tree."""
        return self.firma_elements[firma.position - 1]

    def signature_holder(self, firma: EniSignature) -> etree._Element | None:
        """Return FirmaBase64, ds:Signature or ReferenciaFirma of a signature; None where it has none."""
        found = child(child(self.firma_element(firma), "ContenidoFirma"), "FirmaConCertificado")
        inner = children(found, "FirmaBase64", "Signature", "ReferenciaFirma")
        return inner[0] if inner else None

    def open_signature(
        self, firma: EniSignature, noticed: list[Finding] | None = None
    ) -> Iterator[bytes] | None:
        """Give the decoded bytes of a FirmaBase64 as a stream; None for any other place.

        Raises:
            XmlRefused: While iterating: ENI-BASE64-INVALID.
        """
        holder = self.signature_holder(firma)
        if holder is None or local(holder) != "FirmaBase64":
            return None
        return self.skeleton.decoded_pieces(holder, noticed)


def read_eni(readable: Readable, *, place: str = "", in_memory: int | None = None) -> EniFile:
    """Read an ENI document or expediente.

    Args:
        readable: Bytes, a path or an open seekable file of any size; read as often as needed, never changed.
        place: What findings should name, usually the name of the file.
        in_memory: Bytes up to which a file is held whole as long as the value lives; 32 MiB by default.

    Returns:
        The file's value. Nothing is decoded or validated yet.

    Raises:
        XmlRefused: Not XML that can be read safely, or neither document nor expediente (ENI-NOT-ENI).
        StorageUnavailable: The file cannot be read.

    Source: NTI Documento electrónico; NTI Expediente electrónico.
    """
    skeleton = open_skeleton(readable, place=place, in_memory=in_memory)
    located = locate(skeleton.root)
    bytes_element = wrapped_bytes(skeleton.root) if located is None or located.wrapper else None
    noticed: list[Finding] = []
    outer = None
    if located is None and bytes_element is not None:
        outer = skeleton
        skeleton = open_skeleton(_unwrapped(outer, bytes_element, place), place=place)
        inner = locate(skeleton.root)
        if inner is not None:
            located = Located(inner.element, inner.kind, inner.version, local(outer.root))
    elif bytes_element is not None:
        noticed.append(finding("ENI-WRAPPER-DISAGREES", place, element=local(bytes_element)))
    if located is None:
        raise refused("ENI-NOT-ENI", place, root=skeleton.root.tag)
    if located.wrapper:
        noticed.append(finding("ENI-WRAPPED", place, kind=located.kind, wrapper=located.wrapper))
    noticed += namespace_slips(located, place)
    holder = located.element if located.kind == DOCUMENT else child(located.element, "indice")
    elements = tuple(children(child(holder, "firmas"), "firma"))
    firmas = tuple(_firma(element, at) for at, element in enumerate(elements, 1))
    value = (_document if located.kind == DOCUMENT else _expediente)(located, firmas)
    return EniFile(value, skeleton, located, tuple(noticed), outer, elements)


def _unwrapped(outer: Skeleton, element: etree._Element, place: str) -> bytes:
    whole = bytearray()
    for piece in outer.decoded_pieces(element):
        whole += piece
        if len(whole) > MAX_XML:
            raise refused("ENI-XML-TOO-BIG", place, size=len(whole), limit=MAX_XML)
    return bytes(whole)


def _document(located: Located, firmas: tuple[EniSignature, ...]) -> EniDocument:
    root = located.element
    metadata = child(root, "metadatos")
    state = child(metadata, "EstadoElaboracion")
    return EniDocument(
        version=located.version,
        metadata=DocumentMetadata(
            identificador=text(metadata, "Identificador"),
            organos=tuple(text(organo) for organo in children(metadata, "Organo")),
            fecha_captura=text(metadata, "FechaCaptura"),
            origin_is_administration=_BOOLEANS.get(text(metadata, "OrigenCiudadanoAdministracion")),
            estado_elaboracion=text(state, "ValorEstadoElaboracion"),
            tipo_documental=text(metadata, "TipoDocumental"),
            documento_origen=text(state, "IdentificadorDocumentoOrigen"),
            version_nti=text(metadata, "VersionNTI"),
        ),
        content=_content(child(root, "contenido")),
        firmas=firmas,
        additional=_additional(located),
        element_id=root.get("Id", ""),
        wrapper=located.wrapper,
    )


def _expediente(located: Located, firmas: tuple[EniSignature, ...]) -> EniExpediente:
    root = located.element
    index, metadata, view = child(root, "indice"), child(root, "metadatosExp"), None
    content = child(index, "IndiceContenido")
    if (seen := child(root, "VisualizacionIndice")) is not None:
        view = _content(seen)
    return EniExpediente(
        version=located.version,
        metadata=ExpedienteMetadata(
            identificador=text(metadata, "Identificador"),
            organos=tuple(text(organo) for organo in children(metadata, "Organo")),
            fecha_apertura=text(metadata, "FechaAperturaExpediente"),
            clasificacion=text(metadata, "Clasificacion"),
            estado=text(metadata, "Estado"),
            interesados=tuple(text(name) for name in children(metadata, "Interesado")),
            version_nti=text(metadata, "VersionNTI"),
        ),
        indexed_at=text(content, "FechaIndiceElectronico"),
        entries=_entries(content),
        firmas=firmas,
        ids=IndexIds(_id(content), _id(index), _id(metadata), _id(root)),
        view=view,
        additional=_additional(located),
        wrapper=located.wrapper,
    )


def _entries(parent: etree._Element | None) -> tuple[IndexEntry, ...]:
    found: list[IndexEntry] = []
    for element in children(parent):
        name = local(element)
        if name == "DocumentoIndizado":
            found.append(_indexed(element))
        elif name == "CarpetaIndizada":
            folder = text(element, "IdentificadorCarpeta")
            told = text(element, "Descripcion")
            found.append(IndexedFolder(folder, _entries(element), told, _id(element)))
        elif name == "ExpedienteIndizado":
            date = text(element, "FechaIndiceElectronico")
            found.append(IndexedExpediente(date, _entries(element), _id(element)))
    return tuple(found)


def _indexed(element: etree._Element) -> IndexedDocument:
    told = {local(inner): text(inner) for inner in element}
    return IndexedDocument(
        identificador=told.get("IdentificadorDocumento", ""),
        huella=Huella(told.get("ValorHuella", ""), told.get("FuncionResumen", "")),
        incorporated_at=told.get("FechaIncorporacionExpediente", ""),
        order=told.get("OrdenDocumentoExpediente", ""),
        name=told.get("NombreNatural", ""),
        element_id=_id(element),
    )


def _content_choice(holder: etree._Element | None) -> etree._Element | None:
    found = children(holder, *_CONTENT)
    return found[0] if found else None


def _content(holder: etree._Element | None) -> EniContent:
    choice = _content_choice(holder)
    if choice is None:
        return EniContent(ContentKind.ABSENT, text(holder, "NombreFormato"), _id(holder))
    kind = _CONTENT[local(choice)]
    huella = None
    reference = text(choice) if kind is ContentKind.REFERENCE else ""
    if kind is ContentKind.EXTERNAL:
        huella = Huella(text(choice, "ValorHuella"), text(choice, "FuncionResumen"))
        reference = text(choice, "referencia")
    return EniContent(kind, text(holder, "NombreFormato"), _id(holder), reference, huella)


def _firma(element: etree._Element, position: int) -> EniSignature:
    content = child(element, "ContenidoFirma")
    csv, certified = child(content, "CSV"), child(content, "FirmaConCertificado")
    where = SignaturePlace.CSV if csv is not None else SignaturePlace.ABSENT
    reference = ""
    for inner in children(certified):
        if local(inner) == "FirmaBase64":
            where = SignaturePlace.BASE64
        elif local(inner) == "Signature" and namespace(inner) == DS:
            where = SignaturePlace.INLINE
        elif local(inner) == "ReferenciaFirma":
            where, reference = SignaturePlace.REFERENCE, text(inner)
    return EniSignature(
        position,
        text(element, "TipoFirma"),
        where,
        element_id=_id(element),
        ref=element.get("ref", ""),
        csv=text(csv, "ValorCSV"),
        regulation=text(csv, "RegulacionGeneracionCSV"),
        reference=reference,
    )


def _additional(located: Located) -> tuple[AdditionalMetadata, ...]:
    """Read additional metadata inside the object (v2.0) or beside it in a wrapper (InSide v1.0)."""
    holders = children(located.element, "metadatosAdicionales")
    beside = located.element.getparent()
    if located.wrapper and beside is not None:
        holders += children(beside, "metadatosAdicionales")
    return tuple(
        AdditionalMetadata(item.get("nombre", ""), _all_text(item), item.get("tipo", ""))
        for holder in holders
        for item in children(holder, "MetadatoAdicional")
    )


def _all_text(element: etree._Element) -> str:
    inner = [part for node in element.iter("*") for part in (node.text or "", *(c.tail or "" for c in node))]
    return " ".join("".join(inner).split())


def _id(element: etree._Element | None) -> str:
    return element.get("Id", "") if element is not None else ""
