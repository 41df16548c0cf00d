# SPDX-License-Identifier: EUPL-1.2
"""`longeva get · export · certify · verify`: what leaves the archive, and what comes back to be checked."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.commands.keeping import find_object
from archive.errors import InvalidRequest, NotAvailable, NotFound, StorageUnavailable
from archive.home import Home
from archive.model import FileRole
from archive.terminal import App, Outcome, OutputFile, language, longeva_command, write_output
from preservation.commands.options import AT, TRUST, trust_of
from preservation.installation import (
    SEAL_ROLE,
    development_authority,
    time_stamping,
    trust_store,
    validation_material,
)
from search.certify import certify as issue_copy
from search.exports import LATER, export_eni
from search.kit import export_kit
from search.retrieval import open_content, read_file
from search.verification import BROKEN, INCOMPLETE, VALID, verify_offline

BASE_URL = click.option(
    "--base-url",
    default="http://127.0.0.1:8080",
    show_default=True,
    envvar="LONGEVA_BASE_URL",
    help="Public address of the verification page.",
)
COLOURS = {VALID: "green", BROKEN: "red", INCOMPLETE: "yellow"}
MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}


@longeva_command()
@click.argument("reference", metavar="OBJECT")
@click.argument("file", required=False)
@click.option("-o", "--output", required=True, type=OutputFile(stdout=True), help="Where to; - is stdout.")
@click.option("--decoded", is_flag=True, help="The content inside the ENI document, not its XML.")
def get(app: App, reference: str, file: str | None, output: Path, decoded: bool) -> Outcome:
    """Give a file of OBJECT exactly as it is kept.

    FILE is a path as `longeva show` lists them, a file name or an ENI identifier. Without it, the object's
    index (or its only document). Fixity is checked while it is read; the access is recorded in the ledger.
    """
    if app.json and str(output) == "-":
        raise InvalidRequest("stdout cannot carry both the file and --json; give -o a name")
    with app.home() as home:
        _require_recording(home)
        with home.catalog.reading(INSTALLATION) as tx:
            object_id = find_object(tx, reference).object_id
            path = _path_of(home, object_id, file)
        read = open_content if decoded else read_file
        digests = write_output(output, read(home, object_id, path, "cli"))
    body = {
        "object": object_id,
        "file": path,
        "path": str(output),
        "digest": digests.sha256,
        "size": digests.size,
    }
    lines = [] if str(output) == "-" else [f"{digests.sha256}  {escape(str(output))}"]
    return Outcome(body, lines)


@longeva_command(short_help="Export OBJECT as a ZIP, for others or an auditor.")
@click.argument("reference", metavar="OBJECT")
@click.option("-o", "--output", required=True, type=OutputFile(), help="The ZIP to write.")
@click.option("--as", "form", required=True, type=click.Choice(["eni", "kit", *LATER]), help="Which form.")
def export(app: App, reference: str, output: Path, form: str) -> Outcome:
    """Export OBJECT as a ZIP, for another system or for an auditor.

    \b
    eni   as it came, byte for byte: another archive can take it in
    kit   with all its evidence and a script that verifies it offline, without Longeva
    bagit, eark, court   planned: this version says so and exits 3
    """  # noqa: D301 - click keeps a paragraph as it is after that very character
    if form in LATER:
        raise NotAvailable(f"export --as {form} is planned; use --as eni or --as kit meanwhile")
    with app.home() as home:
        _require_recording(home)
        with home.catalog.reading(INSTALLATION) as tx:
            object_id = find_object(tx, reference).object_id
        if form == "eni":
            export_eni(home, object_id, output)
        else:
            export_kit(home, object_id, output, trust=trust_store(home, home.clock.now()))
    return Outcome(
        {"object": object_id, "as": form, "path": str(output)}, [f"{form} in {escape(str(output))}"]
    )


@longeva_command()
@click.argument("reference", metavar="OBJECT")
@click.argument("file", required=False)
@click.option("-o", "--output", required=True, type=OutputFile(), help="The PDF to write.")
@BASE_URL
def certify(app: App, reference: str, file: str | None, output: Path, base_url: str) -> Outcome:
    """Issue a copia auténtica: a new PDF with CSV, QR and seal.

    FILE says of which document of OBJECT; without it, the resolution. The copy is archived in its turn
    (Ley 39/2015 art. 27).
    """
    with app.home() as home:
        _require_recording(home)
        with home.catalog.reading(INSTALLATION) as tx:
            object_id = find_object(tx, reference).object_id
        copy = issue_copy(
            home,
            object_id,
            file,
            identity=development_authority(home).identity(SEAL_ROLE),
            authority=time_stamping(home),
            material=validation_material(home),
            base_url=base_url,
            agent="cli",
        )
    write_output(output, [copy.pdf])
    body = {
        "csv": copy.csv,
        "path": str(output),
        "eni_id": copy.eni_id,
        "object": copy.object_id,
        "source": copy.source_path,
        "findings": [found.to_json() for found in copy.findings],
    }
    lines = [f"CSV [bold]{copy.csv}[/]", f"{copy.eni_id} in {escape(str(output))}"]
    return Outcome(body, [*lines, *(f"[yellow]{escape(found.message())}[/]" for found in copy.findings)])


@longeva_command(short_help="Verify a kit, a signed file, an evidence record or a CSV.")
@click.argument("what", metavar="FILE_OR_KIT_OR_CSV")
@click.option(
    "--data",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What an evidence record, or a detached signature, is about; may be repeated.",
)
@click.option(
    "--own-anchors",
    is_flag=True,
    help="Judge a kit by its own anchors alone: INCOMPLETE at best.",
)
@TRUST
@AT
def verify(
    app: App,
    what: str,
    data: tuple[Path, ...],
    own_anchors: bool,
    trusted: tuple[Path, ...],
    at: datetime | None,
) -> Outcome:
    """Verify an evidence kit, a signed file, an evidence record or a CSV. Exit 0 if it is proven.

    A kit is verified by a process of its own, with what it carries alone. Only a CSV needs an archive.
    """
    instant = at or app.clock.now()
    trust = trust_of(app, trusted, instant)
    _require_file_or_csv(what)
    with ExitStack() as stack:
        home = None if Path(what).exists() else stack.enter_context(app.home())
        verdict = verify_offline(what, at=instant, trust=trust, data=data, own_anchors=own_anchors, home=home)
    lines = [f"[{COLOURS[verdict.verdict]}]{verdict.verdict}[/]"]
    lines += [
        f"  {MARKS[step.ok]} {escape(step.name):<18} {escape(getattr(step, language()))}"
        for step in verdict.steps
    ]
    return Outcome(verdict.to_json(), lines, verdict.verdict == VALID)


def _require_recording(home: Home) -> None:
    """Give nothing away where the ledger cannot say that it was given.

    Raises:
        StorageUnavailable: The home cannot be written.
    """
    if home.read_only:
        raise StorageUnavailable(
            f"what leaves the archive is recorded, and the home {home.path} cannot be written"
        )


def _require_file_or_csv(what: str) -> None:
    """Tell a file name typed wrong from a CSV: a CSV has no folder and no extension.

    Raises:
        InvalidRequest: It is a folder.
        NotFound: It looks like a file, and there is none.
    """
    path = Path(what)
    if path.is_dir():
        raise InvalidRequest(f"{what} is a folder; name the kit's ZIP, a file or a CSV")
    if not path.exists() and (os.sep in what or path.suffix):
        raise NotFound(f"there is no file {what}")


def _path_of(home: Home, object_id: str, file: str | None) -> str:
    with home.catalog.reading(INSTALLATION) as tx:
        files = tx.files(object_id)
    if file is None:
        chosen = [each for each in files if each.role is FileRole.INDEX]
        chosen = chosen or [each for each in files if each.role is FileRole.DOCUMENT]
    else:
        chosen = [each for each in files if file in {each.path, each.eni_id, each.path.rsplit("/", 1)[-1]}]
    if not chosen:
        raise NotFound(f"{object_id} has no file {file}", place=file or "")
    if len(chosen) > 1:
        raise InvalidRequest("several files fit: " + ", ".join(each.path for each in chosen))
    return chosen[0].path
