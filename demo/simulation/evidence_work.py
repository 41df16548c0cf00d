# SPDX-License-Identifier: EUPL-1.2
"""Sealing and renewing, as the worker and `longeva evidence renew` do them, told to the chronicle."""

from __future__ import annotations

from datetime import timedelta

from archive.catalog import INSTALLATION
from archive.catalog.rows import TREE_RENEWAL, BatchRecord
from demo.simulation.chronicle import Chronicle, Kind, shown_algorithm
from demo.simulation.world import World
from preservation.evidence.sealing import seal_all
from preservation.evidence.waiting import queues
from preservation.installation import strength, time_stamping
from preservation.renewal.renew import renew_due

AGENT = "simulate"


def batches(world: World) -> list[BatchRecord]:
    """Return every batch of evidence there is."""
    with world.home.catalog.reading(INSTALLATION) as tx:
        return list(tx.batches())


def seal(world: World, chronicle: Chronicle) -> None:
    """Seal what waits; where no authority answers it stays due, and nothing is lost."""
    if not any(each.count for each in queues(world.home, world.now)):
        return
    report = seal_all(world.home, time_stamping(world.home), agent=AGENT)
    for each in report.sealed:
        tell_batch(world, chronicle, each.batch)
    if report.failures:
        chronicle.tell(
            world.now,
            Kind.MISFORTUNE,
            ("sellado aplazado", "sealing delayed"),
            (
                "Ninguna autoridad de la lista contesta: el sellado queda pendiente y nada se pierde.",
                "No authority of the list answers: sealing stays due, nothing is lost.",
            ),
            reasons=list(report.failures),
        )


def renew(world: World, chronicle: Chronicle) -> None:
    """Renew what is due."""
    settings = world.home.engines.settings.evidence
    report = renew_due(
        world.home,
        time_stamping(world.home),
        world.now,
        trust=world.trust(),
        strength=strength(world.home),
        tokens=settings.tokens,
        horizon=timedelta(days=settings.renew_before),
        agent=AGENT,
    )
    for batch in report.batches:
        tell_batch(world, chronicle, batch)


def tell_batch(world: World, chronicle: Chronicle, batch: BatchRecord) -> None:
    """Tell of a new batch: a seal, or a renewal of either kind."""
    kinds = {
        "seal": (Kind.SEAL, ("sellado", "sealed")),
        TREE_RENEWAL: (Kind.TREE_RENEWAL, ("árbol renovado", "hash tree renewed")),
    }
    kind, (es, en) = kinds.get(batch.kind, (Kind.RENEWAL, ("sello renovado", "time stamp renewed")))
    names = [world.providers[each.authority].plan.title for each in batch.stamps]
    digest = shown_algorithm(batch.algorithm)
    chronicle.tell(
        world.now,
        kind,
        (es, en),
        (
            f"{es.capitalize()}: {batch.count} hojas, {digest}, {' y '.join(names)}.",
            f"{en.capitalize()}: {batch.count} leaves, {digest}, {' and '.join(names)}.",
        ),
        batch=batch.batch_id,
        algorithm=batch.algorithm,
        leaves=batch.count,
        authorities=[each.authority for each in batch.stamps],
    )
