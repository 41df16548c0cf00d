# SPDX-License-Identifier: EUPL-1.2
"""Requests for a signed certification that a code was verified: on paper, or after five years.

    register verifications    OPEN, then ANSWERED; due in fifteen working days

The asker's name and address stand in the register, which can forget; the ledger names neither.
Source: RD 203/2021 art. 21.2.d: after its term, verification is by request and certified with a signature.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from archive.catalog import RegisterEntry
from archive.errors import ConflictError, InvalidRequest
from archive.home import Home
from archive.identifiers import uuid7
from archive.local_time import peninsular
from archive.registers import Register
from search.requests.terms import DAYS_TO_ISSUE, end_of, entered_on, term_end

REGISTER: Final = "verifications"
OPEN: Final = "OPEN"
ANSWERED: Final = "ANSWERED"
MAX_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to be certified."""

    object_id: str
    path: str
    """Of the document in its object."""
    eni_id: str
    name: str
    contact: str
    """Electronic or postal address for the answer."""
    words: str = ""
    """What he needs it for, in his words."""


@dataclass(frozen=True, slots=True)
class VerificationRequest:
    """A request as it stands."""

    request_id: str
    tenant_id: str
    asked: Asked
    state: str
    since: datetime
    due_at: datetime | None
    version: int
    answer: str = ""
    """What was done, in the archivist's words."""

    @property
    def last_day(self) -> date | None:
        """Last day of its term on the peninsula; None once it is answered."""
        return peninsular(self.due_at - timedelta(seconds=1))[0].date() if self.due_at else None


def ask_certification(home: Home, tenant_id: str, asked: Asked) -> VerificationRequest:
    """Take a request in; durable when it returns.

    Raises:
        InvalidRequest: Who asks, or where to answer, is missing, or a text is too long.
        StorageUnavailable: Nothing was kept.
    """
    if not asked.name.strip() or not asked.contact.strip():
        raise InvalidRequest("name and address of who asks are needed")
    if max(len(asked.name), len(asked.contact), len(asked.words)) > MAX_TEXT:
        raise InvalidRequest(f"a text has at most {MAX_TEXT} characters")
    now = home.clock.now()
    due_at = end_of(term_end(entered_on(now), DAYS_TO_ISSUE))
    body = asdict(asked) | {"answer": ""}
    return _read(
        Register(home, REGISTER).put(
            tenant_id, uuid7(now), body, kind="verification.asked", agent="web", state=OPEN, due_at=due_at
        )
    )


def answer_request(
    home: Home, tenant_id: str, request_id: str, words: str, *, agent: str
) -> VerificationRequest:
    """Note what was done about a request.

    Raises:
        NotFound: No such request of that municipality.
        ConflictError: It was answered already.
        InvalidRequest: No words, or too many.
    """
    if not words.strip() or len(words) > MAX_TEXT:
        raise InvalidRequest(f"what was done is told in 1 to {MAX_TEXT} characters")
    register = Register(home, REGISTER)
    entry = register.get(tenant_id, request_id)
    if entry.state != OPEN:
        raise ConflictError("the request was answered already", place=request_id)
    body = entry.body | {"answer": words.strip()}
    return _read(
        register.put(
            tenant_id, request_id, body, kind="verification.answered", agent=agent, version=entry.version + 1,
            state=ANSWERED,
        )
    )  # fmt: skip


def requests_of(home: Home, tenant_id: str, *, state: str | None = None) -> list[VerificationRequest]:
    """Return a municipality's requests, oldest first."""
    return [_read(entry) for entry in Register(home, REGISTER).entries(tenant_id, state=state)]


def _read(entry: RegisterEntry) -> VerificationRequest:
    told: dict[str, Any] = dict(entry.body)
    answer = str(told.pop("answer", ""))
    return VerificationRequest(
        entry.entry_id, entry.tenant_id, Asked(**told), entry.state, entry.changed_at, entry.due_at,
        entry.version, answer,
    )  # fmt: skip
