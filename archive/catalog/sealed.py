# SPDX-License-Identifier: EUPL-1.2
"""What a seal covers, read in bulk: for whoever hashes a whole tree again without reading a document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import LargeBinary, Select, bindparam, func, select, type_coerce

from archive.catalog.rows import TREE_RENEWAL
from archive.catalog.session import Session
from archive.catalog.tables import batches, files, leaves, objects

PAGE: Final = 2000
"""Leaves read at a time: a million of them never stand in memory, nor in one transaction."""


@dataclass(slots=True)
class SealedLeaf:
    """A leaf with what the catalogue knows of its object."""

    index: int
    digest: bytes
    object_id: str
    version: int
    """0 where it stands for a file of a batch."""
    tenant_id: str
    """Empty where the catalogue has no such object: a batch's own file, or it was disposed of."""
    head: int
    """Newest version of the object: `files` are its files; 0 without an object."""
    files: list[tuple[str, bytes, bytes]]
    """Logical path, SHA-256 and SHA-512."""


class SealedRows(Session):
    """Leaves joined with digests."""

    def sealed_leaves(self, batch_id: str, first: int, count: int = PAGE) -> list[SealedLeaf]:
        """Return leaves of a batch in tree order. Flat cost for each.

        Args:
            batch_id: Which batch; of an unknown one there are none.
            first: Index of the first leaf wanted.
            count: How many at most.
        """
        span = {"batch": batch_id, "start": first, "end": first + count}
        rows = self._connection.execute(_statement(), span).all()
        return [_leaf(list(of_leaf)) for _, of_leaf in groupby(rows, key=itemgetter(0))]

    def is_carried_in_part(self, batch_ids: Collection[str]) -> bool:
        """Tell whether a hash-tree renewal carries on something that these batches prove."""
        carrying, carried = batches.alias("carrying"), batches.alias("carried")
        statement = (
            select(leaves.c.leaf_index)
            .join(carrying, carrying.c.batch_no == leaves.c.batch_no)
            .join(carried, carried.c.batch_no == leaves.c.renews_batch_no)
            .where(carried.c.batch_id.in_(batch_ids), carrying.c.kind == TREE_RENEWAL)
        )
        return self._first(statement) is not None


@cache
def _statement() -> Select[Any]:
    number = select(batches.c.batch_no).where(batches.c.batch_id == bindparam("batch")).scalar_subquery()
    return (
        select(
            leaves.c.leaf_index,
            type_coerce(leaves.c.digest, LargeBinary),
            func.coalesce(objects.c.object_id, leaves.c.object_id),
            leaves.c.version,
            func.coalesce(objects.c.tenant_id, ""),
            func.coalesce(objects.c.version, 0),
            files.c.path,
            type_coerce(files.c.sha256, LargeBinary),
            type_coerce(files.c.sha512, LargeBinary),
        )
        .select_from(leaves)
        .outerjoin(objects, objects.c.object_no == leaves.c.object_no)
        .outerjoin(files, files.c.object_no == leaves.c.object_no)
        .where(leaves.c.batch_no == number)
        .where(leaves.c.leaf_index >= bindparam("start"), leaves.c.leaf_index < bindparam("end"))
        .order_by(leaves.c.leaf_index, files.c.position)
    )


def _leaf(rows: list[Any]) -> SealedLeaf:
    index, digest, object_id, version, tenant_id, head, path, _, _ = rows[0]
    listed = [row[6:] for row in rows] if path is not None else []
    return SealedLeaf(index, digest, object_id, version, tenant_id, head, listed)
