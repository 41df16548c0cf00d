# SPDX-License-Identifier: EUPL-1.2
"""Deposits that no object tells of back into a catalogue: what was turned away, and what was decided later.

    tenants/TENANT/deposits/DEPOSIT.json    a deposit that was turned away, or as it stands after a decision

A decision without such a file is taken from the ledger, which knows its outcome and instant, not its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archive.catalog import INSTALLATION, Catalog, Transaction
from archive.errors import IntegrityError, NotFound
from archive.model import DepositRecord, DepositState, LedgerEvent
from archive.rebuild.history import event_pages
from archive.rebuild.report import Notes
from archive.record import read_deposit
from archive.store import ObjectStore

_BROUGHT: Final = frozenset({"object.stored", "deposit.rejected", "deposit.repeated"})
_DECISIONS: Final = {"deposit.admitted": DepositState.ACCEPTED, "deposit.refused": DepositState.REJECTED}


def restore_deposits(store: ObjectStore, catalog: Catalog, tenant_id: str, notes: Notes) -> None:
    """Write a tenant's deposits that the objects did not bring."""
    prefix = f"tenants/{tenant_id}/deposits/"
    for key in store.keys(prefix):
        try:
            deposit = read_deposit(store.read(key))
            _require_own(deposit, tenant_id, key.removeprefix(prefix))
        except IntegrityError as cause:
            notes.add("deposit.damaged", tenant_id, key.removeprefix(prefix), cause, key)
            continue
        _restore(catalog, deposit, notes, key)
    for page in event_pages(catalog, tenant_id):
        for event in page:
            if event.kind in _DECISIONS:
                _decide(catalog, event, notes)
        _name_depositors(catalog, page)


def _name_depositors(catalog: Catalog, page: Sequence[LedgerEvent]) -> None:
    """Note who brought each deposit: the ledger's event of it names him."""
    brought: dict[str, list[str]] = {}
    for event in page:
        if event.kind in _BROUGHT and "deposit" in event.detail:
            brought.setdefault(event.agent, []).append(str(event.detail["deposit"]))
    if brought:
        with catalog.transaction(INSTALLATION) as tx:
            for agent, deposit_ids in brought.items():
                tx.name_depositor(deposit_ids, agent)


def _restore(catalog: Catalog, deposit: DepositRecord, notes: Notes, key: str) -> None:
    with catalog.transaction(INSTALLATION) as tx:
        if _is_told(tx, deposit):
            tx.record_deposit(deposit)
            return
    detail = "it died before the ledger had it: nobody was answered"
    notes.add("deposit.unacknowledged", deposit.tenant_id, deposit.deposit_id, detail, key)


def _is_told(tx: Transaction, deposit: DepositRecord) -> bool:
    """Tell whether the ledger knows of the deposit itself, or of the decision about it."""
    about = tx.events_about(deposit.object_id) if deposit.object_id else []
    decided = (event for event in about if event.kind in _DECISIONS)
    return bool(tx.events_about(deposit.deposit_id)) or any(
        event.detail.get("deposit") == deposit.deposit_id for event in decided
    )


def _decide(catalog: Catalog, event: LedgerEvent, notes: Notes) -> None:
    deposit_id = str(event.detail.get("deposit"))
    with catalog.transaction(INSTALLATION) as tx:
        try:
            deposit = tx.deposit(deposit_id)
        except NotFound as cause:
            notes.add("deposit.missing", event.tenant_id, deposit_id, cause)
            return
        if deposit.state is DepositState.WAITING and deposit.tenant_id == event.tenant_id:
            tx.record_deposit(replace(deposit, state=_DECISIONS[event.kind], since=event.at))


def _require_own(deposit: DepositRecord, tenant_id: str, name: str) -> None:
    if deposit.tenant_id != tenant_id or name != f"{deposit.deposit_id}.json":
        raise IntegrityError("it is another deposit's")
