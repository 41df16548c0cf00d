# SPDX-License-Identifier: EUPL-1.2
"""Gives up a deposit that the system cannot settle: a person decides so, with a reason, and it is told.

Only what is in ERROR: what waits is about to be settled, and what a worker has is not ours. The bytes leave
the inbox; a receipt says that it was not admitted, by whose decision, and that nothing of it was kept.
"""

from __future__ import annotations

from typing import Final

from archive.catalog import INSTALLATION, QueueState
from archive.errors import ConflictError, NotFound
from archive.home import Home
from archive.ledger import EventDraft
from archive.model import DepositRecord, DepositState
from archive.record import deposit_bytes, deposit_key
from ingest.queue.inbox import Inbox
from ingest.receipt import Seal, decided, make_receipt, sealed

DROPPED: Final = "deposit.dropped"


def drop(home: Home, deposit_id: str, *, reason: str, seal: Seal | None, agent: str) -> DepositRecord:
    """Give up a deposit that stays in ERROR; durable when it returns.

    Args:
        home: Where it waits.
        deposit_id: Which.
        reason: Why, in the receipt and not in the ledger.
        seal: Signs the receipt.
        agent: Who asks, for the ledger.

    Raises:
        NotFound: It is not in the queue.
        ConflictError: It is not in ERROR.
        StorageUnavailable: The medium failed; it stays in the queue.
    """
    with home.writing():
        with home.catalog.transaction(INSTALLATION) as tx:
            entry = tx.queued([deposit_id]).get(deposit_id)
            if entry is None:
                raise NotFound(f"no deposit {deposit_id} in the queue", place=deposit_id)
            if entry.state is not QueueState.ERROR:
                raise ConflictError(f"only what is in ERROR can be given up, this one is {entry.state}")
            detail = {"deposit": deposit_id, "bytes": entry.size, "attempts": entry.attempts}
            draft = EventDraft(DROPPED, deposit_id, agent, detail)
            (event,) = home.ledger.append_placed(tx, entry.tenant_id, [draft])
            first = make_receipt(
                deposit_id=deposit_id, tenant_id=entry.tenant_id, state=DepositState.REJECTED,
                received_at=entry.queued_at, package_name=entry.package_name, package_digest="",
                object_id="", files=(), findings=(), event=event,
            )  # fmt: skip
            receipt = sealed(decided(first, DepositState.REJECTED, reason, event), seal)
            record = DepositRecord(
                deposit_id, entry.tenant_id, DepositState.REJECTED, event.event.at, entry.package_name,
                "", "", (), receipt,
            )  # fmt: skip
            # The reason is in the store before the ledger says that there was a decision.
            home.store.put(deposit_key(entry.tenant_id, deposit_id), [deposit_bytes(record)])
            home.store.sync()
            tx.record_deposit(record)
            tx.name_depositor([deposit_id], entry.agent)
            tx.leave_queue([deposit_id])
        home.ledger.flush(entry.tenant_id)
    Inbox(home.engines.open_inbox()).discard([(entry.tenant_id, deposit_id)])
    return record
