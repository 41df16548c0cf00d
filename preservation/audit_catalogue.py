# SPDX-License-Identifier: EUPL-1.2
"""Does the catalogue say of an object, and of what happened, what the store says? For the audit.

The catalogue is derived: what answers searches and shows verdicts is a copy of `metadata/deposit.json`, which
evidence covers, and of the ledger. Whoever changes a row by hand changes no byte of the store, so rows are
held against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archive.catalog import INSTALLATION, Transaction
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.model import RECORD_PATH, SYSTEM_TENANT, DepositRecord, ObjectKind, ObjectRecord
from archive.problems import Problem
from archive.rebuild.holdings import copy_of
from archive.record import DepositDocument, deposit_key, read_deposit
from archive.store import ObjectStore


def compare_record(home: Home, tx: Transaction, record: ObjectRecord) -> Iterator[Problem]:
    """Hold the rows of an object against its record: title, documents, verdicts, state of its deposit.

    Of a certified copy also the register's entry. An object without a record that can be read is left to
    whoever reads its bytes.

    Source: ENI (RD 4/2010) art. 21.1; Ley 39/2015 art. 17.2.
    """
    try:
        data = b"".join(home.objects(record.tenant_id).read_verified(record.object_id, RECORD_PATH))
        kept = DepositDocument.from_bytes(data)
    except (IntegrityError, NotFound):
        return
    checks = {
        "object": replace(kept.object, version=record.version) == record,
        "documents": list(kept.documents) == tx.documents(record.object_id),
        "signatures": list(kept.signatures) == tx.signatures(record.object_id),
        "deposit": _same_deposit(home.store, tx, kept.deposit),
        "copy": record.kind is not ObjectKind.COPY or _same_copy(tx, kept.object),
    }
    for part, same in checks.items():
        if not same:
            yield Problem("AUDIT-RECORD", record.object_id, RECORD_PATH, part, "", record.tenant_id)


def compare_ledgers(home: Home) -> Iterator[Problem]:
    """Hold the catalogue's events against the journal in the store, every municipality's and our own."""
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = [SYSTEM_TENANT, *(tenant.tenant_id for tenant in tx.tenants())]
    for tenant_id in tenants:
        # Looked at twice: an event may have been added between the first look at one and at the other.
        if home.ledger.verify(tenant_id) and (found := home.ledger.verify(tenant_id)):
            detail = f"{found[0].kind} {found[0].sequence}: {found[0].detail}"
            yield Problem("AUDIT-LEDGER", "", "", detail, found[0].key, tenant_id)


def _same_copy(tx: Transaction, kept: ObjectRecord) -> bool:
    """Tell whether the register has a certified copy as its object says, withdrawn if the ledger says so."""
    try:
        issued = copy_of(kept)
    except (KeyError, TypeError):
        return True  # a copy from elsewhere, with no code of ours
    row = tx.copy_by_csv(issued.csv)
    if row is None or replace(row, revoked_at=None) != issued:
        return False
    withdrawn = any(event.kind == "copy.revoked" for event in tx.events_about(kept.object_id))
    return withdrawn == (row.revoked_at is not None)


def _same_deposit(store: ObjectStore, tx: Transaction, kept: DepositRecord) -> bool:
    """Tell whether a deposit stands as it was recorded, or as an archivist decided later."""
    try:
        row = tx.deposit(kept.deposit_id)
    except NotFound:
        return False
    if row.state is not kept.state:
        try:
            kept = read_deposit(store.read(deposit_key(kept.tenant_id, kept.deposit_id)))
        except (IntegrityError, NotFound):
            return False
    return replace(row, receipt={}, since=kept.since) == replace(kept, receipt={})
