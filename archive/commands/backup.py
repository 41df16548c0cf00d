# SPDX-License-Identifier: EUPL-1.2
"""`longeva backup`: a copy of the archive in a folder, while it is used."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from rich.markup import escape

from archive.backup import back_up
from archive.errors import StorageUnavailable
from archive.home import MARKER, Home
from archive.terminal import App, Outcome, longeva_command

BESIDE = ("trust", "authority")
"""Folders of the home that cannot be derived from the store."""


@longeva_command(short_help="Copy the archive to a folder while it is used.")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
def backup(app: App, target: Path) -> Outcome:
    """Copy the archive to the folder TARGET while it is used, or bring that copy up to date.

    The copy has everything that was acknowledged before. It is a home without catalogue and index: put it
    where it shall work and run `longeva rebuild` there. Settings and credentials are not in it. A copy that
    knows more than the archive is left as it is: then the archive was put back from an older one. Needs no
    database.
    """
    with Home.open_store(app.home_path, app.clock) as home, app.progress("Copying") as on_progress:
        report = back_up(home.store, target, lambda done: on_progress(done, 0))
        _copy_beside(home.path, target)
    body = {
        "target": str(target),
        "copied": report.copied,
        "bytes": report.bytes,
        "kept": report.kept,
        "heads": report.heads,
    }
    lines = [f"{report.copied} files copied to {escape(str(target))}, {report.kept} were there"]
    return Outcome(body, [*lines, *(f"  {name}: up to event {at}" for name, at in report.heads.items())])


def _copy_beside(home: Path, target: Path) -> None:
    try:
        for name in BESIDE:
            if (home / name).is_dir():
                shutil.copytree(home / name, target / name, dirs_exist_ok=True)
        shutil.copy2(home / MARKER, target / MARKER)  # last: with it the copy is a home
    except OSError as cause:
        raise StorageUnavailable(f"{target} cannot be written: {cause.strerror or cause}") from cause
