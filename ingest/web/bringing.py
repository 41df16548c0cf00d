# SPDX-License-Identifier: EUPL-1.2
"""Bringing files by hand: a form that works in any browser, to check beforehand or to deposit.

What is sent waits in the work folder until it is in the inbox, or checked; then it is gone. Large packages go
through the interface, in parts that survive a broken line (docs/api.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from archive.errors import InvalidInput
from archive.identity import Right
from archive.web.access import allowed, current_principal
from archive.web.context import current_home
from archive.web.forms import checks_itself, require_token
from archive.web.i18n import filesize, gettext
from archive.web.limits import spend
from archive.web.session import has_session
from ingest.examination import Examination, examine
from ingest.packages import open_package
from ingest.queue.runner import wake
from ingest.queue.submission import submit
from ingest.uploads.session import upload_name
from ingest.web.deposits import ROOT
from ingest.web.words import counted, weighed
from preservation.installation import trust_store

MOST: Final = 250_000_000
"""Bytes of what is sent at once: a browser cannot go on where it was broken off."""
FIELDS: Final = 1_000_000
"""Bytes of what is kept in memory of a form: the parser counts each block that it reads of a file as well, so
that a limit as small as a block (64 KiB) refuses nearly every file larger than one.
"""
FILES: Final = 100
RATE: Final = "60/minute"
"""Forms with files, for each person."""

blueprint: Final = Blueprint("bringing", __name__, template_folder="templates")


@blueprint.get(f"{ROOT}/nuevo")
@allowed(Right.DEPOSIT)
def form(tenant_id: str) -> str:
    """Show the form."""
    return _form(tenant_id)


@blueprint.post(f"{ROOT}/nuevo")
@checks_itself
@allowed(Right.DEPOSIT)
def bring(tenant_id: str) -> Response | str | tuple[str, int]:
    """Check what is sent, or deposit it."""
    spend("deposit form", RATE, current_principal().agent)
    request.max_content_length = MOST
    request.max_form_memory_size = FIELDS
    try:
        if has_session():
            require_token()
        files = [each for each in request.files.getlist("fichero") if each.filename]
    except RequestEntityTooLarge:
        words = gettext("Ha enviado más de %(limit)s de una vez", limit=filesize(MOST))
        return _form(tenant_id, [("fichero", words)]), 413
    together = request.form.get("junto") == "1"
    if problem := _problem(files):
        return _form(tenant_id, [("fichero", problem)], together=together), 422
    try:
        with _packages(files, together=together) as paths:
            if request.form.get("accion") == "depositar":
                return _deposited(tenant_id, paths)
            checked = [_checked(path) for path in paths]
    except InvalidInput:
        words = gettext("El nombre de un fichero no puede guardarse: póngale un nombre sencillo")
        return _form(tenant_id, [("fichero", words)], together=together), 422
    return render_template(
        "deposits/checked.html", tenant_id=tenant_id, weighed=weighed, counted=counted, checked=checked
    )


def _form(tenant_id: str, problems: list[tuple[str, str]] | None = None, *, together: bool = False) -> str:
    return render_template(
        "deposits/new.html", tenant_id=tenant_id, problems=problems or [], together=together,
        limit=filesize(MOST), files=FILES,
    )  # fmt: skip


def _problem(files: list[FileStorage]) -> str:
    """Say what is wrong with the files before anything is done with them; empty for nothing."""
    if not files:
        return gettext("Elija al menos un fichero")
    if len(files) > FILES:
        return gettext("Ha elegido más de %(number)s ficheros", number=FILES)
    for each in files:
        if not each.stream.read(1):
            return gettext("El fichero «%(name)s» está vacío", name=each.filename or "")
        each.stream.seek(0)
    return ""


@contextmanager
def _packages(files: list[FileStorage], *, together: bool) -> Iterator[list[Path]]:
    """Give the packages that files are, each in a folder of its own or all in one.

    Raises:
        InvalidInput: A name cannot be kept, or two are the same.
    """
    names = [upload_name(_last(each.filename or "")) for each in files]
    with TemporaryDirectory(prefix="sent-", dir=current_home().work_folder()) as made:
        whole = Path(made) / gettext("carpeta")
        paths = [(whole if together else Path(made) / str(at)) / name for at, name in enumerate(names)]
        if len(set(paths)) < len(paths):
            raise InvalidInput("two files have the same name")
        for file, path in zip(files, paths, strict=True):
            path.parent.mkdir(exist_ok=True)
            file.save(path)
        yield [whole] if together else paths


def _last(name: str) -> str:
    """Return the last part of a name: some browsers send the path on the sender's disk."""
    return name.replace("\\", "/").rpartition("/")[2]


def _deposited(tenant_id: str, paths: list[Path]) -> Response:
    home = current_home()
    entries = submit(home, tenant_id, paths, agent=current_principal().agent)
    wake(home)
    if len(entries) == 1:
        address = url_for("deposits.one", tenant_id=tenant_id, deposit_id=entries[0].deposit_id)
    else:
        address = url_for("deposits.listed", tenant_id=tenant_id)
    return redirect(address, 303)


def _checked(path: Path) -> Examination:
    home = current_home()
    now = home.clock.now()
    with (
        TemporaryDirectory(prefix="check-", dir=home.work_folder()) as work,
        open_package(path, Path(work)) as package,
    ):
        return examine(package, trust=trust_store(home, now), at=now)[0]
