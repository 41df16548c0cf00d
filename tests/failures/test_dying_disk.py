# SPDX-License-Identifier: EUPL-1.2
"""A disk that fills up, fails or turns read-only at any step: told in plain words, and nothing lost."""

from __future__ import annotations

import pytest
from dying import (
    DISK_FULL,
    FULL_AT_SYNC,
    FULL_FOR_A_MOMENT,
    READ_FAILS,
    READ_ONLY,
    SYNC_FAILS,
    WRITE_FAILS,
)
from lives import LIVES
from survival import Survived
from trials import chosen

FAULTS = {
    "disk full from a write on": (DISK_FULL, 0),
    "disk full for one write": (FULL_FOR_A_MOMENT, 20),
    "disk full at a sync": (FULL_AT_SYNC, 0),
    "EIO at a sync": (SYNC_FAILS, 0),
    "EIO at a write": (WRITE_FAILS, 20),
    "EIO at a read": (READ_FAILS, 40),
    "disk turns read-only": (READ_ONLY, 20),
}
"""Each with how many steps are tried, drawn by chance; 0 is every one."""


@pytest.mark.parametrize(("life", "fault"), chosen([(life, fault) for life in LIVES for fault in FAULTS], 12))
def test_a_disk_that_fails_at_any_step_is_told_and_loses_nothing(stage, life, fault):
    """The error is the archive's own; what was acknowledged stays; repeated, it ends as if undisturbed."""
    harm, most = FAULTS[fault]
    trial, told = LIVES[life](stage), Survived(fault)
    for step in trial.steps(harm, most=most):
        trial.harm(harm.at_step(step), told)
    told.record()
