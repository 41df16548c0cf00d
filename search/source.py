# SPDX-License-Identifier: EUPL-1.2
"""Chooses and opens the document of an object that a copy is made of: fixity is checked while it is read.

What the bytes are is told by the bytes, never by NombreFormato.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive.catalog import INSTALLATION
from archive.digests import Digests, digest_bytes
from archive.eni.document import EniDocument
from archive.eni.read import read_eni
from archive.errors import ConflictError, InvalidRequest, LimitExceeded, NotFound
from archive.home import Home
from archive.model import RECEIVED, DocumentRecord, ObjectRecord, SignatureRecord
from preservation.signatures.eni.enclosed import content_within, enclosed_content
from search.admitted import is_admitted

MAX_CONTENT: Final = 256 * 1024 * 1024
"""A copy is laid out in memory: what is larger is given as copia idéntica."""
RESOLUTION: Final = "TD01"


class Kind(StrEnum):
    """How a content can be shown on paper."""

    PDF = "pdf"
    IMAGE = "image"
    XML = "xml"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """The original of a copy."""

    record: ObjectRecord
    document: DocumentRecord
    eni: EniDocument | None
    """None for a loose file without ENI wrapping."""
    kind: Kind
    content: bytes
    digests: Digests
    """Of the content as shown."""
    signatures: tuple[SignatureRecord, ...]
    passed_over: int = 0
    """Other resolutions of the object, where nobody said which."""


def open_source(home: Home, object_id: str, path: str | None = None) -> Source:
    """Choose a document and read it whole.

    Args:
        home: The archive.
        object_id: Object that holds it.
        path: Logical path, file name or ENI identifier; None takes the first resolution (TD01) of the index,
            those outside folders before those inside, else the only document, else the first PDF.

    Raises:
        NotFound: No such object or document.
        InvalidRequest: None chosen and nothing to take, or a content that paper cannot show; the message
            gives the choices.
        ConflictError: The deposit waits for an archivist or was refused: no copy makes it authentic.
        LimitExceeded: More than `MAX_CONTENT` bytes.
        IntegrityError: The stored bytes are not what was recorded.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        record = tx.object(object_id)
        documents = tx.documents(object_id)
        signatures = tx.signatures(object_id)
        if not is_admitted(tx, record):
            why = "its deposit was not admitted: an archivist settles it first (longeva decide)"
            raise ConflictError(why, place=object_id)
    document = choose(documents, path)
    eni, content = _content(home, record, document)
    kind = kind_of(content)
    if kind is None:
        raise InvalidRequest(
            f"{document.path} is {document.media_type or 'of a kind'} that paper cannot show: "
            "give the copia idéntica instead (longeva get)"
        )
    own = tuple(one for one in signatures if one.path == document.path)
    others = len(resolutions(documents)) - 1 if path is None and document.tipo_documental == RESOLUTION else 0
    return Source(record, document, eni, kind, content, digest_bytes(content), own, others)


def choose(documents: Sequence[DocumentRecord], path: str | None) -> DocumentRecord:
    """Return the document meant. See `open_source` for the rule and what it raises."""
    if path is not None:
        named = [one for one in documents if path in {one.path, one.eni_id, one.path.removeprefix(RECEIVED)}]
        named = named or [one for one in documents if one.path.rsplit("/", 1)[-1] == path]
        if len(named) == 1:
            return named[0]
        if not named:
            raise NotFound(f"no document {path!r} in the object; there are: {_choices(documents)}")
        raise InvalidRequest(f"{path!r} names several documents: {_choices(named)}")
    alone = list(documents) if len(documents) == 1 else []
    pdfs = [one for one in documents if one.media_type == "application/pdf"]
    chosen = resolutions(documents) or alone or pdfs
    if not chosen:
        raise InvalidRequest(f"say which document; there are: {_choices(documents) or 'none'}")
    return chosen[0]


def resolutions(documents: Sequence[DocumentRecord]) -> list[DocumentRecord]:
    """Return the resolutions in the order of the index, those outside folders first."""
    found = [one for one in documents if one.tipo_documental == RESOLUTION]
    return sorted(found, key=lambda one: bool(one.folder))


def kind_of(content: bytes) -> Kind | None:
    """Tell how bytes can be shown, from the bytes alone; None where they cannot."""
    head = content[:1024]
    if b"%PDF-" in head:
        return Kind.PDF
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return Kind.IMAGE
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Kind.XML
    if not content or b"\x00" in content:
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return Kind.TEXT


def _content(home: Home, record: ObjectRecord, document: DocumentRecord) -> tuple[EniDocument | None, bytes]:
    """Read the ENI document and its content, wherever that stands."""
    raw = read_whole(home, record, document.path)
    if not document.eni_id:
        return None, raw
    file = read_eni(raw)
    if not isinstance(file.value, EniDocument):
        return None, raw
    if document.content_path:
        return file.value, read_whole(home, record, document.content_path)
    chunks = file.open_content()
    if chunks is not None:
        content = _bounded(chunks, document.path)
        # TF05: what was signed is what is shown, not the CMS around it.
        inside = content_within(content) if content[:1] == b"\x30" else None
        return file.value, content if inside is None else inside
    enclosed = enclosed_content(file)
    if enclosed is None:
        raise InvalidRequest("the document has no content of its own that a copy could show")
    return file.value, enclosed


def read_whole(home: Home, record: ObjectRecord, path: str) -> bytes:
    """Read a file of an object with its fixity checked. Raises as `open_source`."""
    return _bounded(home.objects(record.tenant_id).read_verified(record.object_id, path), path)


def _bounded(chunks: Iterable[bytes], path: str) -> bytes:
    out = io.BytesIO()
    for chunk in chunks:
        out.write(chunk)
        if out.tell() > MAX_CONTENT:
            raise LimitExceeded(
                f"{path} is too large for a copy: give the copia idéntica instead (longeva get)"
            )
    return out.getvalue()


def _choices(documents: Sequence[DocumentRecord]) -> str:
    return "; ".join(f"{one.path} ({one.tipo_documental} {one.name})" for one in documents[:40])
