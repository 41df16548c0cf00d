# SPDX-License-Identifier: EUPL-1.2
"""Which object is proven on a day: every one judged over its bytes, as `longeva evidence show` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive.errors import IntegrityError, NotFound, StorageUnavailable
from archive.findings import finding
from archive.model import ObjectRecord
from demo.simulation.world import World
from preservation.evidence.repository import EvidenceRepository, verify_object
from preservation.evidence.verdict import EvidenceVerdict, Step
from preservation.indications import Indication
from preservation.installation import strength


@dataclass(frozen=True, slots=True)
class ObjectVerdict:
    """One object on one day."""

    record: ObjectRecord
    evidence: EvidenceVerdict

    @property
    def proven(self) -> bool:
        """Whether its evidence passes."""
        return self.evidence.indication is Indication.TOTAL_PASSED


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
            told = finding("EVIDENCE-INVALID", each.object_id, object=each.object_id, detail=str(cause))
            failed = (Step("RFC 4998 5.3", told, passed=False),)
            verdict = EvidenceVerdict(Indication.INDETERMINATE, "", failed, intact=False)
        yield ObjectVerdict(each, verdict)
