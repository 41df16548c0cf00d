# SPDX-License-Identifier: EUPL-1.2
"""Which object is proven on a day: every one judged over its bytes, as `longeva evidence show` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.catalog import INSTALLATION
from archive.errors import IntegrityError, NotFound, StorageUnavailable
from archive.model import ObjectRecord
from demo.simulation.chronicle import Words
from demo.simulation.world import World
from preservation.evidence.choosing import SoundTokens
from preservation.evidence.repository import EvidenceRepository, verify_object
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.verification import verify_record
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


def judge_all(world: World, *, each_one: bool) -> list[ObjectVerdict]:
    """Judge the objects of every municipality now, in the order in which they came.

    Args:
        world: Where.
        each_one: Read every byte of every object; otherwise the record of one object of each batch speaks
            for all of it, since they stand on the same tokens.
    """
    records: list[ObjectRecord] = []
    for town in world.scenario.municipalities:
        with world.home.catalog.reading(town.tenant) as tx:
            records += tx.objects(town.tenant)
    records.sort(key=lambda each: (each.created_at, each.tenant_id, each.eni_id))
    return list(_judged(world, records, each_one=each_one))


def _judged(world: World, records: list[ObjectRecord], *, each_one: bool) -> Iterator[ObjectVerdict]:
    repository, trust, table = EvidenceRepository(world.home), world.trust(), strength(world.home)
    known: dict[str, EvidenceVerdict] = {}
    with world.home.catalog.reading(INSTALLATION) as tx:
        batches = {each.object_id: leaf.batch_id for each in records for leaf in tx.seals_of(each.object_id)}
    for each in records:
        batch = batches.get(each.object_id, "")
        if batch in known and not each_one:
            yield ObjectVerdict(each, known[batch])
            continue
        try:
            if each_one:
                verdict = verify_object(
                    world.home,
                    each.object_id,
                    at=world.now,
                    trust=trust,
                    repository=repository,
                    strength=table,
                )
            else:
                sound = repository.record_for(each.object_id, choose=SoundTokens(trust, world.now, table))
                verdict = verify_record(sound, [], at=world.now, trust=trust, strength=table)
        except (IntegrityError, NotFound, StorageUnavailable) as cause:
            yield ObjectVerdict(each, None, str(cause))
        else:
            known[batch] = verdict
            yield ObjectVerdict(each, verdict)
