# SPDX-License-Identifier: EUPL-1.2
"""The ledger as it lies in the store: segments of lines, so that it outlives every database.

    tenants/TENANT/ledger/000000000001-000000000250.jsonl    one event a line, RFC 8785, in order
    tenants/TENANT/ledger/head.json                          how far it reaches: {"digest", "sequence"}

A segment is never changed. `head.json` is: it saves a listing at every flush and tells when the last segments
were taken away. A flush that was repeated after a crash may leave two segments that share events; the shared
ones must be the same. Needs no database; `archive.fsck` stands on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from archive.canonical_json import canonical
from archive.chain import GENESIS, LedgerHead, LedgerProblem, event_line, read_event, verify_chain
from archive.errors import IntegrityError, NotFound
from archive.model import LedgerEvent
from archive.store import ObjectStore

SEGMENT_EVENTS: Final = 10_000
"""Most events of one segment: it is read and written whole."""

_SEGMENT: Final = re.compile(r"(\d{12})-(\d{12})\.jsonl")


def ledger_prefix(tenant_id: str) -> str:
    """Return the folder of a tenant's journal."""
    return f"tenants/{tenant_id}/ledger/"


def segment_key(tenant_id: str, first: int, last: int) -> str:
    """Return where the segment of these events lies."""
    return f"{ledger_prefix(tenant_id)}{first:012d}-{last:012d}.jsonl"


def put_segment(store: ObjectStore, events: Sequence[LedgerEvent]) -> str:
    """Write consecutive events of one tenant as a segment and return its key. Durable after `sync`.

    The same events again are accepted in silence.
    """
    first, last = events[0], events[-1]
    key = segment_key(first.tenant_id, first.sequence, last.sequence)
    store.put(key, [b"".join(event_line(event) for event in events)])
    return key


def put_head(store: ObjectStore, tenant_id: str, head: LedgerHead) -> None:
    """Write how far the journal reaches, after its segments. Durable after `sync`."""
    body = canonical({"sequence": head.sequence, "digest": head.digest})
    store.replace(ledger_prefix(tenant_id) + "head.json", body + b"\n")


def journal_head(store: ObjectStore, tenant_id: str) -> LedgerHead:
    """Return how far a tenant's journal says that it reaches; an empty head where there is none.

    Raises:
        IntegrityError: The head is lost and the last segment cannot be read.
    """
    try:
        body = json.loads(store.read(ledger_prefix(tenant_id) + "head.json"))
        head = LedgerHead(int(body["sequence"]), str(body["digest"]))
    except (NotFound, ValueError, TypeError, KeyError):
        return segments_head(store, tenant_id)
    return head


def read_journal(store: ObjectStore, tenant_id: str) -> Iterator[LedgerEvent]:
    """Yield the events of a tenant's journal in order, each once. Says nothing of the chain.

    Raises:
        IntegrityError: A segment cannot be read, does not hold what its name says, or contradicts another.
            Its `place` is the key.
    """
    recent: dict[int, LedgerEvent] = {}
    for key, first, last in segments(store, tenant_id):
        recent = {sequence: event for sequence, event in recent.items() if sequence >= first}
        for event in read_segment(store, key, first, last):
            before = recent.setdefault(event.sequence, event)
            if before is event:
                yield event
            elif before != event:
                raise IntegrityError(f"two segments disagree about event {event.sequence}", place=key)


def salvage(store: ObjectStore, tenant_id: str) -> Iterator[LedgerEvent]:
    """Yield every event that can still be read, by sequence within a segment, each sequence once.

    For rebuilding after damage; what is wrong is `verify_journal`'s to say.
    """
    reached = 0
    for key, _, _ in segments(store, tenant_id):
        for line in store.read(key).split(b"\n"):
            try:
                event = read_event(line)
            except IntegrityError:
                continue
            if event.tenant_id == tenant_id and event.sequence > reached:
                yield event
                reached = event.sequence


def verify_journal(store: ObjectStore, tenant_id: str) -> list[LedgerProblem]:
    """Check a tenant's journal from the store alone: every segment, the whole chain, and its head.

    Returns:
        Empty where all holds, else the first problem.
    """
    reached = LedgerHead()

    def following() -> Iterator[LedgerEvent]:
        nonlocal reached
        for event in read_journal(store, tenant_id):
            yield event
            reached = LedgerHead(event.sequence, event.digest)

    try:
        problems = verify_chain(following())
    except IntegrityError as cause:
        return [LedgerProblem("ledger.unreadable", tenant_id, reached.sequence + 1, str(cause), cause.place)]
    return problems or _check_head(store, tenant_id, reached)


def _check_head(store: ObjectStore, tenant_id: str, reached: LedgerHead) -> list[LedgerProblem]:
    # A head that lags behind is what a crash leaves; one that is ahead, or elsewhere, is not.
    head = journal_head(store, tenant_id)
    if head.sequence > reached.sequence:
        detail = f"the journal ends at {reached.sequence}, its head says {head.sequence}"
        return [LedgerProblem("ledger.truncated", tenant_id, reached.sequence + 1, detail)]
    if head.sequence == reached.sequence and head.digest != reached.digest:
        detail = f"the journal's head is {head.digest}, its last event {reached.digest}"
        return [LedgerProblem("ledger.differs", tenant_id, reached.sequence, detail)]
    return []


def segments(store: ObjectStore, tenant_id: str) -> Iterator[tuple[str, int, int]]:
    """Yield the key of each segment with the first and last sequence that its name says, in order."""
    prefix = ledger_prefix(tenant_id)
    for key in store.keys(prefix):
        found = _SEGMENT.fullmatch(key.removeprefix(prefix))
        if found:
            yield key, int(found[1]), int(found[2])


def read_segment(store: ObjectStore, key: str, first: int, last: int) -> Iterator[LedgerEvent]:
    """Yield the events of one segment. Says nothing of the chain.

    Raises:
        IntegrityError: It cannot be read, or does not hold what its name says.
    """
    lines = store.read(key).split(b"\n")
    if lines.pop() != b"" or len(lines) != last - first + 1:
        raise IntegrityError("a segment of the ledger does not hold what its name says", place=key)
    for sequence, line in enumerate(lines, first):
        try:
            event = read_event(line)
        except IntegrityError as cause:
            raise IntegrityError(str(cause), place=key) from cause
        if event.sequence != sequence:
            detail = f"event {event.sequence} stands in the line of {sequence}"
            raise IntegrityError(f"a segment of the ledger is out of order: {detail}", place=key)
        yield event


def segments_head(store: ObjectStore, tenant_id: str) -> LedgerHead:
    """Return how far the segments reach, whatever the head says.

    Raises:
        IntegrityError: The last one is damaged.
    """
    head = LedgerHead(0, GENESIS)
    furthest = max(segments(store, tenant_id), key=lambda segment: segment[2], default=None)
    if furthest:
        for event in read_segment(store, *furthest):
            head = LedgerHead(event.sequence, event.digest)
    return head
