# SPDX-License-Identifier: EUPL-1.2
"""`longeva demo`: the whole main job in a fresh folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from rich.markup import escape

from archive.errors import ConflictError
from archive.home import MARKER, Home
from archive.terminal import App, Outcome, longeva_command
from demo.journey import Journey

ARTEFACTS = "demo"
"""Folder of the artefacts inside the demo's home."""
NOTE = "SIN-VALOR-LEGAL.txt"
"""File among the artefacts by which a home is known as one that may be thrown away."""
WORDS = "Archivo de prueba hecho por `longeva demo`, que lo borra entero cuando se repite. Sin valor legal.\n"
STEPS = 13


@longeva_command(
    default_home="./longeva-demo", short_help="Run the whole main job on a made-up building licence."
)
@click.option(
    "--recording",
    default=30,
    show_default=True,
    metavar="MB",
    type=click.IntRange(1, 4000),
    help="Size of the recording that the expediente refers to.",
)
def demo(app: App, recording: int) -> Outcome:
    """Run the whole main job on a made-up building licence, step by step.

    Everything is made in a fresh home (a demo's home of before is replaced, any other folder is refused) and
    stays there to be looked at. Signatures and time stamps have NO LEGAL VALUE.
    """
    folder = _fresh(app.home_path)
    told: list[dict[str, str]] = []
    with Home.create(app.home_path, app.clock) as home:
        folder.mkdir()
        (folder / NOTE).write_text(WORDS, "utf-8")
        journey = Journey(home, folder, app.progress, recording)
        if not app.json:
            app.console.print("[bold]Longeva demo[/]: [red]no legal value[/] (development authority)\n")
        for number, (title, proved) in enumerate(journey.steps(), 1):
            told.append({"step": title, "proved": proved})
            if not app.json:
                counter = f"[dim]{number:>2}/{STEPS}[/]"
                line = f"{counter} [green]✓[/] [bold]{title:<15}[/] {escape(proved)}"
                app.console.print(line, highlight=False, soft_wrap=True)
    artefacts = {"home": str(app.home_path)} | journey.artefacts
    lines = [
        "",
        "[bold]What was made[/]",
        *(f"  {name:<18} {escape(path)}" for name, path in artefacts.items()),
    ]
    lines += [
        "",
        f"Look around: longeva serve --home {escape(str(app.home_path))}",
        f"Enter as archivera, with the password in {escape(journey.artefacts.get('passwords', ''))}",
    ]
    return Outcome(
        {"steps": told, "artefacts": artefacts, "csv": journey.copy.csv if journey.copy else ""}, lines
    )


def _fresh(home: Path) -> Path:
    """Throw away a former demo and return where the artefacts go.

    Raises:
        ConflictError: Something else is there.
    """
    folder = home / ARTEFACTS
    if home.exists():
        is_demo = (home / MARKER).is_file() and (folder / NOTE).is_file()
        if not home.is_dir() or (not is_demo and any(home.iterdir())):
            raise ConflictError("the folder holds what is no demo: name another", place=str(home))
        shutil.rmtree(home)
    return folder
