# SPDX-License-Identifier: EUPL-1.2
"""What proves an object, and what happened to it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from flask import Response
from pydantic import Field

from archive.errors import NotFound
from archive.identity import Right
from archive.web.api import MOST, PageQuery, decode_cursor, encode_cursor, next_link
from archive.web.context import current_home
from archive.web.partial import SANDBOX, disposition
from preservation.evidence.repository import record_for
from search.api.door import BINARY, blueprint, seen
from search.api.models import (
    Events,
    Evidence,
    Signatures,
    address,
    batch_out,
    event_out,
    signature_out,
)
from search.api.objects import part_of
from search.retrieval import record_access
from search.seeing import NOTHING
from search.viewing.address import short_id

ERS: Final = "application/vnd.longeva.evidence-record"
"""RFC 4998 registers no media type."""
_RECORD: Final[dict[int | str, Any]] = {200: {"description": "DER EvidenceRecord", **BINARY}}


class HistoryQuery(PageQuery):
    """Which part of a history."""

    kind: Annotated[str, Field(max_length=60, description="Only events whose kind begins so")] = ""


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/signatures")
@blueprint.input(PageQuery, location="query")
@blueprint.output(Signatures)
def signatures(tenant_id: str, object_id: str, query_data: PageQuery) -> Signatures:
    """List the signatures in an object with their verdicts; who signed, for who may see people."""
    principal, found = seen(tenant_id, object_id)
    with current_home().catalog.reading(tenant_id) as tx:
        listed = tx.signatures(found.record.object_id)
    people = principal.may(Right.PEOPLE, tenant_id)
    part, following = part_of(listed, query_data)
    return Signatures(items=[signature_out(one, people=people) for one in part], next=following)


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/evidence")
@blueprint.output(Evidence)
def evidence(tenant_id: str, object_id: str) -> Evidence:
    """List the time stamps that stand behind an object, oldest first."""
    _, found = seen(tenant_id, object_id, Right.INSPECT)
    with current_home().catalog.reading(tenant_id) as tx:
        batches = tx.proving(found.record.object_id)
    record = f"{address(found.record)}/evidence/record" if batches else None
    return Evidence(items=[batch_out(one) for one in batches], record=record)


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/evidence/record")
@blueprint.doc(responses=_RECORD)
def evidence_record(tenant_id: str, object_id: str) -> Response:
    """Give the evidence record of an object's newest sealed version, in DER; 404 before the sealing."""
    principal, found = seen(tenant_id, object_id, Right.INSPECT)
    home = current_home()
    try:
        record = record_for(home, found.record.object_id)
    except NotFound:
        raise NotFound(NOTHING) from None
    record_access(home, found.record, principal.agent, {"what": "evidence"})
    name = f"{short_id(found.record.object_id)}.ers"
    headers = {"Content-Disposition": disposition(name), "Content-Security-Policy": SANDBOX}
    answer = Response(record, headers=headers, mimetype=ERS)
    answer.add_etag()
    return answer


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/history")
@blueprint.input(HistoryQuery, location="query")
@blueprint.output(Events)
def history(tenant_id: str, object_id: str, query_data: HistoryQuery) -> Events:
    """List what the ledger tells of an object, newest first."""
    _, found = seen(tenant_id, object_id, Right.INSPECT)
    told = decode_cursor(query_data.cursor)
    before = int(told[0]) if told and told[0].isascii() and told[0].isdigit() and len(told[0]) < 19 else None
    limit = min(query_data.limit, MOST)
    with current_home().catalog.reading(tenant_id) as tx:
        latest = tx.latest_about(found.record.object_id, limit + 1, before)
    part = latest[:limit]
    following = next_link(encode_cursor(part[-1].position)) if len(latest) > limit else None
    kept = [event_out(one) for one in part if one.kind.startswith(query_data.kind)]
    return Events(items=kept, next=following)
