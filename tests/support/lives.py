# SPDX-License-Identifier: EUPL-1.2
"""An archive at each point of its life, and the works that are harmed there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dying import Mortal, Outcome, mortal
from trials import Trial, scratch_folder


@dataclass
class Stage:
    """Archives at each point of a life, to be copied for every death."""

    mortal: Mortal
    folder: Path
    packages: dict[str, str]

    def do(self, work: str, folder: Path, **arguments: Any) -> Outcome:
        """Do a work that must succeed."""
        outcome = self.mortal.run(work, folder, **arguments)
        assert not outcome.error, outcome.trace
        return outcome

    def trial(self, work: str, on: str, **told: Any) -> Trial:
        """Give a work on the archive of that name."""
        scratch = self.folder / "trial"
        scratch.mkdir(exist_ok=True)
        return Trial(self.mortal, work, self.folder / on, scratch, **told)


@contextmanager
def whole_life(folder: Path) -> Iterator[Stage]:
    """Make the archives once, for all trials of a process."""
    with scratch_folder(folder) as scratch, mortal(scratch) as living:
        stage = Stage(living, scratch, {})
        _empty(stage)
        _grow(stage, "deposited", "empty", "deposit", **all_packages(stage))
        _grow(stage, "decided", "deposited", "decide")
        _grow(stage, "sealed", "decided", "seal")
        _grow(stage, "renewed", "sealed", "renew")
        _grow(stage, "indexed", "renewed", "index")
        _copied(stage)
        yield stage


def _empty(stage: Stage) -> None:
    empty, folder = stage.folder / "empty", stage.folder
    stage.do("create", empty)
    stage.do("appoint", empty)
    made: dict[str, dict[str, Any]] = {
        "signed": {"number": 1, "signed": str(empty)},
        "plain": {"number": 2},
        "lacking": {"number": 3, "lacking": True},
    }
    for name, told in made.items():
        stage.packages[name] = stage.do("pack", folder / f"package-{name}", **told).result


def _copied(stage: Stage) -> None:
    """Make a home of three copies, and one like it of which a copy was lost with its disk."""
    copied, bare = stage.folder / "copied", stage.folder / "bare"
    stage.do("equip", copied)
    stage.do("create", copied)
    shutil.copytree(stage.folder / "empty" / "authority", copied / "authority")
    shutil.copytree(copied, bare)
    stage.do("deposit", bare, **all_packages(stage))
    stage.do("seal", bare)
    shutil.rmtree(bare / "copies-c")
    (bare / "copies-c").mkdir()


def all_packages(stage: Stage) -> dict[str, Any]:
    """Return a signed expediente by itself, then a plain one with one that waits."""
    packages = stage.packages
    return {"packages": [[packages["signed"]], [packages["plain"], packages["lacking"]]]}


def _grow(stage: Stage, name: str, on: str, work: str, **arguments: Any) -> None:
    shutil.copytree(stage.folder / on, stage.folder / name)
    stage.do(work, stage.folder / name, **arguments)


LIVES: dict[str, Callable[[Stage], Trial]] = {
    "making a home": lambda stage: stage.trial("create", "nothing"),
    "deposit": lambda stage: stage.trial("deposit", "empty", arguments=all_packages(stage)),
    "decision": lambda stage: stage.trial("decide", "deposited"),
    "sealing": lambda stage: stage.trial("seal", "decided"),
    "renewal": lambda stage: stage.trial("renew", "sealed"),
    "hash-tree renewal": lambda stage: stage.trial("rehash", "renewed"),
    "indexing": lambda stage: stage.trial("index", "renewed"),
    "rebuilding the index": lambda stage: stage.trial("index_anew", "indexed"),
    # each rebuilding is told in the ledger, so one that died after its event and was repeated is told twice
    "rebuilding the catalogue": lambda stage: stage.trial(
        "rebuild", "indexed", loose=frozenset({"counts", "topics", "stored"})
    ),
    "depositing in three stores": lambda stage: stage.trial(
        "deposit", "copied", arguments=all_packages(stage)
    ),
    # each healing is told in the ledger, so one that died after its event and was repeated is told twice
    "healing": lambda stage: stage.trial("heal", "bare", loose=frozenset({"counts", "topics", "stored"})),
    # put in twice, a package is in the queue twice, and its second identifier gives the receipt of the first
    "queueing": lambda stage: stage.trial(
        "enqueue",
        "empty",
        arguments={"packages": [stage.packages["signed"], stage.packages["lacking"]]},
        loose=frozenset({"counts", "topics", "stored"}),
    ),
    "moving the catalogue": lambda stage: stage.trial("move", "renewed"),
    # every version has salt of its own, and one whose event was not written stays as a file of nobody
    "changing a register": lambda stage: stage.trial(
        "enrol", "empty", loose=frozenset({"counts", "topics", "stored"})
    ),
    # each copy is another: its CSV is drawn anew
    "issuing a copy": lambda stage: stage.trial(
        "certify", "renewed", loose=frozenset({"counts", "topics", "stored"})
    ),
}
"""Works whose steps are all on the disk of one machine."""
