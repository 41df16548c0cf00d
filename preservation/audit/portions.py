# SPDX-License-Identifier: EUPL-1.2
"""A pass over everything in portions, each of which ends with an event: killed at any point it goes on.

    material    validation material, each piece once
    evidence    evidence batches, and the catalogue's events against the journal
    objects     every object with all its files, a few hundred at a time, in order of deposit
    unknown     objects that only the store knows; then the pass is complete

The last event says where to go on, so that no portion is skipped: who dies in one leaves no event, and it is
read again. What comes in meanwhile stands at the end of the order of deposit and is covered too. The order is
that of instants and identifiers, which outlive a rebuilding of the catalogue. Two that read the same portion
at once do no harm: the second finds that the pass went on without it, and writes nothing.

Limits: objects whose instant lies behind the pass (a clock that was set back) wait for the next pass, which
is then due at once (`behind`). A version that is added to an object that was read waits for the next one too;
it was read back when it was written. Material and evidence are one portion each.

Source: ENI (RD 4/2010) art. 21.1; ISO 16363 4.2.9, 4.4.1.2 (fixity is monitored, and on record).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from archive.catalog import INSTALLATION, Transaction
from archive.clock import format_instant, parse_instant
from archive.errors import StorageUnavailable
from archive.home import Home
from archive.material import material_digests
from archive.model import LedgerEvent
from preservation.audit.history import COMPLETED, PROGRESSED, audit_events, record
from preservation.audit.report import AuditReport
from preservation.audit.run import AuditRun, OnProgress
from preservation.trust.store import TrustStore

PORTION: Final = 500
"""Objects of one portion: what a death costs; a pass over 100 million files leaves some 14,000 events."""

_STEPS: Final = ("material", "evidence", "objects", "unknown")


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass under way, as its last event tells it."""

    started: datetime
    step: str
    """What the next portion looks at."""
    after: tuple[datetime, str] | None = None
    """Instant and identifier of the last object that was read."""
    done: int = 0
    """Objects read."""
    files: int = 0
    bytes: int = 0
    problems: Mapping[str, int] = field(hash=False, default_factory=dict)
    position: int = 0
    """Of the event that tells this in the catalogue; 0 for a pass that is about to begin."""
    last: LedgerEvent | None = None
    """That event."""


def current_pass(tx: Transaction) -> Pass | None:
    """Return the pass under way, None where there is none."""
    event = _last(tx)
    return _read(event) if event is not None and event.kind == PROGRESSED else None


def last_completed(tx: Transaction) -> LedgerEvent | None:
    """Return the event of the last complete audit of everything, None where there was none."""
    return next((event for event in audit_events(tx) if event.kind == COMPLETED), None)


def audit_portion(
    home: Home,
    *,
    trust: TrustStore | None,
    agent: str,
    portion: int = PORTION,
    repair: bool = False,
    on_progress: OnProgress | None = None,
) -> tuple[AuditReport, bool]:
    """Read the next portion of the pass under way, or the first of a new one, and record it.

    Args:
        home: An open home that can be written.
        trust: As for `preservation.audit.audit`.
        agent: Who asks, for the ledger.
        portion: Objects at most.
        repair: Where there are several copies, mend a bad one from a good one.
        on_progress: Told how many objects of the pass were read.

    Returns:
        What this portion found, and whether the pass is complete with it.

    Raises:
        CatalogUnavailable: The catalogue cannot be read or written; the portion will be read again.
        StorageUnavailable: The store let nothing be read; the portion will be read again.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        now = current_pass(tx) or Pass(home.clock.now(), _STEPS[0], position=_position(tx))
        total = tx.object_count()
        records = tx.objects_by_age(now.after, portion) if now.step == "objects" else []
    run = AuditRun(home, trust, repair=repair, agent=agent)
    step, after = now.step, now.after
    if step == "material":
        run.material()
    elif step == "evidence":
        run.evidence_batches()
        run.ledgers()
    elif step == "objects":
        run.known_material(material_digests(home.store))
        run.some_objects(records)
        if records:
            after = records[-1].created_at, records[-1].object_id
    else:
        run.unknown_objects()
    done = now.done + len(records)
    finished = step == _STEPS[-1]
    following = step if len(records) == portion else _STEPS[min(_STEPS.index(step) + 1, len(_STEPS) - 1)]
    report = run.report()
    require_read(report)
    if on_progress:
        on_progress(done, max(total, done))
    extra: dict[str, Any] = {
        "pass": format_instant(now.started),
        "step": step,
        "done": done,
        "total": total,
        "pass_files": now.files + report.files,
        "pass_bytes": now.bytes + report.bytes,
        "pass_problems": dict(sorted((Counter(now.problems) + Counter(report.codes())).items())),
    }
    if finished:
        extra["behind"] = max(0, total - done)
    else:
        extra |= {"next": following, "after": [format_instant(after[0]), after[1]] if after else []}
    kind = COMPLETED if finished else PROGRESSED
    record(home, kind, report, agent, extra, still=lambda tx: _position(tx) == now.position)
    return report, finished


def pace(started: datetime, done: int, total: int, days: int) -> datetime:
    """Return when the next portion is due if everything is to be read evenly within `days` of the start."""
    return started + timedelta(days=days) * (min(1.0, done / total) if total else 0.0)


def require_read(report: AuditReport) -> None:
    """Refuse to call it an audit where a store that does not answer let nothing be read.

    Raises:
        StorageUnavailable: Not one byte could be read, and there was something to read.
    """
    unread = [problem for problem in report.problems if problem.kind == "STORE-UNREADABLE"]
    if unread and not report.bytes:
        raise StorageUnavailable(
            f"the store lets nothing be read, so nothing was audited; it goes on when the store answers: "
            f"{unread[0].detail}",
            place=unread[0].key,
        )


def _read(event: LedgerEvent) -> Pass:
    detail = event.detail
    after = detail["after"]
    return Pass(
        parse_instant(detail["pass"]),
        detail["next"],
        (parse_instant(after[0]), after[1]) if after else None,
        detail["done"],
        detail["pass_files"],
        detail["pass_bytes"],
        detail["pass_problems"],
        event.position,
        event,
    )


def _position(tx: Transaction) -> int:
    event = _last(tx)
    return event.position if event else 0


def _last(tx: Transaction) -> LedgerEvent | None:
    """Return the newest event of a pass; samples between do not count."""
    return next((event for event in audit_events(tx) if event.kind in {PROGRESSED, COMPLETED}), None)
