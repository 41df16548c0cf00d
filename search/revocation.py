# SPDX-License-Identifier: EUPL-1.2
"""Takes an issued copy out of force: its code goes on being answered, and says so. Nothing is disposed of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import CopyRecord
from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.home import Home
from archive.model import ObjectKind, ObjectRecord
from search.csv_lookup import issued_copy

REVOKED: Final = "copy.revoked"


class Cause(StrEnum):
    """Why a copy is out of force, as far as the public is told."""

    ERROR = "error"
    """It was made wrongly."""
    SUPERSEDED = "superseded"
    """Another copy took its place."""
    ANNULLED = "annulled"
    """What it was made of was annulled."""
    UNSAID = "unsaid"
    """Of withdrawals that told no cause."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Since when and why a copy is out of force."""

    at: datetime
    cause: Cause
    superseded_by: str = ""
    """Object of the copy that took its place."""


def revoke_copy(
    home: Home, tenant_id: str, copy_object_id: str, *, cause: Cause, superseded_by: str = "", agent: str
) -> CopyRecord:
    """Take a copy out of force, once; durable when it returns.

    Args:
        home: The archive.
        tenant_id: Whose copy.
        copy_object_id: Object that keeps it.
        cause: What the public is told.
        superseded_by: Object of the copy that takes its place; only with that cause, and then needed.
        agent: Who does it, for the ledger.

    Returns:
        The copy as it stands now.

    Raises:
        NotFound: No such copy of that municipality.
        ConflictError: It is out of force already.
        InvalidRequest: What takes its place is no other copy of that municipality in force.
        StorageUnavailable: Nothing was changed.
    """
    if (cause is Cause.SUPERSEDED) is not bool(superseded_by):
        raise InvalidRequest(
            "what takes the place of a copy is named with the cause superseded, and only then"
        )
    with home.writing():
        with home.catalog.transaction(tenant_id) as tx:
            copy = _copy(tx, tenant_id, copy_object_id)
            if copy.revoked_at is not None:
                raise ConflictError("the copy is out of force already", place=copy_object_id)
            if superseded_by:
                _require_successor(tx, copy, superseded_by)
            detail = {"cause": str(cause)} | ({"superseded_by": superseded_by} if superseded_by else {})
            event = home.ledger.append(tx, tenant_id, REVOKED, copy_object_id, agent, detail)
            tx.revoke_copy(copy_object_id, event.at)
        home.ledger.flush(tenant_id)
    with home.catalog.reading(tenant_id) as tx:
        return _copy(tx, tenant_id, copy_object_id)


def withdrawal_of(tx: Transaction, copy: CopyRecord) -> Withdrawal | None:
    """Say since when and why a copy is out of force; None while it is in force."""
    if copy.revoked_at is None:
        return None
    told = [event for event in tx.events_about(copy.copy_object_id) if event.kind == REVOKED]
    detail = told[0].detail if told else {}
    cause = detail.get("cause", "")
    known = Cause(cause) if cause in set(Cause) else Cause.UNSAID
    return Withdrawal(copy.revoked_at, known, str(detail.get("superseded_by", "")))


def find_copy(home: Home, reference: str) -> tuple[str, str]:
    """Return municipality and object of a copy, by its object id, its ENI identifier or (for operators) CSV.

    Raises:
        NotFound: Nothing, or something that is no copy.
        InvalidRequest: Several copies.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        issued = issued_copy(tx, reference)
        if issued is not None:
            return issued.tenant_id, issued.copy_object_id
        found = [one for one in tx.find_objects(None, reference) if one.kind is ObjectKind.COPY]
    if not found:
        raise NotFound(f"no copy {reference}", place=reference)
    if len(found) > 1:
        raise InvalidRequest("several copies fit: " + ", ".join(one.object_id for one in found))
    return found[0].tenant_id, found[0].object_id


def _copy(tx: Transaction, tenant_id: str, object_id: str) -> CopyRecord:
    record: ObjectRecord = tx.object(object_id)
    told = record.metadata.get("copy")
    copy = tx.copy_by_csv(str(told.get("csv", ""))) if isinstance(told, dict) else None
    if copy is None or copy.tenant_id != tenant_id:
        raise NotFound(f"no copy {object_id}", place=object_id)
    return copy


def _require_successor(tx: Transaction, copy: CopyRecord, object_id: str) -> None:
    other = _copy(tx, copy.tenant_id, object_id)
    if other.copy_object_id == copy.copy_object_id or other.revoked_at is not None:
        raise InvalidRequest("another copy in force takes the place of a copy", place=object_id)
