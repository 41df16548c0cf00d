# SPDX-License-Identifier: EUPL-1.2
"""Give preserved bytes: fixity first, then the access in the ledger, then the bytes, in constant memory.

A file is read once to check it and once to give it, so that no byte of a damaged file ever leaves; the second
reading is checked too. The access is recorded before the first byte: a reading that was broken off was one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archive.catalog import scope_of
from archive.digests import Digests
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord
from search.contents import content_chunks

READ: Final = "object.read"
"""Kind of the event that an access leaves."""


def read_file(
    home: Home, object_id: str, path: str, agent: str, *, tenant_id: str | None = None
) -> Iterator[bytes]:
    """Give a file of an object exactly as it is kept.

    Args:
        home: The archive.
        object_id: Object that holds it.
        path: Logical path, such as `received/doc.xml`.
        agent: Who reads: `cli`, `web`, later a principal.
        tenant_id: Only if the object is of this tenant; any by default.

    Returns:
        The bytes in pieces. The access is recorded when this returns, whether they are taken or not.

    Raises:
        NotFound: No such object or file, or it is of another tenant: the words are the same.
        IntegrityError: The bytes disagree with the inventory; the message names object and file. Nothing
            was given.
        StorageUnavailable: The store cannot be read, or the access cannot be recorded.
    """
    record = _object(home, object_id, tenant_id)
    digests = _verified(home, record, path)
    record_access(home, record, agent, {"what": "file", "sha256": digests.sha256})
    return home.objects(record.tenant_id).read_verified(object_id, path)


def open_content(
    home: Home, object_id: str, path: str, agent: str, *, tenant_id: str | None = None
) -> Iterator[bytes]:
    """Give the decoded content of an ENI document, as `read_file` gives its XML.

    Args:
        home: The archive.
        object_id: Object that holds it.
        path: Logical path of the ENI XML, or the ENI identifier of the document.
        agent: Who reads.
        tenant_id: Only if the object is of this tenant; any by default.

    Raises:
        NotFound: No such document, or its content did not come with it.
        XmlRefused: The content is not base64 as it should be.
        IntegrityError: As for `read_file`; also after the last byte, if the content has not the digest that
            was recorded at the deposit.
    """
    record = _object(home, object_id, tenant_id)
    document = _document(home, record, path)
    for needed in dict.fromkeys((document.path, document.content_path)):
        if needed:
            _verified(home, record, needed)
    chunks = content_chunks(home, record, document)
    first = next(chunks, b"")  # what cannot be given is said before an access is recorded
    sha256 = document.content.sha256 if document.content else ""
    record_access(home, record, agent, {"what": "content", "sha256": sha256})
    return _joined(first, chunks)


def _object(home: Home, object_id: str, tenant_id: str | None) -> ObjectRecord:
    with home.catalog.reading(scope_of(tenant_id)) as tx:
        record = tx.object(object_id)
    if tenant_id is not None and record.tenant_id != tenant_id:
        raise NotFound(f"no object {object_id}")
    return record


def _document(home: Home, record: ObjectRecord, path: str) -> DocumentRecord:
    with home.catalog.reading(record.tenant_id) as tx:
        documents = tx.documents(record.object_id)
    for document in documents:
        if path in {document.path, document.eni_id}:
            return document
    raise NotFound(f"no document {path} in {record.object_id}")


def _verified(home: Home, record: ObjectRecord, path: str) -> Digests:
    try:
        return home.objects(record.tenant_id).verify_file(record.object_id, path)
    except IntegrityError as damage:
        raise IntegrityError(
            f"{path} of {record.object_id} ({record.tenant_id}) is not what was stored: {damage}",
            place=f"{record.object_id} {path}",
        ) from damage


def record_access(home: Home, record: ObjectRecord, agent: str, detail: dict[str, str]) -> None:
    """Tell the ledger that something of an object was given. Raises StorageUnavailable."""
    home.reads.note(record.tenant_id, READ, record.object_id, agent, dict(detail))


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
