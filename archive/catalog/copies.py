# SPDX-License-Identifier: EUPL-1.2
"""The register of certified copies (Ley 39/2015 art. 27.3.c: checked by their CSV)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from archive.catalog.rows import CopyRecord
from archive.catalog.session import Session
from archive.catalog.tables import copies
from archive.errors import ConflictError, NotFound

_FIELDS = (
    "csv",
    "tenant_id",
    "copy_object_id",
    "source_object_id",
    "source_path",
    "issued_at",
    "pdf_path",
    "eni_id",
    "revoked_at",
)


class CopyRows(Session):
    """Certified copies and their codes."""

    def add_copy(self, copy: CopyRecord) -> None:
        """Register a copy. The same record again changes nothing.

        Raises:
            ConflictError: The code belongs to another copy, or the tenant is unknown.
        """
        kept = self.copy_by_csv(copy.csv)
        if kept == copy:
            return
        if kept is not None:
            raise ConflictError("the verification code belongs to another copy")
        self._run(insert(copies).values({name: getattr(copy, name) for name in _FIELDS}))

    def copy_by_csv(self, csv: str) -> CopyRecord | None:
        """Return the copy with this normalised code, revoked or not; None where there is none."""
        row = self._first(select(copies).where(copies.c.csv == csv))
        return None if row is None else _to_copy(row)

    def copies_of(self, object_id: str) -> list[CopyRecord]:
        """Return the copies issued of an object, oldest first."""
        statement = select(copies).where(copies.c.source_object_id == object_id).order_by(copies.c.copy_no)
        return [_to_copy(row) for row in self._rows(statement)]

    def revoke_copy(self, copy_object_id: str, at: datetime) -> None:
        """Say that a copy no longer stands. The first instant stays. Raises NotFound."""
        this = copies.c.copy_object_id == copy_object_id
        if self._first(select(copies.c.copy_no).where(this)) is None:
            raise NotFound(f"no copy {copy_object_id}")
        self._run(update(copies).where(this, copies.c.revoked_at.is_(None)).values(revoked_at=at))


def _to_copy(row: Row[Any]) -> CopyRecord:
    return CopyRecord(**{name: getattr(row, name) for name in _FIELDS})
