# SPDX-License-Identifier: EUPL-1.2
"""The clock jumps by days and decades while the archive works: what cannot be is refused, nothing is lost."""

from __future__ import annotations

import pytest
from lives import LIVES
from survival import Survived
from trials import EVERY, SCALE, SEED, chosen

WORKS = (
    "deposit",
    "decision",
    "sealing",
    "renewal",
    "indexing",
    "rebuilding the catalogue",
    "issuing a copy",
)
TIMES = round(20 * SCALE) if EVERY else 2


@pytest.mark.parametrize("life", chosen(WORKS, 3))
def test_a_clock_that_jumps_within_a_work_costs_nothing(stage, life):
    """Errors are the archive's own; what was acknowledged stays; at the right time again, the work is done."""
    trial, told = LIVES[life](stage), Survived("clock jumps")
    undisturbed = trial.undisturbed
    trial.loose = frozenset(undisturbed) - {"lost", "before", "wrong", "work", "copies"}
    for number in range(TIMES):
        outcome = trial.mortal.run(
            "jumping", trial.fresh(), seed=SEED * 1_000 + number, work=trial.work, arguments=trial.arguments
        )
        assert outcome.ours, outcome.trace
        told.found += bool(outcome.error)
        trial.judge(f"clock jumps, seed {number}: {outcome.words}", outcome.said, undisturbed, told)
    told.record()
