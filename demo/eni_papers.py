# SPDX-License-Identifier: EUPL-1.2
"""From a row of the table to an ENI document: content, signatures and the huella that the index will give."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pybase64

from archive.eni.document import AdditionalMetadata, DocumentMetadata, Huella
from archive.eni.namespaces import V2
from archive.eni.write import (
    CONTENT_ID,
    BinaryContent,
    ExternalReference,
    FileReference,
    NewFirma,
    XmlContent,
    document_xml,
    insert_firma,
)
from demo.documents import Piece
from demo.papers import paper
from demo.recording import write_recording
from demo.scan import scanned
from demo.signing import Hands
from demo.town import CSV_REGULATION, DIR3, csv_of, document_id, on, written
from demo.xml_papers import invoice, receipt

SHA512_URI: Final = "http://www.w3.org/2001/04/xmlenc#sha512"
RECORDING_NAME: Final = "grabacion_inspeccion_2025-12-03.wav"
_RECEIPTS: Final = {
    "1": ("2025-S-NE-00112", "Requerimiento de subsanación", "2025-01-28 09:06", "2025-01-30 19:41"),
    "2": ("2025-S-NE-00284", "Resolución de Alcaldía n.º 2025-0123", "2025-03-12 08:31", "2025-03-13 17:20"),
}
"""Number of the notification, what it notified, when it was offered and when it was read."""


@dataclass(frozen=True, slots=True)
class EniPaper:
    """An ENI document ready to be filed."""

    piece: Piece
    eni_id: str
    xml: bytes
    huella: Huella
    """As the index gives it: InSide's convention unless the piece says otherwise."""
    file_name: str


def eni_id_of(piece: Piece) -> str:
    """Return the ENI identifier of a piece."""
    return document_id(piece.code, piece.captured_at.year)


def eni_paper(piece: Piece, hands: Hands, *, order: int, folder: Path, recording_megabytes: int) -> EniPaper:
    """Make one document; the recording, which stays outside, is written to `folder`."""
    kind, _, detail = piece.source.partition(":")
    if kind == "recording":
        xml, huella = _recorded(piece, folder, recording_megabytes)
    elif kind == "receipt":
        xml, huella = _received(piece, hands, detail)
    elif kind == "invoice":
        data = hands.xml_enveloped(invoice(), piece.signings[0])
        xml, huella = _filed(piece, data, "XML"), _huella(piece, data)
    elif piece.tipos_firma == ("TF05",):
        xml, huella = _attached(piece, hands)
    elif piece.tipos_firma == ("TF04",):
        data = _pdf(piece)
        signature = hands.cms(data, piece.signings[0], detached=True)
        xml = document_xml(_metadata(piece), BinaryContent(data, "PDF"), [NewFirma("TF04", base64=signature)])
        huella = _huella(piece, data)
    else:
        data = _signed_pdf(piece, hands)
        xml, huella = _filed(piece, data, "PDF"), _huella(piece, data)
    return EniPaper(piece, eni_id_of(piece), xml, huella, _file_name(piece, order))


def _filed(piece: Piece, data: bytes, format_name: str) -> bytes:
    """Content in the document; each signature in the content (TF03, TF06) or a CSV (TF01)."""
    firmas = [
        NewFirma(tipo, csv=csv_of(piece.code), regulation=CSV_REGULATION)
        if tipo == "TF01"
        else NewFirma(tipo, reference=f"#{CONTENT_ID}")
        for tipo in piece.tipos_firma
    ]
    return document_xml(_metadata(piece), BinaryContent(data, format_name), firmas)


def _attached(piece: Piece, hands: Hands) -> tuple[bytes, Huella]:
    """TF05: the content stands inside the CMS, and the huella is that of the signature's base64 text."""
    signature = hands.cms(_pdf(piece), piece.signings[0], detached=False)
    content = FileReference("#FIRMA_0", "PDF")
    xml = document_xml(_metadata(piece), content, [NewFirma("TF05", base64=signature)])
    return xml, _huella(piece, pybase64.b64encode(signature))


def _received(piece: Piece, hands: Hands, which: str) -> tuple[bytes, Huella]:
    """TF02 over the content; the huella is that of the exclusive C14N of what is inside DatosXML."""
    number, about, offered, read = _RECEIPTS[which]
    data = receipt(number, about, on(offered), on(read))
    unsigned = document_xml(_metadata(piece), XmlContent(data))
    signature = hands.xml_signature(unsigned, CONTENT_ID, piece.signings[0])
    xml = insert_firma(unsigned, NewFirma("TF02", inline=signature))
    return xml, _huella(piece, data)


def _recorded(piece: Piece, folder: Path, megabytes: int) -> tuple[bytes, Huella]:
    """v2.0: the content is a file beside the XML, named with its huella."""
    digests = write_recording(folder / RECORDING_NAME, megabytes, piece.code.encode())
    huella = Huella(digests.sha512, SHA512_URI)
    xml = document_xml(
        _metadata(piece),
        ExternalReference(RECORDING_NAME, huella, "WAV"),
        [NewFirma("TF01", csv=csv_of(piece.code), regulation=CSV_REGULATION)],
        version=V2,
        additional=(AdditionalMetadata("eEMGDE.Nombre.NombreNatural", piece.name),),
    )
    return xml, huella


def _pdf(piece: Piece) -> bytes:
    inputs = {"csv": csv_of(piece.code)} if "TF01" in piece.tipos_firma else {}
    if piece.act:
        inputs["act_csv"] = csv_of(piece.act)
    kind, _, text = piece.source.partition(":")
    written_at = min([piece.captured_at, *(signing.at for signing in piece.signings)])
    if kind == "scan":
        return scanned(paper(text, written_at), piece.code.encode())
    return paper(kind, written_at, **inputs)


def _signed_pdf(piece: Piece, hands: Hands) -> bytes:
    data = _pdf(piece)
    for signing in piece.signings:
        data = hands.pdf(data, signing)
    return data


def _metadata(piece: Piece) -> DocumentMetadata:
    return DocumentMetadata(
        identificador=eni_id_of(piece),
        organos=(DIR3,),
        fecha_captura=written(piece.captured_at),
        origin_is_administration=piece.from_administration,
        estado_elaboracion=piece.estado_elaboracion,
        tipo_documental=piece.tipo_documental,
    )


def _huella(piece: Piece, data: bytes) -> Huella:
    if piece.huella == "sha256-base64":
        return Huella(base64.b64encode(hashlib.sha256(data).digest()).decode(), "SHA-256")
    return Huella(hashlib.sha512(data).hexdigest(), SHA512_URI)


def _file_name(piece: Piece, order: int) -> str:
    return f"{order:02d}_{piece.name.replace(' ', '_').replace(':', '').replace(',', '')}.xml"
