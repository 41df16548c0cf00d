# SPDX-License-Identifier: EUPL-1.2
"""What audits did and found, as the ledger keeps it: what is due derives from here, and so does the history.

    audit.sampled      installation's ledger   a sample was read
    audit.progressed   installation's ledger   a portion of a pass over everything was read (portions)
    audit.completed    installation's ledger   everything was read
    audit.problem      municipality's ledger   an object with problems, so that its own history tells it

Details are counts, instants and problem codes; a file name may be somebody's name and is in no event. The
exact places are in the report of the audit, and a next audit finds them again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.catalog import INSTALLATION, Transaction
from archive.clock import format_instant
from archive.home import Home
from archive.ledger import EventDraft
from archive.model import SYSTEM_TENANT, LedgerEvent
from archive.problems import Problem
from preservation.audit.report import AuditReport

SUBJECT: Final = "audit"
SAMPLED: Final = "audit.sampled"
PROGRESSED: Final = "audit.progressed"
COMPLETED: Final = "audit.completed"
PROBLEM: Final = "audit.problem"
TOLD_OBJECTS: Final = 100
"""Objects of one audit that get an event of their own: where everything is unreadable, counts are enough."""
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class PastAudit:
    """One line of the history."""

    at: datetime
    kind: str
    """`audit.sampled`, `audit.progressed` or `audit.completed`."""
    agent: str
    detail: Mapping[str, Any]
    """Counts, as `record` wrote them."""

    @property
    def problems(self) -> dict[str, int]:
        """Return how often each problem code was found."""
        return dict(self.detail.get("problems", {}))

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {"at": format_instant(self.at), "kind": self.kind, "agent": self.agent, **self.detail}


def record(
    home: Home,
    kind: str,
    report: AuditReport,
    agent: str,
    extra: Mapping[str, Any] | None = None,
    still: Callable[[Transaction], bool] = lambda _: True,
) -> bool:
    """Write into the ledgers what an audit did and found. Durable on return, but for what the store lacks.

    Args:
        home: Where.
        kind: `SAMPLED`, `PROGRESSED` or `COMPLETED`.
        report: What the audit found.
        agent: Who asked for it.
        extra: More counts.
        still: Asked once no other can write: False where somebody else did the same meanwhile; then nothing
            is written.

    Returns:
        Whether it was written.

    Raises:
        CatalogUnavailable: The catalogue cannot be written.
        StorageUnavailable: The events are in the catalogue; the next who writes carries them to the store.
    """
    detail = {
        "started": report.started_at,
        "objects": report.objects,
        "files": report.files,
        "bytes": report.bytes,
        "population": report.population,
        "problems": report.codes(),
        **({} if report.seed is None else {"seed": str(report.seed)}),
        **(extra or {}),
    }
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.serialise_ledger()
        if not still(tx):
            return False
        known = {tenant.tenant_id for tenant in tx.tenants()}
        for tenant_id, drafts in _by_tenant(report.problems, agent).items():
            if tenant_id in known:
                home.ledger.append_all(tx, tenant_id, drafts)
        home.ledger.append(tx, SYSTEM_TENANT, kind, SUBJECT, agent, detail)
    home.carry()
    return True


def past_audits(home: Home) -> Iterator[PastAudit]:
    """Yield what audits did, newest first; as many as are asked for are read."""
    with home.catalog.reading(INSTALLATION) as tx:
        for event in audit_events(tx):
            yield PastAudit(event.at, event.kind, event.agent, event.detail)


def audit_events(tx: Transaction) -> Iterator[LedgerEvent]:
    """Yield the events of audits of the installation, newest first."""
    before: int | None = None
    while page := tx.latest_about(SUBJECT, _PAGE, before):
        yield from (event for event in page if event.tenant_id == SYSTEM_TENANT)
        before = page[-1].position


def _by_tenant(problems: tuple[Problem, ...], agent: str) -> dict[str, list[EventDraft]]:
    """Return an event for each object with problems, by municipality."""
    codes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for problem in problems:
        if problem.tenant_id and problem.object_id:
            codes[problem.tenant_id, problem.object_id][problem.kind] += 1
    drafts: dict[str, list[EventDraft]] = defaultdict(list)
    for (tenant_id, object_id), counted in list(codes.items())[:TOLD_OBJECTS]:
        detail = {"problems": dict(sorted(counted.items()))}
        drafts[tenant_id].append(EventDraft(PROBLEM, object_id, agent, detail))
    return drafts
