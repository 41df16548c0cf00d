# SPDX-License-Identifier: EUPL-1.2
"""A request comes in: numbered, dated, looked up, and decided at once where a resolution lets it be.

    open, nothing in the way, resolution in force   → issued by the machine
    everything else                                 → the archivist's queue, with what stands in the way

Whoever asks is told only that his request is in: whether the document exists is not said at entry.
Source: Ley 39/2015 arts. 16, 27.4, 28.2, 31; Ley 40/2015 art. 41; RD 1708/2011 art. 29.3.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Final

from archive.errors import InvalidRequest, LongevaError
from archive.home import Home
from archive.identifiers import uuid7
from archive.local_time import peninsular
from archive.model import ObjectRecord
from archive.regime import Access
from search.copy_sheet import Act
from search.requests.enabling import resolution_for
from search.requests.hurdles import find_targets, hurdles_of
from search.requests.issuing import Issuer
from search.requests.model import Asker, Claim, CopyRequest, Outcome, State, Step
from search.requests.register import days_off, next_number, read, write
from search.requests.terms import DAYS_TO_ISSUE, entered_on, term_end

MAX_REFERENCE: Final = 300
MAX_PURPOSE: Final = 2000
ENTERED: Final = "La solicitud ha entrado en el archivo"
AUTOMATED: Final = "Copia expedida mediante actuación administrativa automatizada"

_log = logging.getLogger(__name__)


def ask(
    home: Home,
    tenant_id: str,
    asker: Asker,
    reference: str,
    *,
    agent: str,
    purpose: str = "",
    paper: bool = False,
    issue: Issuer | None = None,
) -> CopyRequest:
    """Take a request in; durable on return, whatever becomes of an automated copy.

    Args:
        home: The archive.
        tenant_id: Whose archive.
        asker: Who asks; whether he is interested is found out here, by his NIF.
        reference: What he wrote: an identifier, a code, or words for an archivist.
        agent: For the ledger.
        purpose: What he wants it for: nobody need say, but it weighs for what is limited.
        paper: Whether he wants it on paper.
        issue: Issues at once what may be; None leaves everything to the archivist.

    Raises:
        InvalidRequest: No reference, or far too many words.
        NotFound: No such municipality.
        ConflictError: Too many people ask at the very same moment: ask again.
    """
    reference, purpose = reference.strip(), purpose.strip()
    if not reference:
        raise InvalidRequest("say which document you ask for", place="reference")
    if len(reference) > MAX_REFERENCE or len(purpose) > MAX_PURPOSE:
        raise InvalidRequest("too many words", place="reference")
    request = _taken_in(home, tenant_id, asker, reference, purpose, paper=paper, agent=agent)
    if issue is None or not _open_without_hurdle(request):
        return request
    with home.catalog.reading(tenant_id) as tx:
        record = tx.object(request.object_id)
    resolution = resolution_for(home, record)
    if resolution is None:
        return request
    try:
        act = Act(resolution=resolution.words, request_id=request.request_id)
        return _issued(home, request, act, issue, agent)
    except LongevaError as cause:  # it is in, and the archivist sees it: nothing is lost
        _log.warning("copy.not_automated", extra={"request": request.request_id, "code": cause.code})
        return read(home, tenant_id, request.request_id)


def _taken_in(
    home: Home, tenant_id: str, asker: Asker, reference: str, purpose: str, *, paper: bool, agent: str
) -> CopyRequest:
    now = home.clock.now()
    targets = find_targets(home, tenant_id, reference)
    regime, hurdles = hurdles_of(home, tenant_id, targets)
    target = targets[0] if len(targets) == 1 else None
    if target is not None:
        asker = identified(asker, target.record)
        if (
            regime is not None
            and regime.access is Access.OPEN
            and resolution_for(home, target.record) is None
        ):
            hurdles = (*hurdles, "not-enabled")
    holidays = days_off(home, tenant_id)
    entered = entered_on(now, holidays)
    number = next_number(home, tenant_id, peninsular(now)[0].year, agent=agent)
    request = CopyRequest(
        uuid7(now), tenant_id, number, asker, reference, purpose,
        paper, now, entered, term_end(entered, DAYS_TO_ISSUE, holidays), DAYS_TO_ISSUE, State.REQUESTED,
        (Step(now, State.REQUESTED, ENTERED, agent),),
        target.record.object_id if target else "", target.path if target else "",
        regime.access if regime else Access.LIMITED, hurdles,
    )  # fmt: skip
    told = {"asker": str(asker.kind), "access": str(request.access)}
    return write(home, request, kind="copy.requested", agent=agent, detail=told)


def identified(asker: Asker, record: ObjectRecord) -> Asker:
    """Return an asker with whether he is an interested party of an object (Ley 39/2015 art. 53.1.a)."""
    parties = record.metadata.get("interesados")
    named = [_plain(str(one)) for one in parties] if isinstance(parties, list) else []
    interested = _plain(asker.nif) in named if named and asker.nif else None
    return replace(asker, interested=interested)


def _plain(nif: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", nif.upper())


def _open_without_hurdle(request: CopyRequest) -> bool:
    # What a citizen brought is copied with its warning; anything else is for a person to weigh.
    return (
        request.access is Access.OPEN and bool(request.object_id) and not set(request.hurdles) - {"private"}
    )


def _issued(home: Home, request: CopyRequest, act: Act, issue: Issuer, agent: str) -> CopyRequest:
    claimed = write(
        home, replace(request, claim=Claim(home.clock.now(), agent)), kind="copy.resolving", agent=agent
    )
    try:
        copy = issue(request.object_id, request.path or None, act, agent)
    except LongevaError:
        write(home, replace(claimed, claim=None), kind="copy.released", agent=agent)
        raise
    outcome = Outcome(copy_object_id=copy.object_id, csv=copy.csv)
    done = claimed.moved(State.ISSUED, home.clock.now(), AUTOMATED, agent, outcome=outcome)
    return write(home, done, kind="copy.resolved", agent=agent, detail={"copy": copy.object_id})
