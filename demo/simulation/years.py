# SPDX-License-Identifier: EUPL-1.2
"""One year after the other: who does what on which day. Every deed is what a command of its name does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from demo.simulation.chronicle import Chronicle, Kind, Standing, Words
from demo.simulation.evidence_work import renew, seal
from demo.simulation.misfortunes import MISFORTUNES
from demo.simulation.papers import expediente
from demo.simulation.repairs import audit_and_mend
from demo.simulation.scenario import Custom, Happening, Municipality
from demo.simulation.verdicts import ObjectVerdict, judge_all
from demo.simulation.world import World
from ingest.deposit import deposit

Deed = Callable[[], None]
SHAKING: Final = {"authority-compromised", "algorithm-retired", "store-lost", "catalogue-lost"}
"""After these everything is judged at once; after others at the end of the year."""


@dataclass(frozen=True, slots=True)
class Fall:
    """When an object was first seen not to be proven any more, and what its verdict said on that day."""

    at: datetime
    reason: Words


@dataclass(slots=True)
class Years:
    """The years of a simulation, to be lived in order."""

    world: World
    years: int
    chronicle: Chronicle = field(default_factory=Chronicle)
    fallen: dict[str, Fall] = field(default_factory=dict)
    """Objects that were not proven when they were judged last, and how that was first seen."""
    deposited: int = 0

    def live(self) -> Iterator[int]:
        """Live the years; yield each that has passed."""
        first = self.world.scenario.starts
        last = datetime(first + self.years, 1, 1, tzinfo=UTC)
        deeds = [each for each in self._deeds() if each[0] < last]
        for year in range(first, first + self.years):
            for at, deed in deeds:
                if at.year == year:
                    self.world.clock.instant = at
                    deed()
            yield year
        self.world.clock.instant = last
        self.world.refresh()

    def judge(self, *, each_one: bool = False) -> list[ObjectVerdict]:
        """Judge now, each object or one of each batch, and note which have fallen."""
        verdicts = judge_all(self.world, each_one=each_one)
        for each in verdicts:
            if each.proven:
                self.fallen.pop(each.record.object_id, None)
            else:
                self.fallen.setdefault(each.record.object_id, Fall(self.world.now, each.reason))
        return verdicts

    def _deeds(self) -> list[tuple[datetime, Deed]]:
        """Return all that is done on its day; what is done on one day keeps this order."""
        scenario = self.world.scenario
        deeds: list[tuple[datetime, Deed]] = []
        for town in scenario.municipalities:
            deeds += [(each.since, self._changing(town, each)) for each in town.customs]
        deeds += [(each.at, self._happening(each)) for each in scenario.happenings]
        for year in range(scenario.starts, scenario.starts + self.years):
            deeds.append((_day(year, 3, 1), self._deposits))
            deeds += [(_day(year, month, 15), self._seal) for month in (3, 4)]
            if scenario.renews:
                deeds.append((_day(year, 10, 1), self._renew))
            if (year - scenario.starts) % scenario.audit_every == scenario.audit_every - 1:
                deeds.append((_day(year, 12, 10), self._audit))
            deeds.append((_day(year, 12, 31), self._count))
        return sorted(deeds, key=lambda each: each[0])

    def _deposits(self) -> None:
        self.world.refresh()
        world, folder = self.world, self.world.folder / "papeles"
        for town in world.scenario.municipalities:
            seal_of_town = world.seals.of(town, world.now)
            stamping = world.stamping(town)
            packages = [
                expediente(folder, town, world.now, number, seal_of_town, stamping)
                for number in range(1, world.scenario.deposits + 1)
            ]
            deposit(world.home, town.tenant, packages, seal=None, agent="simulate")
            self.deposited += len(packages)

    def _seal(self) -> None:
        seal(self.world, self.chronicle)

    def _renew(self) -> None:
        self.world.refresh()
        renew(self.world, self.chronicle)

    def _audit(self) -> None:
        audit_and_mend(self.world, self.chronicle)

    def _count(self) -> None:
        verdicts = self.judge()
        for town in self.world.scenario.municipalities:
            own = [each for each in verdicts if each.record.tenant_id == town.tenant]
            proven = sum(each.proven for each in own)
            self.chronicle.standings.append(
                Standing(self.world.now.year, town.tenant, proven, len(own) - proven)
            )

    def _happening(self, happening: Happening) -> Deed:
        def deed() -> None:
            MISFORTUNES[happening.what](self.world, self.chronicle, happening)
            if happening.what in SHAKING:
                self.judge()

        return deed

    def _changing(self, town: Municipality, custom: Custom) -> Deed:
        def deed() -> None:
            self.world.adopt(town, custom)
            if custom.since.year == self.world.scenario.starts:
                return
            names = [self.world.providers[name].plan.title for name in custom.authorities]
            self.chronicle.tell(
                self.world.now,
                Kind.DECISION,
                (f"{town.name}: {' y '.join(names)}", f"{town.name}: {' and '.join(names)}"),
                (
                    f"{town.name} sella desde hoy con {' y '.join(names)}; sellos: {custom.tokens}.",
                    f"{town.name} seals with {' and '.join(names)} from today; tokens: {custom.tokens}.",
                ),
            )

        return deed


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)
