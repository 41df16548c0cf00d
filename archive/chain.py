# SPDX-License-Identifier: EUPL-1.2
"""The arithmetic of the ledger: what an event's digest covers, and whether a chain of events is whole.

Pure, without IO. Each tenant has a chain of its own: sequence 1, 2, 3… and in each event the digest of the
one before. Rewriting, removing, adding or moving an event breaks the chain from there on. Cutting off the
end breaks nothing inside, so it shows only against a head that somebody wrote down: a receipt, the journal's
own head, an evidence record over it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from archive.canonical_json import canonical
from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError, InvalidRequest
from archive.model import LedgerEvent

GENESIS: Final = "0" * 64
"""What the first event of a chain follows."""


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """How far a chain reaches: enough to tell whether another copy of it was cut off or forked."""

    sequence: int = 0
    """0 where nothing has happened yet."""
    digest: str = GENESIS


@dataclass(frozen=True, slots=True)
class LedgerProblem:
    """One thing that is wrong with a ledger."""

    kind: str
    """`ledger.sequence`, `ledger.previous`, `ledger.digest`, `ledger.tenant`, `ledger.truncated`,
    `ledger.unreadable`, `ledger.differs`, `ledger.tree`."""
    tenant_id: str
    sequence: int
    """Where the chain breaks first."""
    detail: str
    key: str = ""
    """Store key where one is to blame."""


def event_digest(event: LedgerEvent) -> str:
    """Return the SHA-256 of an event: everything but its position and the digest itself (RFC 8785)."""
    return hashlib.sha256(canonical(_covered(event))).hexdigest()


def event_line(event: LedgerEvent) -> bytes:
    """Return the journal line of an event, newline included.

    A stranger removes `position` and `digest`, writes the rest as RFC 8785 and compares its SHA-256.
    """
    return canonical({**_covered(event), "position": event.position, "digest": event.digest}) + b"\n"


def read_event(line: bytes) -> LedgerEvent:
    """Read what `event_line` wrote: `read_event(event_line(e)) == e`. Says nothing of the digest.

    Raises:
        IntegrityError: It is no event.
    """
    try:
        body = json.loads(line)
        event = LedgerEvent(**{**body, "at": parse_instant(body["at"])})
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise IntegrityError(f"a line of the ledger cannot be read: {cause}") from cause
    if not _has_types(event):
        raise IntegrityError("a line of the ledger has values of the wrong type")
    return event


def verify_chain(events: Iterable[LedgerEvent], after: LedgerHead | None = None) -> list[LedgerProblem]:
    """Check events of ONE tenant in order, in constant memory.

    Args:
        events: In chain order, the first one following `after`.
        after: A head known to be good; the beginning by default.

    Returns:
        Empty where the chain holds, else one problem that names the first broken event: what follows a
        break proves nothing.
    """
    head = after or LedgerHead()
    tenant_id = ""
    for event in events:
        tenant_id = tenant_id or event.tenant_id
        problem = _first_fault(event, tenant_id, head)
        if problem:
            return [problem]
        head = LedgerHead(event.sequence, event.digest)
    return []


def _first_fault(event: LedgerEvent, tenant_id: str, head: LedgerHead) -> LedgerProblem | None:
    expected = head.sequence + 1
    if event.tenant_id != tenant_id:
        return LedgerProblem("ledger.tenant", tenant_id, expected, f"event of {event.tenant_id}")
    if event.sequence != expected:
        detail = f"event {event.sequence} stands where {expected} belongs"
        return LedgerProblem("ledger.sequence", tenant_id, expected, detail)
    if event.previous != head.digest:
        detail = f"it follows {event.previous}, not {head.digest}"
        return LedgerProblem("ledger.previous", tenant_id, expected, detail)
    try:
        digest = event_digest(event)
    except InvalidRequest as cause:
        return LedgerProblem("ledger.digest", tenant_id, expected, str(cause))
    if event.digest != digest:
        detail = f"its digest is {digest}, not {event.digest}"
        return LedgerProblem("ledger.digest", tenant_id, expected, detail)
    return None


def _covered(event: LedgerEvent) -> dict[str, Any]:
    return {
        "tenant_id": event.tenant_id,
        "sequence": event.sequence,
        "at": format_instant(event.at),
        "kind": event.kind,
        "subject": event.subject,
        "agent": event.agent,
        "detail": event.detail,
        "previous": event.previous,
    }


def _has_types(event: LedgerEvent) -> bool:
    texts = (event.tenant_id, event.kind, event.subject, event.agent, event.previous, event.digest)
    numbers = (event.position, event.sequence)
    return (
        all(type(text) is str for text in texts)
        and all(type(number) is int for number in numbers)
        and type(event.detail) is dict
    )
