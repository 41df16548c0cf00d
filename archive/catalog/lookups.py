# SPDX-License-Identifier: EUPL-1.2
"""Objects coming out of the catalogue: by identifier, by reference, by document, by code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, func, select, tuple_

from archive.catalog import mapping, tables
from archive.catalog.session import PAGE, Session
from archive.catalog.tables import deposits, document_csvs, documents, files, objects, signatures
from archive.errors import NotFound
from archive.model import DocumentRecord, ObjectRecord, SignatureRecord, StoredFile

SHORTEST_PREFIX: Final = 6
"""Hexadecimal digits below which a piece of a digest is no reference but a guess."""

_HEX: Final = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},64}}")
_COUNTED: Final = ("tenants", "deposits", "objects", "files", "documents", "signatures")
_ALSO_COUNTED: Final = ("batches", "leaves", "copies", "events", "due_seals")


class HoldingLookups(Session):
    """Reads objects. Every query here stands on an index; lists come in the order of deposit."""

    def object(self, object_id: str) -> ObjectRecord:
        """Return an object. Raises NotFound."""
        row = self._first(select(objects).where(objects.c.object_id == object_id))
        if row is None:
            raise NotFound(f"no object {object_id}")
        return mapping.to_object(row)

    def known_objects(self, object_ids: Iterable[str]) -> set[str]:
        """Return those of `object_ids` that the catalogue holds."""
        return set(self._object_numbers(object_ids))

    def find_objects(self, tenant_id: str | None, reference: str) -> list[ObjectRecord]:
        """Return the objects that a person may mean by `reference`: none, one or several.

        Args:
            tenant_id: Look only here; None looks everywhere (for the operator, never for a reader).
            reference: Object id, ENI identifier, deposit id, or the first six or more hexadecimal digits
                of the package digest. The first meaning that gives a result is taken.
        """
        meanings = [objects.c.object_id == reference, objects.c.eni_id == reference]
        of_deposit = select(deposits.c.object_id).where(deposits.c.deposit_id == reference)
        meanings.append(objects.c.object_id.in_(of_deposit))
        digits = reference.lower()
        if _HEX.fullmatch(digits):
            # A range, not LIKE: it uses the index on every database. "g" follows the last digit.
            meanings.append(objects.c.package_digest.between(digits, digits + "g"))
        for meaning in meanings:
            statement = select(objects).where(meaning).order_by(objects.c.object_no).limit(PAGE)
            if tenant_id is not None:
                statement = statement.where(objects.c.tenant_id == tenant_id)
            if rows := self._rows(statement):
                return [mapping.to_object(row) for row in rows]
        return []

    def objects(self, tenant_id: str | None = None) -> Iterator[ObjectRecord]:
        """Yield objects in order of deposit, a page at a time, inside this transaction."""
        after = 0
        while True:
            statement = select(objects).where(objects.c.object_no > after)
            if tenant_id is not None:
                statement = statement.where(objects.c.tenant_id == tenant_id)
            rows = self._rows(statement.order_by(objects.c.object_no).limit(PAGE))
            for row in rows:
                yield mapping.to_object(row)
            if len(rows) < PAGE:
                return
            after = rows[-1].object_no

    def objects_by_age(self, after: tuple[datetime, str] | None, limit: int) -> list[ObjectRecord]:
        """Return the next objects by instant of deposit and identifier: an order that outlives the catalogue.

        Rebuilding gives other numbers, not other instants. No index stands behind it: for passes over
        everything, a few thousand at a time, not for requests.

        Args:
            after: Instant and identifier of the last one that was seen; None begins.
            limit: At most so many.
        """
        statement = select(objects)
        if after is not None:
            instant, object_id = after
            same = (objects.c.created_at == instant) & (objects.c.object_id > object_id)
            statement = statement.where((objects.c.created_at > instant) | same)
        order = statement.order_by(objects.c.created_at, objects.c.object_id).limit(limit)
        return [mapping.to_object(row) for row in self._rows(order)]

    def object_count(self) -> int:
        """Return how many objects there are, of all tenants."""
        return int(self._connection.execute(select(func.count()).select_from(objects)).scalar_one())

    def files(self, object_id: str) -> list[StoredFile]:
        """Return the files of an object as they were recorded. Raises NotFound."""
        return [mapping.to_file(row) for row in self._parts(files, object_id)]

    def documents(self, object_id: str) -> list[DocumentRecord]:
        """Return the documents of an object as they were recorded. Raises NotFound."""
        return [mapping.to_document(row) for row in self._parts(documents, object_id)]

    def signatures(self, object_id: str) -> list[SignatureRecord]:
        """Return the signatures of an object as they were recorded. Raises NotFound."""
        return [mapping.to_signature(row) for row in self._parts(signatures, object_id)]

    def signatures_in(self, object_id: str, path: str) -> list[SignatureRecord]:
        """Return the signatures of one file of an object: the reports of all may be megabytes."""
        number = self._object_number(object_id)
        own = (signatures.c.object_no == number) & (signatures.c.path == path)
        rows = self._rows(select(signatures).where(own).order_by(signatures.c.position))
        return [mapping.to_signature(row) for row in rows]

    def verdicts(self, object_id: str) -> list[tuple[str, str, str]]:
        """Return path, indication and claimed time of every signature of an object, without the reports."""
        number = self._object_number(object_id)
        asked = select(signatures.c.path, signatures.c.indication, signatures.c.signing_time)
        rows = self._rows(asked.where(signatures.c.object_no == number).order_by(signatures.c.position))
        return [(row.path, row.indication, row.signing_time) for row in rows]

    def document_by_eni_id(self, tenant_id: str, eni_id: str) -> list[tuple[ObjectRecord, DocumentRecord]]:
        """Return every document of the tenant with this ENI identifier: it is no unique key."""
        statement = select(documents).where(documents.c.eni_id == eni_id, documents.c.tenant_id == tenant_id)
        return self._with_objects(statement)

    def documents_by_csv(
        self, csv: str, tenant_id: str | None = None
    ) -> list[tuple[ObjectRecord, DocumentRecord]]:
        """Return the received documents that carry this CSV of their issuer (TF01)."""
        same = (documents.c.object_no == document_csvs.c.object_no) & (
            documents.c.position == document_csvs.c.position
        )
        statement = select(documents).join(document_csvs, same).where(document_csvs.c.csv == csv)
        if tenant_id is not None:
            statement = statement.where(documents.c.tenant_id == tenant_id)
        return self._with_objects(statement)

    def known_documents(self, tenant_id: str) -> Iterator[tuple[str, str, str, str]]:
        """Yield object id, path, ENI identifier and content digest of every document of a tenant, in order.

        Reads the whole table of documents, a page in memory: for imports, not for requests.
        """
        asked = (
            select(objects.c.object_id, objects.c.object_no, documents.c.path, documents.c.position)
            .add_columns(documents.c.eni_id, documents.c.content_sha256)
            .join(documents, documents.c.object_no == objects.c.object_no)
            .where(objects.c.tenant_id == tenant_id)
            .order_by(documents.c.object_no, documents.c.position)
        )
        after = (0, -1)
        while True:
            later = tuple_(documents.c.object_no, documents.c.position) > after
            rows = self._rows(asked.where(later).limit(PAGE))
            yield from ((row.object_id, row.path, row.eni_id, row.content_sha256 or "") for row in rows)
            if len(rows) < PAGE:
                return
            after = (rows[-1].object_no, rows[-1].position)

    def objects_with_eni_id(self, tenant_id: str, eni_id: str) -> list[ObjectRecord]:
        """Return the tenant's objects with this ENI identifier: more than one is an incident."""
        statement = select(objects).where(objects.c.eni_id == eni_id, objects.c.tenant_id == tenant_id)
        return [mapping.to_object(row) for row in self._rows(statement.order_by(objects.c.object_no))]

    def counts(self) -> dict[str, int]:
        """Return how many rows each table holds. Reads whole tables: for reports, not for requests."""
        names = _COUNTED + _ALSO_COUNTED
        counted = (select(func.count()).select_from(tables.metadata.tables[name]) for name in names)
        return {
            name: self._connection.execute(statement).scalar_one()
            for name, statement in zip(names, counted, strict=True)
        }

    def _parts(self, table: Any, object_id: str) -> list[Row[Any]]:
        number = self._object_number(object_id)
        statement = select(table).where(table.c.object_no == number).order_by(table.c.position)
        return list(self._rows(statement))

    def _with_objects(self, statement: Select[Any]) -> list[tuple[ObjectRecord, DocumentRecord]]:
        rows = self._rows(statement.order_by(documents.c.object_no, documents.c.position))
        if not rows:
            return []
        numbers = {row.object_no for row in rows}
        holders = self._rows(select(objects).where(objects.c.object_no.in_(numbers)))
        by_number = {row.object_no: mapping.to_object(row) for row in holders}
        return [(by_number[row.object_no], mapping.to_document(row)) for row in rows]
