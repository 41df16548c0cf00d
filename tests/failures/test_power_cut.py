# SPDX-License-Identifier: EUPL-1.2
"""The power goes after any step: what was not synced may be lost, in any combination; what was acknowledged not."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from dying import Harm, How
from lives import LIVES
from power_cut import WAYS, Disk, Entry, read_log, write_image
from survival import Survived
from trials import EVERY, SCALE, SEED, Trial, chosen

CUTS = 60
"""For each work and each way to lose; drawn by chance."""


def logged(trial: Trial) -> tuple[list[Entry], Disk]:
    """Do the work once and return everything that it did to the disk, and the disk as it was."""
    log = trial.scratch / "log"
    home = trial.fresh()
    before = Disk(home)
    outcome = trial.run(home, Harm(How.LOG, log=str(log)))
    assert not outcome.error, outcome.trace
    return read_log(log), before


@pytest.mark.parametrize("synced", ["syncfs", "fsync"])
@pytest.mark.parametrize("life", LIVES)
def test_what_was_acknowledged_outlives_a_power_cut(stage, life, synced):
    """Cut after any step, whatever the disk made of what nobody had synced, the archive is whole when repeated."""
    trial, told = LIVES[life](stage), Survived("power cut, unsynced writes lost")
    # An index is derived: nobody is told how far it is, and a cut may set it back or cost it; then it says so.
    trial.told_first = ("INDEX: ",)
    if life == "indexing":
        trial.work = "index_or_rebuild"
    if synced == "fsync":
        told.fault += ", without syncfs"
        trial = replace(
            trial, work="without_syncfs", arguments={"work": trial.work, "arguments": trial.arguments}
        )
    undisturbed, chance = trial.undisturbed, random.Random(f"{SEED} {life} {synced}")
    ways = list(WAYS) if EVERY else chosen(list(WAYS), 2)
    steps, disk = logged(trial)
    cuts = chance.choices(range(1, len(steps) + 1), k=round(CUTS * SCALE) * len(ways) if EVERY else len(ways))
    for number, step in enumerate(steps, 1):
        disk.do(step)
        for _ in range(cuts.count(number)):
            way = chance.choice(ways)
            write_image(disk.cut(way, chance), trial.home)
            said = [one for one in disk.acknowledged if one["kind"] != "index"]
            trial.judge(f"power cut after step {number}, {way}", said, undisturbed, told)
            told.found += 1
    told.record()


def test_the_model_of_the_disk_forgets_what_was_not_synced(tmp_path):
    """Bytes need a sync of the file, names one of the folder; syncfs saves all."""
    root = tmp_path / "disk"
    root.mkdir()
    disk, here = Disk(root), str(root)

    def left(way: str) -> dict[str, bytes | None]:
        found = disk.cut(way, random.Random(1))
        return {Path(path).name: data for path, data in found.items() if path != here}

    disk.do(Entry("c", 0, f"{here}/a", b""))
    disk.do(Entry("w", 0, f"{here}/a", b"bytes"))
    assert left("nothing unsynced") == {}
    assert left("names without bytes") == {"a": b""}
    assert left("names and sizes without bytes") == {"a": bytes(5)}
    disk.do(Entry("f", 0, f"{here}/a", b""))
    assert left("nothing unsynced") == {}
    assert left("names without bytes") == {"a": b"bytes"}
    disk.do(Entry("r", 0, f"{here}/a", f"{here}/b".encode()))
    disk.do(Entry("f", 0, here, b""))
    assert left("nothing unsynced") == {"b": b"bytes"}
    disk.do(Entry("w", 1, f"{here}/b", b"u"))
    disk.do(Entry("u", 0, f"{here}/b", b""))
    assert left("bytes without names") == {"b": b"butes"[:1] + b"u" + b"tes"}
    disk.do(Entry("m", 0, f"{here}/c", b""))
    disk.do(Entry("c", 0, f"{here}/c/d", b""))
    disk.do(Entry("s", 0, here, b""))
    assert left("nothing unsynced") == {"c": None, "d": b""}
