# SPDX-License-Identifier: EUPL-1.2
"""What an archivist decides of a deposit that waits: once, with a reason, in a receipt of its own.

Refusing disposes of nothing: the bytes stay where they are, and the decision is recorded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archive.catalog import INSTALLATION, Transaction
from archive.errors import ConflictError
from archive.home import Home
from archive.ledger import EventDraft
from archive.model import RECORD_PATH, DepositRecord, DepositState
from archive.record import DepositDocument, deposit_bytes, deposit_key
from ingest.deposit import AGENT, receipt_of
from ingest.receipt import Seal, decided, sealed

ADMITTED = "deposit.admitted"
REFUSED = "deposit.refused"


def settle(
    home: Home, deposit_id: str, *, admit: bool, reason: str, seal: Seal | None, agent: str = AGENT
) -> DepositRecord:
    """Settle a deposit that waits; durable when it returns.

    Args:
        home: Where it waits.
        deposit_id: As its receipt names it.
        admit: What the archivist decides.
        reason: Why, kept for ever; in the receipt and not in the ledger, which can never forget.
        seal: Signs the receipt that tells the decision; None where the installation has no seal.
        agent: Who asks, for the ledger.

    Returns:
        The deposit as it stands now, with its receipt.

    Raises:
        NotFound: No such deposit.
        ConflictError: It does not wait.
        IntegrityError: The record beside its bytes is damaged, and nobody has the text of its first receipt.
        StorageUnavailable: The medium failed; nothing is decided.
    """
    with home.writing():
        with home.catalog.transaction(INSTALLATION) as tx:
            waiting = tx.deposit(deposit_id)
            if waiting.state is not DepositState.WAITING:
                raise ConflictError(
                    f"only a deposit that waits can be decided, this one is {waiting.state}", place=deposit_id
                )
            first = waiting.receipt or _first_receipt(home, tx, waiting)
            kind, state = (ADMITTED, DepositState.ACCEPTED) if admit else (REFUSED, DepositState.REJECTED)
            detail = {"deposit": deposit_id}
            draft = EventDraft(kind, waiting.object_id, agent, detail)
            (event,) = home.ledger.append_placed(tx, waiting.tenant_id, [draft])
            receipt = sealed(decided(first, state, reason, event), seal)
            settled = replace(waiting, state=state, since=event.event.at, receipt=receipt)
            # The reason is in the store before the ledger says that there was a decision.
            home.store.replace(deposit_key(waiting.tenant_id, deposit_id), deposit_bytes(settled))
            home.store.sync()
            tx.record_deposit(settled)
        home.ledger.flush(waiting.tenant_id)
    return settled


def _first_receipt(home: Home, tx: Transaction, waiting: DepositRecord) -> dict[str, Any]:
    """Make the receipt anew that a rebuilt catalogue has not; its seal would not outlive the decision."""
    objects = home.objects(waiting.tenant_id)
    data = b"".join(objects.read_verified(waiting.object_id, RECORD_PATH, version=1))
    return receipt_of(tx, waiting, DepositDocument.from_bytes(data))
