# SPDX-License-Identifier: EUPL-1.2
"""Spreads packages over processes. Content never crosses them: what comes back is what was found out.

A worker takes a group of packages to stable storage on its own; the process that asked is the only one that
writes rows. A worker that dies takes nothing acknowledged with it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from archive.clock import Clock
from archive.errors import LongevaError, ServiceError
from archive.home import Home
from archive.processes import die_with_parent, start_method
from ingest.intake import Intake, Taken
from ingest.material import Keeper
from preservation.installation import kept_list, trust_store
from preservation.trust.store import TrustStore

GROUP = 16
"""Packages that share one wait for the medium."""
WORTH_IT = 64
"""Packages from which starting processes costs less than it saves."""

_intake: Intake | LongevaError | None = None
"""Of this worker process; or why it could not begin, which an initializer has no way to tell."""


def take_in(home: Home, tenant_id: str, paths: Sequence[Path]) -> Iterator[list[Taken]]:
    """Take every package in, in order, a group at a time.

    Raises:
        ServiceError: A worker process died; what was acknowledged stays, repeat the rest.
        LongevaError: What a worker process met, also when it opened the home.
    """
    groups = [list(paths[start : start + GROUP]) for start in range(0, len(paths), GROUP)]
    trust = trust_store(home, home.clock.now())
    if len(paths) < WORTH_IT or (os.cpu_count() or 1) == 1:
        intake = make_intake(home, tenant_id, trust)
        yield from map(intake.take, groups)
        return
    home.catalog.close()  # it opens again when asked; SQLite's connections must not cross a fork
    arguments = (home.path, tenant_id, home.clock, trust)
    context = multiprocessing.get_context(start_method())
    context.set_forkserver_preload(["__main__", __name__])
    with ProcessPoolExecutor(os.cpu_count(), context, _start, arguments) as pool:
        try:
            yield from pool.map(_take, groups)
        except BrokenProcessPool as cause:
            raise ServiceError("a worker process died; deposit the rest again") from cause


def make_intake(home: Home, tenant_id: str, trust: TrustStore) -> Intake:
    """Make what one process needs to take packages in."""
    return Intake(
        tenant_id=tenant_id,
        objects=home.objects(tenant_id),
        catalog=home.catalog,
        trust=trust,
        clock=home.clock,
        work=home.work_folder(),
        keeper=Keeper(home.store, trust, partial(kept_list, home)),
    )


def _start(path: Path, tenant_id: str, clock: Clock, trust: TrustStore) -> None:
    global _intake  # noqa: PLW0603 - a worker process has one intake for its whole life
    die_with_parent()
    try:
        _intake = make_intake(Home.open(path, clock), tenant_id, trust)
    except LongevaError as cause:
        _intake = cause


def _take(paths: list[Path]) -> list[Taken]:
    assert _intake is not None
    if isinstance(_intake, LongevaError):
        raise _intake
    return _intake.take(paths)
