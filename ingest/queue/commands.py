# SPDX-License-Identifier: EUPL-1.2
"""`longeva queue list · show · retry · drop`: what waits, since when, and why; and what came of it."""

from __future__ import annotations

from typing import Any, Final

import click
from rich.markup import escape

from archive.catalog import INSTALLATION, QueuedDeposit, QueueState
from archive.clock import format_instant
from archive.errors import NotFound
from archive.model import DepositState
from archive.terminal import App, Outcome, finding_lines, longeva_command
from ingest.queue.dropping import drop
from ingest.queue.runner import wake
from preservation.installation import archive_seal

COLOURS: Final = {QueueState.QUEUED: "cyan", QueueState.CHECKING: "blue", QueueState.ERROR: "red"}


@click.group()
def queue() -> None:
    """Deposits that wait for a worker: list, show, retry, drop."""


@longeva_command("list", short_help="Show what waits, since when, and why.")
@click.option("--tenant", "tenant_id", help="Only this municipality's.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="At most so many.")
def show_queue(app: App, tenant_id: str | None, limit: int) -> Outcome:
    """Show what waits, the oldest first: since when, and why the last attempt came to nothing.

    QUEUED waits for a worker, CHECKING has one, ERROR is tried again by itself. What is settled is not here:
    `longeva queue show DEPOSIT`. Exit 1 if anything is in ERROR.
    """
    with app.home() as home, home.catalog.reading(tenant_id or INSTALLATION) as tx:
        if tenant_id:
            tx.tenant(tenant_id)
        entries = tx.queue(tenant_id, limit)
    lines = [line for entry in entries for line in queue_lines(entry)] or ["nothing waits for a worker"]
    failed = any(entry.state is QueueState.ERROR for entry in entries)
    return Outcome({"queue": [queue_json(entry) for entry in entries]}, lines, not failed)


@longeva_command(short_help="Show where a deposit stands, or its receipt.")
@click.argument("deposit_id", metavar="DEPOSIT")
def show(app: App, deposit_id: str) -> Outcome:
    """Show where a deposit stands: in the queue, or settled, with its receipt.

    REPEATED is told of a package that had been deposited before: the receipt is of that time. Exit 0 unless
    it was rejected or is in ERROR.
    """
    with app.home() as home, home.catalog.reading(INSTALLATION) as tx:
        waiting = tx.queued([deposit_id]).get(deposit_id)
        settled = tx.deposits_by_id([deposit_id]).get(deposit_id)
    if settled is None and waiting is None:
        raise NotFound(f"no deposit {deposit_id}", place=deposit_id)
    if settled is None:
        assert waiting is not None
        body = {"deposit": deposit_id, "state": str(waiting.state), "queue": queue_json(waiting)}
        return Outcome(body, queue_lines(waiting), waiting.state is not QueueState.ERROR)
    since = format_instant(settled.since)
    lines = [
        f"[bold]{settled.state}[/]  {escape(settled.package_name)}  [dim]since {since}[/]",
        f"  deposit {settled.deposit_id}  {settled.tenant_id}",
        *([f"  object  {escape(settled.object_id)}"] if settled.object_id else []),
        *finding_lines(settled.findings),
    ]
    body = {"deposit": deposit_id, "state": str(settled.state), "since": since, "receipt": settled.receipt}
    return Outcome(body, lines, settled.state is not DepositState.REJECTED)


@longeva_command(short_help="Try a deposit again now.")
@click.argument("deposit_id", metavar="DEPOSIT")
def retry(app: App, deposit_id: str) -> Outcome:
    """Try a deposit again now, whatever it waits for; a worker that has it loses it to the next."""
    with app.home() as home:
        with home.catalog.transaction(INSTALLATION) as tx:
            entry = tx.retry_queued(deposit_id, home.clock.now())
        wake(home)
    return Outcome({"queue": [queue_json(entry)]}, queue_lines(entry))


@longeva_command("drop", short_help="Give up a deposit that stays in ERROR.")
@click.argument("deposit_id", metavar="DEPOSIT")
@click.option("--reason", required=True, help="Why; kept in its receipt for ever.")
def give_up(app: App, deposit_id: str, reason: str) -> Outcome:
    """Give up a deposit that stays in ERROR: its bytes leave the inbox, a receipt tells that nothing is kept.

    Only what is in ERROR: what waits is about to be settled. The depositor may bring it again.
    """
    with app.home() as home:
        record = drop(home, deposit_id, reason=reason, seal=archive_seal(home), agent="cli")
    lines = [f"{escape(deposit_id)} is [bold]{record.state}[/]: {escape(reason)}"]
    body = {"deposit": deposit_id, "state": str(record.state), "receipt": record.receipt}
    return Outcome(body, lines)


def queue_json(entry: QueuedDeposit) -> dict[str, Any]:
    """Return an entry as it is told to programs."""
    return {
        "deposit": entry.deposit_id,
        "tenant": entry.tenant_id,
        "state": str(entry.state),
        "since": format_instant(entry.since),
        "queued_at": format_instant(entry.queued_at),
        "package": entry.package_name,
        "size": entry.size,
        "agent": entry.agent,
        "attempts": entry.attempts,
        "again_at": format_instant(entry.due_at) if entry.state is QueueState.ERROR else "",
        "reason": entry.reason,
    }


def queue_lines(entry: QueuedDeposit) -> list[str]:
    """Say an entry to people."""
    since = f"since {format_instant(entry.since)}"
    lines = [
        f"[{COLOURS[entry.state]}]{entry.state}[/]  {escape(entry.package_name)}  [dim]{since}[/]",
        f"  deposit {entry.deposit_id}  {entry.tenant_id}",
    ]
    if entry.reason:
        again = f" (attempt {entry.attempts}, again at {format_instant(entry.due_at)})"
        lines.append(f"  [dim]{escape(entry.reason)}{again}[/]")
    return lines


queue.add_command(show_queue)
queue.add_command(show)
queue.add_command(retry)
queue.add_command(give_up)
