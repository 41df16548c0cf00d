# SPDX-License-Identifier: EUPL-1.2
"""The account at the end: every object judged over its bytes; of what is not proven, since when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.clock import format_instant
from demo.simulation.chronicle import Chronicle, Entry, Kind, Words
from demo.simulation.kits import KitVerdict
from demo.simulation.scenario import Municipality
from demo.simulation.verdicts import ObjectVerdict
from demo.simulation.years import Fall, Years
from preservation.evidence.accounts import accounts

FORMAT: Final = "longeva-simulation/1"


@dataclass(frozen=True, slots=True)
class Loss:
    """Objects of one municipality that lost their proof on one day for one reason."""

    town: Municipality
    since: datetime
    """When it was first seen."""
    cause: Entry | None
    """What happened on that day; None where time alone did it."""
    reason: Words
    """What the verdict said on that day."""
    objects: tuple[ObjectVerdict, ...]

    @property
    def told(self) -> Words:
        """Say it in whole sentences."""
        first, last = self.objects[0].record.created_at.year, self.objects[-1].record.created_at.year
        count, name = len(self.objects), self.town.name
        whole = all(each.intact for each in self.objects)
        day = f"{self.since:%Y-%m-%d}"
        es_when = f"en {first}" if first == last else f"entre {first} y {last}"
        en_when = f"in {first}" if first == last else f"between {first} and {last}"
        es = f"{count} expedientes de {name} depositados {es_when} no se pueden probar desde el {day}. "
        en = f"{count} expedientes of {name} deposited {en_when} are not proven since {day}. "
        if count == 1:
            es = f"Un expediente de {name} depositado {es_when} no se puede probar desde el {day}. "
            en = f"One expediente of {name} deposited {en_when} is not proven since {day}. "
        if self.cause:
            es, en = es + self.cause.told.es + " ", en + self.cause.told.en + " "
        es += f"El verificador dijo ese día: {self.reason.es}. "
        en += f"The verifier said on that day: {self.reason.en}. "
        if whole:
            es += "Sus bytes siguen intactos; lo que falta es quien dé fe de desde cuándo."
            en += "Their bytes are whole; what is missing is a witness of since when."
        return Words(es, en)


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that is told at the end."""

    first: int
    at: datetime
    """The last day."""
    towns: tuple[Municipality, ...]
    verdicts: tuple[ObjectVerdict, ...]
    fallen: dict[str, Fall]
    chronicle: Chronicle
    kits: tuple[KitVerdict, ...]
    costs: dict[str, Any]
    """Tokens and euros (`longeva evidence accounts`)."""

    @property
    def proven(self) -> int:
        """Objects that are proven."""
        return sum(each.proven for each in self.verdicts)

    @property
    def losses(self) -> list[Loss]:
        """Return what is not proven, by municipality, day and reason."""
        groups: dict[tuple[str, Fall], list[ObjectVerdict]] = {}
        for each in self.verdicts:
            if not each.proven:
                fall = self.fallen[each.record.object_id]
                groups.setdefault((each.record.tenant_id, fall), []).append(each)
        towns = {each.tenant: each for each in self.towns}
        return [
            Loss(towns[tenant], fall.at, self._cause(fall.at), fall.reason, tuple(those))
            for (tenant, fall), those in groups.items()
        ]

    def of(self, town: Municipality) -> tuple[int, int]:
        """Return how many objects of a municipality are proven, and how many there are."""
        own = [each for each in self.verdicts if each.record.tenant_id == town.tenant]
        return sum(each.proven for each in own), len(own)

    def to_json(self) -> dict[str, Any]:
        """Return `account.json`."""
        return {
            "format": FORMAT,
            "from": self.first,
            "at": format_instant(self.at),
            "objects": len(self.verdicts),
            "proven": self.proven,
            "unproven": len(self.verdicts) - self.proven,
            "municipalities": [
                {
                    "tenant": each.tenant,
                    "name": each.name,
                    "proven": self.of(each)[0],
                    "objects": self.of(each)[1],
                }
                for each in self.towns
            ],
            "losses": [
                {
                    "tenant": each.town.tenant,
                    "since": format_instant(each.since),
                    "cause": each.cause.title.to_json() if each.cause else None,
                    "reason": each.reason.to_json(),
                    "told": each.told.to_json(),
                    "objects": [one.record.eni_id for one in each.objects],
                }
                for each in self.losses
            ],
            "verdicts": [self._verdict(each) for each in self.verdicts],
            "kits": [each.to_json() for each in self.kits],
            "costs": self.costs,
            "standings": [each.to_json() for each in self.chronicle.standings],
            "chronicle": [each.to_json() for each in self.chronicle.entries],
        }

    def _verdict(self, each: ObjectVerdict) -> dict[str, Any]:
        evidence = each.evidence
        body: dict[str, Any] = {
            "object": each.record.object_id,
            "eni_id": each.record.eni_id,
            "tenant": each.record.tenant_id,
            "deposited": format_instant(each.record.created_at),
            "proven": each.proven,
            "indication": str(evidence.indication) if evidence else "",
            "sub_indication": evidence.sub_indication if evidence else "",
            "proven_since": _said(evidence.proven_since if evidence else None),
            "valid_until": _said(each.valid_until),
            "stamps": len(evidence.stamps) if evidence else 0,
        }
        if not each.proven:
            body |= {
                "intact": each.intact,
                "since": format_instant(self.fallen[each.record.object_id].at),
                "why": self.fallen[each.record.object_id].reason.to_json(),
                "now": each.reason.to_json(),
            }
        return body

    def _cause(self, since: datetime) -> Entry | None:
        """Return the misfortune of the day on which something was first seen to have fallen."""
        for each in self.chronicle.of(Kind.MISFORTUNE):
            if each.at == since:
                return each
        return None


def account_of(years: Years, verdicts: Sequence[ObjectVerdict], kits: Sequence[KitVerdict]) -> Account:
    """Return the account of years that were lived, on their last day."""
    world = years.world
    costs = accounts(world.home).to_json()
    return Account(
        world.scenario.starts,
        world.now,
        world.scenario.municipalities,
        tuple(verdicts),
        dict(years.fallen),
        years.chronicle,
        tuple(kits),
        {name: costs[name] for name in ("batches", "tokens", "cost")},
    )


def _said(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
