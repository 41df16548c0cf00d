# SPDX-License-Identifier: EUPL-1.2
"""`longeva check · deposit · deposits · decide · receipt`: how files come in, from the terminal."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.markup import escape

from archive.catalog.deposit_lists import DepositFilter
from archive.clock import format_instant
from archive.errors import NotFound
from archive.findings import Severity, finding_from_json
from archive.ledger_proofs import LedgerVerdict, verdict_of
from archive.terminal import App, Outcome, finding_lines, longeva_command
from ingest.admission import Verdict
from ingest.decision import settle
from ingest.deposit import Deposited
from ingest.deposit import deposit as deposit_packages
from ingest.examination import Examination, examine
from ingest.packages import open_package
from ingest.receipt_check import check_places, check_receipt, read_receipt
from ingest.standing import STATES, named
from preservation.commands.options import AT, TRUST, trust_of
from preservation.indications import Indication
from preservation.installation import archive_seal, trust_store
from preservation.trust.store import TrustStore

COLOURS = {"ACCEPTED": "green", "WAITING": "magenta", "REJECTED": "red", "acceptable": "green"}


@longeva_command(short_help="Say what a deposit would find and decide; store nothing.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="PEM file or folder with certificates to trust, besides the archive's own.",
)
def check(app: App, path: Path, trusted: tuple[Path, ...]) -> Outcome:
    """Say what a deposit of PATH would find and decide; store nothing.

    PATH is a ZIP, a folder or one ENI XML. Works without an archive; with one, trusts whom it trusts.
    Exit 0 if the package is acceptable.
    """
    trust = TrustStore.from_paths(trusted)
    try:
        with app.home() as home:
            trust = trust.joined(trust_store(home, app.clock.now()))
    except NotFound:
        pass  # a depositor may check at home, before there is any archive
    with TemporaryDirectory(prefix="longeva-") as work, open_package(path, Path(work)) as package:
        examination, _ = examine(package, trust=trust, at=app.clock.now())
    return Outcome(
        _checked_json(examination), _checked_lines(examination), examination.verdict is Verdict.ACCEPTABLE
    )


@longeva_command(short_help="Deposit packages: durable when it returns.")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--tenant", "tenant_id", required=True, help="The municipality that deposits.")
@click.option("--queue", is_flag=True, help="Only take them in; a worker checks and deposits them.")
def deposit(app: App, paths: tuple[Path, ...], tenant_id: str, queue: bool) -> Outcome:
    """Deposit packages: durable when it returns, or it says why not.

    Each PATH is a ZIP, a folder or one ENI XML: one package. The same package again gives the same receipt.
    Exit 0 only if every package was accepted. With --queue nothing is checked yet, and what it answers is no
    receipt: `longeva queue list` tells what waits, `longeva queue show DEPOSIT` what came of it.
    """
    if queue:
        return _queued(app, tenant_id, paths)
    with app.home() as home, app.progress("Depositing") as on_progress:
        seal = archive_seal(home)
        done = deposit_packages(home, tenant_id, paths, seal=seal, on_progress=on_progress)
    receipts = [each.receipt for each in done]
    lines = [line for each in done for line in _receipt_lines(each)]
    return Outcome({"receipts": receipts}, lines, all(each["state"] == "ACCEPTED" for each in receipts))


@longeva_command()
@click.argument("deposit_id", metavar="DEPOSIT")
@click.option("--admit/--refuse", required=True, help="What the archivist decides.")
@click.option("--reason", required=True, help="Why; kept with the deposit for ever.")
def decide(app: App, deposit_id: str, admit: bool, reason: str) -> Outcome:
    """Settle a deposit that waits for an archivist.

    DEPOSIT is the identifier on its receipt. Refusing disposes of nothing: it records the decision.
    """
    with app.home() as home:
        settled = settle(home, deposit_id, admit=admit, reason=reason, seal=archive_seal(home))
    lines = [f"{escape(deposit_id)} is [bold]{settled.state}[/]"]
    return Outcome({"deposit": deposit_id, "state": str(settled.state)}, lines)


@click.group()
def receipt() -> None:
    """Receipts of deposits: check."""


@longeva_command("check", short_help="Verify a receipt without asking anybody.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AT
@TRUST
def check_kept_receipt(app: App, file: Path, at: datetime | None, trusted: tuple[Path, ...]) -> Outcome:
    """Verify a receipt: nothing in it was changed since the archive sealed it, and the seal is trusted.

    FILE is the receipt as JSON, as the interface or `longeva deposit --json` gave it; its event must be in
    the head of the ledger that it tells. Exit 0 if all of it holds.
    """
    told = read_receipt(file)
    at = at or app.clock.now()
    report = check_receipt(told, trust_of(app, trusted, at), at)
    places = check_places(told)
    good = report.intact and report.indication is Indication.TOTAL_PASSED
    good = good and verdict_of(places) is LedgerVerdict.VALID
    signer = report.signer.name if report.signer else "an unknown signer"
    intact = "[green]unchanged[/]" if report.intact else "[red]CHANGED[/]"
    lines = [
        f"{intact}  deposit {escape(str(told.get('deposit', '')))}  {escape(str(told.get('state', '')))}",
        f"  sealed by {escape(signer)}: [{'green' if good else 'yellow'}]{report.indication}[/]"
        + (f" ({report.sub_indication})" if report.sub_indication else ""),
        *(f"  [dim]{escape(reason)}[/]" for reason in report.reasons[:3]),
        *finding_lines(places, least=Severity.INFO),
    ]
    body = {
        "deposit": told.get("deposit", ""),
        "state": told.get("state", ""),
        "intact": report.intact,
        "indication": str(report.indication),
        "sub_indication": report.sub_indication,
        "signer": signer,
        "reasons": list(report.reasons),
        "ledger": [each.to_json() for each in places],
    }
    return Outcome(body, lines, good)


@longeva_command(short_help="List deposits by state.")
@click.option("--tenant", "tenant_id", required=True, help="The municipality.")
@click.option("--state", type=click.Choice([str(each) for each in STATES]), help="Only those in it.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many.")
def deposits(app: App, tenant_id: str, state: str | None, limit: int) -> Outcome:
    """List what came in, the newest first, waiting and settled: state, since when, why.

    `longeva deposits --tenant T --state WAITING` is what an archivist has to decide.
    """
    with app.home() as home:
        with home.catalog.reading(tenant_id) as tx:
            tx.tenant(tenant_id)
            wanted = DepositFilter(tenant_id, state or "")
            counted = tx.deposit_states(wanted)
            ids = tx.deposit_ids(wanted, offset=0, limit=limit)
        found = named(home, tenant_id, ids)
    told = [
        {"deposit": each.deposit_id, "state": str(each.state), "since": format_instant(each.since),
         "package": each.package, "why": each.why}
        for each in found
    ]  # fmt: skip
    lines: list[str] = []
    for each in found:
        colour, since = COLOURS.get(str(each.state), "blue"), format_instant(each.since)
        lines.append(f"[{colour}]{each.state}[/]  {escape(each.package)}  [dim]since {since}[/]")
        lines.append(f"  deposit {each.deposit_id}  {escape(each.why)}")
    total = counted.get(state, 0) if state else sum(counted.values())
    if total > len(found):
        lines.append(f"[dim]{total - len(found)} more (--limit)[/]")
    return Outcome({"deposits": told, "states": counted}, lines or ["no deposits"])


def _queued(app: App, tenant_id: str, paths: tuple[Path, ...]) -> Outcome:
    from ingest.queue.commands import queue_json, queue_lines  # noqa: PLC0415 - only for who queues
    from ingest.queue.runner import wake  # noqa: PLC0415
    from ingest.queue.submission import submit  # noqa: PLC0415

    with app.home() as home, app.progress("Taking in") as on_progress:
        entries = submit(home, tenant_id, paths, on_progress=on_progress)
        wake(home)
    lines = [line for entry in entries for line in queue_lines(entry)]
    return Outcome({"queued": [queue_json(entry) for entry in entries]}, lines)


def _checked_json(examination: Examination) -> dict[str, Any]:
    return {
        "verdict": str(examination.verdict),
        "package": examination.package,
        "package_sha256": examination.digest,
        "kind": str(examination.kind),
        "eni_id": examination.eni_id,
        "title": examination.title,
        "documents": len(examination.documents),
        "signatures": [
            {
                "path": each.path,
                "place": each.place,
                "type": each.eni_type,
                "indication": each.indication,
                "sub_indication": each.sub_indication,
                "signer": each.signer,
            }
            for each in examination.signatures
        ],
        "findings": [found.to_json() for found in examination.findings],
    }


def _checked_lines(examination: Examination) -> list[str]:
    colour = COLOURS.get(str(examination.verdict), "red")
    counts = f"{len(examination.documents)} documents, {len(examination.signatures)} signatures"
    return [
        f"[{colour}]{examination.verdict}[/]  [bold]{escape(examination.title)}[/]",
        f"  {escape(examination.eni_id)}: {counts}" if examination.eni_id else "  nothing that could be kept",
        *finding_lines(examination.findings),
    ]


def _receipt_lines(deposited: Deposited) -> list[str]:
    receipt = deposited.receipt
    state = receipt["state"]
    lines = [
        f"[{COLOURS.get(state, 'red')}]{state}[/]  {escape(receipt['package'])}"
        + ("  [dim](already deposited: the same receipt)[/]" if deposited.repeated else ""),
        f"  deposit {receipt['deposit']}",
    ]
    if receipt["object"]:
        lines.append(f"  object  {escape(receipt['object'])}")
        lines.append(f"  ledger  {receipt['ledger']['sequence']} {receipt['ledger']['digest'][:16]}…")
    return [*lines, *finding_lines([finding_from_json(found) for found in receipt["findings"]])]


receipt.add_command(check_kept_receipt)
