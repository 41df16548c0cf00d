# SPDX-License-Identifier: EUPL-1.2
"""The register `requests` as requests: read, numbered, written; and the days off of a municipality."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from archive.catalog import RegisterEntry
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.registers import Register
from search.requests.model import OPEN, CopyRequest, State, read_request, request_body
from search.requests.terms import end_of

_NAME: Final = "requests"
_DAYS_OFF: Final = "holidays"
MAX_DAYS_OFF: Final = 400


def read(home: Home, tenant_id: str, request_id: str) -> CopyRequest:
    """Return a request. Raises NotFound."""
    return _read(Register(home, _NAME).get(tenant_id, request_id))


def listed(home: Home, tenant_id: str, *, state: State | None = None) -> list[CopyRequest]:
    """Return the requests of a municipality, in one state or all, oldest first."""
    found = Register(home, _NAME).entries(tenant_id, state=str(state) if state else None)
    return [_read(entry) for entry in found]


def queue(home: Home, tenant_id: str) -> list[CopyRequest]:
    """Return what somebody has still to act on: what is due first, then what waits for its asker."""
    found = [one for state in sorted(OPEN) for one in listed(home, tenant_id, state=state)]
    return sorted(found, key=lambda one: (one.due_on is None, one.due_on or one.entered_on, one.number))


def of_asker(home: Home, tenant_id: str, principal_id: str) -> list[CopyRequest]:
    """Return what somebody asked for, newest first."""
    found = [one for one in listed(home, tenant_id) if one.asker.principal_id == principal_id]
    return sorted(found, key=lambda one: one.entered_at, reverse=True)


def write(
    home: Home, request: CopyRequest, *, kind: str, agent: str, detail: dict[str, Any] | None = None
) -> CopyRequest:
    """Write a new request (version 0), or what became of one that was read.

    Returns:
        It, with its new version.

    Raises:
        ConflictError: Somebody changed it meanwhile.
    """
    due_at = end_of(request.due_on) if request.due_on and request.state in OPEN else None
    told = {"state": str(request.state), **({"object": request.object_id} if request.object_id else {})}
    entry = Register(home, _NAME).put(
        request.tenant_id, request.request_id, request_body(request), kind=kind, agent=agent,
        version=request.version + 1, state=str(request.state), due_at=due_at, keys=(request.number,),
        detail={**told, **(detail or {})},
    )  # fmt: skip
    return _read(entry)


def next_number(home: Home, tenant_id: str, year: int, *, agent: str) -> str:
    """Return the next number of a municipality's year, such as `COP-2026-0007`; no number is given twice.

    Raises:
        ConflictError: Too many people ask at the same moment.
    """
    number = Register(home, _NAME).next_number(tenant_id, str(year), kind="copy.numbered", agent=agent)
    return f"COP-{year}-{number:04d}"


def days_off(home: Home, tenant_id: str) -> frozenset[date]:
    """Return the holidays of region and town that the municipality recorded (Ley 39/2015 art. 30.7)."""
    found: set[date] = set()
    for entry in Register(home, _DAYS_OFF).entries(tenant_id):
        found.update(date.fromisoformat(day) for day in entry.body["days"])
    return frozenset(found)


def set_days_off(home: Home, tenant_id: str, year: int, days: frozenset[date], *, agent: str) -> None:
    """Record the holidays of a year in the place of those recorded before. Terms that run stay as they are.

    Raises:
        InvalidRequest: A day of another year, or far too many.
    """
    if len(days) > MAX_DAYS_OFF or any(day.year != year for day in days):
        raise InvalidRequest(f"these are not the holidays of {year}")
    register = Register(home, _DAYS_OFF)
    try:
        version = register.get(tenant_id, str(year)).version
    except NotFound:
        version = 0
    body = {"days": sorted(day.isoformat() for day in days)}
    register.put(tenant_id, str(year), body, kind="holidays.recorded", agent=agent, version=version + 1)


def _read(entry: RegisterEntry) -> CopyRequest:
    return read_request(entry.tenant_id, entry.entry_id, entry.version, entry.state, entry.body)
