# SPDX-License-Identifier: EUPL-1.2
"""A work that is harmed at one step after another, each time on a fresh copy of the same archive."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from dying import Harm, How, Mortal, Outcome
from survival import Survived

EVERY = os.environ.get("LONGEVA_EVERY", "0") == "1"
"""Every step; otherwise a few of some works, so that `make test` stays short."""
SEED = int(os.environ.get("LONGEVA_SEED", "1"))
SCALE = float(os.environ.get("LONGEVA_SCALE", "1"))
"""Multiplies what is drawn by chance."""
FEW = 2
MEMORY = Path("/dev/shm")

T = TypeVar("T")


@dataclass
class Trial:
    """One work on one archive."""

    mortal: Mortal
    work: str
    template: Path
    """A home, or a folder that is to become one."""
    scratch: Path
    arguments: dict[str, Any] = field(default_factory=dict)
    told_first: tuple[str, ...] = ()
    """How the words begin that the archive may say before the work is repeated, but not after."""
    loose: frozenset[str] = frozenset()
    """What of the portrait may differ from that of an undisturbed archive, for a reason the test gives."""

    @cached_property
    def undisturbed(self) -> dict[str, Any]:
        """What the archive is after the work, when nothing happens; the work done twice is the same."""
        outcome = self.run(self.fresh())
        assert not outcome.error, outcome.trace
        assert outcome.said
        drawn = self.settle(outcome.said, "nothing happened")
        assert not drawn["lost"], drawn
        assert not drawn["before"], drawn
        assert not drawn["wrong"], drawn
        return drawn

    @cached_property
    def home(self) -> Path:
        """Where the work is done."""
        return self.scratch / "home"

    def fresh(self) -> Path:
        """Put the archive as it was before the work in place."""
        shutil.rmtree(self.home, ignore_errors=True)
        if self.template.exists():
            shutil.copytree(self.template, self.home)
        return self.home

    def run(self, home: Path, harm: Harm = Harm()) -> Outcome:  # noqa: B008 - frozen
        """Do the work once."""
        return self.mortal.run(self.work, home, harm, **self.arguments)

    def settle(self, said: Sequence[Any], context: str) -> dict[str, Any]:
        """Look for what was said, repeat the work, look again."""
        settled = self.mortal.run(
            "settled", self.home, said=list(said), work=self.work, arguments=self.arguments
        )
        assert not settled.error, f"{self.work}, {context}: {settled.trace}"
        return dict(settled.result)

    def count(self, harm: Harm) -> int:
        """Return how many steps of the harmed kinds an undisturbed work has."""
        counting = replace(harm, how=How.COUNT)
        outcome = self.run(self.fresh(), counting)
        assert not outcome.error, outcome.trace
        return outcome.steps

    def steps(self, harm: Harm, *, part: int = 0, parts: int = 1, most: int = 0) -> list[int]:
        """Return the steps to harm: all of this part's, or some that the seed chooses.

        Args:
            harm: Its kinds of step are counted.
            part: From 0.
            parts: Into how many parts the steps are dealt, so that they run beside each other.
            most: At most so many, by chance; 0 for all.
        """
        mine = range(1 + part, self.count(harm) + 1, parts)
        wanted = (round(most * SCALE) if most else len(mine)) if EVERY else FEW
        chance = random.Random(f"{SEED} {self.work} {part} {harm}")
        return sorted(chance.sample(mine, min(wanted, len(mine))))

    def harm(self, harm: Harm, told: Survived) -> tuple[Outcome, dict[str, Any] | None]:
        """Do the work on a fresh archive with this harm, and count what became of it.

        Returns:
            What happened, and the archive after it was opened again and the work repeated; None where the
            work ended before its harm (threads do not always take the same number of steps).
        """
        undisturbed = self.undisturbed
        outcome = self.run(self.fresh(), harm)
        if not outcome.struck:
            assert not outcome.error, outcome.trace
            return outcome, None
        context = f"{harm.how.name} {harm.code} at step {harm.at} ({outcome.struck})"
        assert outcome.ours, f"{self.work}, {context}: not in words of ours: {outcome.trace}"
        after = self.judge(context, outcome.said, undisturbed, told)
        told.found += bool(outcome.error) or outcome.killed
        return outcome, after

    def judge(
        self, context: str, said: Sequence[Any], undisturbed: dict[str, Any], told: Survived
    ) -> dict[str, Any]:
        """Hold the archive, after whatever happened to it, to what was said and to the undisturbed one."""
        told.tries += 1
        after = self.settle(said, context)
        ill = [*(one for one in after["before"] if not one.startswith(self.told_first)), *after["wrong"]]
        told.lost += len(after["lost"])
        told.duplicated += sum(one.startswith("TWICE") for one in ill)
        assert not after["lost"], f"{self.work}, {context}: {after['lost']}"
        assert not ill, f"{self.work}, {context}: {ill}"
        differs = {
            each: _difference(undisturbed[each], after[each])
            for each in undisturbed.keys() - self.loose
            if undisturbed[each] != after[each]
        }
        assert not differs, f"{self.work}, {context}: {differs}"
        told.healed += 1
        return after


def _difference(one: Any, other: Any) -> Any:
    if not isinstance(one, dict):
        return one, other
    return {
        key: (one.get(key), other.get(key))
        for key in one.keys() | other.keys()
        if one.get(key) != other.get(key)
    }


def chosen(cases: Sequence[T], few: int) -> list[T]:
    """Return all cases, or a few that the seed chooses, in their order."""
    if EVERY:
        return list(cases)
    return [cases[at] for at in sorted(random.Random(SEED).sample(range(len(cases)), min(few, len(cases))))]


@contextmanager
def scratch_folder(otherwise: Path) -> Iterator[Path]:
    """Give a folder in memory where there is one: nobody cuts the power here, and a disk would take hours."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(prefix="longeva-", dir=MEMORY) as folder:
        yield Path(folder)
