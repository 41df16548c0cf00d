# SPDX-License-Identifier: EUPL-1.2
"""Objects going into the catalogue, many in one stroke: a group commit of deposits is the fast path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from archive.catalog import mapping
from archive.catalog.bulk import FEW, numbers_for
from archive.catalog.session import Session, pages
from archive.catalog.tables import (
    document_csvs,
    documents,
    due_seals,
    files,
    objects,
    signatures,
)
from archive.errors import ConflictError
from archive.model import DocumentRecord, ObjectRecord, SignatureRecord, StoredFile


@dataclass(frozen=True, slots=True)
class Holding:
    """An object with everything the catalogue keeps of it."""

    record: ObjectRecord
    files: Sequence[StoredFile] = ()
    documents: Sequence[DocumentRecord] = ()
    signatures: Sequence[SignatureRecord] = ()


class HoldingRows(Session):
    """Writes objects. The same object version again is harmless; a later version replaces the rows."""

    def add_object(
        self,
        record: ObjectRecord,
        files: Sequence[StoredFile] = (),
        documents: Sequence[DocumentRecord] = (),
        signatures: Sequence[SignatureRecord] = (),
    ) -> None:
        """Write one object; see `add_objects`."""
        self.add_objects([Holding(record, files, documents, signatures)])

    def add_objects(self, holdings: Sequence[Holding]) -> None:
        """Write many objects, each with its files, documents and signatures, and make them due for sealing.

        Args:
            holdings: Each object once. The same version with the same record again changes nothing; a
                later version takes the place of the older in the catalogue (the store keeps both).

        Raises:
            ConflictError: An object is there in a later version, or in the same version with another
                record; or its tenant is unknown. What is there stays.
        """
        for page in pages(holdings):
            known = self._known([holding.record.object_id for holding in page])
            fresh = [holding for holding in page if holding.record.object_id not in known]
            later = [holding for holding in page if _is_later(holding.record, known)]
            numbers = self._insert_new(fresh) | self._update_known(later)
            changed = [(numbers[holding.record.object_id], holding) for holding in fresh + later]
            self._insert_parts(changed)
            self._make_due([number for number, _ in changed])

    def _known(self, object_ids: Sequence[str]) -> dict[str, ObjectRecord]:
        statement = select(objects).where(objects.c.object_id.in_(object_ids))
        return {row.object_id: mapping.to_object(row) for row in self._rows(statement)}

    def _insert_new(self, fresh: Sequence[Holding]) -> dict[str, int]:
        if not fresh:
            return {}
        if self._connection.dialect.name == "postgresql" and len(fresh) >= FEW:
            numbers = numbers_for(self._connection, objects, len(fresh))
            pairs = list(zip(numbers, fresh, strict=True))
            self._insert_all(
                objects, ({"object_no": number} | mapping.from_object(new.record) for number, new in pairs)
            )
            return {new.record.object_id: number for number, new in pairs}
        returning = insert(objects).returning(objects.c.object_id, objects.c.object_no)
        rows = self._connection.execute(returning, [mapping.from_object(new.record) for new in fresh])
        return {row.object_id: row.object_no for row in rows}

    def _update_known(self, later: Sequence[Holding]) -> dict[str, int]:
        numbers = self._object_numbers(holding.record.object_id for holding in later)
        for holding in later:
            number = numbers[holding.record.object_id]
            values = mapping.from_object(holding.record)
            self._run(update(objects).where(objects.c.object_no == number).values(values))
            for table in (files, documents, document_csvs, signatures, due_seals):
                self._run(delete(table).where(table.c.object_no == number))
        return numbers

    def _insert_parts(self, changed: Sequence[tuple[int, Holding]]) -> None:
        self._insert_all(files, _file_rows(changed))
        self._insert_all(documents, _document_rows(changed))
        self._insert_all(document_csvs, _csv_rows(changed))
        self._insert_all(signatures, _signature_rows(changed))

    def _make_due(self, numbers: Sequence[int]) -> None:
        self._insert_all(due_seals, ({"object_no": number} for number in numbers))


def _is_later(record: ObjectRecord, known: Mapping[str, ObjectRecord]) -> bool:
    kept = known.get(record.object_id)
    if kept is None or kept == record:
        return False
    if record.version <= kept.version:
        raise ConflictError(
            f"the object {record.object_id} is catalogued in version {kept.version} with another record",
            place=record.object_id,
        )
    return True


def _file_rows(changed: Sequence[tuple[int, Holding]]) -> Iterator[dict[str, Any]]:
    for number, holding in changed:
        for position, file in enumerate(holding.files):
            yield mapping.from_file(number, position, file)


def _document_rows(changed: Sequence[tuple[int, Holding]]) -> Iterator[dict[str, Any]]:
    for number, holding in changed:
        for position, document in enumerate(holding.documents):
            yield mapping.from_document(number, position, holding.record.tenant_id, document)


def _csv_rows(changed: Sequence[tuple[int, Holding]]) -> Iterator[dict[str, Any]]:
    for number, holding in changed:
        for position, document in enumerate(holding.documents):
            for csv in dict.fromkeys(document.csv):
                yield {"csv": csv, "object_no": number, "position": position}


def _signature_rows(changed: Sequence[tuple[int, Holding]]) -> Iterator[dict[str, Any]]:
    for number, holding in changed:
        for position, signature in enumerate(holding.signatures):
            yield mapping.from_signature(number, position, signature)
