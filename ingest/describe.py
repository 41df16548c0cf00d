# SPDX-License-Identifier: EUPL-1.2
"""What the catalogue, the index and the reading room will know of each document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from archive.model import RECEIVED, DocumentRecord
from ingest.checks.correspondence import Correspondence
from ingest.contents import Contents, Received


def describe_documents(contents: Contents, matched: Correspondence) -> Iterator[DocumentRecord]:
    """Yield a record of every ENI document, in the order of the index, those not indexed last."""
    last = len(contents.documents)

    def position(document: Received) -> tuple[int, str]:
        located = matched.located.get(document.name)
        return (located.position if located else last + 1, document.name)

    for document in sorted(contents.documents, key=position):
        yield _record(document, matched)


def title_of(main: Received) -> str:
    """Return the best title there is: natural name, asunto or file name (the norm has none)."""
    assert main.eni is not None
    return main.eni.value.name or _file_title(main.name, main.eni.eni_id)


def _record(document: Received, matched: Correspondence) -> DocumentRecord:
    assert document.eni is not None
    eni = document.eni.document
    located = matched.located.get(document.name)
    content = matched.contents.get(document.name)
    content_path = matched.content_files.get(document.name, "")
    indexed_name = located.document.name if located else ""
    return DocumentRecord(
        eni_id=eni.metadata.identificador,
        path=document.path,
        name=eni.name or indexed_name or _file_title(document.name, eni.metadata.identificador),
        tipo_documental=eni.metadata.tipo_documental,
        estado_elaboracion=eni.metadata.estado_elaboracion,
        organos=eni.metadata.organos,
        captured_at=eni.metadata.fecha_captura,
        origin_is_administration=bool(eni.metadata.origin_is_administration),
        content_format=eni.content.format_name,
        media_type=content.media_type if content else "",
        content=content.digests if content else None,
        content_path=RECEIVED + content_path if content_path else "",
        order=located.document.order if located else "",
        folder=located.folder if located else "",
        csv=eni.csv,
    )


def _file_title(name: str, eni_id: str) -> str:
    """Return what a file name says beyond the identifier: `03_Informe.xml` is *03 Informe*."""
    stem = PurePosixPath(name).stem
    said = stem.replace(eni_id, "").replace("_", " ").strip(" -.")
    return said or eni_id
