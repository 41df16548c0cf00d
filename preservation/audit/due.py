# SPDX-License-Identifier: EUPL-1.2
"""Which audit is due, from ledger and settings alone: a sample every day, and everything within a term.

`work.audit_sample` files are drawn and read once a day; a pass over everything is spread evenly over
`work.audit_days`, portion by portion (preservation.audit.portions), and the next one begins when that term is
over. Nothing is remembered outside the ledger: a worker that dies, a machine that was off, a second worker
cost nothing but time. After a long time off, portions follow each other until the pace is caught up.

A clock that was set back makes things due at once instead of in years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from archive.catalog import INSTALLATION
from archive.clock import parse_instant
from archive.home import Home
from preservation.audit.history import COMPLETED, PROGRESSED, SAMPLED, audit_events, record
from preservation.audit.portions import audit_portion, pace, require_read
from preservation.audit.report import AuditReport
from preservation.audit.run import audit
from preservation.trust.store import TrustStore

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueAudits:
    """When which audit is due; None where the settings want none."""

    sample: datetime | None
    portion: datetime | None

    def now(self, at: datetime) -> str:
        """Return `sample`, `portion` or nothing: what is to be done at an instant."""
        if self.sample is not None and self.sample <= at:
            return "sample"
        return "portion" if self.portion is not None and self.portion <= at else ""


def due_audits(home: Home) -> DueAudits:
    """Tell when the next sample and the next portion of the pass are due. Reads a few rows."""
    work, now = home.engines.settings.work, home.clock.now()
    sampled, passed = _last_events(home)
    sample = now if sampled is None or sampled > now else sampled + DAY
    portion = now if passed is None or passed > now + timedelta(days=work.audit_days) else passed
    return DueAudits(sample if work.audit_sample else None, portion if work.audit_days else None)


def audit_due(home: Home, trust: TrustStore | None, *, agent: str = "worker") -> AuditReport | None:
    """Do one piece of the audit work that is due, if any, and record it: a worker calls it again and again.

    Args:
        home: An open home that can be written.
        trust: Whom to trust for time stamps; None leaves evidence aside.
        agent: Who asks, for the ledger.

    Returns:
        What was found; None where nothing is due. Problems are in the ledger (`longeva audit --history`).

    Raises:
        CatalogUnavailable: The catalogue cannot be read or written. It stays due.
        StorageUnavailable: The store lets nothing be read. It stays due.
    """
    what = due_audits(home).now(home.clock.now())
    if what == "sample":
        report = audit(home, trust=trust, sample=home.engines.settings.work.audit_sample, repair=True)
        require_read(report)
        record(home, SAMPLED, report, agent)
        return report
    return audit_portion(home, trust=trust, agent=agent, repair=True)[0] if what else None


def _last_events(home: Home) -> tuple[datetime | None, datetime | None]:
    """Return the instant of the last sample, and when the next portion is due."""
    days = home.engines.settings.work.audit_days
    sampled = passed = None
    with home.catalog.reading(INSTALLATION) as tx:
        for event in audit_events(tx):
            if sampled is None and event.kind == SAMPLED:
                sampled = event.at
            if passed is None and event.kind in {PROGRESSED, COMPLETED}:
                detail = event.detail
                started = parse_instant(detail.get("pass", detail["started"]))
                if event.kind == PROGRESSED:
                    passed = pace(started, detail["done"], detail["total"], days)
                else:
                    passed = event.at if detail.get("behind") else started + timedelta(days=days)
            if sampled is not None and passed is not None:
                break
    return sampled, passed
