# SPDX-License-Identifier: EUPL-1.2
"""Which object is proven on a day: every one judged over its bytes, as `longeva evidence show` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.errors import IntegrityError, NotFound, StorageUnavailable
from archive.model import ObjectRecord
from demo.simulation.chronicle import Words
from demo.simulation.world import World
from preservation.evidence.repository import EvidenceRepository, verify_object
from preservation.evidence.verdict import EvidenceVerdict
from preservation.indications import Indication
from preservation.installation import strength


@dataclass(frozen=True, slots=True)
class ObjectVerdict:
    """One object on one day."""

    record: ObjectRecord
    evidence: EvidenceVerdict | None
    """None where there was nothing to judge: not sealed, or not to be read."""
    problem: str = ""
    """Then why."""

    @property
    def proven(self) -> bool:
        """Whether its evidence passes."""
        return self.evidence is not None and self.evidence.indication is Indication.TOTAL_PASSED

    @property
    def intact(self) -> bool:
        """Whether every hash and every token's signature holds, whoever made them."""
        return self.evidence is not None and self.evidence.intact

    @property
    def valid_until(self) -> datetime | None:
        """When its evidence ends, if nobody renews it."""
        return None if self.evidence is None else self.evidence.valid_until

    @property
    def reason(self) -> Words:
        """Why it is not proven; empty where it is."""
        if self.evidence is None:
            return Words(self.problem, self.problem)
        failed = [step for step in self.evidence.steps if not step.passed]
        return Words(
            *(
                "; ".join(step.told.message(language).rstrip(".") for step in failed)
                for language in ("es", "en")
            )
        )


def judge_all(world: World) -> list[ObjectVerdict]:
    """Judge every object of every municipality now, in the order in which they came."""
    records: list[ObjectRecord] = []
    for town in world.scenario.municipalities:
        with world.home.catalog.reading(town.tenant) as tx:
            records += tx.objects(town.tenant)
    records.sort(key=lambda each: (each.created_at, each.tenant_id, each.eni_id))
    return list(_judged(world, records))


def _judged(world: World, records: list[ObjectRecord]) -> Iterator[ObjectVerdict]:
    repository, trust, table = EvidenceRepository(world.home), world.trust(), strength(world.home)
    for each in records:
        try:
            verdict = verify_object(
                world.home, each.object_id, at=world.now, trust=trust, repository=repository, strength=table
            )
        except (IntegrityError, NotFound, StorageUnavailable) as cause:
            yield ObjectVerdict(each, None, str(cause))
        else:
            yield ObjectVerdict(each, verdict)
