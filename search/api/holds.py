# SPDX-License-Identifier: EUPL-1.2
"""Legal holds: what must not be destroyed, or given, while a procedure lasts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from flask import Response, make_response
from pydantic import Field, StrictBool

from archive.catalog import RegisterEntry
from archive.identity import Right
from archive.web.access import allowed, current_principal
from archive.web.api import API, Listed, Model, PageQuery
from archive.web.context import current_home
from archive.web.idempotency import idempotent
from search.api.door import blueprint
from search.api.objects import part_of
from search.holds import Hold, add_hold, end_hold, holds, read_hold
from search.seeing import see
from search.viewing.address import short_id

Words = Annotated[str, Field(min_length=1, max_length=500)]


class NewHold(Model):
    """A hold to be put in force."""

    reason: Words
    authority: Words = Field(description="Court or organ that asks for it, with its reference")
    object: Annotated[str, Field(pattern="^([0-9a-f]{32})?$", description="Id of one object")] = ""
    series: Annotated[str, Field(max_length=200, description="Prefix; without object: a series, or all")] = ""
    no_copies: StrictBool = False


class EndedHold(Model):
    """Why a hold ends."""

    why: Words


class HoldOut(Model):
    """A hold."""

    id: str
    state: str = Field(description="`in-force` or `over`")
    since: datetime = Field(description="Of this state")
    reason: str
    authority: str
    object: str
    series: str
    no_copies: bool


class Holds(Listed):
    """Holds of a municipality, oldest first."""

    items: list[HoldOut]


@blueprint.get("/tenants/<tenant_id>/holds")
@allowed(Right.DESCRIBE)
@blueprint.input(PageQuery, location="query")
@blueprint.output(Holds)
def list_holds(tenant_id: str, query_data: PageQuery) -> Holds:
    """List the holds, also those that are over."""
    part, following = part_of(holds(current_home(), tenant_id), query_data)
    return Holds(items=[hold_out(entry, hold) for entry, hold in part], next=following)


@blueprint.post("/tenants/<tenant_id>/holds")
@allowed(Right.DESCRIBE)
@idempotent(blueprint)
@blueprint.input(NewHold, location="json")
@blueprint.output(HoldOut, status_code=201)
def new_hold(tenant_id: str, json_data: NewHold) -> Response:
    """Hold an object, a series or everything; the stores' own locks follow."""
    home, principal = current_home(), current_principal()
    object_id = ""
    if json_data.object:
        object_id = see(home, principal, tenant_id, json_data.object).record.object_id
    hold = Hold(json_data.reason, json_data.authority, object_id, json_data.series, json_data.no_copies)
    entry, _ = add_hold(home, tenant_id, hold, agent=principal.agent)
    answer = make_response(hold_out(entry, hold).model_dump(mode="json"), 201)
    answer.headers["Location"] = f"{API}/tenants/{tenant_id}/holds"
    return answer


@blueprint.post("/tenants/<tenant_id>/holds/<hold_id>/end")
@allowed(Right.DESCRIBE)
@blueprint.input(EndedHold, location="json")
@blueprint.output(HoldOut)
def ended_hold(tenant_id: str, hold_id: str, json_data: EndedHold) -> HoldOut:
    """End a hold, and say why."""
    home = current_home()
    end_hold(home, tenant_id, hold_id, json_data.why, agent=current_principal().agent)
    entry = next(one for one, _ in holds(home, tenant_id) if one.entry_id == hold_id)
    return hold_out(entry, read_hold(entry.body))


def hold_out(entry: RegisterEntry, hold: Hold) -> HoldOut:
    """Return a hold as it goes out."""
    return HoldOut(
        id=entry.entry_id, state=entry.state, since=entry.changed_at, reason=hold.reason,
        authority=hold.authority, object=short_id(hold.object_id) if hold.object_id else "",
        series=hold.series, no_copies=hold.no_copies,
    )  # fmt: skip
