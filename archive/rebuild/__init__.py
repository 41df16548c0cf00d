# SPDX-License-Identifier: EUPL-1.2
"""Make the catalogue again from the store alone (ADR-0002)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION, Catalog
from archive.chain import LedgerHead
from archive.errors import CatalogUnavailable, ConfigurationError, IntegrityError, StorageUnavailable
from archive.home import EVIDENCE_ROOT, Home, sync_folder
from archive.model import SYSTEM_TENANT
from archive.objects import Objects
from archive.rebuild.batches import restore_batches
from archive.rebuild.comparison import equal_topics
from archive.rebuild.deposits import restore_deposits
from archive.rebuild.history import restore_ledger, settle_head
from archive.rebuild.holdings import HoldingsOf
from archive.rebuild.report import Notes, RebuildProblem, RebuildReport
from archive.tenants import read_tenant, stored_tenants, tenant_key

__all__ = ["RebuildProblem", "RebuildReport", "rebuild_catalog"]

_DRAFT: Final = "catalog.rebuilding.sqlite3"
_SIDES: Final = ("", "-wal", "-shm")


def rebuild_catalog(home: Home) -> RebuildReport:
    """Build a new catalogue from the store, compare it with the old one, and put it in its place.

    The old catalogue stays until the new one is whole; dying half-way leaves it untouched, and repeating
    starts anew. The deed and what it found go into the installation's ledger.

    Args:
        home: Opened by `Home.open`, or by `Home.open_store` where the catalogue is lost or damaged. No
            other process may have it open: it would go on with the old catalogue.

    Returns:
        Counts, problems, and for each topic whether the old catalogue said the same.

    Raises:
        ConflictError: Another process is writing.
        StorageUnavailable: The home cannot be read or written.
    """
    with home.writing():
        draft = home.path / _DRAFT
        _remove(draft)
        notes = Notes()
        lost, equal, counts = _build(home, draft, notes)
        _swap(home, draft)
        _tell(home, notes, lost, counts)
    names = (name for name in RebuildReport.__slots__ if name not in {"problems", "equal"})
    return RebuildReport(
        **{name: counts[name] for name in names}, problems=tuple(notes.problems), equal=equal
    )


def _build(
    home: Home, draft: Path, notes: Notes
) -> tuple[dict[str, LedgerHead], dict[str, bool] | None, dict[str, int]]:
    catalog = Catalog.open(draft)
    try:
        lost = _restore(home, catalog, notes)
        with catalog.reading(INSTALLATION) as tx:
            counts = tx.counts()
        equal = _compare(home, catalog)
    finally:
        catalog.close()
    return lost, equal, counts


def _restore(home: Home, catalog: Catalog, notes: Notes) -> dict[str, LedgerHead]:
    tenants = [
        tenant_id for tenant_id in stored_tenants(home.store) if _add_tenant(home, catalog, tenant_id, notes)
    ]
    lost: dict[str, LedgerHead] = {}
    for tenant_id in (*tenants, SYSTEM_TENANT):
        reached = restore_ledger(home.store, catalog, tenant_id, notes)
        told = settle_head(home.store, tenant_id, reached)
        if told:
            lost[tenant_id] = told
    home.store.sync()
    for tenant_id in tenants:
        HoldingsOf(home.store, catalog, tenant_id, notes).restore()
        restore_deposits(home.store, catalog, tenant_id, notes)
    restore_batches(Objects(home.store, EVIDENCE_ROOT), catalog, notes)
    return lost


def _add_tenant(home: Home, catalog: Catalog, tenant_id: str, notes: Notes) -> bool:
    key = tenant_key(tenant_id)
    try:
        tenant = read_tenant(home.store.read(key))
        if tenant.tenant_id != tenant_id:
            raise IntegrityError("it is another tenant's")  # noqa: TRY301 - one place notes it
    except IntegrityError as cause:
        notes.add("tenant.damaged", tenant_id, tenant_id, cause, key)
        return False
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_tenant(tenant)
    return True


def _compare(home: Home, catalog: Catalog) -> dict[str, bool] | None:
    if not home.catalog_path.exists():
        return None
    try:
        old = Catalog.open(home.catalog_path)
    except (CatalogUnavailable, ConfigurationError):
        return None
    try:
        equal = equal_topics(old, catalog)
        _carry_receipts(old, catalog)
    except CatalogUnavailable:
        return None
    finally:
        old.close()
    return equal


def _carry_receipts(old: Catalog, catalog: Catalog) -> None:
    """Keep the text of receipts while somebody still has it: the store does not."""
    with old.reading(INSTALLATION) as before:
        for tenant in before.tenants():
            given = {one.deposit_id: one.receipt for one in before.deposits(tenant.tenant_id) if one.receipt}
            with catalog.transaction(INSTALLATION) as tx:
                for deposit in tx.deposits(tenant.tenant_id):
                    receipt = given.get(deposit.deposit_id)
                    if receipt and not deposit.receipt:
                        tx.record_deposit(replace(deposit, receipt=receipt))


def _swap(home: Home, draft: Path) -> None:
    home.close()
    try:
        # The old log goes first: beside the new file it would be taken for its own.
        for side in _SIDES[1:]:
            _path(home.catalog_path, side).unlink(missing_ok=True)
        os.replace(draft, home.catalog_path)
        sync_folder(home.path)
    except OSError as cause:
        raise StorageUnavailable(f"the catalogue cannot be put in place: {cause.strerror}") from cause
    home.use_catalog(Catalog.open(home.catalog_path))


def _tell(home: Home, notes: Notes, lost: dict[str, LedgerHead], counts: dict[str, int]) -> None:
    with home.catalog.transaction(INSTALLATION) as tx:
        for tenant_id, head in lost.items():
            detail = {"sequence": head.sequence, "digest": head.digest}
            home.ledger.append(tx, SYSTEM_TENANT, "ledger.lost", tenant_id, "cli", detail)
        kinds = [problem.kind for problem in notes.problems]
        detail = {
            "objects": counts["objects"],
            "events": counts["events"],
            "problems": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        }
        home.ledger.append(tx, SYSTEM_TENANT, "catalog.rebuilt", SYSTEM_TENANT, "cli", detail)
    home.ledger.flush()


def _remove(draft: Path) -> None:
    try:
        for side in _SIDES:
            _path(draft, side).unlink(missing_ok=True)
    except OSError as cause:
        raise StorageUnavailable(f"the home cannot be written: {cause.strerror}") from cause


def _path(path: Path, side: str) -> Path:
    return path.with_name(path.name + side)
