# SPDX-License-Identifier: EUPL-1.2
"""`longeva signature validate · revalidate · augment`."""

from __future__ import annotations

import json
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from archive.catalog import scope_of
from archive.clock import format_instant
from archive.commands.keeping import find_object
from archive.digests import digest_stream
from archive.errors import InvalidRequest
from archive.terminal import App, Outcome, OutputFile, longeva_command, write_output
from preservation.commands.options import AT, COLOURS, TRUST, trust_of
from preservation.indications import Indication
from preservation.installation import time_stamping
from preservation.revalidation import revalidate as revalidate_object
from preservation.signatures.augment import augment_file
from preservation.signatures.batch import validate_batch
from preservation.signatures.report import SignatureReport
from preservation.signatures.reports.writing import Form, written_report
from preservation.signatures.sign import Level
from preservation.signatures.validate import validate_file
from preservation.timestamps import DIGEST_SIZES

DIGESTS = tuple(DIGEST_SIZES)
"""Digests that time stamps are asked for with."""


@click.group()
def signature() -> None:
    """Signatures of any file: validate, augment. Of an archived object: revalidate."""


@longeva_command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--content", type=click.Path(exists=True, path_type=Path), help="What a detached signature signs."
)
@click.option(
    "--batch",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LIST.tsv",
    help="Many files: FILE, tab, DETACHED;…, tab, RECORD;… a line; one JSON a line on stdout.",
)
@click.option(
    "--poe",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Proof that FILE or what it needs existed: JSON list, RFC 3161 token, evidence record; repeatable.",
)
@click.option(
    "--report",
    type=click.Choice([str(each) for each in Form]),
    help="Write the report too: etsi (TS 119 102-2 XML), html (a page in Spanish) or json.",
)
@click.option("-o", "--output", type=OutputFile(), help="Where the report goes.")
@TRUST
@AT
def validate(
    app: App,
    file: Path | None,
    content: Path | None,
    batch: Path | None,
    poe: tuple[Path, ...],
    report: str | None,
    output: Path | None,
    trusted: tuple[Path, ...],
    at: datetime | None,
) -> Outcome:
    """Validate every signature of FILE: PDF, CMS, XML, ASiC or ENI.

    Exit 0 if there is one and all passed. With --batch, exit 0 when every file has its line.
    A verdict is TOTAL_PASSED, INDETERMINATE or TOTAL_FAILED with its reason (ETSI EN 319 102-1).
    """
    instant = at or app.clock.now()
    trust = trust_of(app, trusted, instant)
    if batch is not None and poe:
        raise InvalidRequest("--poe proves one FILE; a list names the records of each file itself")
    if batch is not None and (file or content or report or output):
        raise InvalidRequest("--batch takes no FILE, --content or --report: its list says all of it")
    if batch is not None:
        for verdict in validate_batch(_lines_of(batch), Path(), trust, instant):
            click.echo(json.dumps(verdict, ensure_ascii=False))
        sys.exit(0)
    if file is None:
        raise InvalidRequest("name a FILE, or a list with --batch")
    if (report is None) is not (output is None):
        raise InvalidRequest("--report and --output go together")
    reports = validate_file(file, content=content, trust=trust, at=instant, poe=poe)
    body = {
        "file": str(file),
        "at": format_instant(instant),
        "signatures": [each.to_json() for each in reports],
    }
    lines = [line for each in reports for line in _report_lines(each)] or _none_found(file)
    if reports and not trust.anchors and not trust.dated:
        where = "what --trust names" if trusted else f"{app.home_path}, where there is no archive"
        lines.append(f"nobody is trusted: no anchor in {escape(str(where))}; say --trust or --home")
    if report is not None and output is not None:
        with file.open("rb") as stream:
            digest = digest_stream(stream).sha256
        told = written_report(Form(report), reports, file=file.name, sha256=digest, at=instant)
        write_output(output, [told])
        body["report"] = str(output)
        lines.append(f"report in [bold]{escape(str(output))}[/]")
    passed = bool(reports) and all(each.indication is Indication.TOTAL_PASSED for each in reports)
    return Outcome(body, lines, passed)


@longeva_command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=OutputFile(), help="The augmented copy.")
@click.option(
    "--level", required=True, type=click.Choice(["T", "LT", "LTA"]), help="Baseline level to reach."
)
@click.option(
    "--content",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What a detached signature signs.",
)
@click.option(
    "--digest",
    type=click.Choice(DIGESTS),
    default="sha256",
    show_default=True,
    help="Algorithm of the new time stamps.",
)
@TRUST
def augment(
    app: App,
    file: Path,
    output: Path,
    level: Level,
    content: Path | None,
    digest: str,
    trusted: tuple[Path, ...],
) -> Outcome:
    """Write a copy of FILE whose signatures last longer.

    What is of level LTA already is renewed. FILE is never touched; a signature that does not hold is not
    augmented.
    """
    now = app.clock.now()
    trust = trust_of(app, trusted, now)
    with app.home() as home:
        authority = time_stamping(home)
        reports = augment_file(file, output, level, trust, authority, now, content=content, digest=digest)
    body = {"level": level, "path": str(output), "signatures": [each.to_json() for each in reports]}
    reached = " and ".join(sorted({each.level for each in reports if each.format != "RFC3161"}))
    return Outcome(body, [f"level [bold]{escape(reached)}[/] in {escape(str(output))}"])


@longeva_command(short_help="Judge the signatures of an archived object again.")
@click.argument("reference", metavar="OBJECT")
@click.option("--tenant", "tenant_id", help="Of this municipality.")
@TRUST
@AT
def revalidate(
    app: App, reference: str, tenant_id: str | None, trusted: tuple[Path, ...], at: datetime | None
) -> Outcome:
    """Judge every signature of OBJECT at an instant, from the material that the archive kept.

    Its evidence record proves when file and material existed, so a certificate that ended long ago does not
    take a verdict away. Exit 0 if every signature passed (a CSV has nothing to verify).
    """
    instant = at or app.clock.now()
    trust = trust_of(app, trusted, instant)
    with app.home() as home:
        with home.catalog.reading(scope_of(tenant_id)) as tx:
            record = find_object(tx, reference, tenant_id)
        found = revalidate_object(home, record.object_id, trust=trust, at=instant)
    judged = [(path, verdict.report) for path, verdict in found.verdicts if verdict.report is not None]
    proven = found.evidence is not None and found.evidence.proven_since is not None
    lines = [f"evidence: {'holds' if proven else 'proves nothing'} at {format_instant(instant)}"]
    lines += [line for path, each in judged for line in _report_lines(each, path)] or [
        "no signature to verify"
    ]
    passed = all(each.indication is Indication.TOTAL_PASSED for _, each in judged)
    return Outcome(found.to_json(), lines, passed)


signature.add_command(validate)
signature.add_command(revalidate)
signature.add_command(augment)


def _lines_of(batch: Path) -> list[str]:
    try:
        return batch.read_text("utf-8").splitlines()
    except UnicodeDecodeError as cause:
        raise InvalidRequest("the list is not UTF-8", place=str(batch)) from cause


def _none_found(file: Path) -> list[str]:
    """Say that there is none; a ZIP that is no ASiC container may be a package for the archive."""
    found = ["no signature found"]
    if zipfile.is_zipfile(file):
        found.append("a ZIP, no ASiC container: `longeva check` looks into a package of ENI documents;")
        found.append("signatures inside office documents (DOCX, ODT) are not read: there may be some")
    return found


def _report_lines(report: SignatureReport, path: str = "") -> list[str]:
    signer = report.signer.name if report.signer else "unknown signer"
    verdict = f"[{COLOURS[report.indication]}]{report.indication}[/] {report.sub_indication}".rstrip()
    return [
        f"{verdict}  {f'{report.format} {report.level}'.strip()}  {escape(signer)}  {escape(path)}".rstrip(),
        *(f"  {escape(reason)}" for reason in report.reasons),
        *(
            f"  {stamp.type} time stamp {stamp.time and format_instant(stamp.time)} "
            f"{'intact' if stamp.intact else 'BROKEN'}"
            for stamp in report.timestamps
        ),
    ]
