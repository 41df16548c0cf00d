# SPDX-License-Identifier: EUPL-1.2
"""What stands around an object: its deposit, copies made of it, what it was made of, others of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from archive.catalog.rows import CopyRecord
from archive.errors import NotFound
from archive.home import Home
from archive.model import DepositRecord, DepositState, ObjectRecord

MAX_COPIES: Final = 100
"""Copies that are listed, the newest first."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the object itself."""

    admitted: bool
    """False: it waits for an archivist, or was refused."""
    deposit: DepositRecord | None
    """In brief: without findings and receipt."""
    copies: tuple[CopyRecord, ...]
    """Certified copies issued of it, newest first."""
    more_copies: int
    """How many are not listed."""
    source: ObjectRecord | None
    """Of a certified copy: what it was made of."""
    own_copy: CopyRecord | None
    """Of a certified copy: its entry in the register of copies."""
    namesakes: tuple[ObjectRecord, ...]
    """Other objects of the municipality with the same ENI identifier."""


def around(home: Home, record: ObjectRecord) -> Around:
    """Gather what stands around an object, in one look at the catalogue."""
    told = record.metadata.get("copy")
    source_id = str(told.get("source_object_id", "")) if isinstance(told, dict) else ""
    with home.catalog.reading(record.tenant_id) as tx:
        deposit = tx.deposit_in_brief(record.tenant_id, record.package_digest)
        copies = [copy for copy in tx.copies_of(record.object_id) if copy.tenant_id == record.tenant_id]
        source, own_copy = None, None
        if source_id:
            try:
                source = tx.object(source_id)
            except NotFound:
                source = None
            own_copy = (
                next(
                    (copy for copy in tx.copies_of(source_id) if copy.copy_object_id == record.object_id),
                    None,
                )
                if source
                else None
            )
        same = tx.objects_with_eni_id(record.tenant_id, record.eni_id) if record.eni_id else []
        namesakes = tuple(each for each in same if each.object_id != record.object_id)
    accepted = deposit is not None and deposit.state is DepositState.ACCEPTED
    admitted = own_copy is not None or accepted
    newest = tuple(reversed(copies))
    return Around(
        admitted, deposit, newest[:MAX_COPIES], max(0, len(newest) - MAX_COPIES), source, own_copy, namesakes
    )
