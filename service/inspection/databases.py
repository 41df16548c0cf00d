# SPDX-License-Identifier: EUPL-1.2
"""Whether catalogue and index answer, and how far they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from archive.catalog.state import catalog_state
from archive.clock import Clock
from archive.engines import Engines
from archive.home import Home
from search.indexer import behind, open_index
from service.inspection.found import Found, State

SKEW: Final = timedelta(seconds=30)
"""How far another machine's clock may be from ours before somebody should look."""
LAG: Final = 10_000
"""Events that an index may be behind before somebody should look."""


def catalogue(engines: Engines, clock: Clock) -> Iterator[Found]:
    """Say what database the catalogue is in, its schema, our role in it and its clock.

    Raises:
        ServiceError: It cannot be reached.
    """
    target = engines.catalog_target
    if isinstance(target, Path) and not target.exists():
        yield Found(
            "catalogue", State.FAILED, f"{target} is not there", "`longeva init`, or `longeva rebuild`"
        )
        return
    state = catalog_state(target)
    words = f"{state.product}, schema {state.version or 'none yet'} of {state.newest}"
    if state.version not in ("", state.newest):
        yield Found("catalogue", State.WARNING, words, "it is upgraded when the home is next opened")
    else:
        yield Found("catalogue", State.OK, words)
    if state.role:
        yield _role(state.role, state.unguarded, bypasses=state.bypasses)
    if state.clock is not None:
        yield skew("clock of the catalogue", state.clock - clock.now())


def index(home: Home) -> Iterator[Found]:
    """Say which index answers and how many events it is behind.

    Raises:
        ServiceError: It cannot be reached, or followed another ledger.
    """
    opened = open_index(home)
    mark = opened.mark()
    lag = behind(home, opened)
    words = f"{home.engines.settings.index.kind}, at event {mark.position}, {lag} behind"
    if lag > LAG:
        yield Found("index", State.WARNING, words, "is a worker running?")
    else:
        yield Found("index", State.OK, words)


def skew(subject: str, difference: timedelta) -> Found:
    """Say how far another clock is from ours; positive is ahead."""
    seconds = difference.total_seconds()
    words = f"{abs(seconds):.1f} s {'ahead of' if seconds >= 0 else 'behind'} ours"
    if abs(difference) > SKEW:
        return Found(subject, State.WARNING, words, "keep both machines in time (chrony, systemd-timesyncd)")
    return Found(subject, State.OK, words)


def _role(role: str, unguarded: tuple[str, ...], *, bypasses: bool) -> Found:
    if bypasses:
        words = (
            f"the role {role} passes by row-level security: municipalities are kept apart by queries alone"
        )
        return Found("tenants", State.WARNING, words, "use a role without SUPERUSER and BYPASSRLS")
    if unguarded:
        words = f"no row-level security on {', '.join(unguarded)}"
        return Found("tenants", State.WARNING, words, "upgrade with the owner's role: catalog.owner_url")
    return Found("tenants", State.OK, f"row-level security holds the role {role}")
