# SPDX-License-Identifier: EUPL-1.2
"""Where deposits stand, waiting and settled in one list: for interfaces and pages.

What waits is told by the queue, what is settled by the catalogue; who is in both is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.catalog import INSTALLATION, QueuedDeposit, QueueState
from archive.clock import format_instant
from archive.errors import ConflictError, NotFound
from archive.findings import Finding, Severity
from archive.home import Home
from archive.model import RECORD_PATH, DepositRecord, DepositState
from archive.record import DepositDocument
from ingest.deposit import receipt_of
from ingest.receipt import sealed
from preservation.installation import archive_seal

STATES: Final = (*QueueState, *DepositState)
"""Every state, in the order in which a deposit may pass them."""

_WORDS: Final = {
    QueueState.QUEUED: ("it waits for a worker", "espera a ser comprobado"),
    QueueState.CHECKING: ("a worker is checking it", "se está comprobando"),
    DepositState.ACCEPTED: ("it is kept", "se ha admitido y se conserva"),
    DepositState.REJECTED: ("it was not admitted", "no se ha admitido"),
    DepositState.WAITING: (
        "it is kept, and an archivist must decide",
        "se conserva; debe decidir el archivo",
    ),
    DepositState.REPEATED: ("the same had been deposited before", "ya se había depositado lo mismo"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one deposit stands."""

    deposit_id: str
    tenant_id: str
    state: QueueState | DepositState
    since: datetime
    package: str
    why: str
    """One sentence, without personal data."""
    porque: str
    """The same in Spanish."""
    object_id: str = ""
    """Of what was kept; of REPEATED, empty: the first deposit has it."""
    first: str = ""
    """Of REPEATED: the deposit that brought the same before."""
    findings: tuple[Finding, ...] = ()
    attempts: int = 0
    again_at: datetime | None = None
    """Of ERROR: when it is tried again."""

    @property
    def settled(self) -> bool:
        """Whether there is a receipt."""
        return isinstance(self.state, DepositState)


def standing(home: Home, tenant_id: str, deposit_id: str, *, agent: str = "") -> Standing:
    """Return where a deposit stands.

    Args:
        home: Of the archive.
        tenant_id: Whose it must be.
        deposit_id: Which.
        agent: Who must have brought it, as the ledger names him; empty for anybody.

    Raises:
        NotFound: No such deposit, or of another tenant, or of somebody else: the words are the same.
    """
    with home.catalog.reading(tenant_id) as tx:
        waiting = tx.queued([deposit_id]).get(deposit_id)
        settled = tx.deposits_by_id([deposit_id]).get(deposit_id)
        brought_by = (settled and tx.depositor(deposit_id)) or (waiting.agent if waiting else "")
    found = _of_deposit(settled) if settled else _of_queue(waiting) if waiting else None
    if found is None or found.tenant_id != tenant_id or (agent and brought_by != agent):
        raise NotFound("there is no such deposit")
    return found


def standings(
    home: Home,
    tenant_id: str,
    *,
    before: str = "",
    limit: int = 50,
    state: QueueState | DepositState | None = None,
    agent: str = "",
) -> list[Standing]:
    """Return a part of a tenant's deposits, newest first.

    Args:
        home: Of the archive.
        tenant_id: Whose.
        before: The last identifier of the part before; empty for the newest.
        limit: At most so many.
        state: Only those in it.
        agent: Only those that he brought.
    """
    found: dict[str, Standing] = {}
    with home.catalog.reading(tenant_id) as tx:
        if not isinstance(state, DepositState):
            waiting = tx.queued_before(tenant_id, before, limit, state=state, agent=agent)
            found |= {each.deposit_id: _of_queue(each) for each in waiting}
            for deposit_id in tx.deposits_by_id(found):
                del found[deposit_id]
        if not isinstance(state, QueueState):
            settled = tx.deposits_before(tenant_id, before, limit, state=state, agent=agent)
            found |= {each.deposit_id: _of_deposit(each) for each in settled}
    return [found[deposit_id] for deposit_id in sorted(found, reverse=True)][:limit]


def named(home: Home, tenant_id: str, deposit_ids: Sequence[str]) -> list[Standing]:
    """Return where these deposits of a tenant stand, in their order; those that are nowhere are left out."""
    with home.catalog.reading(tenant_id) as tx:
        waiting, settled = tx.queued(deposit_ids), tx.deposits_by_id(deposit_ids)
    found = {each.deposit_id: _of_queue(each) for each in waiting.values()}
    found |= {each.deposit_id: _of_deposit(each) for each in settled.values()}
    ours = (found[each] for each in deposit_ids if each in found)
    return [each for each in ours if each.tenant_id == tenant_id]


def receipt(home: Home, deposit_id: str) -> dict[str, Any]:
    """Return the receipt of a deposit as it stands; made and sealed anew where a rebuilt catalogue has none.

    Raises:
        ConflictError: It is not settled yet.
        NotFound: A rejection whose receipt was lost with a catalogue: the depositor has it, and its findings
            stay.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        settled = tx.deposits_by_id([deposit_id]).get(deposit_id)
        if settled is None:
            raise ConflictError("there is no receipt before it is settled")
        if settled.receipt:
            return settled.receipt
        if not settled.object_id:
            raise NotFound("the receipt of this rejection was lost with a catalogue; its findings are kept")
        objects = home.objects(settled.tenant_id)
        data = b"".join(objects.read_verified(settled.object_id, RECORD_PATH, version=1))
        made = receipt_of(tx, settled, DepositDocument.from_bytes(data))
    return sealed(made, archive_seal(home))


def _of_queue(entry: QueuedDeposit) -> Standing:
    failed = entry.state is QueueState.ERROR
    if failed:
        again = format_instant(entry.due_at)
        words = (
            f"the system failed, not the package; it is tried again at {again}: {entry.reason}",
            f"ha fallado el sistema, no el paquete; se reintentará el {again}",
        )
    else:
        words = _WORDS[entry.state]
    return Standing(
        entry.deposit_id, entry.tenant_id, entry.state, entry.since, entry.package_name, *words,
        attempts=entry.attempts, again_at=entry.due_at if failed else None,
    )  # fmt: skip


def _of_deposit(record: DepositRecord) -> Standing:
    why, porque = _WORDS[record.state]
    heavy = [each for each in record.findings if each.severity in {Severity.DECISION, Severity.ERROR}]
    if heavy and record.state in {DepositState.REJECTED, DepositState.WAITING}:
        why, porque = f"{why}: {heavy[0].message('en')}", f"{porque}: {heavy[0].message('es')}"
    if decision := record.receipt.get("decision"):
        why, porque = f"{why}: {decision['reason']}", f"{porque}: {decision['reason']}"
    repeated = record.state is DepositState.REPEATED
    return Standing(
        record.deposit_id, record.tenant_id, record.state, record.since, record.package_name, why, porque,
        object_id=record.object_id, first=str(record.receipt.get("deposit", "")) if repeated else "",
        findings=record.findings,
    )  # fmt: skip
