# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence coverage`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.clock import format_instant
from archive.commands.keeping import find_object
from archive.home import Home
from archive.terminal import App, Outcome, OutputFile, longeva_command, write_output
from preservation.commands.options import Instant
from preservation.coverage.register import CoverageRegister, ObjectCoverage
from preservation.coverage.spans import Gap, Period, Span
from preservation.coverage.table import object_table, tenant_table


@longeva_command(short_help="Show which evidence covered which objects, from when to when.")
@click.argument("reference", metavar="[OBJECT]", required=False)
@click.option("--tenant", metavar="ID", help="Only of this municipality. Default: of all.")
@click.option("--from", "since", type=Instant(), help="Only what protected, or lacked, since then.")
@click.option("--to", "until", type=Instant(), help="Only what protected, or lacked, before then.")
@click.option("--csv", "table", type=OutputFile(stdout=True), help="Write every object here; - for stdout.")
def coverage(
    app: App,
    reference: str | None,
    tenant: str | None,
    since: datetime | None,
    until: datetime | None,
    table: Path | None,
) -> Outcome:
    """Show which evidence covered which objects, from when to when.

    The dated register of the NTI Política de firma y sello (II.7.5.d): of one OBJECT, or batch by batch.
    With --csv a row for each object version and mechanism.
    """
    period = Period(since, until)
    with app.home() as home:
        register = CoverageRegister(home, app.clock.now())
        if reference is not None:
            return _of_object(home, register, reference, tenant, period, table)
        if tenant is not None:
            with home.catalog.reading(INSTALLATION) as tx:
                tx.tenant(tenant)
        if table is not None:
            write_output(table, tenant_table(register, tenant, period))
            return Outcome(
                {"path": str(table)}, [] if str(table) == "-" else [f"written to {escape(str(table))}"]
            )
        entries = list(register.of_tenant(tenant, period))
    body = {
        "tenant": tenant,
        "at": format_instant(register.at),
        "entries": [each.to_json() for each in entries],
    }
    lines: list[str] = []
    for entry in entries:
        lines.append(f"{entry.versions:,} object versions, the oldest kept on {entry.kept_first:%Y-%m-%d}")
        lines += [*map(_span_line, entry.spans), *([_gap_line(entry.gap)] if entry.gap else [])]
    return Outcome(body, lines or ["nothing was covered"])


def _of_object(
    home: Home,
    register: CoverageRegister,
    reference: str,
    tenant: str | None,
    period: Period,
    table: Path | None,
) -> Outcome:
    with home.catalog.reading(INSTALLATION) as tx:
        record = find_object(tx, reference, tenant)
    found = register.of_object(record, period)
    if table is not None:
        write_output(table, object_table(found))
        return _written(table)
    return Outcome(found.to_json(), list(_lines(found)))


def _written(table: Path) -> Outcome:
    return Outcome({"path": str(table)}, [] if str(table) == "-" else [f"written to {escape(str(table))}"])


def _lines(found: ObjectCoverage) -> Iterator[str]:
    yield escape(found.record.object_id)
    for version in found.versions:
        yield f"version {version.version}, kept on {format_instant(version.kept_at)}"
        dated = [(span.since, _span_line(span)) for span in version.spans]
        dated += [(gap.since, _gap_line(gap)) for gap in version.gaps]
        yield from (line for _, line in sorted(dated))


def _span_line(span: Span) -> str:
    authorities = ", ".join(stamp.authority for stamp in span.stamps)
    policy = f"policy {span.policy}" if span.policy else "settings"
    term = f"{span.since:%Y-%m-%d %H:%M} → {span.until:%Y-%m-%d %H:%M}"
    how = f"{span.kind:<12} {span.algorithm}, {escape(authorities)}"
    return f"  {term}  {how} [dim]({policy}, {span.batch_id})[/]"


def _gap_line(gap: Gap) -> str:
    until = "now" if gap.until is None else f"{gap.until:%Y-%m-%d %H:%M}"
    return f"  {gap.since:%Y-%m-%d %H:%M} → {until:<16}  [red]nothing: {gap.lack}[/]"
