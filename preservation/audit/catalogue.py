# SPDX-License-Identifier: EUPL-1.2
"""Does the catalogue say of an object, and of what happened, what the store says? For the audit.

The catalogue is derived: what answers searches and shows verdicts is a copy of `metadata/deposit.json`, which
evidence covers, and of the ledger. Whoever changes a row by hand changes no byte of the store, so rows are
held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from archive.catalog import INSTALLATION, Transaction
from archive.chain import LedgerProblem
from archive.digests import digest_bytes
from archive.errors import IntegrityError, LongevaError, NotFound
from archive.heads_check import check_heads
from archive.home import Home
from archive.inventory import Inventory
from archive.journal_check import check_journal
from archive.ledger import Ledger
from archive.ledger_openings import StampedRoot
from archive.model import RECORD_PATH, SYSTEM_TENANT, DepositRecord, LedgerEvent, ObjectKind, ObjectRecord
from archive.problems import Problem
from archive.rebuild.holdings import copy_of
from archive.record import DepositDocument, deposit_bytes, deposit_key, read_deposit
from archive.registers import entry_key
from archive.store import ObjectStore
from archive.tenants import tenant_bytes, tenant_key

_PAGE: Final = 10_000
"""Events read at a time."""


def compare_record(
    home: Home, tx: Transaction, record: ObjectRecord, inventory: Inventory
) -> Iterator[Problem]:
    """Hold the rows of an object against its record: title, documents, verdicts, state of its deposit.

    Of a certified copy also the register's entry. An object without a record that can be read is left to
    whoever reads its bytes.

    Source: ENI (RD 4/2010) art. 21.1; Ley 39/2015 art. 17.2.
    """
    try:
        data = b"".join(home.objects(record.tenant_id).read_named(inventory, RECORD_PATH))
        kept = DepositDocument.from_bytes(data)
    except LongevaError:
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


def tenants_of(home: Home) -> list[str]:
    """Return whose ledgers there are: the installation's own first."""
    with home.catalog.reading(INSTALLATION) as tx:
        return [SYSTEM_TENANT, *(tenant.tenant_id for tenant in tx.tenants())]


def compare_ledgers(home: Home, store: ObjectStore, tenant_id: str) -> Iterator[Problem]:
    """Hold every file of a journal in a store against the catalogue's events."""

    def rows(first: int, last: int) -> list[LedgerEvent]:
        with home.catalog.reading(INSTALLATION) as tx:  # anew: events may have been added meanwhile
            return tx.tenant_events(tenant_id, first - 1, last - first + 1)

    told = False
    for problem in check_journal(store, tenant_id, rows):
        told = True
        yield _of_ledger(problem)
    ledger = Ledger(home.catalog, store, home.clock)  # over this copy alone: another's rot is not its fault
    # Looked at twice: an event may have been added between the first look at one and at the other.
    if not told and ledger.verify(tenant_id) and (found := ledger.verify(tenant_id)):
        yield _of_ledger(found[0])


def compare_heads(
    store: ObjectStore, tenant_id: str, stamped: Mapping[str, StampedRoot], *, journal: bool = True
) -> Iterator[Problem]:
    """Hold openings in a store, and its journal, to the heads that were time-stamped; see `check_heads`."""
    yield from map(_of_ledger, check_heads(store, tenant_id, stamped, journal=journal))


def compare_records(home: Home, store: ObjectStore, tenant_id: str) -> Iterator[Problem]:
    """Hold the files of a municipality, its deposits and its registers against the catalogue's rows."""
    yield from _compare_registers(home, store, tenant_id)
    if tenant_id == SYSTEM_TENANT:
        return
    with home.catalog.reading(INSTALLATION) as tx:
        own = tenant_bytes(tx.tenant(tenant_id))
        yield from _compare_bytes(store, tenant_id, tenant_key(tenant_id), [own])
        prefix = deposit_key(tenant_id, "").removesuffix(".json")
        for key in store.keys(prefix):
            with suppress(NotFound):  # nobody was told of a deposit that died before its row
                row = tx.deposit(key.removeprefix(prefix).removesuffix(".json"))
                # of what was turned away the report was kept before there was a receipt
                kept = [deposit_bytes(row), deposit_bytes(replace(row, receipt={}))]
                yield from _compare_bytes(store, tenant_id, key, kept)


def _compare_registers(home: Home, store: ObjectStore, tenant_id: str) -> Iterator[Problem]:
    with home.catalog.reading(INSTALLATION) as tx:
        for entry in tx.every_entry(tenant_id):
            yield from _compare_bytes(store, tenant_id, entry_key(entry), [], entry.sha256)


def lost_reports(home: Home, tenant_id: str) -> Iterator[Problem]:
    """Tell of each deposit that was turned away whose report is not there any more."""
    after = 0
    while True:
        with home.catalog.reading(INSTALLATION) as tx:
            page = tx.tenant_events(tenant_id, after, _PAGE)
        for event in page:
            key = deposit_key(tenant_id, event.subject)
            if event.kind == "deposit.rejected" and not home.store.exists(key):
                path = key.removeprefix(f"tenants/{tenant_id}/")
                yield Problem("AUDIT-RECORD-FILE", "", path, "the file is missing", key, tenant_id)
        if not page:
            return
        after = page[-1].sequence


def _compare_bytes(
    store: ObjectStore, tenant_id: str, key: str, kept: list[bytes], sha256: str = ""
) -> Iterator[Problem]:
    path = key.removeprefix(f"tenants/{tenant_id}/")
    try:
        data = store.read(key)
        if data not in kept and digest_bytes(data).sha256 != sha256:
            yield Problem("AUDIT-RECORD-FILE", "", path, "other bytes than were written", key, tenant_id)
    except NotFound:
        yield Problem("AUDIT-RECORD-FILE", "", path, "the file is missing", key, tenant_id)
    except LongevaError as cause:
        yield Problem("STORE-UNREADABLE", "", path, str(cause), key, tenant_id)


def _of_ledger(found: LedgerProblem) -> Problem:
    detail = f"{found.kind} {found.sequence}: {found.detail}"
    return Problem("AUDIT-LEDGER", "", "", detail, found.key, found.tenant_id)


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
