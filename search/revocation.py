# SPDX-License-Identifier: EUPL-1.2
"""Withdraws a certified copy: it stays archived, its code says so from now on, the ledger says why.

Source: Ley 39/2015 arts. 106-109 (an act is withdrawn by an act); RD 203/2021 art. 54.1 (nothing is lost).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import CopyRecord
from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.home import Home
from archive.model import ObjectKind
from search.csv_lookup import issued_copy

REASONS: Final = {
    "error": "Contenía un error",
    "shown-too-much": "Mostraba datos que debían suprimirse",
    "original-withdrawn": "El documento original quedó sin efecto",
    "superseded": "La sustituye otra copia",
    "not-delivered": "No llegó a entregarse",
}
"""Code and words. Message ids."""
REVOKED: Final = "copy.revoked"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Since when and why a copy is out of force."""

    at: datetime
    reason: str
    """Code of `REASONS`; empty where nobody told it."""
    superseded_by: str = ""
    """Object of the copy that took its place."""


def revoke(
    home: Home, tenant_id: str, copy_object_id: str, reason: str, *, agent: str, superseded_by: str = ""
) -> None:
    """Withdraw a copy; durable on return.

    Args:
        home: The archive.
        tenant_id: Whose copy.
        copy_object_id: Object that keeps it.
        reason: Code of `REASONS`.
        agent: Who withdraws it.
        superseded_by: Object of the copy that stands in its place, where there is one.

    Raises:
        InvalidRequest: No such reason, or it is superseded by nothing, or by itself.
        NotFound: No such copy in this municipality's archive.
        ConflictError: It was withdrawn before.
    """
    if reason not in REASONS:
        raise InvalidRequest(f"{reason!r} is no reason; there are: {', '.join(REASONS)}")
    if (reason == "superseded") != bool(superseded_by) or superseded_by == copy_object_id:
        raise InvalidRequest("say which other copy supersedes it, and only then")
    with home.writing():
        with home.catalog.transaction(tenant_id) as tx:
            for object_id in filter(None, (copy_object_id, superseded_by)):
                record = tx.object(object_id)
                told = record.metadata.get("copy")
                if record.tenant_id != tenant_id or not isinstance(told, dict):
                    raise NotFound(f"no copy {object_id}")
                kept = tx.copy_by_csv(str(told["csv"]))
                if kept is None or kept.revoked_at is not None:
                    raise ConflictError("the copy was withdrawn before", place="settled")
            detail = {"reason": reason, **({"superseded_by": superseded_by} if superseded_by else {})}
            event = home.ledger.append(tx, tenant_id, REVOKED, copy_object_id, agent, detail)
            tx.revoke_copy(copy_object_id, event.at)
        home.ledger.flush(tenant_id)


def withdrawal_of(tx: Transaction, copy: CopyRecord) -> Withdrawal | None:
    """Say since when and why a copy is out of force; None while it is in force."""
    if copy.revoked_at is None:
        return None
    told = [event.detail for event in tx.events_about(copy.copy_object_id) if event.kind == REVOKED]
    detail = told[0] if told else {}
    return Withdrawal(copy.revoked_at, str(detail.get("reason", "")), str(detail.get("superseded_by", "")))


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
