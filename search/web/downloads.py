# SPDX-License-Identifier: EUPL-1.2
"""What is given away from the pages: files as they are kept, contents, recordings in parts, exports.

Everything needs `Right.READ`. Fixity comes first and the access is in the ledger before the first byte; an
export is made whole before it is given, for half of one must never look like one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask import Response, request

from archive.digests import digest_stream, read_chunks
from archive.errors import InvalidRequest, LimitExceeded, NotFound
from archive.identity import Right
from archive.model import DocumentRecord
from archive.web.access import require
from archive.web.context import current_home
from archive.web.partial import Bytes, answer_bytes, disposition
from archive.web.ranges import Span
from preservation.installation import trust_store
from search.exports import export_eni
from search.giving import HeldFile, find_file
from search.kit import export_kit
from search.retrieval import open_content
from search.viewing.address import numbered
from search.viewing.content import LookedAt
from search.viewing.desk import desk_of
from search.viewing.kinds import PLAYED
from search.web.record import Asked, asked_for, blueprint

_ENDINGS: Final = {
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "text/plain": ".txt",
    "text/html": ".html.txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
    "application/zip": ".zip",
}
OCTETS: Final = "application/octet-stream"


@blueprint.get("/archivo/<tenant_id>/expediente/<short>/fichero/<int:number>")
def file(tenant_id: str, short: str, number: int) -> Response:
    """Give a file exactly as it is kept."""
    asked = _may_read(tenant_id, short)
    if not 1 <= number <= len(asked.opened.files):
        raise NotFound("there is nothing here")
    held = find_file(current_home(), asked.record, asked.opened.files[number - 1].path)
    return answer_bytes(_held(asked, held, held.name, OCTETS))


@blueprint.get("/archivo/<tenant_id>/expediente/<short>/documento/<int:number>/contenido")
def content(tenant_id: str, short: str, number: int) -> Response:
    """Give the content of a document, identical, to be saved."""
    asked = _may_read(tenant_id, short)
    return answer_bytes(_content(asked, number, OCTETS))


@blueprint.get("/archivo/<tenant_id>/expediente/<short>/documento/<int:number>/medio")
def medium(tenant_id: str, short: str, number: int) -> Response:
    """Give a recording in parts, to be played in its page."""
    asked = _may_read(tenant_id, short)
    document = numbered(list(asked.opened.documents), number)
    if document.media_type not in PLAYED:
        raise NotFound("there is nothing here")
    return answer_bytes(_content(asked, number, document.media_type), inline=True)


@blueprint.post("/archivo/<tenant_id>/expediente/<short>/exportar")
def export(tenant_id: str, short: str) -> Response:
    """Make an export and give it."""
    asked = _may_read(tenant_id, short)
    form = request.form.get("forma", "")
    if form not in {"eni", "kit"}:
        raise InvalidRequest("there is no such export")
    home, record = current_home(), asked.record
    target = Path(tempfile.mkdtemp(dir=home.work_folder(), prefix="export-")) / "export.zip"
    try:
        if form == "eni":
            export_eni(home, record.object_id, target, agent=asked.principal.agent)
        else:
            trust = trust_store(home, home.clock.now())
            export_kit(home, record.object_id, target, trust=trust, agent=asked.principal.agent)
        stream = target.open("rb")
        size = target.stat().st_size
    finally:
        # Open, it can be read to its end; without a name, nobody has to clear it away.
        target.unlink(missing_ok=True)
        target.parent.rmdir()
    answer = Response(read_chunks(stream), mimetype="application/zip")
    answer.call_on_close(stream.close)
    answer.content_length = size
    name = f"{record.eni_id or 'objeto'}{'-evidencias' if form == 'kit' else ''}.zip"
    answer.headers["Content-Disposition"] = disposition(name)
    return answer


def _may_read(tenant_id: str, short: str) -> Asked:
    require(Right.READ, tenant_id)
    return asked_for(tenant_id, short)


def _held(asked: Asked, held: HeldFile, name: str, media_type: str) -> Bytes:
    home, giver, agent = current_home(), desk_of(current_home()).giver, asked.principal.agent
    return Bytes(
        name,
        held.digests.size,
        held.digests.sha256,
        media_type,
        lambda span: giver.give(home, held, agent, span.first, span.last),
        lambda: giver.give_empty(home, held, agent),
    )


def _content(asked: Asked, number: int, media_type: str) -> Bytes:
    document = numbered(list(asked.opened.documents), number)
    name = file_name(document)
    if document.content_path or not document.eni_id:
        held = find_file(current_home(), asked.record, document.content_path or document.path)
        return _held(asked, held, name, media_type)
    try:
        looked = desk_of(current_home()).look(asked.record, document)
    except LimitExceeded:
        return _streamed(asked, document, name, media_type)
    with looked.open() as stream:
        sha256 = document.content.sha256 if document.content else digest_stream(stream).sha256

    def give(span: Span) -> Iterator[bytes]:
        _note(asked, number)
        return _part(looked, span)

    return Bytes(name, looked.size, sha256, media_type, give, lambda: _note(asked, number))


def _streamed(asked: Asked, document: DocumentRecord, name: str, media_type: str) -> Bytes:
    """Give a content that is too large to be held decoded: from its beginning each time."""
    assert document.content is not None
    home, agent, record = current_home(), asked.principal.agent, asked.record

    def give(span: Span) -> Iterator[bytes]:
        chunks = open_content(home, record.object_id, document.path, agent, tenant_id=record.tenant_id)
        return _cut(chunks, span)

    return Bytes(name, document.content.size, document.content.sha256, media_type, give)


def _part(looked: LookedAt, span: Span) -> Iterator[bytes]:
    with looked.open() as stream:
        stream.seek(span.first)
        left = span.length
        while left and (chunk := stream.read(min(left, 1 << 20))):
            left -= len(chunk)
            yield chunk


def _cut(chunks: Iterator[bytes], span: Span) -> Iterator[bytes]:
    at = 0
    for chunk in chunks:
        piece = chunk[max(span.first - at, 0) : max(span.last + 1 - at, 0)]
        at += len(chunk)
        if piece:
            yield piece


def _note(asked: Asked, number: int) -> None:
    desk_of(current_home()).visit(asked.record, asked.principal.agent, "content", number)


def file_name(document: DocumentRecord) -> str:
    """Return a name to save a content under: the document's own, its ending by what it is."""
    if document.content_path:
        return document.content_path.rsplit("/", 1)[-1]
    plain = "".join(" " if char in '/\\:*?"<>|' or not char.isprintable() else char for char in document.name)
    stem = " ".join(plain.split()).strip(". ")[:120] or document.eni_id or "documento"
    ending = _ENDINGS.get(document.media_type, "")
    return stem if ending and stem.lower().endswith(ending) else f"{stem}{ending}"
