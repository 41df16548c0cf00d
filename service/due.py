# SPDX-License-Identifier: EUPL-1.2
"""Everything that is due, done once. It derives from recorded state, so a lost message loses nothing.

Each step stands alone: one that fails (no authority answers, no index, no quorum) is told and stays due, and
the others are done. A step that concerns the whole installation is done by one worker at a time, on whatever
machine; to find it busy elsewhere is not an error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from archive.catalog import INSTALLATION
from archive.errors import (
    ConflictError,
    IndexBusy,
    LongevaError,
    StorageUnavailable,
    TimestampUnavailable,
)
from archive.healing import heal_due
from archive.home import Home
from archive.settings.model import TantivySettings
from ingest.queue.runner import open_runner
from ingest.queue.settling import reconcile
from ingest.uploads.folder import Uploads
from ingest.webhooks.delivery import deliver_due
from preservation.audit.due import audit_due
from preservation.evidence.sealing import seal_all
from preservation.installation import time_stamping, trust_store
from preservation.renewal.renew import renew_due
from search.indexer import follow, open_index

BUSY_SECONDS: Final = 0.2
"""How long to wait for another worker that is at the same step: it does the work, so not at all."""
PIECES: Final = 20
"""Pieces of audit done in one round, so that the next round's steps are not kept waiting."""

Stop = threading.Event
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of work."""

    name: str
    """What its count is called: `sealed`."""
    do: Callable[[Home, Stop], int]
    """Does it, returns how many; raises LongevaError."""
    shared: bool = True
    """Concerns the whole installation: one worker at a time."""


@dataclass(slots=True)
class Round:
    """What came of one look at everything."""

    done: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Steps that failed, with the reason in words."""
    busy: list[str] = field(default_factory=list)
    """Steps that another worker was at."""

    def attempt(self, name: str, work: Callable[[], int]) -> None:
        """Do one piece of work and note what came of it, whatever that is."""
        try:
            self.done[name] = work()
        except IndexBusy:
            self.done[name] = 0
            self.busy.append(name)
        except Exception as cause:  # noqa: BLE001 - one step must not stop the others
            self.done[name] = 0
            known = isinstance(cause, LongevaError)
            self.failed[name] = str(cause) if known else f"internal error: {type(cause).__name__}"
            _log.log(logging.WARNING if known else logging.ERROR, f"{name}.failed", exc_info=True)


def steps(home: Home) -> Sequence[Step]:
    """Return everything that may be due in an installation, in the order of doing."""
    # An index inside this program is this machine's own; one in a cluster is everybody's.
    own_index = isinstance(home.engines.settings.index, TantivySettings)
    return (
        Step("queued", _bring_in_step),
        Step("sealed", _seal),
        Step("renewed", _renew),
        Step("indexed", lambda home, _: follow(home, open_index(home)), shared=not own_index),
        Step("healed", _heal),
        Step("audited", _audit),
        Step("told", lambda home, stop: deliver_due(home, stop.is_set)),
        Step("forgotten", lambda home, _: Uploads(home).sweep(), shared=False),
    )


def work(home: Home, stop: Stop | None = None, *, sweep: bool = True) -> Round:
    """Do once what is due, and count it. Repeating it is harmless.

    Args:
        home: An open home.
        stop: When set, no further step is begun.
        sweep: Also look for leftovers of writers that died, which reads every object's folder: at the start
            and once a day is enough.
    """
    stop = stop or Stop()
    told = Round()
    for step in ((Step("swept", _sweep),) if sweep else ()) + tuple(steps(home)):
        if stop.is_set():
            break
        with ExitStack() as held:
            if step.shared and not _alone(home, step, held, told):
                continue
            told.attempt(step.name, lambda step=step: step.do(home, stop))  # type: ignore[misc]
    if "sealed" in told.failed:
        told.attempt("waiting", lambda: _unsealed(home))
    return told


def _alone(home: Home, step: Step, held: ExitStack, told: Round) -> bool:
    """Tell whether no other worker is at a step; then nobody else is until `held` closes."""
    try:
        home.work_folder()  # where the locks of one machine are
        held.enter_context(home.engines.step_guard(step.name).held([step.name], wait=BUSY_SECONDS))
    except ConflictError:
        told.done[step.name] = 0
        told.busy.append(step.name)
        return False
    except LongevaError as cause:
        told.done[step.name] = 0
        told.failed[step.name] = str(cause)
        return False
    return True


def _sweep(home: Home, stop: Stop) -> int:
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = tx.tenants()
    return sum(home.objects(tenant.tenant_id).sweep() for tenant in tenants if not stop.is_set())


def _bring_in_step(home: Home, _: Stop) -> int:
    try:
        return reconcile(home)
    finally:  # who can be woken is woken, whatever else lies in the inbox
        runner = open_runner(home)
        try:
            runner.offer()
        finally:
            runner.close()


def _seal(home: Home, stop: Stop) -> int:
    report = seal_all(home, time_stamping(home), at=home.clock.now(), agent="worker", stop=stop.is_set)
    for found in report.findings:
        _log.warning("sealing.finding", extra={"code": found.code, "words": found.message()})
    if report.failures:
        raise TimestampUnavailable(" · ".join(report.failures))
    return report.objects


def _renew(home: Home, _: Stop) -> int:
    now = home.clock.now()
    trust = trust_store(home, now)
    renewed = renew_due(
        home,
        time_stamping(home),
        now,
        trust=trust,
        agent="worker",
    )
    return len(renewed.renewed)


def _unsealed(home: Home) -> int:
    with home.catalog.reading(INSTALLATION) as tx:
        return tx.totals().unsealed


def _heal(home: Home, stop: Stop) -> int:
    report = heal_due(home, stop=stop.is_set)
    done = sum(report.copied.values()) + report.repaired + report.removed
    if report.failed:
        raise StorageUnavailable(f"stores that cannot be brought up now: {', '.join(sorted(report.failed))}")
    return done


def _audit(home: Home, stop: Stop) -> int:
    trust, files = trust_store(home, home.clock.now()), 0
    for _ in range(PIECES):
        report = None if stop.is_set() else audit_due(home, trust)
        if report is None:
            break
        files += report.files
    return files
