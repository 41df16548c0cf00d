# SPDX-License-Identifier: EUPL-1.2
"""Tenants and deposits in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from archive.catalog.session import Session, pages
from archive.catalog.tables import deposits, tenants
from archive.errors import ConflictError, NotFound
from archive.findings import Finding
from archive.model import DepositRecord, DepositState, Tenant


class DepositRows(Session):
    """Who may deposit, and what became of each deposit."""

    def add_tenant(self, tenant: Tenant) -> None:
        """Write a new tenant.

        Raises:
            ConflictError: The identifier is taken.
        """
        if self._tenant_row(tenant.tenant_id) is not None:
            raise ConflictError(f"the tenant {tenant.tenant_id} exists already")
        values = {name: getattr(tenant, name) for name in ("tenant_id", "name", "dir3", "created_at")}
        self._run(insert(tenants).values(values))

    def tenant(self, tenant_id: str) -> Tenant:
        """Return a tenant. Raises NotFound."""
        row = self._tenant_row(tenant_id)
        if row is None:
            raise NotFound(f"no tenant {tenant_id}")
        return _to_tenant(row)

    def tenants(self) -> list[Tenant]:
        """Return every tenant, by identifier."""
        return [_to_tenant(row) for row in self._rows(select(tenants).order_by(tenants.c.tenant_id))]

    def record_deposit(self, deposit: DepositRecord) -> None:
        """Write a deposit, or its new state over the old one. Repeating it changes nothing."""
        self.record_deposits([deposit])

    def record_deposits(self, records: Sequence[DepositRecord]) -> None:
        """Write many deposits, each once; see `record_deposit`."""
        column = deposits.c.deposit_id
        for page in pages(records):
            there = select(column).where(column.in_([record.deposit_id for record in page]))
            known = {row.deposit_id for row in self._rows(there)}
            self._insert_all(deposits, (_from_deposit(each) for each in page if each.deposit_id not in known))
            for record in page:
                if record.deposit_id in known:
                    values = _from_deposit(record)
                    self._run(update(deposits).where(column == record.deposit_id).values(values))

    def deposit(self, deposit_id: str) -> DepositRecord:
        """Return a deposit. Raises NotFound."""
        row = self._first(select(deposits).where(deposits.c.deposit_id == deposit_id))
        if row is None:
            raise NotFound(f"no deposit {deposit_id}")
        return _to_deposit(row)

    def deposits_by_id(self, deposit_ids: Iterable[str]) -> dict[str, DepositRecord]:
        """Return those of these deposits that are recorded, by identifier."""
        found: dict[str, DepositRecord] = {}
        for page in pages(deposit_ids):
            rows = self._rows(select(deposits).where(deposits.c.deposit_id.in_(page)))
            found.update((row.deposit_id, _to_deposit(row)) for row in rows)
        return found

    def deposit_by_digest(self, tenant_id: str, package_digest: str) -> DepositRecord | None:
        """Return the latest deposit of these very bytes that is stored, or None."""
        return self.deposits_by_digest(tenant_id, [package_digest]).get(package_digest)

    def deposit_in_brief(self, tenant_id: str, package_digest: str) -> DepositRecord | None:
        """Return the same deposit as `deposit_by_digest` without findings and receipt, which may be long."""
        column = deposits.c
        brief = ("deposit_id", "tenant_id", "state", "since", "package_name", "package_digest", "object_id")
        asked = select(*(column[name] for name in brief)).where(column.object_id != "")
        own = (column.package_digest == package_digest) & (column.tenant_id == tenant_id)
        row = self._first(asked.where(own).order_by(column.deposit_id.desc()))
        if row is None:
            return None
        return DepositRecord(
            row.deposit_id, row.tenant_id, DepositState(row.state), row.since, row.package_name,
            row.package_digest, row.object_id, (),
        )  # fmt: skip

    def deposits_by_digest(self, tenant_id: str, digests: Iterable[str]) -> dict[str, DepositRecord]:
        """Return the latest stored deposit of each of these packages that has any, by package digest.

        Stored also means one that an archivist refused: its bytes and the decision stay.
        """
        found: dict[str, DepositRecord] = {}
        for page in pages(digests):
            statement = (
                select(deposits)
                .where(deposits.c.package_digest.in_(page), deposits.c.tenant_id == tenant_id)
                .where(deposits.c.object_id != "")
                .order_by(deposits.c.deposit_id)
            )
            found.update((row.package_digest, _to_deposit(row)) for row in self._rows(statement))
        return found

    def deposits(self, tenant_id: str | None = None, limit: int | None = None) -> list[DepositRecord]:
        """Return deposits, newest first: their identifiers are UUIDv7, which sort by time."""
        statement = select(deposits).order_by(deposits.c.deposit_id.desc()).limit(limit)
        if tenant_id is not None:
            statement = statement.where(deposits.c.tenant_id == tenant_id)
        return [_to_deposit(row) for row in self._rows(statement)]

    def name_depositor(self, deposit_ids: Iterable[str], agent: str) -> None:
        """Note who brought deposits, as the ledger names him."""
        for page in pages(deposit_ids):
            self._run(update(deposits).where(deposits.c.deposit_id.in_(page)).values(agent=agent))

    def depositor(self, deposit_id: str) -> str:
        """Return who brought a deposit, as the ledger names him; empty where nobody noted it."""
        row = self._first(select(deposits.c.agent).where(deposits.c.deposit_id == deposit_id))
        return row.agent if row else ""

    def deposits_before(
        self, tenant_id: str, before: str, limit: int, *, state: DepositState | None = None, agent: str = ""
    ) -> list[DepositRecord]:
        """Return a part of a tenant's deposits, newest first.

        Args:
            tenant_id: Whose.
            before: Identifier after which (in this order) the part begins; empty for the newest.
            limit: At most so many.
            state: Only those in it.
            agent: Only those that he brought.
        """
        column = deposits.c
        asked = select(deposits).where(column.tenant_id == tenant_id)
        if before:
            asked = asked.where(column.deposit_id < before)
        if state is not None:
            asked = asked.where(column.state == str(state))
        if agent:
            asked = asked.where(column.agent == agent)
        return [_to_deposit(row) for row in self._rows(asked.order_by(column.deposit_id.desc()).limit(limit))]

    def _tenant_row(self, tenant_id: str) -> Row[Any] | None:
        return self._first(select(tenants).where(tenants.c.tenant_id == tenant_id))


def _to_tenant(row: Row[Any]) -> Tenant:
    return Tenant(row.tenant_id, row.name, row.dir3, row.created_at)


def _from_deposit(deposit: DepositRecord) -> dict[str, Any]:
    # Values of a finding keep their order: pairs, since some databases sort the names of a JSON object.
    findings = [[f.code, f.place, [list(pair) for pair in f.values]] for f in deposit.findings]
    return {
        "deposit_id": deposit.deposit_id,
        "tenant_id": deposit.tenant_id,
        "state": str(deposit.state),
        "since": deposit.since,
        "package_name": deposit.package_name,
        "package_digest": deposit.package_digest,
        "object_id": deposit.object_id,
        "findings": findings,
        "receipt": deposit.receipt,
    }


def _to_deposit(row: Row[Any]) -> DepositRecord:
    findings = tuple(
        Finding(code, place, tuple((name, value) for name, value in values))
        for code, place, values in row.findings
    )
    return DepositRecord(
        row.deposit_id,
        row.tenant_id,
        DepositState(row.state),
        row.since,
        row.package_name,
        row.package_digest,
        row.object_id,
        findings,
        row.receipt,
    )
