# SPDX-License-Identifier: EUPL-1.2
"""The deposit: bytes before rows, rows before receipt. Durable when it returns, or an error.

    1 receive   open, examine, stage, commit        ingest.intake, in worker processes when there is much
    2 record    rows and ledger events              one transaction for a group of packages
    3 journal   the ledger's new events             in the store
    4 receipt   what is now true                    sealed, kept with the deposit

The same package again gives the same receipt: it was already kept, nothing is stored twice. Once an archivist
has decided (ingest.decision), that is the receipt that tells the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive.catalog import Holding, Transaction
from archive.home import Home
from archive.ledger import EventDraft
from archive.ledger_growth import Placed, placed
from archive.model import DepositRecord, DepositState
from archive.record import DepositDocument, deposit_bytes, deposit_key, read_deposit
from archive.terminal import OnProgress
from ingest.intake import Taken, Ticket
from ingest.receipt import Seal, make_receipt, sealed
from ingest.workers import take_in

AGENT = "cli"
STORED = "object.stored"
TURNED_AWAY = "deposit.rejected"
REPEATED = "deposit.repeated"
"""Of the queue: the deposit got an identifier before anybody saw that its package was there already."""


@dataclass(frozen=True, slots=True)
class Deposited:
    """What the depositor is told."""

    receipt: dict[str, Any]
    repeated: bool
    """The same package had been deposited before: this is the receipt of that time."""


def deposit(
    home: Home,
    tenant_id: str,
    paths: Sequence[Path],
    *,
    seal: Seal | None,
    agent: str = AGENT,
    on_progress: OnProgress | None = None,
) -> list[Deposited]:
    """Deposit packages for a tenant.

    Args:
        home: Where to.
        tenant_id: Whose.
        paths: ZIPs, folders or single ENI files; each is one package.
        seal: Signs the receipts; None where the installation has no seal.
        agent: Who asks, for the ledger.
        on_progress: Told after each group.

    Returns:
        One result for each path, in order; rejected packages too (their state says so).

    Raises:
        NotFound: No such tenant.
        InvalidRequest: Nothing at a path, or nothing that can be read.
        ConflictError: A file changes every time that it is read, or another writer does not finish.
        IntegrityError: An object of the same package is there and damaged.
        ServiceError: The medium (StorageUnavailable), the catalogue or a worker process failed; what was
            acknowledged before stays, repeat the rest.
    """
    with home.catalog.reading(tenant_id) as tx:
        tx.tenant(tenant_id)
    done: list[Deposited] = []
    for group in take_in(home, tenant_id, paths):
        done.extend(record(home, tenant_id, group, seal, agent))
        if on_progress:
            on_progress(len(done), len(paths))
    return done


def record(
    home: Home,
    tenant_id: str,
    group: Sequence[Taken],
    seal: Seal | None,
    agent: str,
    tickets: Sequence[Ticket] = (),
) -> list[Deposited]:
    """Write what was taken in: reports, rows and ledger events, journal. Repeating it changes nothing.

    Args:
        home: Where to.
        tenant_id: Whose.
        group: Packages that were taken in together.
        seal: Signs the receipts.
        agent: Who asked, for the ledger.
        tickets: What each package was given when it came in, where they have waited: then each leaves a
            deposit under that identifier, also one that repeats another.

    Raises:
        As `deposit`.
    """
    group = _with_reports(home, group, waited=bool(tickets))
    first: dict[str, Taken] = {}
    for taken in group:
        first.setdefault(_key(taken), taken)
    with home.writing():
        with home.catalog.transaction(tenant_id) as tx:
            told = _told(home, tx, tenant_id, first, seal, agent)
            _tell_repeated(home, tx, zip(tickets, group, strict=bool(tickets)), told, agent)
        home.ledger.flush(tenant_id)
    answers = []
    for taken in group:
        answer = told[_key(taken)]
        answers.append(answer)
        told[_key(taken)] = replace(answer, repeated=True)
    return answers


def _key(taken: Taken) -> str:
    """Name a package within its group: what is rejected is itself alone, however alike."""
    return taken.deposit.object_id or taken.deposit.deposit_id


def _told(
    home: Home, tx: Transaction, tenant_id: str, group: Mapping[str, Taken], seal: Seal | None, agent: str
) -> dict[str, Deposited]:
    """Write the rows and events of packages that are all different, and say what each is told."""
    stored = {key: taken for key, taken in group.items() if taken.record_file}
    kept = tx.deposits_by_digest(tenant_id, [taken.deposit.package_digest for taken in stored.values()])
    told: dict[str, Deposited] = {}
    for key, taken in stored.items():
        if before := kept.get(taken.deposit.package_digest):
            told[key] = Deposited(before.receipt or _again(tx, before, taken, seal), repeated=True)
    settled = tx.deposits_by_id(taken.deposit.deposit_id for key, taken in group.items() if key not in stored)
    for key, before in settled.items():
        told[key] = Deposited(before.receipt or _again(tx, before, group[key], seal), repeated=True)
    new = {key: taken for key, taken in group.items() if key not in told}
    tx.add_objects([_holding(taken) for taken in new.values() if taken.record_file])
    events = home.ledger.append_placed(tx, tenant_id, [_event(taken, agent) for taken in new.values()])
    for (key, taken), event in zip(new.items(), events, strict=True):
        receipt = sealed(_receipt(taken.deposit, taken.document, event), seal)
        told[key] = Deposited(receipt, repeated=False)
    tx.record_deposits([replace(taken.deposit, receipt=told[key].receipt) for key, taken in new.items()])
    tx.name_depositor([taken.deposit.deposit_id for taken in new.values()], agent)
    return told


def _again(tx: Transaction, before: DepositRecord, taken: Taken, seal: Seal | None) -> dict[str, Any]:
    """Make a receipt anew, for a rebuilt catalogue has none."""
    receipt = sealed(receipt_of(tx, before, taken.document), seal)
    tx.record_deposit(replace(before, receipt=receipt))
    return receipt


def receipt_of(tx: Transaction, record: DepositRecord, document: DepositDocument) -> dict[str, Any]:
    """Return the receipt of a deposit that is in the catalogue, from its record and the ledger; unsealed."""
    about = tx.events_about(record.object_id or record.deposit_id)
    event = next(each for each in about if each.kind in {STORED, TURNED_AWAY})
    return _receipt(record, document, placed(tx, event))


def _receipt(record: DepositRecord, document: DepositDocument, event: Placed) -> dict[str, Any]:
    return make_receipt(
        deposit_id=record.deposit_id,
        tenant_id=record.tenant_id,
        state=record.state,
        received_at=document.deposit.since,  # `record.since` is the archivist's once there was a decision
        package_name=record.package_name,
        package_digest=record.package_digest,
        object_id=record.object_id,
        files=document.files,
        findings=record.findings,
        event=event,
    )


def _event(taken: Taken, agent: str) -> EventDraft:
    record = taken.deposit
    detail: dict[str, Any] = {
        "deposit": record.deposit_id,
        "state": str(record.state),
        "package_sha256": record.package_digest,
        "files": len(taken.document.files),
        "bytes": sum(file.digests.size for file in taken.document.files),
    }
    if taken.record_file is None:
        return EventDraft(TURNED_AWAY, record.deposit_id, agent, detail)
    detail["record_sha256"] = taken.record_file.digests.sha256
    return EventDraft(STORED, record.object_id, agent, detail)


def _holding(taken: Taken) -> Holding:
    assert taken.record_file is not None
    document = taken.document
    files = (*document.files, taken.record_file, *document.material_file())
    return Holding(document.object, files, document.documents, document.signatures)


def _with_reports(home: Home, group: Sequence[Taken], *, waited: bool) -> list[Taken]:
    """Keep the report of what was not accepted: it outlives the catalogue as well.

    A worker that died over a package that had waited may have kept its report already: that one counts.
    """
    kept, written = [], False
    for taken in group:
        key = deposit_key(taken.deposit.tenant_id, taken.deposit.deposit_id)
        if taken.record_file is not None:
            kept.append(taken)
        elif waited and home.store.exists(key):
            home.store.assure([key])
            before = read_deposit(home.store.read(key))
            kept.append(Taken(replace(taken.document, deposit=before), None))
        else:
            home.store.put(key, [deposit_bytes(taken.deposit)])
            kept.append(taken)
            written = True
    if written:
        home.store.sync()
    return kept


def _tell_repeated(
    home: Home,
    tx: Transaction,
    waited: Iterable[tuple[Ticket, Taken]],
    told: Mapping[str, Deposited],
    agent: str,
) -> None:
    """Settle deposits that had an identifier before it was known that their package had been deposited."""
    again = {
        ticket.deposit_id: (ticket, taken)
        for ticket, taken in waited
        if told[_key(taken)].receipt["deposit"] != ticket.deposit_id
    }
    for settled in tx.deposits_by_id(again):
        del again[settled]
    for deposit_id, (ticket, taken) in again.items():
        first = taken.deposit
        receipt = told[_key(taken)].receipt
        repeated = replace(
            first,
            deposit_id=deposit_id,
            state=DepositState.REPEATED,
            since=ticket.received_at,
            object_id="",
            findings=(),
            receipt=receipt,
        )
        key = deposit_key(first.tenant_id, deposit_id)
        if not home.store.exists(key):
            home.store.put(key, [deposit_bytes(repeated)])
            home.store.sync()
        detail = {"deposit": deposit_id, "of": receipt["deposit"], "package_sha256": first.package_digest}
        home.ledger.append(tx, first.tenant_id, REPEATED, deposit_id, agent, detail)
        tx.record_deposit(repeated)
        tx.name_depositor([deposit_id], agent)
