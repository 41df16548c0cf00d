# SPDX-License-Identifier: EUPL-1.2
"""`longeva ledger head · prove · verify`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.clock import format_instant
from archive.errors import IntegrityError, InvalidRequest
from archive.findings import Finding, Severity, finding
from archive.ledger_proofs import (
    Kept,
    LedgerVerdict,
    head_json,
    proof_bytes,
    verdict_of,
)
from archive.terminal import App, Outcome, OutputFile, language, longeva_command, write_output
from preservation.commands.ledger_files import kept_files, proof_file, trusted_files
from preservation.commands.options import AT, TRUST
from preservation.ledger.proving import newest_head, prove, stamped_openings
from preservation.ledger.verification import LedgerReport, verify_ledger, verify_proof

_COLOURS = {Severity.INFO: "green", Severity.WARNING: "yellow", Severity.ERROR: "red"}
_MARKS = {Severity.INFO: "✓", Severity.WARNING: "?", Severity.ERROR: "✗"}
_VERDICTS = {LedgerVerdict.VALID: "green", LedgerVerdict.INCOMPLETE: "yellow", LedgerVerdict.BROKEN: "red"}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TENANT = click.option("--tenant", "tenant_id", required=True, help="The municipality.")
_OUTPUT = click.option("-o", "--output", type=OutputFile(), help="Write it here.")
_LISTED = 20


@click.group()
def ledger() -> None:
    """The ledger's Merkle heads (RFC 6962): head, prove, verify."""


@longeva_command(short_help="Tell a ledger's head: keep it, and nobody can change history.")
@_TENANT
@_OUTPUT
def head(app: App, tenant_id: str, output: Path | None) -> Outcome:
    """Tell the head of a municipality's ledger as it stands, and the heads that were time-stamped.

    Keep the file somewhere else: `longeva ledger verify --head FILE` holds the archive to it.
    """
    with app.home() as home:
        newest = newest_head(home, tenant_id)
        stamped = stamped_openings(home, tenant_id, _LISTED)
        proof = prove(home, tenant_id)
    body: dict[str, Any] = {
        "tenant": tenant_id,
        **head_json(newest),
        "at": format_instant(app.clock.now()),
        "stamped": [
            {**head_json(each.head), "at": format_instant(each.at), "batch": each.batch_id}
            for each in stamped
        ],
    }
    if proof.opening is not None:
        body["proof"] = proof.to_json()
    if output:
        write_output(output, [_json(body)])
    lines = [f"{newest.size} events  [bold]{newest.root.hex()}[/]"]
    lines += [f"  stamped {format_instant(each.at)}: {each.head.size} events" for each in stamped[:3]]
    return Outcome(body, lines if stamped else [*lines, "  [yellow]no head is time-stamped yet[/]"])


@longeva_command("prove", short_help="Prove events and older heads in the newest stamped head.")
@_TENANT
@click.option("--event", "events", multiple=True, type=click.IntRange(1), help="Sequence; may be repeated.")
@click.option("--receipt", "receipts", multiple=True, type=_FILE, help="A receipt; may be repeated.")
@click.option(
    "--from", "older", multiple=True, type=_FILE, help="An older head that was kept; may be repeated."
)
@_OUTPUT
def prove_ledger(
    app: App,
    tenant_id: str,
    events: tuple[int, ...],
    receipts: tuple[Path, ...],
    older: tuple[Path, ...],
    output: Path | None,
) -> Outcome:
    """Prove events and older heads in the newest time-stamped head that reaches as far.

    What comes out is for an outsider: `longeva ledger verify --proof FILE` needs no archive.
    """
    try:
        named, told = kept_files("--from", older, ()), kept_files("--from", (), receipts)
    except IntegrityError as cause:  # of what was given: nothing that is stored is in question
        raise InvalidRequest(str(cause)) from cause
    kept = [*named, *told]
    if foreign := {each.tenant_id for each in kept} - {tenant_id}:
        raise InvalidRequest(f"this is of the ledger of {min(foreign)}")
    with app.home() as home:
        proof = prove(home, tenant_id, kept, events)
    if output:
        write_output(output, [proof_bytes(proof)])
    stamped = proof.opening is not None
    of_receipts = {each.head for each in told if each.head} - {each.head for each in named}
    proven = _proven(len(proof.events), len(proof.older), len(of_receipts))
    lines = [
        f"{proven} proven in the head of {proof.head.size} events",
        "  [green]time-stamped[/]"
        if stamped
        else "  [yellow]not time-stamped yet: `longeva evidence seal`, and ask again[/]",
    ]
    return Outcome(proof.to_json(), lines)


@longeva_command("verify", short_help="Hold a ledger to heads and receipts that were kept.")
@click.option("--tenant", "tenant_id", help="Whose ledger of this archive; all by default.")
@click.option("--proof", type=_FILE, help="Judge this proof file instead, without any archive.")
@click.option("--head", "heads", multiple=True, type=_FILE, help="A head that was kept; may be repeated.")
@click.option("--receipt", "receipts", multiple=True, type=_FILE, help="A receipt; may be repeated.")
@TRUST
@AT
def verify(
    app: App,
    tenant_id: str | None,
    proof: Path | None,
    heads: tuple[Path, ...],
    receipts: tuple[Path, ...],
    trusted: tuple[Path, ...],
    at: datetime | None,
) -> Outcome:
    """Hold a ledger to the heads and receipts that somebody kept. Exit 0 if nothing has changed since.

    With an archive every event is read and hashed anew, and every stamped head compared. With --proof an
    outsider needs no archive: his old head, his receipt, the proof file, and whom he trusts for time stamps.
    """
    try:
        kept = kept_files("--head", heads, receipts)
        if proof is not None:
            instant = at or app.clock.now()
            trust = trusted_files(app, trusted, instant)
            reports = [verify_proof(proof_file(proof), kept, at=instant, trust=trust)]
        else:
            reports = list(_verified(app, tenant_id, kept))
    except IntegrityError as cause:
        unread = finding("LEDGER-UNREADABLE", what="JSON", detail=str(cause))
        reports = [LedgerReport(tenant_id or "", None, (unread,))]
    return _told(reports)


def _verified(app: App, tenant_id: str | None, kept: list[Kept]) -> Iterable[LedgerReport]:
    with app.home() as home:
        with home.catalog.reading(INSTALLATION) as tx:
            known = tx.ledger_tenants()
        named = {each.tenant_id for each in kept}
        tenants = [tenant_id] if tenant_id else sorted(named) or known
        for each in tenants:
            if each not in known:
                raise InvalidRequest(f"there is no ledger of {each}")
            own = kept if tenant_id else [one for one in kept if one.tenant_id == each]
            yield verify_ledger(home, each, own)


def _told(reports: list[LedgerReport]) -> Outcome:
    verdict = verdict_of(step for report in reports for step in report.steps)
    lines = []
    for report in reports:
        name = f"  {escape(report.tenant_id)}" if report.tenant_id else ""
        lines.append(f"[{_VERDICTS[report.verdict]}]{report.verdict}[/]{name}")
        lines += [f"  {_line(step)}" for step in report.steps]
    body = {
        "verdict": str(verdict),
        "ledgers": [
            {
                "tenant": report.tenant_id,
                "verdict": str(report.verdict),
                "head": None if report.head is None else head_json(report.head),
                "steps": [step.to_json() for step in report.steps],
            }
            for report in reports
        ],
    }
    return Outcome(body, lines, verdict is LedgerVerdict.VALID)


def _line(step: Finding) -> str:
    mark = f"[{_COLOURS[step.severity]}]{_MARKS[step.severity]}[/]"
    told = mark if step.severity is Severity.INFO else f"{mark} {step.code}"
    return f"{told} {escape(step.kind.clause):<16} {escape(step.message(language()))}"


def _proven(events: int, older: int, of_receipts: int) -> str:
    """Say what was proven, and which heads nobody named: a receipt tells one as well as its event."""
    told = [f"{events} {'event' if events == 1 else 'events'}"] if events else []
    if older:
        whose = f" ({of_receipts} of them told by receipts)" if of_receipts else ""
        told.append(f"{older} older {'head' if older == 1 else 'heads'}{whose}")
    return " and ".join(told) or "nothing was asked to be"


def _json(body: dict[str, Any]) -> bytes:
    return (json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


for command in (head, prove_ledger, verify):
    ledger.add_command(command)
