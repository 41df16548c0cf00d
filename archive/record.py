# SPDX-License-Identifier: EUPL-1.2
"""What the archive found out at a deposit, as a file of the object: `metadata/deposit.json`.

The catalogue can be burned because this file, beside the received bytes, says everything that it held of the
object (ADR-0002). One canonical form (RFC 8785), so that the same facts have the same digest.

Law: `DepositDocument.from_bytes(d.to_bytes()) == d`, and `to_bytes` of what was read gives the bytes back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from archive.canonical_json import canonical
from archive.clock import format_instant, parse_instant
from archive.digests import Digests
from archive.errors import IntegrityError
from archive.findings import Finding
from archive.material import MATERIAL_PATH
from archive.model import (
    RECORD_PATH,
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class DepositDocument:
    """A deposit as it is kept beside the bytes that it brought."""

    deposit: DepositRecord
    """Without receipt: a receipt is given after the bytes, this file among them, are durable."""
    object: ObjectRecord
    files: tuple[StoredFile, ...]
    """Received files only: this file cannot hold its own digest."""
    documents: tuple[DocumentRecord, ...]
    signatures: tuple[SignatureRecord, ...]
    material: Digests | None = None
    """Of `metadata/material.json`, which names what the verdicts used; None where they used nothing from
    outside their own files (archive.material)."""

    def __post_init__(self) -> None:
        """Leave out the receipt, whoever gave it, so that reading gives back what was written."""
        if self.deposit.receipt:
            object.__setattr__(self, "deposit", replace(self.deposit, receipt={}))

    def to_bytes(self) -> bytes:
        """Return the file: canonical JSON and a newline.

        Raises:
            InvalidRequest: A value has no canonical form (NaN, half a surrogate pair).
        """
        body = {
            "format": FORMAT,
            "deposit": _from_deposit(self.deposit),
            "object": _from_object(self.object),
            "files": [_from_file(file) for file in self.files],
            "documents": [_from_document(document) for document in self.documents],
            "signatures": [_from_signature(signature) for signature in self.signatures],
        }
        if self.material is not None:
            body["material"] = _from_digests(self.material)
        return canonical(body) + b"\n"

    def catalogued_files(self, record: Digests) -> tuple[StoredFile, ...]:
        """Return every file of the version as the catalogue lists it: received ones and the archive's own.

        Args:
            record: Digests of `to_bytes()`, as staged.
        """
        return (*self.files, record_file(record), *self.material_file())

    def material_file(self) -> tuple[StoredFile, ...]:
        """Return the catalogue's entry of the material list, where there is one."""
        if self.material is None:
            return ()
        return (StoredFile(MATERIAL_PATH, FileRole.RECORD, self.material, media_type="application/json"),)

    @classmethod
    def from_bytes(cls, data: bytes) -> DepositDocument:
        """Read what `to_bytes` wrote.

        Raises:
            IntegrityError: It is no such file, or one of a newer format.
        """
        try:
            body = json.loads(data)
            _require_format(body)
            return cls(
                _to_deposit(body["deposit"]),
                _to_object(body["object"]),
                tuple(_to_file(file) for file in body["files"]),
                tuple(_to_document(document) for document in body["documents"]),
                tuple(SignatureRecord(**signature) for signature in body["signatures"]),
                _to_digests(body.get("material")),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
            raise IntegrityError(f"a deposit record cannot be read: {cause!r}") from cause


def record_file(digests: Digests) -> StoredFile:
    """Return the catalogue's entry of a record, which cannot list itself."""
    return StoredFile(RECORD_PATH, FileRole.RECORD, digests, media_type="application/json")


def deposit_key(tenant_id: str, deposit_id: str) -> str:
    """Return the store key of a deposit that left no object, or was decided upon later."""
    return f"tenants/{tenant_id}/deposits/{deposit_id}.json"


def deposit_bytes(deposit: DepositRecord) -> bytes:
    """Return a deposit by itself, receipt included: the report of a rejection is kept for ever."""
    body = {"format": FORMAT, "deposit": _from_deposit(deposit) | {"receipt": deposit.receipt}}
    return canonical(body) + b"\n"


def read_deposit(data: bytes) -> DepositRecord:
    """Read what `deposit_bytes` wrote: `read_deposit(deposit_bytes(d)) == d`.

    Raises:
        IntegrityError: It is no such file, or one of a newer format.
    """
    try:
        body = json.loads(data)
        _require_format(body)
        return _to_deposit(body["deposit"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
        raise IntegrityError(f"a deposit cannot be read: {cause!r}") from cause


def _require_format(body: dict[str, Any]) -> None:
    if body["format"] != FORMAT:
        raise IntegrityError(f"a deposit record of format {body['format']!r}; this program reads {FORMAT}")


def _fields(value: Any, *left_out: str) -> dict[str, Any]:
    names = (name for name in value.__dataclass_fields__ if name not in left_out)
    return {name: getattr(value, name) for name in names}


def _from_digests(digests: Digests | None) -> dict[str, Any] | None:
    return None if digests is None else dict(digests.to_json())


def _to_digests(body: Mapping[str, Any] | None) -> Digests | None:
    return None if body is None else Digests(**body)


def _from_deposit(deposit: DepositRecord) -> dict[str, Any]:
    # The values of a finding are pairs, in the order of its message: canonical JSON would sort names.
    return {
        **_fields(deposit, "receipt"),
        "state": str(deposit.state),
        "since": format_instant(deposit.since),
        "findings": [
            {"code": found.code, "place": found.place, "values": [list(pair) for pair in found.values]}
            for found in deposit.findings
        ],
    }


def _to_deposit(body: dict[str, Any]) -> DepositRecord:
    findings = tuple(
        Finding(found["code"], found["place"], tuple((name, value) for name, value in found["values"]))
        for found in body["findings"]
    )
    since = parse_instant(body["since"])
    state = DepositState(body["state"])
    return DepositRecord(**{**body, "state": state, "since": since, "findings": findings})


def _from_object(record: ObjectRecord) -> dict[str, Any]:
    changed = {"kind": str(record.kind), "created_at": format_instant(record.created_at)}
    return _fields(record) | changed


def _to_object(body: dict[str, Any]) -> ObjectRecord:
    changed = {"kind": ObjectKind(body["kind"]), "created_at": parse_instant(body["created_at"])}
    return ObjectRecord(**{**body, **changed})


def _from_file(file: StoredFile) -> dict[str, Any]:
    return _fields(file) | {"role": str(file.role), "digests": _from_digests(file.digests)}


def _to_file(body: dict[str, Any]) -> StoredFile:
    return StoredFile(**{**body, "role": FileRole(body["role"]), "digests": Digests(**body["digests"])})


def _from_document(document: DocumentRecord) -> dict[str, Any]:
    changed = {
        "organos": list(document.organos),
        "csv": list(document.csv),
        "content": _from_digests(document.content),
    }
    return _fields(document) | changed


def _to_document(body: dict[str, Any]) -> DocumentRecord:
    changed = {
        "organos": tuple(body["organos"]),
        "csv": tuple(body["csv"]),
        "content": _to_digests(body["content"]),
    }
    return DocumentRecord(**{**body, **changed})


def _from_signature(signature: SignatureRecord) -> dict[str, Any]:
    return _fields(signature)
