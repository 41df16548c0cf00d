# SPDX-License-Identifier: EUPL-1.2
"""Make the catalogue again from the store alone (ADR-0002)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from time import perf_counter

from archive.catalog import INSTALLATION, Catalog
from archive.catalog.exchange import drafted
from archive.chain import LedgerHead
from archive.errors import CatalogUnavailable, ConfigurationError, IntegrityError
from archive.home import EVIDENCE_ROOT, Home
from archive.ledger import Ledger
from archive.model import SYSTEM_TENANT
from archive.objects import Objects
from archive.rebuild.batches import restore_batches
from archive.rebuild.comparison import equal_topics
from archive.rebuild.deposits import restore_deposits
from archive.rebuild.history import restore_ledger, settle_head
from archive.rebuild.holdings import HoldingsOf
from archive.rebuild.registers import restore_registers
from archive.rebuild.report import Notes, RebuildProblem, RebuildReport
from archive.tenants import read_tenant, stored_tenants, tenant_key

__all__ = ["RebuildProblem", "RebuildReport", "rebuild_catalog"]


def rebuild_catalog(home: Home) -> RebuildReport:
    """Build a new catalogue from the store, compare it with the old one, and put it in its place.

    The old catalogue serves readers until the new one is whole; dying half-way leaves it untouched, and
    repeating starts anew. Whoever has it open goes on with the new one. The deed and what it found go into
    the installation's ledger.

    Args:
        home: Opened by `Home.open`, or by `Home.open_store` where the catalogue is lost or damaged.

    Returns:
        Counts, problems, for each topic whether the old catalogue said the same, and how long it took.

    Raises:
        ConfigurationError: One of several stores is of another archive.
        ConflictError: Another process is writing.
        StorageUnavailable: The home cannot be read or written.
        CatalogUnavailable: The database cannot be used.
    """
    home.require_one_archive()
    started = perf_counter()
    notes, engines = Notes(), home.engines
    owner = engines.settings.catalog.owner_url.get_secret_value()
    with home.writing():
        _flush_old(home)
        with drafted(engines.catalog_target, owner) as draft:
            lost = _restore(home, draft.catalog, notes)
            with draft.catalog.reading(INSTALLATION) as tx:
                counts = tx.counts()
            equal = _compare(home, draft.catalog)
            seconds = perf_counter() - started
            draft.exchange(old_is_sound=equal is not None)
        home.use_catalog(engines.open_catalog())
        _tell(home, notes, lost, counts)
    names = (name for name in RebuildReport.__slots__ if name not in {"problems", "equal", "seconds"})
    return RebuildReport(
        **{name: counts[name] for name in names},
        problems=tuple(notes.problems),
        equal=equal,
        seconds=seconds,
    )


def _flush_old(home: Home) -> None:
    """Carry events of the old catalogue that the journal has not into it, where both tell the same story."""
    with suppress(CatalogUnavailable, ConfigurationError, IntegrityError), _old(home) as old:
        if old is not None:
            Ledger(old, home.store, home.clock).flush()


@contextmanager
def _old(home: Home) -> Iterator[Catalog | None]:
    """Yield the catalogue that serves, None where there is none; it is never made here."""
    engines = home.engines
    if engines.embedded_catalog and not home.catalog_path.exists():
        yield None
        return
    catalog = engines.open_catalog(read_only=not engines.embedded_catalog)
    try:
        yield catalog
    finally:
        catalog.close()


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
    for tenant_id in (*tenants, SYSTEM_TENANT):
        restore_registers(home.store, catalog, tenant_id, notes)
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
    try:
        with _old(home) as old:
            if old is None:
                return None
            equal = equal_topics(old, catalog)
            _carry_receipts(old, catalog)
            return equal
    except (CatalogUnavailable, ConfigurationError):
        return None


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
