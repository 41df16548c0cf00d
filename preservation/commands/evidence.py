# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence seal · renew · forecast · show · verify`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.commands.keeping import find_object
from archive.terminal import App, Outcome, OutputFile, language, longeva_command, write_output
from preservation.commands import sealing
from preservation.commands.coverage import coverage
from preservation.commands.forecast import forecast
from preservation.commands.options import AT, COLOURS, TRUST, trust_of
from preservation.commands.renewing import renew
from preservation.evidence.repository import EvidenceRepository, verify_object
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.installation import strength, trust_store
from preservation.signatures.supplied import from_path


@click.group(short_help="Evidence records: seal, forecast, renew, verify.")
def evidence() -> None:
    """Evidence (RFC 4998): seal, renew, forecast, show, verify, account for."""


@longeva_command("show")
@click.argument("reference", metavar="OBJECT")
@click.option("-o", "--output", type=OutputFile(), help="Write the record (DER) here.")
@AT
def show_evidence(app: App, reference: str, output: Path | None, at: datetime | None) -> Outcome:
    """Show an object's evidence record and what it proves.

    OBJECT's files are read again and judged with it. Exit 0 if they are proven.
    """
    with app.home() as home:
        with home.catalog.reading(INSTALLATION) as tx:
            record = find_object(tx, reference)
        repository, instant = EvidenceRepository(home), at or app.clock.now()
        data = repository.record_for(record.object_id)
        trust = trust_store(home, instant)
        verdict = verify_object(
            home,
            record.object_id,
            at=instant,
            trust=trust,
            repository=repository,
            strength=strength(home),
        )
    if output:
        write_output(output, [data])
    body = {"object": record.object_id, "bytes": len(data), "path": str(output) if output else None}
    passed = verdict.indication is Indication.TOTAL_PASSED
    return Outcome(body | verdict.to_json(), _evidence_lines(verdict), passed)


@longeva_command("verify")
@click.argument("record", metavar="FILE.er", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    "data",
    multiple=True,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="A file that the record must prove; may be repeated.",
)
@click.option("--group", is_flag=True, help="These files must be all that the record covers.")
@TRUST
@AT
def verify_evidence(
    app: App,
    record: Path,
    data: tuple[Path, ...],
    group: bool,
    trusted: tuple[Path, ...],
    at: datetime | None,
) -> Outcome:
    """Verify an evidence record over files, as RFC 4998 5.3 says. Exit 0 if they are proven."""
    instant = at or app.clock.now()
    trust = trust_of(app, trusted, instant)
    verdict = verify_record(
        record.read_bytes(),
        [from_path(path).content for path in data],
        at=instant,
        trust=trust,
        group=group,
    )
    return Outcome(verdict.to_json(), _evidence_lines(verdict), verdict.indication is Indication.TOTAL_PASSED)


for command in (*sealing.COMMANDS, renew, forecast, coverage, show_evidence, verify_evidence):
    evidence.add_command(command)


def _evidence_lines(verdict: EvidenceVerdict) -> list[str]:
    colour, lines = COLOURS[verdict.indication], []
    for step in verdict.steps:
        mark = "[green]✓[/]" if step.passed else f"[red]✗[/] {step.code}"
        lines.append(f"  {mark} {escape(step.clause):<16} {escape(step.message(language()))}")
    return [f"[{colour}]{verdict.indication}[/] {verdict.sub_indication}", *lines]
