# SPDX-License-Identifier: EUPL-1.2
"""kill -9 before every step that touches the disk, of every work; the steps are found, not listed."""

from __future__ import annotations

import pytest
from dying import KILL, TORN
from lives import LIVES
from survival import Survived
from trials import EVERY, chosen

PARTS = 4 if EVERY else 1


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("life", LIVES)
def test_a_work_killed_at_any_step_is_whole_when_repeated(stage, life, part):
    """Nothing acknowledged is lost, nothing is twice, fsck is clean; repeated, it ends as if undisturbed."""
    trial, told = LIVES[life](stage), Survived(f"kill -9 in {life}")
    for step in trial.steps(KILL, part=part, parts=PARTS):
        trial.harm(KILL.at_step(step), told)
    told.record()


@pytest.mark.parametrize("life", chosen(list(LIVES), 3))
def test_a_write_torn_in_half_by_a_death_does_no_harm(stage, life):
    """Half of the bytes of a write are on the disk, and the process is gone."""
    trial, told = LIVES[life](stage), Survived("torn write and death")
    for step in trial.steps(TORN, most=60):
        trial.harm(TORN.at_step(step), told)
    told.record()
