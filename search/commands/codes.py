# SPDX-License-Identifier: EUPL-1.2
"""`longeva csv import · sedes` and `longeva copy revoke`: codes of old platforms, and copies out of force."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.terminal import App, Outcome, longeva_command
from search.alias_import import ImportReport, Lines, import_aliases
from search.aliases import Sede, count_codes, keep_sede, sedes
from search.revocation import REASONS, find_copy
from search.revocation import revoke as revoke_issued

_FATES: Final = {
    "unknown": "stand for a document that has not come yet",
    "ambiguous": "fit several documents: whoever verifies is asked",
    "alike": "cannot be told apart on paper: left out",
    "malformed": "are no codes of this sede, or name no document: left out",
    "guessable": "are so short that they could be guessed: left out",
}


@click.group(short_help="Verification codes of old platforms.")
def csv() -> None:
    """Verification codes of old platforms: import them, list their sedes."""


@longeva_command("import", short_help="Take in the codes of an old platform.")
@click.argument("table", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "tenant_id", required=True, help="The municipality.")
@click.option("--sede", "name", required=True, help="Its name, as people know it; a new one is made.")
@click.option("--platform", default="", help="The product that gave the codes.")
@click.option("--dir3", default="", help="Of who issued, where it is not the municipality.")
@click.option("--pattern", default="", help="Regular expression of its codes, in full.")
def import_codes(
    app: App, table: Path, tenant_id: str, name: str, platform: str, dir3: str, pattern: str
) -> Outcome:
    """Let the codes on old papers lead to the documents that the archive keeps.

    FILE.csv has a header: csv, and one or more of eni_id, sha256 (of the content), path. It may be imported
    again, also when more documents have come. Exit 0 if every code stands for one document.
    """
    with app.home() as home, app.progress("Importing") as on_progress:
        with home.catalog.reading(tenant_id) as tx:
            tx.tenant(tenant_id)
        sede = keep_sede(home, Sede(tenant_id, 0, name, platform, dir3, pattern), agent="cli")
        report = import_aliases(home, sede, table, agent="cli", on_progress=on_progress)
    return Outcome(
        {"sede": sede.entry_id, **report.to_json()}, _lines(report), report.resolved == report.read
    )


@longeva_command("sedes", short_help="List the platforms whose codes are known.")
@click.option("--tenant", "tenant_id", required=True, help="The municipality.")
def show_sedes(app: App, tenant_id: str) -> Outcome:
    """List the platforms whose codes are known, with how many codes each has."""
    with app.home() as home:
        with home.catalog.reading(INSTALLATION) as tx:
            tx.tenant(tenant_id)
        known, counted = sedes(home, tenant_id), count_codes(home, tenant_id)
    told = [
        {"sede": one.entry_id, "name": one.name, "platform": one.platform, "dir3": one.dir3,
         "pattern": one.pattern, "codes": counted.get(one.number, 0)}
        for one in known
    ]  # fmt: skip
    lines = [
        f"[bold]{escape(one.name)}[/]  {escape(one.platform)}  {counted.get(one.number, 0)} codes"
        for one in known
    ]
    return Outcome({"sedes": told}, lines or ["no codes of other platforms are known"])


@click.group()
def copy() -> None:
    """Certified copies: take one out of force."""


@longeva_command(short_help="Take a certified copy out of force.")
@click.argument("reference", metavar="COPY")
@click.option(
    "--reason", required=True, type=click.Choice(list(REASONS)), help="What whoever verifies it is told."
)
@click.option("--by", "successor", default="", metavar="COPY", help="The copy that takes its place.")
def revoke(app: App, reference: str, reason: str, successor: str) -> Outcome:
    """Take COPY out of force: its object, its ENI identifier or its CSV. Its code goes on being answered.

    Nothing is disposed of. `--reason superseded` needs --by: the other copy, in force.
    """
    with app.home() as home:
        tenant_id, object_id = find_copy(home, reference)
        by = find_copy(home, successor)[1] if successor else ""
        revoke_issued(home, tenant_id, object_id, reason, superseded_by=by, agent="cli")
    body = {"object": object_id, "reason": reason, "superseded_by": by}
    return Outcome(body, [f"{escape(object_id)} is out of force: {reason}"])


csv.add_command(import_codes)
csv.add_command(show_sedes)
copy.add_command(revoke)


def _lines(report: ImportReport) -> list[str]:
    lines = [
        f"{report.read} read: {report.new} new, {report.changed} changed, {report.same} as before",
        f"[green]{report.resolved}[/] stand for one document that is kept",
    ]
    for name, words in _FATES.items():
        told: Lines = getattr(report, name)
        if told.count:
            lines.append(f"[yellow]{told.count}[/] {words}")
            lines += [f"  [dim]line {line}[/] {escape(code)}" for line, code in told.first]
            if told.count > len(told.first):
                lines.append(f"  [dim]and {told.count - len(told.first)} more[/]")
    return lines
