# SPDX-License-Identifier: EUPL-1.2
"""The eight operations at `/preservacion/v1`, each a POST (ETSI TS 119 512 V1.2.1, 5.3; JSON binding).

A request that cannot be read is a problem of HTTP; one that can is answered with 200 and a `result`, whatever
came of it. What who asks may not know is an unknown POID.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from apiflask import APIBlueprint
from flask import Response as HttpResponse
from flask import jsonify, request

from archive.errors import LongevaError, NotIdentified, TooManyRequests
from archive.identity import Principal, Right
from archive.web.access import current_principal
from archive.web.context import current_home, service
from search.api.door import require_object
from search.api.preservation import messages as wire
from search.api.preservation.depositing import DEPOSITOR, Depositor, take_in
from search.api.preservation.holdings import object_of, poid_of_deposit, retrieve
from search.api.preservation.profiles import profiles_of, tenant_of_profile
from search.api.preservation.proving import grounds_to_keep, trace, validate
from search.api.preservation.results import (
    NO_PERMISSION,
    NOT_SUPPORTED,
    UNKNOWN_MODE,
    Refusal,
    result_of,
    success,
)
from search.api.preservation.searching import poids

__all__ = ["DEPOSITOR", "Depositor", "blueprint"]

ROOT: Final = "/preservacion/v1"
MAX_MESSAGE: Final = 48 << 20
"""Bytes of a request: objects of some 36 MB; larger ones come by `/api/v1`, in parts."""
MODES: Final = ("OnlySubDOs", "SubDOsAndEvidence")

blueprint: Final = APIBlueprint(
    "preservation",
    __name__,
    url_prefix=ROOT,
    tag={"name": "ETSI TS 119 512", "description": "The preservation protocol, JSON binding"},
)
M = TypeVar("M", bound=wire.Asking)
Do = Callable[[M, Principal], wire.Response]


@blueprint.before_request
def _admit() -> None:
    """Say how large a message may be before it is read, and ask who sends it."""
    request.max_content_length = MAX_MESSAGE


def _operation(asked: type[M], told: type[wire.Response]) -> Callable[[Do[M]], Do[M]]:
    """Make a view of an operation: its errors become results, its request's id comes back."""

    def decorate(do: Do[M]) -> Do[M]:
        @wraps(do)
        def view(json_data: M) -> HttpResponse:
            require_object()
            principal = current_principal()
            if not principal.known:
                raise NotIdentified("this needs somebody who said who he is")
            try:
                answer = do(json_data, principal)
            except Refusal as refusal:
                answer = told(result=refusal.result)
            except (NotIdentified, TooManyRequests):
                raise
            except LongevaError as error:
                answer = told(result=result_of(error))
            body = {**answer.model_dump(mode="json", exclude_none=True), "reqId": json_data.reqId}
            return jsonify({name: value for name, value in body.items() if value is not None})

        made: Any = view
        made = blueprint.output(told)(made)
        made = blueprint.input(asked, location="json")(made)
        blueprint.post(f"/{asked.__name__}")(made)
        return do

    return decorate


@_operation(wire.RetrieveInfo, wire.RetrieveInfoResponse)
def retrieve_info(asked: wire.RetrieveInfo, principal: Principal) -> wire.Response:
    """Tell the profiles of the municipalities where who asks may deposit, read or inspect."""
    active = asked.stat in {None, "active"}
    found = [one for one in profiles_of(principal) if active and asked.pro in {None, one.pid}]
    return wire.RetrieveInfoResponse(result=success(), pro=found)


@_operation(wire.PreservePO, wire.PreservePOResponse)
def preserve(asked: wire.PreservePO, principal: Principal) -> wire.Response:
    """Take a package in. It is durable when this answers; it is checked and sealed afterwards."""
    _require_no_options(asked)
    tenant_id = tenant_of_profile(asked.pro, principal, Right.DEPOSIT)
    deposit_id = take_in(current_home(), tenant_id, asked.po, principal.agent)
    return wire.PreservePOResponse(result=success(), poId=poid_of_deposit(deposit_id))


@_operation(wire.RetrievePO, wire.RetrievePOResponse)
def retrieve_po(asked: wire.RetrievePO, principal: Principal) -> wire.Response:
    """Give an object, its evidence, or both."""
    _require_no_options(asked)
    home = current_home()
    seen = object_of(home, principal, asked.poId, Right.READ)
    given, warning = retrieve(home, asked, seen, principal.agent)
    words = None if warning is None else "El objeto todavía no tiene evidencias: se sellará en breve."
    return wire.RetrievePOResponse(result=success(warning, words), po=given)


@_operation(wire.DeletePO, wire.Response)
def delete_po(asked: wire.DeletePO, principal: Principal) -> wire.Response:
    """Refuse, and say why: what is kept here is deleted by a procedure, not by a request."""
    home = current_home()
    seen = object_of(home, principal, asked.poId, Right.SEARCH)
    if asked.mod not in {None, *MODES}:
        raise Refusal(UNKNOWN_MODE, f"Mode es uno de: {', '.join(MODES)}")
    record = seen.record
    home.reads.note(record.tenant_id, "object.deletion-refused", record.object_id, principal.agent)
    raise Refusal(NO_PERMISSION, " ".join(grounds_to_keep(home, seen)))


@_operation(wire.UpdatePOC, wire.UpdatePOCResponse)
def update_poc(asked: wire.UpdatePOC, principal: Principal) -> wire.Response:
    """Take in what belongs to a closed file: as an object of its own, which the file's history names."""
    _require_no_options(asked)
    home = current_home()
    seen = object_of(home, principal, asked.poId, Right.DEPOSIT)
    record = seen.record
    deposit_id = take_in(home, record.tenant_id, asked.deltaPoc, principal.agent)
    told = {"deposit": deposit_id}
    home.reads.note(record.tenant_id, "object.supplemented", record.object_id, principal.agent, told)
    return wire.UpdatePOCResponse(result=success(), versionId=poid_of_deposit(deposit_id))


@_operation(wire.RetrieveTrace, wire.RetrieveTraceResponse)
def retrieve_trace(asked: wire.RetrieveTrace, principal: Principal) -> wire.Response:
    """Tell what the ledger says of an object."""
    home = current_home()
    seen = object_of(home, principal, asked.poId, Right.INSPECT)
    return wire.RetrieveTraceResponse(result=success(), trace=wire.Trace(event=trace(home, seen)))


@_operation(wire.ValidateEvidence, wire.ValidateEvidenceResponse)
def validate_evidence(asked: wire.ValidateEvidence, principal: Principal) -> wire.Response:
    """Judge evidence over what came with it, or over the object that it names."""
    _require_no_options(asked)
    home = current_home()
    seen = None
    if not asked.po and asked.ev.poId:
        seen = object_of(home, principal, asked.ev.poId, Right.INSPECT)
    report, proven = validate(home, asked, seen)
    return wire.ValidateEvidenceResponse(result=success(), valRep=report, poe=proven)


@_operation(wire.Search, wire.SearchResponse)
def search(asked: wire.Search, principal: Principal) -> wire.Response:
    """Find objects by a question as people type it in the search box."""
    _require_no_options(asked)
    found, more = poids(current_home(), service("index"), principal, asked.fi)
    words = "Hay más: concrete la consulta o use /api/v1." if more else None
    return wire.SearchResponse(result=success(None, words), poId=found)


def _require_no_options(asked: wire.Asking) -> None:
    """Refuse options: one that is passed over in silence would not be an option."""
    if asked.optIn:
        raise Refusal(NOT_SUPPORTED, "No se admiten OptionalInputs.")
