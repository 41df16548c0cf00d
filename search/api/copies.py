# SPDX-License-Identifier: EUPL-1.2
"""Requests for certified copies: asked for and followed by who asks, listed and resolved by the archive.

Who asks through a system of another administration asks as staff or administration: the copy is its own.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Response, make_response
from pydantic import Field, StrictBool

from archive.errors import InvalidInput, NotFound
from archive.identity import Kind, Principal, Right
from archive.web.access import allowed, current_principal
from archive.web.api import API, Listed, Model, PageQuery
from archive.web.context import current_home
from archive.web.idempotency import idempotent
from archive.web.limits import spend
from search.api.door import blueprint
from search.api.objects import part_of
from search.requests.entry import ask
from search.requests.model import Asker, AskerKind, CopyRequest
from search.requests.register import listed, of_asker, read
from search.requests.resolving import answer, ask_back, fresh, issue_copy, refuse, seen, withdraw
from search.seeing import NOTHING
from search.viewing.address import short_id
from search.web.copies import seal
from search.web.own_requests import RATES


class NewRequest(Model):
    """What is asked for."""

    reference: Annotated[str, Field(min_length=1, max_length=300, description="Identifier, code or words")]
    purpose: Annotated[str, Field(max_length=2_000)] = ""
    paper: StrictBool = False
    on_behalf: Annotated[
        str, Field(max_length=200, description="Administration in whose name a system asks")
    ] = ""


class Resolution(Model):
    """What is done with a request that was read in a certain version."""

    version: Annotated[
        int, Field(ge=1, strict=True, description="As it was read: a change in between is a conflict")
    ]
    act: Annotated[
        Literal["issue", "refuse", "ask-back", "answer", "withdraw"],
        Field(description="`answer` and `withdraw` are the asker's"),
    ]
    ground: Annotated[str, Field(max_length=40, description="Of a refusal (docs/copies.md)")] = ""
    words: Annotated[str, Field(max_length=4_000)] = ""


class Step(Model):
    """A state and since when."""

    at: datetime
    state: str
    why: str


class CopyOut(Model):
    """A request."""

    id: str
    number: str
    version: int
    state: str
    reference: str
    purpose: str
    paper: bool
    entered_on: date
    due_on: date | None = Field(description="Last day to resolve; null while the asker is waited for")
    steps: list[Step]
    copy_object: str | None = Field(description="Id of the copy's object, once issued")
    csv: str | None = Field(description="Of the copy, once issued")
    words: str
    object: str | None = Field(None, description="Which object is meant; for the archive")
    hurdles: list[str] | None = Field(None, description="What stands in the way; for the archive")


class Copies(Listed):
    """Requests."""

    items: list[CopyOut]


@blueprint.get("/tenants/<tenant_id>/copy-requests")
@allowed(Right.ASK_COPY)
@blueprint.input(PageQuery, location="query")
@blueprint.output(Copies)
def list_requests(tenant_id: str, query_data: PageQuery) -> Copies:
    """List one's own requests; who resolves them sees all."""
    home, principal = current_home(), current_principal()
    if principal.may(Right.RESOLVE_COPY, tenant_id):
        found = listed(home, tenant_id)
    else:
        found = of_asker(home, tenant_id, principal.principal_id)
    part, following = part_of(found, query_data)
    return Copies(items=[copy_out(one, principal) for one in part], next=following)


@blueprint.post("/tenants/<tenant_id>/copy-requests")
@allowed(Right.ASK_COPY)
@idempotent(blueprint)
@blueprint.input(NewRequest, location="json")
@blueprint.output(CopyOut, status_code=201)
def new_request(tenant_id: str, json_data: NewRequest) -> Response:
    """Ask for a certified copy; whether the document exists is not said."""
    home, principal = current_home(), current_principal()
    for rate in RATES:
        spend(f"copy asked {rate}", rate, principal.agent)
    asker = Asker(_quality(principal, json_data.on_behalf), principal.principal_id, principal.name,
                  principal.nif, body=json_data.on_behalf)  # fmt: skip
    made = ask(
        home, tenant_id, asker, json_data.reference, agent=principal.agent, purpose=json_data.purpose,
        paper=json_data.paper, issue=seal(),
    )  # fmt: skip
    told = make_response(copy_out(made, principal).model_dump(mode="json"), 201)
    told.headers["Location"] = f"{API}/tenants/{tenant_id}/copy-requests/{made.request_id}"
    return told


@blueprint.get("/tenants/<tenant_id>/copy-requests/<request_id>")
@allowed(Right.ASK_COPY)
@blueprint.output(CopyOut)
def one_request(tenant_id: str, request_id: str) -> CopyOut:
    """Say where a request stands, to who asked and to who resolves."""
    home, principal = current_home(), current_principal()
    found = _own(principal, tenant_id, request_id)
    if found.asker.principal_id == principal.principal_id and principal.kind is not Kind.KEY:
        found = seen(home, found, agent=principal.agent)  # from here on it counts as notified
    return copy_out(found, principal)


@blueprint.post("/tenants/<tenant_id>/copy-requests/<request_id>/resolution")
@allowed(Right.ASK_COPY)
@blueprint.input(Resolution, location="json")
@blueprint.output(CopyOut)
def resolve(tenant_id: str, request_id: str, json_data: Resolution) -> CopyOut:
    """Issue, refuse or ask back, as the archive; answer or withdraw, as the asker."""
    home, principal = current_home(), current_principal()
    _own(principal, tenant_id, request_id)
    request = fresh(home, tenant_id, request_id, json_data.version)
    mine = request.asker.principal_id == principal.principal_id
    if json_data.act in {"answer", "withdraw"}:
        if not mine:
            raise NotFound(NOTHING)
        if json_data.act == "withdraw":
            return copy_out(withdraw(home, request, agent=principal.agent), principal)
        return copy_out(answer(home, request, json_data.words, agent=principal.agent), principal)
    if not principal.may(Right.RESOLVE_COPY, tenant_id):
        raise NotFound(NOTHING)
    if json_data.act == "issue":
        done = issue_copy(home, request, principal, seal(), words=json_data.words)
    elif json_data.act == "refuse":
        done = refuse(home, request, json_data.ground, json_data.words, agent=principal.agent)
    else:
        done = ask_back(home, request, json_data.words, agent=principal.agent)
    return copy_out(done, principal)


def copy_out(one: CopyRequest, principal: Principal) -> CopyOut:
    """Return a request as it goes out; what the archive found only to the archive."""
    inside = principal.may(Right.RESOLVE_COPY, one.tenant_id)
    outcome = one.outcome
    return CopyOut(
        id=one.request_id, number=one.number, version=one.version, state=str(one.state),
        reference=one.reference, purpose=one.purpose, paper=one.paper, entered_on=one.entered_on,
        due_on=one.due_on,
        steps=[Step(at=step.at, state=str(step.state), why=step.why) for step in one.steps],
        copy_object=short_id(outcome.copy_object_id) if outcome.copy_object_id else None,
        csv=outcome.csv or None, words=outcome.words,
        object=short_id(one.object_id) if inside and one.object_id else None,
        hurdles=list(one.hurdles) if inside else None,
    )  # fmt: skip


def _own(principal: Principal, tenant_id: str, request_id: str) -> CopyRequest:
    try:
        found = read(current_home(), tenant_id, request_id)
    except NotFound:
        raise NotFound(NOTHING) from None
    mine = found.asker.principal_id == principal.principal_id
    if not mine and not principal.may(Right.RESOLVE_COPY, tenant_id):
        raise NotFound(NOTHING)
    return found


def _quality(principal: Principal, on_behalf: str) -> AskerKind:
    if on_behalf and principal.kind not in {Kind.KEY, Kind.CERTIFICATE}:
        raise InvalidInput("only a system asks in the name of an administration")
    if on_behalf:
        return AskerKind.ADMINISTRATION
    return AskerKind.CITIZEN if principal.nif else AskerKind.STAFF
