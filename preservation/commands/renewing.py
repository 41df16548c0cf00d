# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence renew`."""

from __future__ import annotations

from datetime import datetime

import click
from rich.markup import escape

from archive.catalog import BatchRecord
from archive.catalog.rows import TREE_RENEWAL
from archive.clock import FixedClock, format_instant
from archive.terminal import App, Outcome, finding_lines, longeva_command
from preservation.commands.options import Instant
from preservation.installation import time_stamping, trust_store
from preservation.renewal.renew import renew_due

ALGORITHMS = ("sha256", "sha512", "sha3_512")


@longeva_command(short_help="Renew the evidence that comes to its end.")
@click.option("--at", type=Instant(), help="Simulate this instant (development authority only).")
@click.option("--force", is_flag=True, help="Renew everything, due or not.")
@click.option("--read", is_flag=True, help="Read every document again where a hash tree is renewed.")
@click.option(
    "--algorithm", type=click.Choice(ALGORITHMS), help="Renew the trees of what is due under this digest."
)
def renew(app: App, at: datetime | None, force: bool, read: bool, algorithm: str | None) -> Outcome:
    """Renew the evidence that comes to its end, as RFC 4998 5.2 says.

    Where the certificate of a time stamp ends, a new one covers it; where the digest of a tree is to be given
    up, a new tree under another digest covers documents and old records. One new token for each tree. Killed,
    it goes on where it was.
    """
    if at is not None:
        app.clock = FixedClock(at)
    with app.home() as home, app.progress("Renewing") as on_progress:
        now = app.clock.now()
        report = renew_due(
            home,
            time_stamping(home),
            now,
            trust=trust_store(home, now),
            force=force,
            algorithm=algorithm or "",
            read=read,
            watch=on_progress,
        )
    body = {
        "batch": report.batch.batch_id if report.batch else None,
        "batches": [_told(batch) for batch in report.batches],
        "renewed": list(report.renewed),
        "valid_until": format_instant(report.batch.valid_until) if report.batch else None,
        "findings": [found.to_json() for found in report.findings],
    }
    lines = [f"{len(report.renewed)} batches renewed", *map(_line, report.batches)]
    return Outcome(body, [*lines, *finding_lines(report.findings)], not report.findings)


def _told(batch: BatchRecord) -> dict[str, object]:
    return {
        "batch": batch.batch_id,
        "kind": batch.kind,
        "algorithm": batch.algorithm,
        "leaves": batch.count,
        "authorities": [stamp.authority for stamp in batch.stamps],
        "valid_until": format_instant(batch.valid_until),
        "partly": list(batch.partly),
    }


def _line(batch: BatchRecord) -> str:
    what = "hash-tree renewal" if batch.kind == TREE_RENEWAL else "time-stamp renewal"
    names = escape(", ".join(stamp.authority for stamp in batch.stamps))
    return (
        f"  {what}, {batch.algorithm}, {batch.count} leaves, {names}, good until {batch.valid_until:%Y-%m-%d}"
    )
