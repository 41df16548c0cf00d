# SPDX-License-Identifier: EUPL-1.2
"""What the index is told of an object and of its documents. Pure: records in, documents to index out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from archive.clock import format_instant
from archive.model import DocumentRecord, ObjectKind, ObjectRecord, SignatureRecord, StoredFile
from search.extraction import Extraction
from search.index import IndexedDocument

UNSIGNED: Final = "UNSIGNED"
"""Verdict of what carries no signature."""

_WORST_FIRST: Final = ("TOTAL_FAILED", "INDETERMINATE", "TOTAL_PASSED", "NOT_APPLICABLE")
_YEAR: Final = re.compile(r"[12]\d{3}(?!\d)")
_ENI_YEAR: Final = re.compile(r"ES_[^_]+_(\d{4})_")


def worst_verdict(signatures: Iterable[SignatureRecord]) -> str:
    """Return the indication to be careful about, `UNSIGNED` where there is no signature."""
    found = {signature.indication for signature in signatures}
    known = [indication for indication in _WORST_FIRST if indication in found]
    return known[0] if known else (sorted(found) or [UNSIGNED])[0]


def describe_object(
    record: ObjectRecord, files: Iterable[StoredFile], signatures: Iterable[SignatureRecord]
) -> IndexedDocument:
    """Return the entry that stands for an expediente as a whole; its path is empty."""
    metadata = record.metadata
    own = {file.path for file in files if file.eni_id == record.eni_id}
    opened = _text(metadata, "fecha_apertura") or _text(metadata, "fecha_captura")
    return IndexedDocument(
        tenant_id=record.tenant_id,
        object_id=record.object_id,
        path="",
        kind=str(record.kind),
        eni_id=record.eni_id,
        title=record.title,
        text="\n".join(_said(metadata.get("adicionales"))),
        extraction="full",
        tipo_documental=_text(metadata, "tipo_documental"),
        estado=_text(metadata, "estado") or _text(metadata, "estado_elaboracion"),
        organos=_texts(metadata, "organos"),
        interesados=_texts(metadata, "interesados"),
        serie=_text(metadata, "clasificacion"),
        year=_year(opened, record.eni_id) or str(record.created_at.year),
        date=opened or format_instant(record.created_at),
        object_title=record.title,
        verdict=worst_verdict(signature for signature in signatures if signature.path in own),
    )


def describe_document(
    record: ObjectRecord,
    document: DocumentRecord,
    signatures: Iterable[SignatureRecord],
    extraction: Extraction,
) -> IndexedDocument:
    """Return the entry of one document of an object."""
    return IndexedDocument(
        tenant_id=record.tenant_id,
        object_id=record.object_id,
        path=document.path,
        kind=str(ObjectKind.DOCUMENT if record.kind is ObjectKind.EXPEDIENTE else record.kind),
        eni_id=document.eni_id,
        title=document.name or document.eni_id or document.path,
        text=extraction.text,
        extraction=extraction.status,
        extraction_reason=str(extraction.reason),
        tipo_documental=document.tipo_documental,
        estado=document.estado_elaboracion,
        organos=document.organos,
        serie=_text(record.metadata, "clasificacion"),
        year=_year(document.captured_at, document.eni_id),
        date=document.captured_at,
        media_type=document.media_type,
        object_title=record.title,
        verdict=worst_verdict(signature for signature in signatures if signature.path == document.path),
        csv=document.csv,
    )


def _year(date: str, eni_id: str) -> str:
    found = _YEAR.match(date.strip())
    if found:
        return found[0]
    named = _ENI_YEAR.match(eni_id)
    return named[1] if named else ""


def _text(metadata: Mapping[str, Any], name: str) -> str:
    value = metadata.get(name)
    return value if isinstance(value, str) else ""


def _texts(metadata: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = metadata.get(name)
    return tuple(str(one) for one in value) if isinstance(value, (list, tuple)) else ()


def _said(values: Any) -> list[str]:
    return [str(value) for value in values.values()] if isinstance(values, Mapping) else []
