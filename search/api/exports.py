# SPDX-License-Identifier: EUPL-1.2
"""Exports as jobs: asked for, watched, fetched. Nobody sees another one's.

Whether who asked may have it is asked again when it is fetched: a hold or a lost role in between counts.
"""

from __future__ import annotations

from datetime import datetime
from mimetypes import guess_type
from typing import Annotated, Any, Final, Literal

from flask import Response, make_response
from pydantic import Field

from archive.digests import read_chunks
from archive.errors import ConflictError, InvalidInput, InvalidRequest, NotFound
from archive.identity import Principal, Right
from archive.web.access import allowed, require
from archive.web.api import API, Model
from archive.web.context import current_home, service
from archive.web.idempotency import idempotent
from archive.web.limits import spend
from archive.web.partial import Bytes, answer_bytes
from archive.web.ranges import Span
from search.api.door import blueprint
from search.api.finding import Filters, Question, search_index
from search.api.objects import BYTES
from search.export_jobs import DONE, WAITING, ExportJob, Exports
from search.find import request_for
from search.result_exports import FORMS
from search.result_jobs import covers, question_of, sight_needed
from search.seeing import NOTHING, see
from search.sight import sight_of
from search.viewing.address import short_id

EXPORTS: Final = "exports"
"""Name of the service that takes exports on (`search.export_jobs.Exports`)."""
RATE: Final = "200/hour"
"""Exports that one may ask for: each is a file that lies here for a week."""


class NewExport(Model):
    """What is to be exported."""

    object: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="Id of the object")]
    form: Annotated[
        Literal["eni", "kit"],
        Field(description="`eni`: as it came. `kit`: with its evidence and a script that verifies it"),
    ]


class NewResult(Model):
    """A question whose answers are to be one file."""

    q: Question = ""
    filters: Filters
    form: Literal["csv", "jsonl", "ead"]


class Export(Model):
    """An export."""

    id: str
    form: str
    state: str = Field(description="`waiting`, `done` or `failed`")
    asked_at: datetime
    ends_at: datetime = Field(description="Until then it can be fetched")
    object: str | None = None
    name: str
    size: int | None = None
    sha256: str | None = None
    problem: dict[str, Any] | None = None
    result: str | None = Field(None, description="Address of the file, once it is done")


@blueprint.post("/tenants/<tenant_id>/exports")
@allowed(Right.READ)
@idempotent(blueprint)
@blueprint.input(NewExport, location="json")
@blueprint.output(Export, status_code=202, headers=None)
@blueprint.doc(responses={202: "Taken on; `Location` says where it is watched"})
def ask_export(tenant_id: str, json_data: NewExport) -> Response:
    """Ask for an export of an object; it is made as soon as somebody has time."""
    principal = require(Right.READ, tenant_id)
    found = see(current_home(), principal, tenant_id, json_data.object)
    spend("export asked", RATE, principal.agent)
    job = exports().ask(tenant_id, json_data.form, agent=principal.agent, object_id=found.record.object_id)
    exports().wake()
    return taken_on(job)


@blueprint.post("/tenants/<tenant_id>/search/exports")
@allowed(Right.SEARCH)
@idempotent(blueprint)
@blueprint.input(NewResult, location="json")
@blueprint.output(Export, status_code=202, headers=None)
@blueprint.doc(responses={202: "Taken on; `Location` says where it is watched"})
def ask_result(tenant_id: str, json_data: NewResult) -> Response:
    """Ask for all answers to a question as one file, without a limit of number."""
    principal, index = require(Right.SEARCH, tenant_id), search_index()
    sight = sight_of(principal, tenant_id)
    try:
        request_for(index, json_data.q, {tenant_id: sight}, filters=json_data.filters)
    except InvalidRequest as cause:
        raise InvalidInput(str(cause)) from cause
    spend("export asked", RATE, principal.agent)
    job = exports().ask(
        tenant_id,
        json_data.form,
        agent=principal.agent,
        question=question_of(json_data.q, json_data.filters, sight),
        suffix=f".{FORMS[json_data.form].extension}",
    )
    exports().wake()
    return taken_on(job)


@blueprint.get("/tenants/<tenant_id>/exports/<export_id>")
@blueprint.output(Export)
def one_export(tenant_id: str, export_id: str) -> Export:
    """Say how far an export is."""
    principal = require(Right.SEARCH, tenant_id)
    job = _own(principal, tenant_id, export_id)
    if job.state == WAITING:
        exports().wake()
    return export_out(job)


@blueprint.get("/tenants/<tenant_id>/exports/<export_id>/result")
@blueprint.doc(responses={**BYTES, 409: "It is not made yet"})
def export_result(tenant_id: str, export_id: str) -> Response:
    """Give the file of an export that is done; 409 while it is not."""
    principal = require(Right.SEARCH, tenant_id)
    job = _own(principal, tenant_id, export_id)
    path = exports().file(job)
    if path is None:
        exports().wake()
        raise ConflictError("the export is not made, or not any more on this machine: watch its state")

    def pieces(span: Span) -> Any:
        with path.open("rb") as stream:
            stream.seek(span.first)
            left = span.length
            for chunk in read_chunks(stream):
                yield chunk[:left]
                left -= len(chunk)
                if left <= 0:
                    return

    return answer_bytes(Bytes(job.name, job.size, job.sha256, _media_type(job), pieces))


def exports() -> Exports:
    """Return who takes exports on: the installation's, else one of this process."""
    given = service(EXPORTS)
    return given if isinstance(given, Exports) else Exports(current_home())


def taken_on(job: ExportJob) -> Response:
    """Return 202 with where the export is watched."""
    answer = make_response(export_out(job).model_dump(mode="json"), 202)
    answer.headers["Location"] = _address(job)
    return answer


def export_out(job: ExportJob) -> Export:
    """Return an export as it goes out."""
    done = job.state == DONE
    return Export(
        id=job.job_id, form=job.form, state=job.state, asked_at=job.asked_at, ends_at=job.ends_at,
        object=short_id(job.object_id) if job.object_id else None, name=job.name,
        size=job.size if done else None, sha256=job.sha256 if done else None, problem=job.problem,
        result=f"{_address(job)}/result" if done else None,
    )  # fmt: skip


def _own(principal: Principal, tenant_id: str, export_id: str) -> ExportJob:
    """Return an export of who asks, if he may still have what is in it."""
    job = exports().get(tenant_id, export_id, principal.agent)
    if job.object_id:
        if not principal.may(Right.READ, tenant_id):
            raise NotFound(NOTHING)
        see(current_home(), principal, tenant_id, short_id(job.object_id))
    if job.question and not covers(sight_of(principal, tenant_id), sight_needed(job.question)):
        raise NotFound(NOTHING)
    return job


def _address(job: ExportJob) -> str:
    return f"{API}/tenants/{job.tenant_id}/exports/{job.job_id}"


def _media_type(job: ExportJob) -> str:
    return guess_type(f"x{job.suffix}")[0] or "application/octet-stream"
