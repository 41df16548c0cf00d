# SPDX-License-Identifier: EUPL-1.2
"""`longeva simulate`: decades of an archive in a minute."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from archive.terminal import App, Outcome, language, longeva_command
from demo.simulation.account import Account
from demo.simulation.scenario import read_scenario
from demo.simulation.simulate import ACCOUNT, PAGES, run_simulation
from demo.simulation.world import FOLDER


@longeva_command(
    default_home="./longeva-simulation",
    short_help="Live through thirty years of an archive's misfortunes.",
)
@click.option(
    "--years", default=30, show_default=True, type=click.IntRange(1, 40), help="How many years to live."
)
@click.option(
    "--scenario",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What is to happen (TOML); demo/simulation/thirty_years.toml by default.",
)
def simulate(app: App, years: int, scenario: Path | None) -> Outcome:
    """Live through thirty years of misfortunes; tell which objects are proven.

    Municipalities deposit, evidence is sealed and renewed, authorities expire, one is compromised, SHA-256 is
    retired, a store loses files, a renewal is killed: all of it is really done, in a fresh home (one of a
    simulation before is replaced, any other folder refused). It ends with a picture, a page and account.json
    in HOME/simulation. NO LEGAL VALUE.
    """
    told = read_scenario(scenario)
    with app.progress("Years") as on_progress:
        on_progress(0, years)
        account = run_simulation(
            told,
            years,
            app.home_path,
            on_year=lambda year: on_progress(year - told.starts + 1, years),
        )
    folder = app.home_path / FOLDER
    text, picture = (folder / name for name in PAGES[language()])
    files = {"account": str(folder / ACCOUNT), "page": str(text), "picture": str(picture)}
    agrees = all(each.agrees for each in account.kits)
    return Outcome(account.to_json() | {"files": files}, _lines(account, files), agrees)


def _lines(account: Account, files: dict[str, str]) -> list[str]:
    lines = [f"{account.proven} of {len(account.verdicts)} objects are proven on {account.at:%Y-%m-%d}"]
    for town in account.towns:
        proven, count = account.of(town)
        colour = "green" if proven == count else "yellow"
        lines.append(f"  [{colour}]{proven:>4} of {count:<4}[/] {escape(town.name)}")
    spanish = language() == "es"
    for loss in account.losses:
        lines += ["", escape(loss.told.es if spanish else loss.told.en)]
    for kit in account.kits:
        if not kit.agrees:
            lines.append(f"[red]{escape(kit.file)}: verify.py says {escape(kit.verdict)}[/]")
    return [*lines, "", *(f"{name:<8} {escape(path)}" for name, path in files.items())]
