# SPDX-License-Identifier: EUPL-1.2
"""Between the values of `archive.model` and the rows of an object: pure, one pair of functions per table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from archive.digests import Digests
from archive.model import (
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)

_DOCUMENT_SAME = (
    "eni_id",
    "path",
    "name",
    "tipo_documental",
    "estado_elaboracion",
    "captured_at",
    "origin_is_administration",
    "content_format",
    "media_type",
    "content_path",
    "folder",
)
_SIGNATURE_SAME = (
    "path",
    "place",
    "eni_type",
    "format",
    "level",
    "indication",
    "sub_indication",
    "signer",
    "signing_time",
    "report",
)


def from_object(record: ObjectRecord) -> dict[str, Any]:
    """Return the row of an object, without its number."""
    return {
        "object_id": record.object_id,
        "tenant_id": record.tenant_id,
        "kind": str(record.kind),
        "eni_id": record.eni_id,
        "title": record.title,
        "version": record.version,
        "package_digest": record.package_digest,
        "created_at": record.created_at,
        "metadata": record.metadata,
    }


def to_object(row: Row[Any]) -> ObjectRecord:
    """Read a row of `objects`."""
    return ObjectRecord(
        row.object_id,
        row.tenant_id,
        ObjectKind(row.kind),
        row.eni_id,
        row.title,
        row.version,
        row.package_digest,
        row.created_at,
        row.metadata,
    )


def from_file(number: int, position: int, file: StoredFile) -> dict[str, Any]:
    """Return the row of a file."""
    return {
        "object_no": number,
        "position": position,
        "path": file.path,
        "role": str(file.role),
        "sha256": file.digests.sha256,
        "sha512": file.digests.sha512,
        "size": file.digests.size,
        "eni_id": file.eni_id,
        "media_type": file.media_type,
    }


def to_file(row: Row[Any]) -> StoredFile:
    """Read a row of `files`."""
    digests = Digests(row.sha256, row.sha512, row.size)
    return StoredFile(row.path, FileRole(row.role), digests, row.eni_id, row.media_type)


def from_document(number: int, position: int, tenant_id: str, document: DocumentRecord) -> dict[str, Any]:
    """Return the row of a document."""
    content = document.content
    return {
        "object_no": number,
        "position": position,
        "tenant_id": tenant_id,
        **{name: getattr(document, name) for name in _DOCUMENT_SAME},
        "organos": list(document.organos),
        "content_sha256": None if content is None else content.sha256,
        "content_sha512": None if content is None else content.sha512,
        "content_size": None if content is None else content.size,
        "sort_order": document.order,
        "csv": list(document.csv),
    }


def to_document(row: Row[Any]) -> DocumentRecord:
    """Read a row of `documents`."""
    content = None
    if row.content_sha256 is not None:
        content = Digests(row.content_sha256, row.content_sha512, row.content_size)
    return DocumentRecord(
        **{name: getattr(row, name) for name in _DOCUMENT_SAME},
        organos=tuple(row.organos),
        content=content,
        order=row.sort_order,
        csv=tuple(row.csv),
    )


def from_signature(number: int, position: int, signature: SignatureRecord) -> dict[str, Any]:
    """Return the row of a signature."""
    same = {name: getattr(signature, name) for name in _SIGNATURE_SAME}
    return {"object_no": number, "position": position, **same}


def to_signature(row: Row[Any]) -> SignatureRecord:
    """Read a row of `signatures`."""
    return SignatureRecord(**{name: getattr(row, name) for name in _SIGNATURE_SAME})
