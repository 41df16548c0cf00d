# SPDX-License-Identifier: EUPL-1.2
"""Deposits for machines: check, deposit, follow, be given the receipt, decide.

A depositor sees his own; who decides sees all. What is answered with 202 is durable and waits for a worker:
it is no receipt, which comes when the archive has checked and kept it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.datastructures import FileStorage

from archive.catalog import QueueState
from archive.errors import InvalidInput, LimitExceeded
from archive.identity import Right
from archive.model import DepositState
from archive.web.access import allowed, current_principal
from archive.web.api import api_blueprint, decode_cursor, encode_cursor, next_link
from archive.web.context import current_home
from archive.web.idempotency import idempotent
from ingest.api.values import (
    Checked,
    Decision,
    DecisionName,
    DepositList,
    DepositQuery,
    DepositValue,
    DropQuery,
    Package,
    PackageFiles,
    checked_value,
    deposit_value,
)
from ingest.decision import settle
from ingest.examination import examine
from ingest.packages import open_package
from ingest.queue.dropping import drop
from ingest.queue.runner import wake
from ingest.queue.submission import submit
from ingest.standing import receipt, standing, standings
from ingest.uploads.folder import Uploads
from ingest.uploads.session import upload_name
from preservation.installation import archive_seal, trust_store

SMALL: Final = 16 << 20
"""Bytes of a package that comes in one request; anything larger is sent in parts."""
CHECKED: Final = 256 << 20
"""Bytes of a package that is checked while somebody waits for the answer."""

blueprint: Final = api_blueprint("api_deposits", "Deposits", "Packages that come in, and what became of them")
_ROOT: Final = "/tenants/<tenant_id>/deposits"
_RECEIPT: Final[dict[int | str, Any]] = {
    200: {
        "description": "The receipt: what came, its digests, its place in the ledger, the archive's seal",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    409: {"description": "It is not settled yet"},
}


@blueprint.post(_ROOT)
@allowed(Right.DEPOSIT)
@idempotent(blueprint)
@blueprint.input(Package)
@blueprint.output(DepositValue, status_code=202, description="It waits; `Location` tells what becomes of it")
def deposit(tenant_id: str, json_data: Package) -> Any:
    """Deposit uploads as one package.

    The uploads are gone when this answers: their bytes wait in the archive's inbox. Repeating it with the
    same `Idempotency-Key` gives the same deposit.
    """
    with _uploaded(tenant_id, json_data) as (path, forget):
        answer = _submitted(tenant_id, path)
        forget()
    return answer


@blueprint.post(f"{_ROOT}/files")
@allowed(Right.DEPOSIT)
@idempotent(blueprint)
@blueprint.input(PackageFiles, location="files")
@blueprint.output(DepositValue, status_code=202, description="It waits; `Location` tells what becomes of it")
def deposit_files(tenant_id: str, files_data: PackageFiles) -> Any:
    """Deposit small files, at most 16 MiB together, in one request."""
    with _sent(files_data) as path:
        return _submitted(tenant_id, path)


@blueprint.post(f"{_ROOT}/check")
@allowed(Right.DEPOSIT)
@blueprint.input(Package)
@blueprint.output(Checked)
def check(tenant_id: str, json_data: Package) -> Checked:
    """Say what a deposit of uploads would find and decide; store nothing.

    At most 256 MiB. The uploads stay, to be deposited.
    """
    with _uploaded(tenant_id, json_data) as (path, _):
        return _checked(path)


@blueprint.post(f"{_ROOT}/check/files")
@allowed(Right.DEPOSIT)
@blueprint.input(PackageFiles, location="files")
@blueprint.output(Checked)
def check_files(tenant_id: str, files_data: PackageFiles) -> Checked:  # noqa: ARG001 - `allowed` asks it
    """Say what a deposit of small files would find and decide; store nothing."""
    with _sent(files_data) as path:
        return _checked(path)


@blueprint.get(_ROOT)
@allowed(Right.DEPOSIT)
@blueprint.input(DepositQuery, location="query")
@blueprint.output(DepositList)
def deposits(tenant_id: str, query_data: DepositQuery) -> DepositList:
    """List deposits, the newest first: one's own, or all for who decides."""
    after = decode_cursor(query_data.cursor)
    name = query_data.state
    state = next((each for each in (*QueueState, *DepositState) if each == name), None)
    found = standings(
        current_home(), tenant_id, before=after[0] if after else "", limit=query_data.limit + 1, state=state,
        agent=_own(tenant_id),
    )  # fmt: skip
    page = found[: query_data.limit]
    more = next_link(encode_cursor(page[-1].deposit_id)) if len(found) > len(page) else None
    return DepositList(items=[deposit_value(each) for each in page], next=more)


@blueprint.get(f"{_ROOT}/<uuid:deposit_id>")
@allowed(Right.DEPOSIT)
@blueprint.output(DepositValue)
def one_deposit(tenant_id: str, deposit_id: UUID) -> DepositValue:
    """Tell where a deposit stands, since when and why, with its findings."""
    return deposit_value(standing(current_home(), tenant_id, str(deposit_id), agent=_own(tenant_id)))


@blueprint.get(f"{_ROOT}/<uuid:deposit_id>/receipt")
@allowed(Right.DEPOSIT)
@blueprint.doc(responses=_RECEIPT)
def deposit_receipt(tenant_id: str, deposit_id: UUID) -> Response:
    """Give the sealed receipt of a deposit that is settled.

    `longeva receipt check FILE` verifies it without asking anybody.
    """
    standing(current_home(), tenant_id, str(deposit_id), agent=_own(tenant_id))
    text = json.dumps(receipt(current_home(), str(deposit_id)), ensure_ascii=False, indent=2) + "\n"
    return Response(text, mimetype="application/json")


@blueprint.post(f"{_ROOT}/<uuid:deposit_id>/decision")
@allowed(Right.DECIDE)
@idempotent(blueprint)
@blueprint.input(Decision)
@blueprint.output(DepositValue)
def decide(tenant_id: str, deposit_id: UUID, json_data: Decision) -> DepositValue:
    """Settle a deposit that waits for an archivist."""
    home = current_home()
    standing(home, tenant_id, str(deposit_id))
    admit = json_data.decision is DecisionName.ADMIT
    agent = current_principal().agent
    settle(home, str(deposit_id), admit=admit, reason=json_data.reason, seal=archive_seal(home), agent=agent)
    return deposit_value(standing(home, tenant_id, str(deposit_id)))


@blueprint.delete(f"{_ROOT}/<uuid:deposit_id>")
@allowed(Right.DEPOSIT)
@blueprint.input(DropQuery, location="query")
@blueprint.output(DepositValue)
def give_up(tenant_id: str, deposit_id: UUID, query_data: DropQuery) -> DepositValue:
    """Give up a deposit that stays in ERROR: nothing of it is kept but the receipt that says so."""
    home = current_home()
    own = _own(tenant_id)
    standing(home, tenant_id, str(deposit_id), agent=own)
    agent = current_principal().agent
    drop(home, str(deposit_id), reason=query_data.reason, seal=archive_seal(home), agent=agent)
    return deposit_value(standing(home, tenant_id, str(deposit_id), agent=own))


def _own(tenant_id: str) -> str:
    """Return whose deposits may be seen: one's own, or (empty) all."""
    principal = current_principal()
    return "" if principal.may(Right.DECIDE, tenant_id) else principal.agent


@contextmanager
def _uploaded(tenant_id: str, package: Package) -> Iterator[tuple[Path, Any]]:
    """Give the package that uploads are, and what forgets them."""
    if len(set(package.uploads)) != len(package.uploads):
        raise InvalidInput("an upload is named twice")
    uploads, agent = Uploads(current_home()), current_principal().agent
    sessions = [uploads.get(tenant_id, upload_id, agent) for upload_id in package.uploads]

    def forget() -> None:
        for each in sessions:
            uploads.drop(each)

    with uploads.package(sessions, package.name) as path:
        yield path, forget


@contextmanager
def _sent(package: PackageFiles) -> Iterator[Path]:
    """Give the package that the files of this request are."""
    files: list[FileStorage] = list(package.file)
    names = [upload_name(file.filename or "") for file in files]
    with TemporaryDirectory(prefix="sent-", dir=current_home().work_folder()) as made:
        if len(files) == 1:
            path = Path(made) / upload_name(package.name or names[0]).rpartition("/")[2]
            files[0].save(path)
        else:
            path = Path(made) / upload_name(package.name or "carpeta").rpartition("/")[2]
            for file, name in zip(files, names, strict=True):
                _place(file, path / name)
        yield path


def _place(file: FileStorage, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            file.save(out)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as cause:
        raise InvalidInput(f"{path.name} cannot lie beside the other files") from cause


def _submitted(tenant_id: str, path: Path) -> Any:
    home = current_home()
    entry = submit(home, tenant_id, [path], agent=current_principal().agent)[0]
    wake(home)
    address = url_for("api_deposits.one_deposit", tenant_id=tenant_id, deposit_id=entry.deposit_id)
    return deposit_value(standing(home, tenant_id, entry.deposit_id)), 202, {"Location": address}


def _checked(path: Path) -> Checked:
    size = sum(each.stat().st_size for each in path.rglob("*")) if path.is_dir() else path.stat().st_size
    if size > CHECKED:
        raise LimitExceeded(f"a package of {size} bytes; at most {CHECKED} are checked while you wait")
    home = current_home()
    now = home.clock.now()
    with (
        TemporaryDirectory(prefix="check-", dir=home.work_folder()) as work,
        open_package(path, Path(work)) as package,
    ):
        examination, _ = examine(package, trust=trust_store(home, now), at=now)
    return checked_value(examination)


@blueprint.before_request
def _allow_files() -> None:
    """Let bodies of files be as large as files may be; others stay small."""
    if (request.endpoint or "").endswith("_files"):
        request.max_content_length = SMALL
