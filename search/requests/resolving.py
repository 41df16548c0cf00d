# SPDX-License-Identifier: EUPL-1.2
"""An archivist resolves a request: issue, issue in part, refuse, ask back. Two at once: one is told so.

    claim (the register says who is at it) → issue the copy → say in the register what was issued

Whoever dies between the last two leaves a copy that carries the request's id: the next attempt finds it and
says it, or withdraws it where something else is now to be issued. So nobody gets two copies for one request.
Source: Ley 39/2015 arts. 21, 22.1.a, 27, 68.1; Ley 19/2013 arts. 14-16, 18, 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.home import Home
from archive.identity import Principal
from archive.regime import Access
from search.copy_sheet import Act
from search.redaction import Redaction
from search.regimes.register import today
from search.requests.enabling import Habilitado, habilitado_of, resolution_for
from search.requests.entry import identified
from search.requests.grounds import FORBIDDING, GROUNDS
from search.requests.hurdles import Target, hurdles_of
from search.requests.issuing import Issuer
from search.requests.model import Claim, CopyRequest, Outcome, State
from search.requests.register import days_off, read, write
from search.requests.terms import DAYS_TO_MEND, days_used, term_end
from search.revocation import revoke
from search.source import choose

PATIENCE: Final = timedelta(minutes=10)
"""How long somebody may be at it before another may take over."""
MAX_WORDS: Final = 4000
ISSUED: Final = "Copia auténtica expedida"
PARTLY: Final = "Copia auténtica parcial expedida"


@dataclass(frozen=True, slots=True)
class Part:
    """What a partial copy leaves out, and why."""

    redaction: Redaction = field(default_factory=Redaction)
    ground: str = ""
    """Code of `GROUNDS`, one that allows a part."""


WHOLE: Final = Part()


def assign(home: Home, request: CopyRequest, object_id: str, path: str, *, agent: str) -> CopyRequest:
    """Say which document is meant.

    Raises:
        NotFound: No such object or document in this municipality's archive.
        ConflictError: The request is settled, or somebody changed it meanwhile.
    """
    _require_open(request)
    _abandon(home, request, agent)
    with home.catalog.reading(request.tenant_id) as tx:
        record, documents = tx.object(object_id), tx.documents(object_id)
    if record.tenant_id != request.tenant_id:
        raise NotFound(f"no object {object_id}")
    if path:
        choose(documents, path)
    regime, hurdles = hurdles_of(home, request.tenant_id, [Target(record, path)])
    if regime is not None and regime.access is Access.OPEN and resolution_for(home, record) is None:
        hurdles = (*hurdles, "not-enabled")
    changed = replace(
        request, object_id=object_id, path=path, access=regime.access if regime else Access.LIMITED,
        hurdles=hurdles, asker=identified(request.asker, record),
    )  # fmt: skip
    return write(home, changed, kind="copy.assigned", agent=agent)


def issue_copy(
    home: Home,
    request: CopyRequest,
    principal: Principal,
    issue: Issuer,
    *,
    part: Part = WHOLE,
    words: str = "",
) -> CopyRequest:
    """Issue the copy that a request asks for, whole or in part, as the act of a habilitado.

    Args:
        home: The archive.
        request: As it was read: if somebody changed it since, nothing is done.
        principal: Who resolves; he must be in the register of habilitados today.
        issue: The seal (`search.requests.issuing.issuer`).
        part: What is left out.
        words: What the asker is told besides.

    Raises:
        ConflictError: It is settled; somebody else is at it or was quicker; this person may not issue; or
            something forbids it, whose code is the error's `place`.
        InvalidRequest: A part without a ground, or nobody said which document.
        LongevaError: As `search.certify.certify`; the request stays in the queue.
    """
    _require_open(request)
    _require_words(words)
    if not request.object_id:
        raise InvalidRequest("say first which document is meant", place="not-found")
    if bool(part.redaction) != bool(part.ground) or (part.ground and not _allows_part(part.ground)):
        raise InvalidRequest("a partial copy leaves something out, for a reason of the list", place="ground")
    entry_id, habilitado = habilitado_of(home, request.tenant_id, principal)
    _require_not_forbidden(home, request)
    claimed = _claim(home, request, principal.agent)
    act = _act(request, entry_id, habilitado, part)
    object_id, csv = _left_behind(home, claimed, act, principal.agent) or ("", "")
    if not object_id:
        try:
            copy = issue(request.object_id, request.path or None, act, principal.agent)
        except BaseException:
            _release(home, claimed, principal.agent)
            raise
        object_id, csv = copy.object_id, copy.csv
    outcome = Outcome(part.ground, words, habilitado.position, object_id, csv)
    state, why = (State.PARTIALLY_ISSUED, PARTLY) if part.redaction else (State.ISSUED, ISSUED)
    done = claimed.moved(state, home.clock.now(), why, principal.agent, outcome=outcome)
    return write(home, done, kind="copy.resolved", agent=principal.agent, detail={"copy": object_id})


def refuse(home: Home, request: CopyRequest, ground: str, words: str, *, agent: str) -> CopyRequest:
    """Refuse a copy, with a ground of the list and the reasons in words (Ley 19/2013 art. 20.2).

    Raises:
        InvalidRequest: No such ground, or no words.
        ConflictError: It is settled, or somebody is at it.
    """
    _require_words(words)
    if ground not in GROUNDS:
        raise InvalidRequest("choose a ground of the list", place="ground")
    if not words.strip():
        raise InvalidRequest("a refusal gives its reasons", place="words")
    _abandon(home, request, agent)
    why = f"Se deniega la copia: {GROUNDS[ground].clause}"
    done = request.moved(State.REFUSED, home.clock.now(), why, agent, outcome=Outcome(ground, words.strip()))
    return write(home, done, kind="copy.resolved", agent=agent, detail={"ground": ground})


def ask_back(home: Home, request: CopyRequest, words: str, *, agent: str) -> CopyRequest:
    """Ask the asker for something, and stop the clock until he answers (Ley 39/2015 arts. 22.1.a, 68.1).

    Raises:
        InvalidRequest: No words.
        ConflictError: It is settled, waits already, or somebody is at it.
    """
    _require_words(words)
    if not words.strip():
        raise InvalidRequest("say what is needed", place="words")
    _abandon(home, request, agent)
    used = days_used(request.entered_on, today(home), days_off(home, request.tenant_id))
    left = max(0, request.days_left - used)
    waiting = request.moved(
        State.WAITING, home.clock.now(), words.strip(), agent, due_on=None, days_left=left
    )
    return write(home, waiting, kind="copy.suspended", agent=agent)


def answer(home: Home, request: CopyRequest, words: str, *, agent: str) -> CopyRequest:
    """Take the asker's answer; the clock goes on with the days that were left.

    Raises:
        InvalidRequest: No words.
        ConflictError: Nothing was asked.
    """
    _require_words(words)
    if not words.strip():
        raise InvalidRequest("answer what was asked", place="words")
    now = today(home)
    due = term_end(now, max(1, request.days_left), days_off(home, request.tenant_id))
    # From here the term is counted anew: the days that were left, from the day of the answer.
    resumed = request.moved(
        State.REQUESTED, home.clock.now(), words.strip(), agent, due_on=due, entered_on=now
    )
    return write(home, resumed, kind="copy.resumed", agent=agent)


def withdraw(home: Home, request: CopyRequest, *, agent: str) -> CopyRequest:
    """Let the asker take his request back (Ley 39/2015 art. 94). Raises ConflictError."""
    _abandon(home, request, agent)
    why = "La persona solicitante desiste"
    return write(
        home, request.moved(State.WITHDRAWN, home.clock.now(), why, agent), kind="copy.withdrawn", agent=agent
    )


def expire(home: Home, request: CopyRequest, *, agent: str) -> CopyRequest:
    """Close a request whose asker did not answer within ten working days (Ley 39/2015 art. 68.1).

    Raises:
        ConflictError: It does not wait, or his days are not over.
    """
    if request.state is State.WAITING and not may_expire(home, request):
        raise ConflictError("the asker still has days to answer", place="not-yet")
    why = "Se tiene por desistida: no se atendió el requerimiento en diez días hábiles"
    done = request.moved(State.EXPIRED, home.clock.now(), why, agent)
    return write(home, done, kind="copy.expired", agent=agent)


def may_expire(home: Home, request: CopyRequest) -> bool:
    """Tell whether the asker's days to answer are over."""
    asked = request.since.date()
    return request.state is State.WAITING and today(home) > term_end(
        asked, DAYS_TO_MEND, days_off(home, request.tenant_id)
    )


def seen(home: Home, request: CopyRequest, *, agent: str) -> CopyRequest:
    """Note that the asker saw how it was resolved (Ley 39/2015 art. 43.1); once."""
    if request.read_at is not None or request.state in {State.REQUESTED, State.WAITING}:
        return request
    try:
        return write(home, replace(request, read_at=home.clock.now()), kind="copy.notified", agent=agent)
    except ConflictError:  # he looks in two windows: the other one has noted it, or will
        return read(home, request.tenant_id, request.request_id)


def _require_open(request: CopyRequest) -> None:
    if request.state is not State.REQUESTED:
        raise ConflictError(f"the request is {request.state}: there is nothing to resolve", place="settled")


def _require_unclaimed(home: Home, request: CopyRequest, agent: str) -> None:
    claim = request.claim
    if claim and claim.agent != agent and home.clock.now() - claim.at < PATIENCE:
        raise ConflictError("somebody else is resolving this request at this moment", place="claimed")


def _abandon(home: Home, request: CopyRequest, agent: str) -> None:
    """Withdraw what an attempt that died may have issued: something else is to happen now."""
    _require_unclaimed(home, request, agent)
    if request.claim is not None:
        _left_behind(home, request, Act(issuer_id="nobody"), agent)


def _require_words(words: str) -> None:
    if len(words) > MAX_WORDS:
        raise InvalidRequest(f"at most {MAX_WORDS} characters", place="words")


def _allows_part(ground: str) -> bool:
    return ground in GROUNDS and GROUNDS[ground].partial


def _require_not_forbidden(home: Home, request: CopyRequest) -> None:
    forbidden = [code for code in hurdles_now(home, request) if code in FORBIDDING]
    if forbidden:
        raise ConflictError(f"no copy can be issued: {', '.join(forbidden)}", place=forbidden[0])


def _claim(home: Home, request: CopyRequest, agent: str) -> CopyRequest:
    _require_unclaimed(home, request, agent)
    claimed = replace(request, claim=Claim(home.clock.now(), agent))
    return write(home, claimed, kind="copy.resolving", agent=agent)


def _release(home: Home, claimed: CopyRequest, agent: str) -> None:
    write(home, replace(claimed, claim=None), kind="copy.released", agent=agent)


def _act(request: CopyRequest, entry_id: str, habilitado: Habilitado, part: Part) -> Act:
    clause = GROUNDS[part.ground].clause if part.ground else ""
    return Act(
        habilitado.position, entry_id, habilitado.resolution, request.request_id, part.redaction, clause
    )


def _left_behind(home: Home, request: CopyRequest, act: Act, agent: str) -> tuple[str, str] | None:
    """Return the copy that an attempt before this one issued and could not tell; withdraw any other."""
    wanted = act.redaction.to_json() if act.partial else None
    with home.catalog.reading(request.tenant_id) as tx:
        copies = [one for one in tx.copies_of(request.object_id) if one.revoked_at is None]
        told: list[tuple[Mapping[str, Any], Any]] = [
            (tx.object(one.copy_object_id).metadata["copy"], one) for one in copies
        ]
    found = None
    for metadata, copy in told:
        if metadata.get("request") != request.request_id:
            continue
        same = metadata.get("redaction") == wanted and metadata.get("issuer") == act.issuer_id
        if same and found is None:
            found = (copy.copy_object_id, copy.csv)
        else:
            revoke(home, request.tenant_id, copy.copy_object_id, "not-delivered", agent=agent)
    return found


def hurdles_now(home: Home, request: CopyRequest) -> tuple[str, ...]:
    """Return what stands in the way today: a hold may have come, or gone, since the request entered."""
    if not request.object_id:
        return request.hurdles
    with home.catalog.reading(request.tenant_id) as tx:
        record = tx.object(request.object_id)
    return hurdles_of(home, request.tenant_id, [Target(record, request.path)])[1]


def fresh(home: Home, tenant_id: str, request_id: str, version: int) -> CopyRequest:
    """Return a request if it is still as somebody saw it on his page.

    Raises:
        NotFound: No such request.
        ConflictError: It was changed since.
    """
    request = read(home, tenant_id, request_id)
    if request.version != version:
        raise ConflictError("somebody changed the request since this page was shown", place="changed")
    return request
