# SPDX-License-Identifier: EUPL-1.2
"""`longeva classification import · show`: the classification scheme of a municipality, from the terminal."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape

from archive.errors import InvalidRequest
from archive.terminal import App, Outcome, longeva_command
from search.classification import Branch, import_scheme, read_scheme, scheme_of, tree

MAX_FILE = 16 * 1024 * 1024


@click.group(short_help="The cuadro de clasificación of a municipality.")
def classification() -> None:
    """The classification scheme (cuadro de clasificación) of a municipality."""


@longeva_command("import", short_help="Import the scheme from a CSV.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "tenant_id", required=True, help="Whose scheme it is.")
def import_(app: App, file: Path, tenant_id: str) -> Outcome:
    """Import the scheme from a CSV with the columns codigo, titulo and, if need be, padre.

    Repeat it with a newer CSV: lines are added and changed, none is taken away.
    """
    if file.stat().st_size > MAX_FILE:
        raise InvalidRequest(f"{file} has more than {MAX_FILE} bytes: that is no classification scheme")
    scheme = read_scheme(file.read_bytes())
    with app.home() as home:
        done = import_scheme(home, tenant_id, scheme, agent="cli")
    return Outcome(asdict(done), [f"{done.added} added · {done.changed} changed · {done.same} as they were"])


@longeva_command("show")
@click.option("--tenant", "tenant_id", required=True, help="Whose scheme it is.")
def show(app: App, tenant_id: str) -> Outcome:
    """Show the scheme as a tree."""
    with app.home() as home:
        with home.catalog.reading(tenant_id) as tx:
            tx.tenant(tenant_id)
        scheme = scheme_of(home, tenant_id)
    lines = [line for branch in tree(scheme, {}) for line in _lines(branch, 0)]
    return Outcome({"series": [asdict(one) for one in scheme]}, lines or ["no scheme was imported"])


def _lines(branch: Branch, depth: int) -> list[str]:
    own = f"{'  ' * depth}{escape(branch.series.code)}  {escape(branch.series.title)}"
    return [own, *(line for each in branch.below for line in _lines(each, depth + 1))]


classification.add_command(import_)
classification.add_command(show)
