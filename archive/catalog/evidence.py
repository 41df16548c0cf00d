# SPDX-License-Identifier: EUPL-1.2
"""Evidence batches in the catalogue: which tree covers which object version, and what is still due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update

from archive.catalog import mapping
from archive.catalog.rows import BatchRecord, LeafRecord, read_stamp, stamp_body
from archive.catalog.session import Session, pages
from archive.catalog.tables import batches, due_seals, leaves, objects
from archive.errors import ConflictError, NotFound
from archive.model import ObjectRecord

_BATCH_FIELDS = (
    "batch_id",
    "kind",
    "algorithm",
    "sealed_at",
    "authority",
    "valid_until",
    "token",
    "count",
    "object_key",
    "price",
)


class EvidenceRows(Session):
    """Batches and leaves."""

    def add_batch(self, batch: BatchRecord, leaves: Iterable[LeafRecord]) -> None:
        """Write a batch with its leaves: sealed objects are no longer due, renewed batches no longer live.

        Batches that it carries on in part (`partly`) stay live. A leaf may name an object that the catalogue
        does not hold (disposed since): it is kept.

        Raises:
            ConflictError: The batch exists, or a leaf renews a batch that does not.
        """
        if self._batch_numbers([batch.batch_id]):
            raise ConflictError(f"the batch {batch.batch_id} exists already")
        values = {name: getattr(batch, name) for name in _BATCH_FIELDS}
        values["others"] = [stamp_body(stamp) for stamp in batch.others]
        number: int = self._connection.execute(
            insert(batches).values(values).returning(batches.c.batch_no)
        ).scalar_one()
        kept = set(self._batch_numbers(batch.partly).values())
        for page in pages(leaves):
            self._add_leaves(number, page, kept)

    def _add_leaves(self, number: int, page: list[LeafRecord], kept: set[int]) -> None:
        held = self._object_numbers(leaf.object_id for leaf in page if leaf.object_id)
        renewed = self._batch_numbers([leaf.renews_batch for leaf in page if leaf.renews_batch])
        missing = {leaf.renews_batch for leaf in page if leaf.renews_batch} - renewed.keys()
        if missing:
            raise ConflictError(f"a leaf renews the batch {min(missing)}, which does not exist")
        self._insert_all(leaves, (_from_leaf(number, leaf, held, renewed) for leaf in page))
        sealed = [leaf for leaf in page if not leaf.renews_batch and leaf.object_id in held]
        self._settle([(held[leaf.object_id], leaf.version) for leaf in sealed])
        for batch_no in sorted(set(renewed.values()) - kept):
            self._run(update(batches).where(batches.c.batch_no == batch_no).values(renewed_by=number))

    def _settle(self, sealed: list[tuple[int, int]]) -> None:
        if not sealed:
            return
        # Only the head version settles the debt: an older version sealed late leaves the object due.
        head = select(objects.c.object_no).where(
            objects.c.object_no == bindparam("number"), objects.c.version == bindparam("sealed")
        )
        settled = delete(due_seals).where(due_seals.c.object_no.in_(head))
        rows = [{"number": number, "sealed": version} for number, version in sealed]
        self._connection.execute(settled, rows)

    def batch(self, batch_id: str) -> BatchRecord:
        """Return a batch. Raises NotFound."""
        row = self._first(select(batches).where(batches.c.batch_id == batch_id))
        if row is None:
            raise NotFound(f"no evidence batch {batch_id}")
        return _to_batch(row)

    def batches(self) -> list[BatchRecord]:
        """Return every batch, oldest first."""
        return [_to_batch(row) for row in self._rows(select(batches).order_by(batches.c.batch_no))]

    def batch_keys(self) -> set[str]:
        """Return the object keys of all batches."""
        return {row.object_key for row in self._rows(select(batches.c.object_key))}

    def batch_count(self) -> int:
        """Return how many batches there are."""
        return self._connection.scalar(select(func.count()).select_from(batches)) or 0

    def live_batches(self) -> list[BatchRecord]:
        """Return the batches that no later one renews, the first to expire first."""
        statement = select(batches).where(batches.c.renewed_by.is_(None))
        return [
            _to_batch(row)
            for row in self._rows(statement.order_by(batches.c.valid_until, batches.c.batch_no))
        ]

    def leaves_of(self, object_id: str) -> list[LeafRecord]:
        """Return the leaves that stand for versions of an object, oldest batch first. Raises NotFound.

        Those of its seals and of the hash-tree renewals since; who asks what was sealed, or what proves it
        now, asks `seals_of` or `line_of` (archive.catalog.evidence_lines).
        """
        number = self._object_number(object_id)
        return self._leaves(_leaf_query().where(leaves.c.object_no == number))

    def leaves_renewing(self, batch_id: str, name: str | None = None) -> list[LeafRecord]:
        """Return the leaves of later batches that renew this one, oldest first.

        Args:
            batch_id: Which one.
            name: Only those that stand for a line of tokens, or a file of a batch, of this name; flat cost.
                Without it all come, of a hash-tree renewal one for each object.

        Raises:
            NotFound: No such batch.
        """
        number = self._batch_numbers([batch_id]).get(batch_id)
        if number is None:
            raise NotFound(f"no evidence batch {batch_id}")
        query = _leaf_query().where(leaves.c.renews_batch_no == number)
        return self._leaves(query if name is None else query.where(leaves.c.object_id == name))

    def leaves_in(self, batch_id: str) -> Iterator[LeafRecord]:
        """Yield the leaves of a batch in tree order. Raises NotFound."""
        number = self._batch_numbers([batch_id]).get(batch_id)
        if number is None:
            raise NotFound(f"no evidence batch {batch_id}")
        for row in self._connection.execute(_leaf_query().where(leaves.c.batch_no == number)):
            yield _to_leaf(row)

    def count_own(self, batch_id: str) -> int:
        """Return how many leaves of a batch stand for files of batches, not for object versions."""
        of_batch = batches.c.batch_no == leaves.c.batch_no
        statement = select(func.count()).select_from(leaves.join(batches, of_batch))
        found = self._first(statement.where(batches.c.batch_id == batch_id, leaves.c.version == 0))
        return 0 if found is None else int(found[0])

    def unsealed(self, limit: int | None = None) -> list[ObjectRecord]:
        """Return the objects whose head version has no leaf, longest waiting first. Flat cost."""
        statement = (
            select(objects)
            .join(due_seals, due_seals.c.object_no == objects.c.object_no)
            .order_by(due_seals.c.object_no)
            .limit(limit)
        )
        return [mapping.to_object(row) for row in self._rows(statement)]

    def _leaves_called(self, name: str) -> list[LeafRecord]:
        """Return the leaves without predecessor that bear a name which is no object's. Flat cost."""
        query = _leaf_query().where(leaves.c.renews_batch_no.is_(None), leaves.c.object_id == name)
        return self._leaves(query)

    def _batch_numbers(self, batch_ids: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for page in pages(batch_ids):
            statement = select(batches.c.batch_id, batches.c.batch_no).where(batches.c.batch_id.in_(page))
            found.update((row.batch_id, row.batch_no) for row in self._rows(statement))
        return found

    def _leaves(self, statement: Select[Any]) -> list[LeafRecord]:
        return [_to_leaf(row) for row in self._rows(statement)]


@cache
def _leaf_query() -> Select[Any]:
    # An audit asks it for every object: building it costs more than running it.
    renewed = batches.alias("renewed")
    return (
        select(
            batches.c.batch_id,
            leaves.c.leaf_index,
            leaves.c.digest,
            func.coalesce(objects.c.object_id, leaves.c.object_id).label("object_id"),
            leaves.c.version,
            func.coalesce(renewed.c.batch_id, "").label("renews_batch"),
        )
        .join(batches, batches.c.batch_no == leaves.c.batch_no)
        .outerjoin(objects, objects.c.object_no == leaves.c.object_no)
        .outerjoin(renewed, renewed.c.batch_no == leaves.c.renews_batch_no)
        .order_by(leaves.c.batch_no, leaves.c.leaf_index)
    )


def _from_leaf(
    number: int, leaf: LeafRecord, held: dict[str, int], renewed: dict[str, int]
) -> dict[str, Any]:
    object_no = held.get(leaf.object_id)
    return {
        "batch_no": number,
        "leaf_index": leaf.index,
        "digest": leaf.digest,
        "object_no": object_no,
        "object_id": leaf.object_id if object_no is None else "",
        "version": leaf.version,
        "renews_batch_no": renewed.get(leaf.renews_batch),
    }


def _to_leaf(row: Row[Any]) -> LeafRecord:
    return LeafRecord(row.batch_id, row.leaf_index, row.digest, row.object_id, row.version, row.renews_batch)


def _to_batch(row: Row[Any]) -> BatchRecord:
    # `count` is a method of Row: read through the mapping.
    fields = {name: row._mapping[name] for name in _BATCH_FIELDS}  # noqa: SLF001 - SQLAlchemy's public name
    return BatchRecord(**fields, others=tuple(map(read_stamp, row.others)))
