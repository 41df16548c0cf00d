# SPDX-License-Identifier: EUPL-1.2
"""A request for a certified copy as a value, with every state it has been in, since when and why.

    REQUESTED ⇄ WAITING          waiting for the asker: the clock stands still
    REQUESTED → ISSUED | PARTIALLY_ISSUED | REFUSED
    REQUESTED | WAITING → WITHDRAWN          by the asker
    WAITING → EXPIRED            the asker did not answer in ten working days (Ley 39/2015 art. 68.1)

Names and tax numbers are in the register alone; the ledger tells states and digests.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from archive.clock import format_instant, parse_instant
from archive.errors import ConflictError
from archive.regime import Access


class State(StrEnum):
    """Where a request stands."""

    REQUESTED = "REQUESTED"
    WAITING = "WAITING"
    ISSUED = "ISSUED"
    PARTIALLY_ISSUED = "PARTIALLY_ISSUED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


OPEN: Final = frozenset({State.REQUESTED, State.WAITING})
"""States in which somebody has still to act."""
_NEXT: Final = {
    State.REQUESTED: frozenset(State) - {State.EXPIRED, State.REQUESTED},
    State.WAITING: frozenset({State.REQUESTED, State.WITHDRAWN, State.EXPIRED}),
}


class AskerKind(StrEnum):
    """In what quality somebody asks."""

    CITIZEN = "citizen"
    STAFF = "staff"
    ADMINISTRATION = "administration"
    """Another administration, so that the citizen need not bring it (Ley 39/2015 arts. 28.2 and 155)."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks."""

    kind: AskerKind
    principal_id: str
    """Of whoever was identified; what his own requests are found by."""
    name: str
    nif: str = ""
    interested: bool | None = None
    """Whether his NIF is among those of the expediente; None where there is nothing to compare."""
    body: str = ""
    """The administration in whose name he asks."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change: into which state, when, why, by whom."""

    at: datetime
    state: State
    why: str
    """Words that the asker reads."""
    agent: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody is resolving: nobody else does meanwhile, or takes it over when it takes too long."""

    at: datetime
    agent: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was given, or why it was not."""

    ground: str = ""
    """Code of `GROUNDS`; empty for a whole copy."""
    words: str = ""
    issuer: str = ""
    """Position of the habilitado; empty for an automated act or a refusal."""
    copy_object_id: str = ""
    csv: str = ""


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """A request."""

    request_id: str
    tenant_id: str
    number: str
    """As people name it: `COP-2026-0007`."""
    asker: Asker
    reference: str
    """What was asked for, as the asker wrote it."""
    purpose: str
    paper: bool
    """Whether he wants it on paper too."""
    entered_at: datetime
    entered_on: date
    """Working day from which the term runs."""
    due_on: date | None
    """Last day to resolve; None while the clock stands still."""
    days_left: int
    """Working days that are left when the clock stands still."""
    state: State
    steps: tuple[Step, ...]
    object_id: str = ""
    """What the reference means; empty until somebody found it."""
    path: str = ""
    """Logical path of the document; empty for the resolution of an expediente."""
    access: Access = Access.LIMITED
    hurdles: tuple[str, ...] = ()
    """Codes of `HURDLES`, as found at entry."""
    outcome: Outcome = field(default_factory=Outcome)
    claim: Claim | None = None
    read_at: datetime | None = None
    """When the asker first saw the resolution (Ley 39/2015 art. 43.1)."""
    version: int = 0

    @property
    def since(self) -> datetime:
        """When it came into its state."""
        return self.steps[-1].at

    @property
    def why(self) -> str:
        """Why it is in its state."""
        return self.steps[-1].why

    def overdue(self, today: date) -> bool:
        """Tell whether its term is over."""
        return self.state is State.REQUESTED and self.due_on is not None and today > self.due_on

    def moved(self, state: State, at: datetime, why: str, agent: str, **changes: Any) -> CopyRequest:
        """Return it in another state.

        Raises:
            ConflictError: It cannot get there from where it is.
        """
        if state not in _NEXT.get(self.state, frozenset()):
            raise ConflictError(f"the request is {self.state} and cannot become {state}", place="settled")
        return replace(
            self, state=state, steps=(*self.steps, Step(at, state, why, agent)), claim=None, **changes
        )


def request_body(request: CopyRequest) -> dict[str, Any]:
    """Return what the register keeps."""
    claim, asker, outcome = request.claim, request.asker, request.outcome
    return {
        "number": request.number,
        "asker": {**asdict(asker), "kind": str(asker.kind)},
        "reference": request.reference,
        "purpose": request.purpose,
        "paper": request.paper,
        "entered_at": format_instant(request.entered_at),
        "entered_on": request.entered_on.isoformat(),
        "due_on": request.due_on.isoformat() if request.due_on else "",
        "days_left": request.days_left,
        "steps": [
            {**asdict(one), "at": format_instant(one.at), "state": str(one.state)} for one in request.steps
        ],
        "object_id": request.object_id,
        "path": request.path,
        "access": str(request.access),
        "hurdles": list(request.hurdles),
        "outcome": asdict(outcome),
        "claim": {**asdict(claim), "at": format_instant(claim.at)} if claim else None,
        "read_at": format_instant(request.read_at) if request.read_at else "",
    }  # fmt: skip


def read_request(
    tenant_id: str, request_id: str, version: int, state: str, body: dict[str, Any]
) -> CopyRequest:
    """Read what `request_body` wrote."""
    claim, asker = body["claim"], body["asker"]
    return CopyRequest(
        request_id, tenant_id, body["number"], Asker(**{**asker, "kind": AskerKind(asker["kind"])}),
        body["reference"], body["purpose"], body["paper"], parse_instant(body["entered_at"]),
        date.fromisoformat(body["entered_on"]),
        date.fromisoformat(body["due_on"]) if body["due_on"] else None,
        body["days_left"], State(state),
        tuple(_step(one) for one in body["steps"]),
        body["object_id"], body["path"], Access(body["access"]), tuple(body["hurdles"]),
        Outcome(**body["outcome"]),
        Claim(**{**claim, "at": parse_instant(claim["at"])}) if claim else None,
        parse_instant(body["read_at"]) if body["read_at"] else None, version,
    )  # fmt: skip


def _step(told: dict[str, str]) -> Step:
    return Step(parse_instant(told["at"]), State(told["state"]), told["why"], told["agent"])
